"""What `multigan data check` tells of points."""

from collections.abc import Sequence
from typing import Any

from multigan.data.wording import figure

__all__ = ["tell"]

# Columns whose figures are shown.
SHOWN = 8


def tell(source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Returns rows for people, and what `--json` has of points alone, as `multigan.modality.Modality.tell` has it.

    The mean is in the data's own units, whatever the points are measured from.
    """
    start = source.origin or (0.0,) * len(source.mean)
    mean = [mean + origin for mean, origin in zip(source.mean, start, strict=True)]
    rows = [
        ("shape", f"{source.shape[0]:,} numbers, in the data's units"),
        ("mean", _numbers(mean, 15 if source.origin else 4)),
        ("scale", _numbers(source.scale, 4)),
    ]
    return rows, {"mean": mean, "scale": list(source.scale), "origin": list(source.origin)}


def _numbers(values: Sequence[float], digits: int) -> str:
    told = "; ".join(figure(value, digits) for value in values[:SHOWN])
    return told + ("; ..." if len(values) > SHOWN else "")
