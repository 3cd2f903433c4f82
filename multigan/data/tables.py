"""Rows of text tables, .csv and .tsv."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from multigan.data.folders import suffix_of
from multigan.data.wording import counted, csv_reason, undecodable
from multigan.errors import DataError

__all__ = [
    "CALLED",
    "MARKS",
    "as_number",
    "delimiter_of",
    "encoding_of",
    "preamble",
    "read_lines",
    "read_rows",
    "said_mark",
    "swallows",
]

# Rows that tell whether the heading lacks the name of the rows' names, and the fewest whose numbers are names.
LOOKED_AT = 200
# Rows that tell what parts the columns.
FEW = 20
FEWEST = 10
# Headings of columns that hold the names themselves.
NAMES = ("name", "names", "file", "files", "filename", "file_name", "image", "path", "sample")
# What parts columns, and how messages call it.
MARKS = ";\t,|"
CALLED = {";": "semicolons", "\t": "tabs", ",": "commas", "|": "vertical bars"}
# Excel's first line, which says what parts the columns; Excel leaves it out when it saves the table.
_SAID_MARK = re.compile(r'"?sep=([^\w\s"]|\t)"?\s*', re.IGNORECASE)


def encoding_of(path: Path) -> str:
    """Returns a text file's encoding: UTF-16 where its first bytes say so, as Excel's Unicode text does; else UTF-8."""
    with open(path, "rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not start.startswith(codecs.BOM_UTF32_LE):
        return "utf-16"
    return "utf-8-sig"


def delimiter_of(path: Path) -> str:
    """Returns what parts the columns: what a line `sep=;` at the top says; else a tab in .tsv; else the first of
    semicolon, tab, comma and vertical bar that the first line has which is neither empty nor a comment. Bars go before
    commas where each line has as many of them.

    Raises:
        DataError: a .tsv without a tab in its first lines, and with another mark.
    """
    with open(path, encoding=encoding_of(path), errors="replace") as file:
        lines = iter(lambda: file.readline(1 << 16), "")
        first = next(lines, "")
        if mark := said_mark(first):
            return mark
        rows = (line for line in chain([first], lines) if line.strip() and line[0] != "#")
        head = list(islice(rows, FEW)) or [first]
    found = [mark for mark in MARKS if mark in head[0]]
    if suffix_of(path.name) == ".tsv":
        if found and not any("\t" in line for line in head):
            marks = " and ".join(CALLED[mark] for mark in found)
            raise DataError(
                f"{path}: a .tsv has tabs between its columns, and its first row has none, but {marks}; call it .csv"
            )
        return "\t"
    if found == [",", "|"] and len({line.count("|") for line in head}) == 1:
        return "|"  # the commas are those of numbers or texts
    # Where there are semicolons, commas are a part of numbers or texts.
    return next(iter(found), ",")


def said_mark(line: str) -> str:
    """Returns the mark between columns that a line such as Excel's `sep=;` says, or an empty string."""
    found = _SAID_MARK.fullmatch(line)
    return found[1] if found else ""


def preamble(rows: Sequence[Sequence[str]]) -> int:
    """Returns how many of a table's first rows are not part of it: `sep=;`, and comments that begin with a #.

    The last comment is the heading where it has as many cells as the row below, as numpy.savetxt writes it, unless that
    row is a heading itself.
    """
    first = "".join(rows[0]) if rows else ""  # where the mark parts columns, it is gone
    said = first.casefold() == "sep=" or bool(said_mark(first))
    table = next((n for n, row in enumerate(rows[said:], said) if not row[0].startswith("#")), None)
    if table is None or table == said:
        return int(said)
    has_heading = not _has_number(rows[table]) and _has_number(rows[min(table + 1, len(rows) - 1)])
    return table - (len(rows[table - 1]) == len(rows[table]) and not has_heading)


def _has_number(row: Sequence[str]) -> bool:
    return any(as_number(cell) is not None for cell in row)


def read_lines(path: Path) -> list[str]:
    """Returns a text file's lines without blanks around them, and without empty ones at its end.

    Raises:
        DataError: not text.
    """
    try:
        text = path.read_text(encoding=encoding_of(path)).rstrip()
    except UnicodeError:
        reason = undecodable(path, encoding_of(path))
        raise DataError(f"{path}: cannot be read as text ({reason}); save it as UTF-8") from None
    return [line.strip() for line in text.split("\n")] if text else []


def read_rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number from 1, cells without blanks around them) of every row that is neither empty nor a comment.

    A heading that lacks one name has an empty one put first: R leaves out that of the rows' names.

    Raises:
        DataError: not text, or a row with another number of columns than the first one.
    """
    rows = _rows(path, delimiter)
    head = list(islice(rows, LOOKED_AT))
    del head[: preamble([cells for _, cells in head])]
    if not head:
        return
    (line, first), *below = head
    if _names_rows(first, [cells for _, cells in below if not cells[0].startswith("#")]):
        first = ["", *first]
    yield line, first
    for line, cells in chain(below, rows):
        if len(cells) == len(first):
            yield line, cells
        elif not cells[0].startswith("#"):
            found = f"line {line} has {counted(len(cells), 'column')} and the first row {len(first):,}"
            raise DataError(
                f"{path}: {found}; give every row as many"
                f"{_why_more(first) if len(cells) > len(first) and delimiter == ',' else ''}"
            )


def _names_rows(heading: list[str], rows: list[list[str]]) -> bool:
    """Whether every row has one cell more than the heading, which can be its name or number.

    It cannot be where `x,y` stands above `7,35,0.123`, whose first comma is a decimal one.
    """
    if not rows or {len(row) for row in rows} != {len(heading) + 1} or _has_number(heading):
        return False
    names = [row[0] for row in rows]
    if len(set(names)) < len(names) or not all(names) or not any(row[-1] for row in rows):
        return False
    numbers = [as_number(name) for name in names]
    if not all(number is None or number.is_integer() for number in numbers):
        return False
    if None in numbers:  # under `file,x` the first cell of `a.png,0,5` is the file
        return heading[0].casefold() not in NAMES or any(as_number(row[1]) is None for row in rows)
    counting = [number - numbers[0] for number in numbers] == list(range(len(rows))) and numbers[0] in (0, 1)
    decimals = all(re.fullmatch("[0-9]+", row[1]) for row in rows)
    enough = len(rows) >= FEWEST
    return (enough or counting) if not decimals else (enough and counting)


def _why_more(first: Sequence[str]) -> str:
    if len(first) == 1:
        return " (a title above the table? begin its line with #, or delete it)"
    return " (decimal commas? write numbers with a point; commas in texts? put quotation marks around these)"


def swallows(row: Sequence[str], lines: Sequence[str], delimiter: str) -> bool:
    """Whether each further line of a row that takes several looks like a row as well, with numbers where it has them.

    A quotation mark that is never closed makes one row of many.
    """
    numbers = [column for column, cell in enumerate(row) if as_number(cell) is not None]
    found = [next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), []) for line in lines[1:]]
    return bool(numbers and found) and all(
        len(cells) == len(row) and all(as_number(cells[column]) is not None for column in numbers) for cells in found
    )


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    lines: list[str] = []  # of one row

    def kept(file: Iterator[str]) -> Iterator[str]:
        for line in file:
            lines.append(line)
            yield line

    try:
        with open(path, newline="", encoding=encoding_of(path)) as file:
            reader = csv.reader(kept(file), delimiter=delimiter, skipinitialspace=True)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if len(cells) > 1 or any(cells):
                    if any("\0" in cell for cell in cells):
                        raise csv.Error(f"line {reader.line_num} holds NUL")
                    if len(lines) > 1 and swallows(cells, lines, delimiter):
                        raise DataError(
                            f"{path}: a quotation mark in line {reader.line_num - len(lines) + 1} makes one row of all "
                            f"lines up to {reader.line_num}; close it or take it out"
                        )
                    yield reader.line_num, cells
                lines.clear()
    except UnicodeError:
        reason = undecodable(path, encoding_of(path))
        raise DataError(f"{path}: cannot be read as a table ({reason}); save it as UTF-8 text") from None
    except csv.Error as error:
        raise DataError(f"{path}: cannot be read as a table ({csv_reason(error)}); save it as UTF-8 text") from None


def as_number(text: str) -> float | None:
    """Returns the number that a cell holds, which may be nan or infinite, or None.

    Python reads `3_4` as 34, and the digits of every script; a table means something else by them.
    """
    try:
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
