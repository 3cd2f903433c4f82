"""Rows of text tables, .csv and .tsv."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from multigan.data.folders import suffix_of
from multigan.errors import DataError

__all__ = ["as_number", "delimiter_of", "read_rows"]


def delimiter_of(path: Path) -> str:
    """Returns what parts the columns: a tab in .tsv, else the first of semicolon, tab and comma that line 1 has."""
    if suffix_of(path.name) == ".tsv":
        return "\t"
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        first = file.readline(1 << 16)
    # Where there are semicolons, commas are a part of numbers or texts.
    return next((mark for mark in ";\t," if mark in first), ",")


def read_rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number from 1, cells without blanks around them) of every row that is not empty.

    Raises:
        DataError: not text, or a row with another number of columns than the first one.
    """
    width = None
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if not any(cells) and len(cells) <= 1:
                    continue
                width = width or len(cells)
                if len(cells) != width:
                    raise DataError(
                        f"{path}: line {reader.line_num} has {len(cells):,} columns and the first row {width:,}; "
                        "give every row as many"
                    )
                yield reader.line_num, cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a table ({error}); save it as UTF-8 text") from None


def as_number(text: str) -> float | None:
    """Returns the number that a cell holds, which may be nan or infinite, or None."""
    try:
        return float(text)
    except ValueError:
        return None
