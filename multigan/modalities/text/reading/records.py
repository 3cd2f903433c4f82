"""Whether a file holds records in place of lines of text: JSON lines, a JSON array, or a table."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from multigan.data.naming import column_option, names_columns
from multigan.data.tables import CALLED, MARKS, as_number, preamble, said_mark

__all__ = ["SUFFIXES", "Records", "records_in"]

# Names of files that hold records.
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_TABLES = {".csv": MARKS, ".tsv": "\t"}
# Those of JSON, and of JSON lines alone.
_JSON = (".jsonl", ".ndjson", ".json")
_LINES = (".jsonl", ".ndjson")
# An object that begins with a list of records.
_HOLDER = re.compile(r'\{\s*"([^"\\]{1,60})"\s*:\s*\[\s*[\[{"]')
# Lines that tell, and the fewest rows that make a table of a file which is not called one.
_LOOKED_AT = 8
_FEWEST_ROWS = 5
_SHOWN = 8
# What parts the columns where there is one only: no text has it.
_NOTHING = "\x1f"
# Fields that mostly are the text.
_USUAL = ("text", "sentence", "content", "body", "review", "title")
_QUOTED = re.compile(r'"(?:[^"]|"")+"\s*')


@dataclass(frozen=True)
class Records:
    """What was found.

    Args:
        kind: "JSON lines", "a JSON array", "a JSON object" or "a table".
        fields: of its first record; empty where they are not known. Those of a list are numbers from 1.
        likely: what the option `column` calls the field that looks most like text; empty where none does.
        delimiter: of a table's columns.
        above: how many rows stand above a table, such as comments.
        quoted: whether some lines stand in quotation marks as a whole.
        items: what the records of JSON are: "objects", "lists", or "texts", which need no field.
        holds: the field of a JSON object that has the records, or an empty string.
    """

    kind: str
    fields: tuple[str, ...] = ()
    likely: str = ""
    delimiter: str = ""
    above: int = 0
    quoted: bool = False
    items: str = "objects"
    holds: str = ""

    @property
    def named(self) -> bool:
        """Whether the fields have names: the first row of a table may be a row like the others."""
        return self.items != "lists" and (self.kind != "a table" or names_columns(self.fields))

    @property
    def list_alone(self) -> str:
        """What to save of a JSON object."""
        return "that list" if self.holds else "its list"

    @property
    def unread_mark(self) -> str:
        """What likely parts the columns of a table of one, as messages call it; empty where nothing does."""
        alone = self.fields[0] if len(self.fields) == 1 else ""
        return next((called for mark, called in CALLED.items() if mark in alone), "")

    @property
    def doubled(self) -> bool:
        """Whether the first row of a table names its columns, some of them alike."""
        alone = tuple(dict.fromkeys(self.fields))
        return self.kind == "a table" and len(alone) < len(self.fields) and names_columns(alone)

    def __str__(self) -> str:
        if self.holds:
            return f"{self.kind} that holds a list in {self.holds}"
        if self.items != "objects":
            return f"{self.kind} of {self.items}"
        if not self.fields:
            return self.kind
        if not self.named:
            return f"a table of {len(self.fields)} column{'s' * (len(self.fields) != 1)}"
        more = ", ..." if len(self.fields) > _SHOWN else ""
        return f"{self.kind} of {', '.join(self.fields[:_SHOWN])}{more}"


def records_in(head: str, suffix: str) -> Records | None:
    """Returns what records a file holds that begins so, or None.

    Args:
        head: its beginning.
        suffix: of its name, without one that tells how it is packed.
    """
    start = head.lstrip("\ufeff \t\r\n")
    lines = start.splitlines()
    lines = lines[:-1] or lines  # the last one may be cut
    filled = [line for line in lines if line.strip()][:_LOOKED_AT]
    if suffix not in _TABLES:
        if start.startswith("["):
            return _lists(filled, suffix) or _array(start[1:].lstrip(), suffix)
        if start.startswith("{"):
            return _json_lines(filled, start, suffix)
        if start.startswith('"') and (found := _texts(filled, suffix)):
            return found
    return _table(lines, suffix)


def _texts(lines: list[str], suffix: str) -> Records | None:
    """JSON lines that are texts; in a file that is not called so, they are where they need JSON to be read."""
    if suffix in _JSON:
        good = 2 * sum(line.startswith('"') for line in lines) > len(lines)
    else:
        good = any("\\" in line for line in lines) and all(isinstance(_parsed(line), str) for line in lines)
    return Records("JSON lines", items="texts") if good else None


def _lists(lines: list[str], suffix: str) -> Records | None:
    """JSON lines that are lists; one line alone is an array."""
    found = [record for record in map(_parsed, lines) if isinstance(record, list) and record]
    if len(lines) < 2 or 2 * len(found) <= len(lines):
        return None
    fields = tuple(str(number) for number in range(1, len(found[0]) + 1))
    return Records("JSON lines", fields, _likely_number(found), items="lists")


def _array(inside: str, suffix: str) -> Records | None:
    try:
        first = json.JSONDecoder().raw_decode(inside)[0]
    except (ValueError, RecursionError):
        first = None  # longer than what was looked at
    if inside.startswith("{"):
        first = first or {}
        return Records("a JSON array", tuple(first), _likely_field([first]))
    if suffix not in _JSON:
        return None
    if inside.startswith('"'):
        return Records("a JSON array", items="texts")
    if inside.startswith("["):
        fields = tuple(str(number) for number in range(1, len(first or ()) + 1))
        return Records("a JSON array", fields, _likely_number([first]) if first else "", items="lists")
    return Records("a JSON array")


def _json_lines(lines: list[str], start: str, suffix: str) -> Records | None:
    found = [record for record in map(_parsed, lines) if isinstance(record, dict)]
    if suffix in _JSON and (field := _holder(found, lines, start)):
        return Records("a JSON object", holds=field)
    if 2 * len(found) > len(lines):  # a line may be damaged, as one of any text may
        return Records("JSON lines", tuple(found[0]), _likely_field(found))
    if suffix in _LINES and len(lines) == 1:
        return Records("JSON lines")  # the first is longer than what was looked at
    return Records("a JSON object") if suffix in _JSON else None


def _holder(found: list[dict], lines: list[str], start: str) -> str:
    """Returns the field of one JSON object that has the records in a list, or an empty string."""
    if found:
        record = found[0] if len(lines) == 1 else {}
        lists = {field: value[0] for field, value in record.items() if isinstance(value, list) and value}
        return next((f for f, first in lists.items() if isinstance(first, dict | list) or len(record) == 1), "")
    begins = _HOLDER.match(start)
    return begins[1] if begins else ""


def _parsed(line: str):
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _table(lines: list[str], suffix: str) -> Records | None:
    called = suffix in _TABLES
    marks = (lines and said_mark(lines[0])) or _TABLES.get(suffix, "\t;,|")
    for delimiter in [*marks, *([_NOTHING] if called else [])]:
        try:
            found = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
            rows = [[cell.strip() for cell in row] for row in found if any(cell.strip() for cell in row)]
        except csv.Error:
            continue
        above = preamble(rows)
        rows = rows[above:]
        enough = len(rows) >= (1 if called else _FEWEST_ROWS)
        # A quoted text may go on in the next line, which is cut off here.
        widths = {len(row) for row in (rows[:1] if called else rows)}
        if enough and len(widths) == 1 and (max(widths) > 1 or delimiter == _NOTHING):
            column = _likely(rows[0], rows[1:])
            likely = "" if column is None else str(column + 1)
            if likely and names_columns(rows[0]):
                likely = column_option(rows[0], column)
            quoted = any(map(_QUOTED.fullmatch, lines))
            return Records("a table", tuple(rows[0]), likely, delimiter, above, quoted)
    return None


def _likely_number(records: Sequence[list]) -> str:
    found = _likely([str(number) for number in range(len(records[0]))], records)
    return "" if found is None else str(found + 1)


def _likely_field(records: Sequence[dict[str, Any]]) -> str:
    fields = list(records[0])
    found = _likely(fields, [[record.get(field) for field in fields] for record in records])
    return "" if found is None else shlex.quote(fields[found])


def _likely(fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> int | None:
    """Returns the place of the field that looks like text: that is called so, or has most blanks and letters."""

    def wordy(column: int) -> tuple[int, int]:
        cells = [row[column] for row in rows if len(row) > column and isinstance(row[column], str)]
        words = "".join(cell for cell in cells if as_number(cell) is None)
        return words.count(" "), sum(map(str.isalpha, words))

    looks = {column: wordy(column) for column in range(len(fields)) if any(wordy(column)) or not rows}
    usual = [fields.index(name) for name in _USUAL if name in fields and fields.index(name) in looks]
    return next(iter(usual), max(looks, key=looks.get, default=None))
