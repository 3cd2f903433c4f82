"""How labels are spelled: which texts are numbers, what is invisible in them, and how much of one is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from multigan.data.tables import as_number

__all__ = ["INVISIBLE", "class_names", "clean", "in_order", "invisible_notes", "listed", "shorten", "written"]

# Soft hyphens, spaces of no width, marks of direction and of byte order: programs leave them, nobody sees them.
INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
# Characters of a number: one that is longer is a text.
LONGEST = 400
# Characters of a class's name that a message shows.
SHOWN = 60
_GONE = dict.fromkeys(map(ord, INVISIBLE))
_WHOLE = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[+-]?(?:0|[1-9][0-9]*)?\.[0-9]+")
# Whole numbers as programs write floats: 1.0, 1. and 1.000e+00. A plate's 1E5 and a hash's 1e1 are not written so.
_FLOAT = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)\.0*|[0-9](?:\.[0-9]*)?[eE][+-][0-9]{2,})")


def class_names(texts: Sequence[str]) -> list[str]:
    """Returns the name of the class that each of some different labels means, for the labels as they are written.

    Whole numbers that a program wrote as floats are called as whole ones: 1.0 and 2.0 are `1` and `2`. That is so where
    all labels are plain numbers and no two of them are the same number; else every spelling is a class of its own, so
    that `10` and `1e1`, or `0` and `00`, are never one.
    """
    numbers = [_plain_number(text) for text in texts]
    if None in numbers or len(set(numbers)) < len(numbers):
        return list(texts)
    return [str(number) if isinstance(number, int) else text for number, text in zip(numbers, texts, strict=True)]


def in_order(names: Sequence[str]) -> list[int]:
    """Returns the places of names in the classes' order: that of numbers where all are such, else the alphabet's."""
    numbers = [_plain_number(name) for name in names]
    if None in numbers:
        numbers = [as_number(name) for name in names]
    if any(number is None or number != number for number in numbers):
        return sorted(range(len(names)), key=lambda place: names[place])
    return sorted(range(len(names)), key=lambda place: (numbers[place], names[place]))


def written(numbers: np.ndarray) -> list[str]:
    """Returns how people write floats `(n,)`: with as few digits as tell them apart, and whole ones without a point."""
    return [np.format_float_positional(number, trim="-") for number in numbers]


def clean(labels: np.ndarray) -> np.ndarray:
    """Returns strings without blanks around them and without what is invisible; bytes are UTF-8."""
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "backslashreplace")
    if _has_invisible(labels):
        labels = np.char.translate(labels, _GONE)
    return np.char.strip(labels)


def invisible_notes(labels: np.ndarray | None) -> list[str]:
    """Returns a note on labels with invisible characters, as they were read; nothing where there are none."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "US":
        return []
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "backslashreplace")
    if not _has_invisible(labels):
        return []
    odd = [text for text in labels.ravel().tolist() if any(character in text for character in INVISIBLE)]
    name = shorten(odd[0].translate(_GONE).strip())
    found = next(character for character in odd[0] if character in INVISIBLE)
    what = f"{len(odd):,} label{'s' * (len(odd) != 1)}"
    return [f"invisible characters left out of {what} (first U+{ord(found):04X} in {name})"]


def shorten(name: str) -> str:
    """Returns a name as messages show it: the beginning of a long one, and how long that is."""
    return name if len(name) <= SHOWN else f"{name[: SHOWN - 20]}... ({len(name):,} characters)"


def listed(classes: Sequence[str], most: int = 10) -> str:
    """Returns classes as messages list them: the first of them, none at full length if that is long."""
    return ", ".join(map(shorten, classes[:most])) + (", ..." if len(classes) > most else "")


def _has_invisible(texts: np.ndarray) -> bool:
    return any((np.char.find(texts, character) >= 0).any() for character in INVISIBLE)


def _plain_number(text: str) -> int | float | None:
    """Returns the number that a text is and nothing else, as int if it is whole; None of codes that look like one."""
    if len(text) > LONGEST:
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text) and not float(text).is_integer():
        return float(text)
    if not _FLOAT.fullmatch(text) or not float(text).is_integer():  # infinite ones are not, either
        return None
    return int(text.partition(".")[0]) if "e" not in text.casefold() else int(float(text))
