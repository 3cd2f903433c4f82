"""Whether the columns of a table are halves of numbers with decimal commas."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["halves_of_decimals"]

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
# What nobody writes for a whole number: a zero with a sign, or one before other digits.
_SIGNED_ZERO = re.compile(r"[+-]0")
_PADDED = re.compile(r"0[0-9]+")


def halves_of_decimals(rows: Sequence[Sequence[str]]) -> str:
    """Returns two cells that look like one number with a decimal comma, as in `-0,512`, or an empty string.

    That is so where every row is whole numbers and digits by turns, and some of them are written as no whole number is.
    """
    if len(rows[0]) % 2:
        return ""
    pairs = [(row[place], row[place + 1]) for row in rows for place in range(0, len(row), 2)]
    if not all(_WHOLE.fullmatch(whole) and _DIGITS.fullmatch(digits) for whole, digits in pairs):
        return ""
    odd = [pair for pair in pairs if _SIGNED_ZERO.fullmatch(pair[0]) or _PADDED.fullmatch(pair[1])]
    return ",".join(odd[0]) if odd else ""
