"""Files that cannot be read: why, and how many of them are named."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from multigan.data.collection import UnreadableError

__all__ = ["naming", "other_size", "quiet", "reason"]

# How many bad files an error names.
NAMED = 3


def reason(error: Exception) -> str:
    """Why a file cannot be read that a sample is to be made of."""
    return error.elsewhere if isinstance(error, UnreadableError) else getattr(error, "strerror", "") or str(error)


def other_size(name: str, size: Sequence[int], field: str, other: str, theirs: Sequence[int]) -> str:
    """What is said of two that must lie over one another and do not."""
    told = f"{theirs[0]:,} x {theirs[1]:,}", f"{size[0]:,} x {size[1]:,}"
    return f"its {field} {other} is {told[0]}, and {name} is {told[1]}; give a {field} of the picture's size"


def naming(bad: Sequence[tuple[str, str]], most: int = NAMED) -> str:
    """Names of bad files with their reasons, the first few of many."""
    more = f"; and {len(bad) - most:,} more" if len(bad) > most else ""
    return "; ".join(f"{name}: {why}" for name, why in bad[:most]) + more


@contextmanager
def quiet() -> Iterator[None]:
    """Within it Pillow does not warn, from every thread, of oddities that it can read."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield
