"""Running sums between log lines, and the check that every loss is finite."""

import math
from collections.abc import Mapping

from multigan.training.recovery import NotFiniteError

__all__ = ["Ledger"]


class Ledger:
    """Collects each update's loss terms and observations, and averages them when a log line is due.

    Its `state` is part of a checkpoint, so that the log after a resume is the log of a run that was never interrupted.
    """

    def __init__(self, state: Mapping | None = None):
        self._sums = {"losses": {}, "health": {}, **(state or {})}

    @property
    def state(self) -> dict:
        """Sums and counts so far, JSON-able."""
        return self._sums

    def add(self, step: int, record: Mapping[str, Mapping[str, float]]) -> None:
        """Adds one update's record `{"losses": {...}, "health": {...}}`.

        Raises:
            NotFiniteError: a loss term is nan or infinite; it is named, with the step.
        """
        for name, value in record["losses"].items():
            if not math.isfinite(value):
                raise NotFiniteError(f"the loss {name} is {value} at step {step}", step)
        for kind, values in record.items():
            for name, value in values.items():
                total, count = self._sums[kind].get(name, (0.0, 0))
                self._sums[kind][name] = (total + value, count + 1)

    def close(self) -> dict[str, dict[str, float]]:
        """Returns the means since the last call, and starts anew."""
        means = {kind: {name: t / n for name, (t, n) in values.items()} for kind, values in self._sums.items()}
        self._sums = {"losses": {}, "health": {}}
        return means
