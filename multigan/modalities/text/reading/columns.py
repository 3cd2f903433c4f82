"""Texts that are one field of each record: the option `column`."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from multigan.data.tables import swallows
from multigan.data.wording import counted, csv_reason, json_reason
from multigan.errors import DataError
from multigan.modalities.text.reading.records import Records
from multigan.recipe import suggest

__all__ = ["pick"]

# Bytes of a JSON array, which is read whole.
MOST = 64 << 20
_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
_Found = Iterator[tuple[str, Any, str]]


def pick(
    records: Records, lines: Iterable[bytes | None], column: str, encoding: str, title: str
) -> Iterator[tuple[str, str, str]]:
    """Yields (place, text, reason) of every record: its field's text, or the reason why it has none.

    Args:
        records: what the file holds.
        lines: of the file, as `cut_lines` yields them.
        column: the field's name; of a table, and of lists, its number from 1. Empty where records are texts themselves.
        encoding: of the lines.
        title: of the file, for errors.

    Raises:
        DataError: a table without this column, or no records that can be read.
    """
    if records.kind == "a table":
        found = _of_table(records, lines, column, encoding, title)
    elif records.kind == "JSON lines":
        found = _of_lines(lines, column, encoding)
    else:
        found = _of_array(records, lines, column, encoding, title)
    whose = f"its {column}" if column else "it"
    for place, value, reason in found:
        if reason:
            yield place, "", reason
        elif not isinstance(value, str):
            yield place, "", f"{whose} is {_KINDS.get(type(value), 'null')}, no text"
        elif any("\ud800" <= character <= "\udfff" for character in value):
            yield place, "", f"{whose} is not {_shown(encoding)}"
        else:
            yield place, value, ""


def _of_lines(lines: Iterable[bytes | None], column: str, encoding: str) -> _Found:
    for number, line in enumerate(lines, 1):
        place = f"line {number}"
        if line is None:
            yield place, None, "longer than 1 MiB"
        elif line.strip():
            try:
                record = json.loads(line.decode(encoding).removeprefix("\ufeff"))
            except UnicodeDecodeError:
                yield place, None, f"not {_shown(encoding)}"
            except RecursionError as error:
                yield place, None, f"no JSON that can be read: {json_reason(error)}"
            except ValueError:
                yield place, None, "no JSON"
            else:
                yield place, *_field(record, column)


def _of_array(records: Records, lines: Iterable[bytes | None], column: str, encoding: str, title: str) -> _Found:
    parts, size = [], 0
    for line in lines:
        size += MOST if line is None else len(line) + 1
        if size > MOST:
            raise DataError(f"{title}: more than {MOST >> 20} MiB of JSON, or a line of more than 1; save JSON lines")
        parts.append(line)
    try:
        found = json.loads(b"\n".join(parts).decode(encoding).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        reason = f"not {_shown(encoding)}" if isinstance(error, UnicodeDecodeError) else json_reason(error)
        raise DataError(f"{title}: cannot be read as JSON ({reason}); save it anew, or as JSON lines") from None
    if not isinstance(found, list):
        raise DataError(f"{title}: {records}, and texts are read from a list; save {records.list_alone} alone")
    for number, record in enumerate(found, 1):
        yield f"item {number}", *_field(record, column)


def _field(record: Any, column: str) -> tuple[Any, str]:
    """Returns a record's field, or the reason why there is none."""
    if not column:
        return record, ""
    if isinstance(record, list) and record:
        if column.isdecimal() and 1 <= int(column) <= len(record):
            return record[int(column) - 1], ""
        return None, f"a list of {counted(len(record), 'value')}, no {column}; give the number of one"
    if not isinstance(record, dict):
        return None, "no JSON object"
    if column not in record:
        known = ", ".join(list(record)[:8]) or "none"
        return None, f"no field {column}{suggest(column, record)} (fields: {known})"
    return record[column], ""


def _of_table(records: Records, lines: Iterable[bytes | None], column: str, encoding: str, title: str) -> _Found:
    named, place = _place(records, column, title)
    long: list[int] = []

    def decoded() -> Iterator[str]:
        for number, line in enumerate(lines, 1):
            if line is None:
                long.append(number)
            text = "" if line is None else line.decode(encoding, "surrogateescape")
            yield (text.removeprefix("\ufeff") if number == 1 else text) + "\n"

    width, skipped = len(records.fields), records.above + named
    for where, row, reason in _rows(decoded(), records.delimiter):
        for number in long:
            yield f"line {number}", None, "longer than 1 MiB"
        long.clear()
        if not reason and not any(cell.strip() for cell in row):
            continue
        if skipped:
            skipped -= 1
            continue
        if not reason and len(row) <= place:
            reason = f"{counted(len(row), 'column')}, no {column}"
        elif any(map(str.strip, row[width:])):
            reason = f"{counted(len(row), 'column')} where the first row has {width} (quotation marks left out?)"
        yield where, None if reason else row[place], reason
    for number in long:
        yield f"line {number}", None, "longer than 1 MiB"


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[tuple[str, list[str], str]]:
    """Yields (place, cells, reason) of each row, and the reason why it is none.

    A quotation mark that is out of place makes one row of many lines. The first of them is at fault, and the others are
    read anew, so that none is lost.
    """
    again: deque[str] = deque()
    taken: list[str] = []

    def feed() -> Iterator[str]:
        while (line := again.popleft() if again else next(lines, None)) is not None:
            taken.append(line)
            yield line

    def reader_of_the_rest():
        return csv.reader(feed(), delimiter=delimiter, skipinitialspace=True, strict=True)

    first, reader = 1, reader_of_the_rest()
    while True:
        taken.clear()
        reason = ""
        try:
            row = next(reader, None)
            if row is not None and len(taken) > 1 and swallows(row, taken, delimiter):
                reason = "these look like rows of their own"
        except csv.Error as error:
            row, reason = [], csv_reason(error)
        if row is None:
            return
        until = f", which goes on to line {first + len(taken) - 1}" if len(taken) > 1 else ""
        said = reason and f"no row of a table{until} ({reason}); look at its quotation marks"
        yield f"line {first}", row, said
        if reason:
            again.extendleft(reversed(taken[1:]))
            reader = reader_of_the_rest()
        first += 1 if reason else len(taken)


def _place(records: Records, column: str, title: str) -> tuple[bool, int]:
    """Returns whether the first row holds names, and the column's place from 0."""
    if records.fields.count(column) > 1:
        places = " and ".join(str(place) for place, name in enumerate(records.fields, 1) if name == column)
        raise DataError(f"{title}: columns {places} are both called {column}; give a number")
    if column in records.fields:
        return True, records.fields.index(column)
    if column.isdecimal() and 1 <= int(column) <= len(records.fields):
        return False, int(column) - 1
    known, mark = ", ".join(records.fields), records.unread_mark
    mend = f"if its columns are parted by {mark}, call it .csv" if mark else "give one's name or number"
    guess = "" if mark else suggest(column, records.fields)
    raise DataError(f"{title}: no column {column}{guess} (columns: {known}); {mend}")


def _shown(encoding: str) -> str:
    return {"utf-8": "UTF-8"}.get(encoding, encoding)
