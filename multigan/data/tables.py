"""Rows of text tables, .csv and .tsv."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from multigan.data.folders import suffix_of
from multigan.errors import DataError

__all__ = ["as_number", "delimiter_of", "encoding_of", "read_lines", "read_rows"]


def encoding_of(path: Path) -> str:
    """Returns a text file's encoding: UTF-16 where its first bytes say so, as Excel's Unicode text does; else UTF-8."""
    with open(path, "rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not start.startswith(codecs.BOM_UTF32_LE):
        return "utf-16"
    return "utf-8-sig"


def delimiter_of(path: Path) -> str:
    """Returns what parts the columns: a tab in .tsv, else the first of semicolon, tab and comma that line 1 has."""
    if suffix_of(path.name) == ".tsv":
        return "\t"
    with open(path, encoding=encoding_of(path), errors="replace") as file:
        first = file.readline(1 << 16)
    # Where there are semicolons, commas are a part of numbers or texts.
    return next((mark for mark in ";\t," if mark in first), ",")


def read_lines(path: Path) -> list[str]:
    """Returns a text file's lines without blanks around them, and without empty ones at its end.

    Raises:
        DataError: not text.
    """
    try:
        text = path.read_text(encoding=encoding_of(path)).rstrip()
    except UnicodeError as error:
        raise DataError(f"{path}: cannot be read as text ({error}); save it as UTF-8") from None
    return [line.strip() for line in text.split("\n")]


def read_rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number from 1, cells without blanks around them) of every row that is not empty.

    A heading that lacks one name has an empty one put first: R leaves out that of the rows' names.

    Raises:
        DataError: not text, or a row with another number of columns than the first one.
    """
    rows = _rows(path, delimiter)
    first, second = next(rows, None), next(rows, None)
    if first is None:
        return
    if second and _names_rows(first[1], second[1]):
        first = first[0], ["", *first[1]]
    width = len(first[1])
    yield first
    while second:
        line, cells = second
        if len(cells) != width:
            raise DataError(
                f"{path}: line {line} has {len(cells):,} columns and the first row {width:,}; give every row as many"
            )
        yield second
        second = next(rows, None)


def _names_rows(heading: list[str], row: list[str]) -> bool:
    """Whether a row has one cell more than the heading, which is its name or number."""
    if len(row) != len(heading) + 1 or not row[-1] or any(as_number(cell) is not None for cell in heading):
        return False
    number = as_number(row[0])
    return bool(row[0]) and (number is None or number.is_integer())


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    try:
        with open(path, newline="", encoding=encoding_of(path)) as file:
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if len(cells) > 1 or any(cells):
                    if any("\0" in cell for cell in cells):
                        raise csv.Error(f"line {reader.line_num} holds NUL")
                    yield reader.line_num, cells
    except (UnicodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a table ({error}); save it as UTF-8 text") from None


def as_number(text: str) -> float | None:
    """Returns the number that a cell holds, which may be nan or infinite, or None.

    Python reads `3_4` as 34, and the digits of every script; a table means something else by them.
    """
    try:
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
