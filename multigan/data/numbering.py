"""Columns of a table that number or name its rows, or hold codes: no coordinates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from multigan.data.tables import as_number

__all__ = ["counts_rows", "holds_codes", "numbers_rows"]

# Names of columns that number the rows where their values are all different, or count up.
NAMES = ("index", "idx", "row", "rows", "rownum", "rowno", "row_number", "rownames", "row_names", "row.names")
# The same where they count up; their values may be amounts otherwise.
COUNTING_NAMES = ("nr", "no", "no.", "num", "number", "#", "s.no", "sno", "serial", "obs", "observation")
_UNNAMED = re.compile(r"|unnamed: ?\d+.*", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?:.*[_\s.-])?(?:[iI][dD]|ids|rowid|uid|uuid|guid)|.*[a-z]I[dD]", re.DOTALL)
# Names of columns of postal codes, without blanks and marks between their words.
_POSTAL = re.compile(r"(?:.*[_\s.-])?(?:zip|plz)|zip5?(?:code)?s?|post(?:al)?(?:code|zahl|leitzahl)s?", re.IGNORECASE)
_MARKS = re.compile(r"[_\s.-]+")
# A code that begins with a zero, and the fewest digits of one: shorter ones are hours, days and months.
_PADDED = re.compile(r"0[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
SHORTEST = 3
# Of the steps from a row to the next, the share that is one.
COUNTING = 0.9
# Fewer rows than this may count up by chance.
FEWEST = 10


def numbers_rows(name: str, position: int, cells: Sequence[str]) -> str:
    """Returns why a column is taken for the rows' numbers, or an empty string.

    Args:
        name: of the column; empty where the heading has none.
        position: of the column, from 0.
        cells: its values.
    """
    numbers = _whole(cells)
    if numbers is None:
        return ""
    different = len(set(numbers)) == len(numbers)
    if _UNNAMED.fullmatch(name) and (position == 0 or name or different):
        if counts_rows(cells):
            return "has no name and counts the rows"
        return "has no name and numbers the rows"
    if _IDENTIFIER.fullmatch(name):
        return "holds identifiers, by its name"
    steps = [after - before for before, after in pairwise(numbers)]
    counting = sum(step == 1 for step in steps) >= COUNTING * len(steps)
    names = (*(NAMES if different or counting else ()), *(COUNTING_NAMES if counting else ()))
    return "numbers the rows, by its name" if name.casefold() in names else ""


def holds_codes(name: str, cells: Sequence[str]) -> str:
    """Returns why a column of whole numbers is taken for codes, such as postal ones, or an empty string.

    Args:
        name: of the column; empty where the heading has none.
        cells: its values.
    """
    filled = [cell for cell in cells if _DIGITS.fullmatch(cell)]
    if 2 * len(filled) < len(cells):
        return ""
    if _POSTAL.fullmatch(name) or _POSTAL.fullmatch(_MARKS.sub("", name)):
        return "holds postal codes, by its name"
    padded = [cell for cell in filled if _PADDED.fullmatch(cell)]
    if padded and len({len(cell) for cell in filled}) == 1 and len(padded[0]) >= SHORTEST:
        return f"holds codes of {len(padded[0])} digits that may begin with a zero ({padded[0]})"
    return ""


def counts_rows(cells: Sequence[str], fewest: int = 0) -> bool:
    """Says whether a column's values are 0, 1, 2, ... or 1, 2, 3, ..., and so many at least."""
    numbers = _whole(cells)
    return (
        numbers is not None
        and len(numbers) >= fewest
        and numbers
        in (
            list(range(len(numbers))),
            list(range(1, len(numbers) + 1)),
        )
    )


def _whole(cells: Sequence[str]) -> list[int] | None:
    numbers = [as_number(cell) for cell in cells]
    if not numbers or not all(number is not None and number.is_integer() for number in numbers):
        return None
    return [int(number) for number in numbers]
