"""Which of several scores by one metric is best. Imports no framework."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from multigan.runlog import number

__all__ = ["MADE_BY", "best_of", "regret"]

# Marks the records that a run made of its own checkpoints: all of one way of measuring, so that they can be compared.
MADE_BY = "keep-best"


def regret(better: str, value: object) -> float:
    """Returns a number that is smaller the better a metric's value is; infinity for what is no finite number."""
    value = number(value)
    return {"higher": -value, "lower": value, "one": abs(value - 1.0)}[better] if math.isfinite(value) else math.inf


def best_of(records: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Returns the record of the best value, the earliest one of equals; None of none."""
    return min(records, key=lambda record: (regret(record["better"], record["value"]), record["step"]), default=None)
