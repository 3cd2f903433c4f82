"""Writes a run's log lines: means since the last one, speed, what was measured on samples, and what health finds."""

from collections.abc import Mapping

from multigan import health
from multigan.health.gauge import Measurement
from multigan.runlog import logged
from multigan.training.ledger import Ledger
from multigan.training.run import Run, now

__all__ = ["Logbook"]


class Logbook:
    """The log of one run.

    Args:
        run: whose log.jsonl is read and appended to.
        display: is told of lines and findings.
        host: what `state` was at the checkpoint that the run goes on from.
        drawn, seconds: batches drawn and seconds spent until now.
    """

    def __init__(self, run: Run, display, host: Mapping, drawn: int, seconds: float):
        self.run, self._display = run, display
        self.go_on_from(host, drawn, seconds)

    def go_on_from(self, host: Mapping, drawn: int, seconds: float) -> None:
        """Takes up the state of a checkpoint; lines that were abandoned are forgotten."""
        self.ledger = Ledger(host.get("ledger"))
        self._measured = host.get("measured")
        self._interval = (self.run.step, drawn, seconds)
        live = [logged(line) for line in self.run.directory.lines() if not line.get("abandoned")]
        self.history = [line for line in live if line["kind"] == "log"]
        self.last = self.history[-1] if self.history else {}
        illnesses = health.illnesses_of(self.run.recipe.modality)
        known = [line for line in live if line["kind"] == "finding" and line.get("name") in illnesses]
        self.run.findings[:] = [
            health.Finding(line["name"], str(line.get("message", "")), illnesses[line["name"]].advice) for line in known
        ]
        self._judge(silent=True)

    @property
    def state(self) -> dict:
        """What a checkpoint keeps."""
        return {"ledger": self.ledger.state, "measured": self._measured}

    def measured(self, measurement: Measurement) -> None:
        """Takes figures for the next line."""
        self._measured = {"health": measurement.figures}
        if measurement.shares:
            self._measured |= {"shares": measurement.shares, "missing": measurement.missing}

    def speed(self, drawn: int, seconds: float) -> dict:
        """Steps and samples per second since the last line."""
        step, before, begun = self._interval
        elapsed = max(seconds - begun, 1e-9)
        return {
            "steps_per_second": (self.run.step - step) / elapsed,
            "samples_per_second": (drawn - before) * self.run.settings["batch_size"] / elapsed,
        }

    def write(self, step: int, phase: str, drawn: int, seconds: float) -> None:
        """Writes the line of a step and judges the log with it."""
        means, measured = self.ledger.close(), self._measured or {"health": {}}
        self._measured = None
        means["health"] |= measured["health"]
        speed = self.speed(drawn, seconds)
        self._interval = (step, drawn, seconds)
        self.last = {
            "kind": "log",
            "step": step,
            "phase": phase,
            **means,
            **{key: value for key, value in measured.items() if key != "health"},
            "time": now(),
            "seconds": round(seconds, 3),
            "steps_per_second": round(speed["steps_per_second"], 4),
            "samples_per_second": round(speed["samples_per_second"], 3),
        }
        self.run.directory.append(self.last)
        self.history.append(self.last)
        self._judge()
        self._display.logged(self.run, self.last)

    def _judge(self, silent: bool = False) -> None:
        """Brings the run's findings up to date, and tells of each when it is first found."""
        run = self.run
        found = health.findings(self.history, run.recipe.modality, run.data.classes)
        known = {finding.name for finding in run.findings}
        # What is still so is told by its newest figures.
        newest = {finding.name: finding for finding in found}
        run.findings[:] = [newest.get(finding.name, finding) for finding in run.findings]
        run.present = tuple(newest)
        for finding in found:
            if finding.name in known:
                continue
            run.findings.append(finding)
            if not silent:
                run.directory.append(
                    {"kind": "finding", "step": run.step, "name": finding.name, "message": finding.message}
                )
                self._display.say(f"health at step {run.step}: {finding.message} ({finding.advice})")
