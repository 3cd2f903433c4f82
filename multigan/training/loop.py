"""The run loop: turns, log, samples, checkpoints, exact resume, orderly stops, recovery and honest failure."""

import contextlib
import copy
import time
from concurrent.futures import Future, ThreadPoolExecutor

from keras import ops

from multigan.command_line import command_line
from multigan.disk import refusal
from multigan.engine.turns import phase_at
from multigan.errors import RunFailedError, UsageError, WorkerLostError
from multigan.report.page import write_report
from multigan.training import checkpoints
from multigan.training.best import Best
from multigan.training.crew import Alone
from multigan.training.display import Display
from multigan.training.exactness import identity
from multigan.training.interrupts import Interrupts
from multigan.training.logbook import Logbook
from multigan.training.observers import Observers
from multigan.training.playing import Playing
from multigan.training.previews import Previews
from multigan.training.recovery import SLOWER, NotFiniteError
from multigan.training.run import Result, Run, now

__all__ = ["Loop", "Result"]


# The report is written so seldom that it takes no more than this share of the time, but for the first and the last one.
REPORT_SHARE = 0.02
# Samples that cannot be read, of those that were met between two log lines: so many are said, and so many are logged.
SHOWN, LISTED = 5, 100


class Loop:
    """Trains one run from where it stands to its last step.

    Args:
        run: its game restored, its `step` the number of finished steps.
        source: the data, random access.
        observers: plugins that watch.
        display: shows progress.
        host: the host's state from a checkpoint: batches drawn, seconds spent, running sums, recoveries.
        best: scores checkpoints, where one by a metric is to be kept.
        crew: the processes that train it, of which this is the first.
    """

    def __init__(
        self,
        run: Run,
        source,
        observers: Observers,
        display: Display,
        host: dict | None = None,
        best: Best | None = None,
        crew: Alone | None = None,
    ):
        host, self.crew = host or {}, crew or Alone()
        self.run, self.source, self.observers, self.display, self.best = run, source, observers, display, best
        self._playing = Playing(run.game, source, run.settings, host.get("batches", 0), self.crew.share)
        self.seconds = host.get("seconds", 0.0)
        self.logbook = Logbook(run, display, host, self.drawn, self.seconds)
        self.previews = Previews(run, source)
        run.recoveries = host.get("recoveries", 0)
        if run.recoveries:
            run.game.scale_rates(SLOWER**run.recoveries)
        self._recovered = list(host.get("recovered", ()))
        self._said = set()
        self._pending = None
        # One checkpoint at a time is written beside the steps.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: tuple[int, Future] | None = None
        self._report_due = 0.0

    @property
    def drawn(self) -> int:
        """How many batches were drawn so far."""
        return self._playing.drawn

    @property
    def last(self) -> dict:
        """The newest log line."""
        return self.logbook.last

    def train(self, interrupts: Interrupts, minutes: float | None = None) -> Result:
        """Runs until the last step, a signal, a time limit, the end of patience or a failure.

        A run that stands at its last step already is given what a kill kept from it: score, animation, end line and
        report.

        Args:
            interrupts: open; asks for stops.
            minutes: the time limit; None for none.

        Raises:
            RunFailedError: a loss or weight that is not finite and no recovery is left, or a full disk. The run keeps
                its last good checkpoint.
        """
        run, error = self.run, None
        interrupts.begin(minutes)
        try:
            self.observers.notify("run_started", run=run)
            self._spread()
            result = self._train(interrupts)
            run.outcome = result.outcome
            return result
        except BaseException as caught:
            with contextlib.suppress(Exception):  # it may be why; and what is whole counts in what is told
                self._written()
            run.outcome, error = "failed", self._explained(self.crew.explained(caught))
            self._fail(str(error), "not-finite" if isinstance(caught, NotFiniteError) else "")
            if error is caught:
                raise
            raise error from caught
        finally:
            self._writer.shutdown()
            self.observers.notify("run_finished", run=run, error=error)

    def _train(self, interrupts: Interrupts) -> Result:
        run = self.run
        if run.step == 0 and run.settings["recover"]:
            self._checkpoint(0)  # what is not finite before the first checkpoint goes back to the initial weights
        outcome, reason = "done", self._catch_up()
        while not reason and run.step < run.steps:
            try:
                outcome, reason = self._steps(interrupts)
                break
            except NotFiniteError as error:
                self._recover(error)
        self._written()
        self._animate()
        if not run.directory.ended(run.step, outcome, reason):
            self._end(outcome, reason)
        self._report(always=True)
        return Result(outcome, reason, run.step, self.last)

    def _catch_up(self) -> str:
        """Does what belongs to the restored step and a kill kept from it; returns why the run is over, or ""."""
        run, settings = self.run, self.run.settings
        if run.step == 0:
            return ""
        if run.step == run.steps and self.last.get("step") != run.step:
            # It was stopped at a step that is its last one by now.
            self._sample(run.step)
            self._log(run.step)
            return self._checkpoint(run.step, score=True)
        due = run.step % settings["checkpoint_every"] == 0 or run.step == run.steps
        if self.best and due and not self.best.scored(run.step):
            self._score(run.step)
        self._prune()
        return self.best.spent if self.best else ""

    def _steps(self, interrupts: Interrupts) -> tuple[str, str]:
        """Takes steps until the last one or a reason to stop; returns the outcome and that reason."""
        run, settings = self.run, self.run.settings
        self._started = time.monotonic() - self.seconds
        while run.step < run.steps:
            step = run.step + 1
            self.crew.permit(step)
            records = self._playing.step(step)
            # The step before is read while this one computes: reading it now would stall an accelerator.
            self._digest()
            self._pending = (step, records)
            run.step = step
            if self._writing and self._writing[1].done():
                self._written()
            wishes = run.directory.wishes()
            if "stop" in wishes:
                interrupts.ask("a request")
            stop = interrupts.requested()  # asked once: a signal that comes later belongs to the next step
            last = stop or step == run.steps
            due = {name: step % settings[name] == 0 for name in ("log_every", "sample_every", "checkpoint_every")}
            wished = "checkpoint" in wishes
            spent = ""
            if last or wished or any(due.values()):
                self._digest()
                self.crew.paused()
                self.seconds = time.monotonic() - self._started
                if due["sample_every"] or step == run.steps:
                    self._sample(step)
                if due["log_every"] or step == run.steps:
                    self._log(step)
                if due["checkpoint_every"] or wished or last:
                    spent = self._checkpoint(step, score=due["checkpoint_every"] or step == run.steps)
            seconds = time.monotonic() - self._started
            self.display.progress(run, self.logbook.speed(self.drawn, seconds) | {"line": self.last})
            if run.step < run.steps and stop:
                return "interrupted", interrupts.reason
            if run.step < run.steps and spent:
                return "done", spent
        return "done", ""

    def _spread(self):
        """Lets all processes that train the run begin where it stands."""
        self.crew.spread(self.run.game, step=self.run.step, drawn=self.drawn, rates=SLOWER**self.run.recoveries)

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
            self.logbook.ledger.add(step, floats)
            logs |= floats["losses"] | floats["health"]
        self.observers.notify("step_finished", run=self.run, step=step, logs=logs)

    def _sample(self, step):
        samples, measured = self.previews.draw(step)
        self.logbook.measured(measured)
        self.observers.notify("samples_produced", run=self.run, step=step, samples=samples)

    def _log(self, step):
        self._tell_unreadable(step)
        self.logbook.write(step, phase_at(self.run.game.phases(), step).name, self.drawn, self.seconds)
        # A copy: what an observer does to it is not to reach the log.
        self.observers.notify("log_written", run=self.run, step=step, line=copy.deepcopy(self.last))

    def _checkpoint(self, step, score=False) -> str:
        """Begins to save a checkpoint, and scores it where one is to be kept; returns why that should end the run, or
        "". The steps go on while it is written: they wait for the copy off the device, and for the one before it.
        """
        self._written()
        taken = checkpoints.snapshot(step, self.run.game, self._host)
        self._writing = step, self._writer.submit(self._write, taken)
        if score and self.best:
            self._score(step)
        return self.best.spent if score and self.best else ""

    def _write(self, taken):
        directory = self.run.directory
        directory.sync()  # a log that the machine lost, beside a checkpoint that it did not, would have a hole
        return checkpoints.write_checkpoint(directory.checkpoints, taken)

    def _written(self):
        """Waits until no checkpoint is being written, and does what comes after one; raises what it failed by."""
        if self._writing is None:
            return
        (step, writing), self._writing = self._writing, None
        path = writing.result()
        self._prune()
        self._report()
        self.observers.notify("checkpoint_saved", run=self.run, step=step, path=path)

    def _prune(self):
        run = self.run
        spared = self.best and self.best.step
        checkpoints.prune_checkpoints(run.directory.checkpoints, run.settings["keep_checkpoints"], spared)

    @property
    def _host(self) -> dict:
        """The host's part of a checkpoint."""
        run = self.run
        state = {"batches": self.drawn, "seconds": self.seconds, "recoveries": run.recoveries}
        state["workers"] = self.crew.count
        state["run"] = identity(run.recipe, run.settings, run.options, run.data)
        state |= {"recovered": self._recovered} if self._recovered else {}
        return state | self.logbook.state

    def _score(self, step):
        try:
            record = self.best.score(step)
        except UsageError as error:  # such as samples that are too few of a class: no reason to end a run
            self.display.say(f"warning: step {step} could not be scored: {error}")
            return
        best = self.run.best
        told = "the best so far" if best["step"] == step else f"best {best['value']:.4g} at step {best['step']}"
        self.display.say(f"step {step}: {record['metric']} {record['value']:.4g}, {told}")
        self.observers.notify("evaluation_finished", run=self.run, step=step, scores={record["metric"]: record})

    def _recover(self, error: NotFiniteError):
        """Goes back to the last good checkpoint with lower learning rates; raises the error when it may not."""
        run, limit = self.run, self.run.settings["recover"]
        folder = run.directory.checkpoints
        self._written()
        if run.recoveries >= limit:
            raise error
        try:
            point = checkpoints.latest_checkpoint(folder, self._warn)
        except UsageError as damaged:
            self._warn(str(damaged))
            point = None
        if point is None:
            raise error
        checkpoints.set_aside_after(folder, point.step)
        checkpoints.restore(run.game, point)
        run.recoveries += 1
        run.game.scale_rates(SLOWER**run.recoveries)
        run.step, self._pending = point.step, None
        self._playing.go_on_from(point.host["batches"])
        self.seconds = time.monotonic() - self._started
        self.crew.paused()
        self._spread()
        run.directory.abandon_after(point.step)
        self.logbook.go_on_from(point.host, self.drawn, self.seconds)
        if self.best:
            self.best.go_on()
        line = {"kind": "recovery", "step": point.step, "failed": error.step, "number": run.recoveries}
        line |= {"rates": SLOWER**run.recoveries, "message": str(error), "time": now()}
        self._recovered.append(line)
        # Again, with the lower rates and the count in it: a resume goes on from here, too, and has the line from it.
        checkpoints.save_checkpoint(folder, point.step, run.game, self._host)
        run.directory.append(line)
        told = f"recovery {run.recoveries} of {limit}: {error}; back to step {point.step}"
        self.display.say(f"{told}, learning rates times {SLOWER**run.recoveries:g}")

    def _warn(self, line):
        self.display.say(f"warning: {line}")

    def _animate(self):
        """Joins the previews to an animation, which is no more than a look at the run."""
        try:
            from multigan.training.animation import write_animation

            write_animation(self.run.directory.samples)
        except Exception as error:
            self.display.say(f"warning: the animation could not be written: {type(error).__name__}: {error}")

    def farewell(self, lost: str) -> str:
        """Writes down that the run failed, where nothing else can be done any more, and returns what to tell of it."""
        told = str(self._explained(WorkerLostError(lost)))
        with contextlib.suppress(OSError):
            self._end("failed", told)
        return told

    def _explained(self, error: BaseException) -> BaseException:
        """The error as the user should read it, with the checkpoint that is left."""
        if told := refusal(error, self.run.directory.path):
            error = RunFailedError(told)
        if isinstance(error, RunFailedError):
            saved = checkpoints.steps_whole(self.run.directory.checkpoints)
            path = self.run.directory.path
            left = (
                f"the last good checkpoint is step {saved[-1]}: {command_line('run', '--resume', path)}"
                if saved
                else "no checkpoint yet"
            )
            after = ""
            if isinstance(error, NotFiniteError):  # of nothing else that ends a run does the doctor know a cure
                tried = self.run.recoveries
                after = f" after {tried} recover{'y' if tried == 1 else 'ies'}" if tried else ""
                left += f"; what to try: {command_line('doctor', path)}"
            kind = WorkerLostError if isinstance(error, WorkerLostError) else RunFailedError
            error = kind(f"{error}{after}; {left}")
        return error

    def _end(self, outcome, message, cause=""):
        line = {"kind": "end", "step": self.run.step, "outcome": outcome, "message": message}
        self.run.directory.append(line | ({"cause": cause} if cause else {}) | {"time": now()})

    def _fail(self, message, cause):
        """Writes the last line and the report of a run that failed; nothing here may hide what failed."""
        for action in (lambda: self._end("failed", message, cause), lambda: self._report(always=True)):
            with contextlib.suppress(OSError):
                action()

    def _report(self, always=False):
        begun = time.monotonic()
        if always or begun >= self._report_due:
            self._look("report.html", lambda: write_report(self.run.directory.path))
            ended = time.monotonic()
            self._report_due = ended + (ended - begun) / REPORT_SHARE

    def _tell_unreadable(self, step):
        """Says which samples were found to be unreadable since the last line, where the source says it."""
        found = getattr(self.source, "unreadable", list)()
        if not found:
            return
        files = [{"name": name, "reason": reason} for name, reason in found[:LISTED]]
        self.run.directory.append({"kind": "unreadable", "step": step, "count": len(found), "files": files})
        for name, reason in found[:SHOWN]:
            self.display.say(f"data: skipped {name}: {reason}")
        if len(found) > SHOWN:
            self.display.say(f"data: {len(found) - SHOWN:,} more skipped; log.jsonl names the first {LISTED}")

    def _look(self, what, action):
        """Runs what only looks at the run: a fault in it is said once, and ends nothing."""
        try:
            action()
        except OSError:
            raise
        except Exception as error:
            if what not in self._said:
                self._said.add(what)
                self.display.say(f"warning: {what} could not be written: {type(error).__name__}: {error}")
