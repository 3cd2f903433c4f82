"""File names as data: a stable order, and classes from sub-folders."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

__all__ = [
    "classes_from_folders",
    "classes_of_folders",
    "column_option",
    "names_columns",
    "natural_key",
    "normal",
    "printable",
    "shared_folders",
]

_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"}


def normal(name: str) -> str:
    """Returns the name as it is on every machine: `/` between folders, Unicode composed (macOS decomposes it)."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def natural_key(name: str) -> tuple:
    """Sort key that puts `image2` before `image10`, in no locale's order; equal for equal names only."""
    parts = [
        [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in re.split(r"([0-9]+)", folder.casefold())]
        for folder in name.split("/")
    ]
    return parts, name


def printable(name: str) -> str:
    """Returns the name without control characters and undecodable bytes, fit for a terminal and for UTF-8."""
    text = name.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def names_columns(cells: Sequence[str]) -> bool:
    """Whether cells look like names of columns: all different, none of them a number, a sentence or long; one may be
    empty, as pandas writes that of the rows' numbers.
    """
    names = [cell for cell in cells if cell]
    plain = all(re.fullmatch(r"(?=.*[^\W\d]).{1,40}(?<![.!?,;:])", name) and name.count(" ") < 4 for name in names)
    return bool(names) and plain and len(set(cells)) == len(cells)


def column_option(names: Sequence[str], column: int) -> str:
    """Returns how a command line calls a column: by its name, quoted for the shell, or else by its number from 1."""
    name = names[column]
    return shlex.quote(name) if names.count(name) == 1 and names_columns([name]) else str(column + 1)


def classes_from_folders(names: Sequence[str]) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    """Returns (labels, classes, notes) that the sub-folders of `names` give.

    The class is the first folder in which the names differ; folders that all of them share, and folders within a
    class, say nothing. There are no classes when a file lies beside the class folders, or when the folders are called
    like splits (train, test).
    """
    numbers: dict[str, int] = {}
    whose = [numbers.setdefault(name.rpartition("/")[0], len(numbers)) for name in names]
    return classes_of_folders(tuple(numbers), np.array(whose, np.int32))


def classes_of_folders(
    folders: Sequence[str], whose: np.ndarray
) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    """Returns the same for files of which folder `whose` (int32, one a file) each lies in; every folder has a file."""
    parts = [folder.split("/") if folder else [] for folder in folders]
    level = shared_folders(parts)
    if any(len(folder) <= level for folder in parts):
        mixed = any(len(folder) > level for folder in parts)
        return None, (), ["no classes: some files lie beside the sub-folders, not in one"] if mixed else []
    found = sorted({folder[level] for folder in parts}, key=natural_key)
    if {name.casefold() for name in found} <= _SPLITS:
        return (
            None,
            (),
            [f"the sub-folders {', '.join(found)} are read as one set: name one of them to keep them apart"],
        )
    index = {name: number for number, name in enumerate(found)}
    of_folder = np.array([index[folder[level]] for folder in parts], np.int32)
    return of_folder[whose], tuple(map(printable, found)), []


def shared_folders(folders: Iterable[Sequence[str]]) -> int:
    """Returns the number of leading folders that all share."""
    level = 0
    for column in zip(*folders, strict=False):
        if len(set(column)) > 1:
            break
        level += 1
    return level
