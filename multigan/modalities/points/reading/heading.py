"""Whether the first row of a table is its heading, though it may hold numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from multigan.data.tables import as_number

__all__ = ["is_heading"]

# What statistics packages and spreadsheets write for a value that is missing: no names of columns.
MISSING = frozenset(("", "na", "n/a", "null", "none", "missing", "?", "-", "."))
# Fewer rows than this do not tell what a column's values are like.
FEWEST = 5
_DIGITS = re.compile(r"[0-9]+")


def is_heading(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Says whether a table's first row names its columns.

    A row without numbers does. One with numbers does where the others are words above columns of numbers (`x,2020`), or
    where the numbers cannot be values: far from all that is below them (`2019,2020`), or 0, 1, 2, as pandas calls
    columns without names, above what is no whole number.

    Args:
        first: its cells.
        rows: those below, or the first of them.
    """
    numbers = {column: as_number(cell) for column, cell in enumerate(first)}
    named = {column: number for column, number in numbers.items() if number is not None}
    if not named:
        return True
    values = list(named.values())
    if not rows or len(set(values)) < len(values):
        return False
    below = {column: [n for row in rows if (n := as_number(row[column])) is not None] for column in numbers}
    if all(_DIGITS.fullmatch(first[column]) for column in named):
        if _words(first, below, len(rows)) or _numbered(first, rows, below[0]):
            return True
        whole = any(all(_DIGITS.fullmatch(row[column]) for column in named) for row in rows)
        if _counting(values) and len(values) > 1 and len(rows) >= FEWEST and not whole:
            return True
    rising = values in (sorted(values), sorted(values, reverse=True))
    return rising and len(rows) >= FEWEST and all(_far(number, below[column]) for column, number in named.items())


def _words(first, below, count) -> bool:
    """Whether words stand above columns of numbers."""
    words = [
        cell
        for column, cell in enumerate(first)
        if as_number(cell) is None and cell.casefold() not in MISSING and 2 * len(below[column]) >= count
    ]
    return bool(words) and all(word[0].isalpha() or word[0] in "_#" for word in words)


def _numbered(first, rows, below) -> bool:
    """Whether a column without a name numbers the rows, so that the other cells are names."""
    return first[0] == "" and len(below) == len(rows) == len(set(below)) and all(n.is_integer() for n in below)


def _counting(values) -> bool:
    steps = {after - before for before, after in pairwise(values)}
    return len(steps) == 1 and (len(values) > 2 or values == [0, 1])


def _far(number, below) -> bool:
    """Whether a number is farther from a column's values than these are from each other."""
    if len(below) < FEWEST:
        return False
    low, high = min(below), max(below)
    return not low - (high - low) <= number <= high + (high - low)
