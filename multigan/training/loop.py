"""The run loop: turns, log, samples, checkpoints, exact resume, orderly stops and honest failure."""

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops

from multigan.data import batches
from multigan.engine.turns import phase_at
from multigan.errors import RunFailedError
from multigan.training import checkpoints, health
from multigan.training.display import Display
from multigan.training.interrupts import Interrupts
from multigan.training.ledger import Ledger
from multigan.training.observers import Observers
from multigan.training.report import write_report
from multigan.training.run import Run, now
from multigan.training.samples import preview_suffix, write_samples

__all__ = ["Loop", "Result"]

SAMPLES = 64
# The samples that show progress come from latents of their own, whatever the run's seed does to the training.
SAMPLE_SEED = 0


@dataclass(frozen=True)
class Result:
    """How a run ended: "done" or "interrupted", with the reason, at a step, with the last log line."""

    outcome: str
    reason: str
    step: int
    last: dict


class Loop:
    """Trains one run from where it stands to its last step.

    Args:
        run: its game restored, its `step` the number of finished steps.
        source: the data, random access.
        observers: plugins that watch.
        display: shows progress.
        host: the host's state from a checkpoint: batches drawn, seconds spent, running sums.
    """

    def __init__(self, run: Run, source, observers: Observers, display: Display, host: dict | None = None):
        host = host or {}
        self.run, self.source, self.observers, self.display = run, source, observers, display
        self.drawn = host.get("batches", 0)
        self.seconds = host.get("seconds", 0.0)
        self.ledger = Ledger(host.get("ledger"))
        self.diversity = host.get("diversity")
        self.history = [
            line for line in run.directory.lines() if line.get("kind") == "log" and not line.get("abandoned")
        ]
        self.last = self.history[-1] if self.history else {}
        self._batch = None
        self._report_failed = False
        self._pending = None
        self._reference = None
        self._interval = (run.step, self.drawn, self.seconds)

    def train(self, minutes: float | None = None) -> Result:
        """Runs until the last step, a signal, a time limit or a failure.

        Raises:
            RunFailedError: a loss or weight that is not finite, or a full disk. The run keeps its last good checkpoint.
        """
        run, error = self.run, None
        self.observers.notify("run_started", run=run)
        try:
            with Interrupts(minutes) as interrupts:
                return self._train(interrupts)
        except BaseException as caught:
            error = self._explained(caught)
            self._close("failed", str(error))
            if error is caught:
                raise
            raise error from caught
        finally:
            self.observers.notify("run_finished", run=run, error=error)

    def _train(self, interrupts: Interrupts) -> Result:
        run, settings = self.run, self.run.settings
        # One batch back: a turn that is not fresh may need the batch before the checkpoint.
        stream = batches(self.source, settings["batch_size"], settings["seed"], start=max(self.drawn - 1, 0))
        if self.drawn:
            self._batch = next(stream)
        started = time.monotonic() - self.seconds
        stop = False
        while run.step < run.steps:
            step = run.step + 1
            records = self._play(step, stream)
            # The step before is read while this one computes: reading it now would stall an accelerator.
            self._digest()
            self._pending = (step, records)
            run.step = step
            stop = interrupts.requested()  # asked once: a signal that comes later belongs to the next step
            last = stop or step == run.steps
            due = {name: step % settings[name] == 0 for name in ("log_every", "sample_every", "checkpoint_every")}
            if last or any(due.values()):
                self._digest()
                self.seconds = time.monotonic() - started
                if due["sample_every"] or step == run.steps:
                    self._sample(step)
                if due["log_every"] or step == run.steps:
                    self._log(step)
                if due["checkpoint_every"] or last:
                    self._checkpoint(step)
            self.display.progress(run, self._shown(time.monotonic() - started))
            if stop:
                break
        stopped = interrupts.reason if stop and run.step < run.steps else ""
        outcome = "interrupted" if stopped else "done"
        self._close(outcome, stopped)
        return Result(outcome, stopped, run.step, self.last)

    def _play(self, step, stream) -> list:
        """Runs every turn of one step and returns the updates' records, not yet computed perhaps."""
        game, records = self.run.game, []
        for turn in phase_at(game.phases(), step).turns:
            for _ in range(turn.updates(step)):
                if turn.fresh or self._batch is None:
                    self._batch = next(stream)
                    self.drawn += 1
                records.append(game.run_turn(turn, self._batch))
        return records

    def _digest(self):
        """Takes the pending step's records to the host and checks them."""
        if self._pending is None:
            return
        (step, records), self._pending = self._pending, None
        logs = {}
        for record in records:
            floats = {
                kind: {k: float(ops.convert_to_numpy(v)) for k, v in record[kind].items()} for kind in sorted(record)
            }
            self.ledger.add(step, floats)
            logs |= floats["losses"] | floats["health"]
        self.observers.notify("step_finished", run=self.run, step=step, logs=logs)

    def _sample(self, step):
        run = self.run
        samples = run.game.sample(SAMPLES, SAMPLE_SEED)
        if self._reference is None:
            spread = np.linspace(0, len(self.source) - 1, min(SAMPLES, len(self.source))).astype(int)
            self._reference = np.stack([next(iter(self.source[int(index)].values())) for index in spread])
        self.diversity = health.diversity(samples, self._reference)
        write_samples(
            run.directory.sample_path(step, preview_suffix(run.recipe.modality)), samples, run.recipe.modality
        )
        self.observers.notify("samples_produced", run=run, step=step, samples=samples)

    def _log(self, step):
        run, means = self.run, self.ledger.close()
        if self.diversity is not None:
            means["health"]["diversity"], self.diversity = self.diversity, None
        step_before, drawn_before, seconds_before = self._interval
        elapsed = max(self.seconds - seconds_before, 1e-9)
        self._interval = (step, self.drawn, self.seconds)
        self.last = {
            "kind": "log",
            "step": step,
            "phase": phase_at(run.game.phases(), step).name,
            **means,
            "time": now(),
            "seconds": round(self.seconds, 3),
            "steps_per_second": round((step - step_before) / elapsed, 4),
            "samples_per_second": round((self.drawn - drawn_before) * run.settings["batch_size"] / elapsed, 3),
        }
        run.directory.append(self.last)
        self.history.append(self.last)
        self.display.logged(run, self.last)
        for finding in health.findings(self.history):
            if finding.name not in {known.name for known in run.findings}:
                run.findings.append(finding)
                run.directory.append(
                    {"kind": "finding", "step": step, "name": finding.name, "message": finding.message}
                )
                self.display.say(f"health at step {step}: {finding.message} ({finding.advice})")

    def _checkpoint(self, step):
        run, folder = self.run, self.run.directory.checkpoints
        host = {
            "batches": self.drawn,
            "seconds": self.seconds,
            "ledger": self.ledger.state,
            "diversity": self.diversity,
        }
        path = checkpoints.save_checkpoint(folder, step, run.game, host)
        checkpoints.prune_checkpoints(folder, run.settings["keep_checkpoints"])
        self._report()
        self.observers.notify("checkpoint_saved", run=run, step=step, path=path)

    def _shown(self, seconds) -> dict:
        """What a live display shows: speed since the last log line and that line's figures."""
        step, drawn, before = self._interval
        elapsed = max(seconds - before, 1e-9)
        return {
            "steps_per_second": (self.run.step - step) / elapsed,
            "samples_per_second": (self.drawn - drawn) * self.run.settings["batch_size"] / elapsed,
            "line": self.last,
        }

    def _explained(self, error: BaseException) -> BaseException:
        """The error as the user should read it, with the checkpoint that is left."""
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            error = RunFailedError(f"the disk is full ({error.filename or self.run.directory.path}); free some space")
        if isinstance(error, RunFailedError):
            saved = checkpoints.steps_saved(self.run.directory.checkpoints)
            path = self.run.directory.path
            left = (
                f"the last good checkpoint is step {saved[-1]}: multigan run --resume {path}"
                if saved
                else "no checkpoint yet"
            )
            error = RunFailedError(f"{error}; {left}")
        return error

    def _close(self, outcome, message):
        """Writes the last line and the report; after a failure nothing here may hide what failed."""
        _attempt(
            outcome == "failed",
            lambda: self.run.directory.append(
                {"kind": "end", "step": self.run.step, "outcome": outcome, "message": message, "time": now()}
            ),
        )
        _attempt(outcome == "failed", self._report)

    def _report(self):
        """Writes the report. It only looks at the run: a fault in it is said once, and ends nothing."""
        try:
            write_report(self.run.directory.path)
        except OSError:
            raise
        except Exception as error:
            if not self._report_failed:
                self._report_failed = True
                self.display.say(f"warning: report.html could not be written: {type(error).__name__}: {error}")


def _attempt(tolerant: bool, action: Callable[[], object]) -> None:
    try:
        action()
    except OSError:
        if not tolerant:
            raise
