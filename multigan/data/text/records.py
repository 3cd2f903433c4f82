"""Whether a file holds records in place of lines of text: JSON lines, a JSON array, or a table."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass

__all__ = ["SUFFIXES", "Records", "records_in"]

# Names of files that hold records.
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_TABLES = {".csv": ";\t,", ".tsv": "\t"}
# Lines that tell, and the fewest rows that make a table of a file which is not called one.
_LOOKED_AT = 8
_FEWEST_ROWS = 5
_SHOWN = 8


@dataclass(frozen=True)
class Records:
    """What was found.

    Args:
        kind: "JSON lines", "a JSON array" or "a table".
        fields: of its first record; empty where they are not known.
        delimiter: of a table's columns.
    """

    kind: str
    fields: tuple[str, ...] = ()
    delimiter: str = ""

    def __str__(self) -> str:
        if not self.fields:
            return self.kind
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
    if suffix not in _TABLES:
        if start.startswith("["):
            return _array(start[1:].lstrip(), suffix)
        if start.startswith("{"):
            return _json_lines([line for line in lines if line.strip()][:_LOOKED_AT], suffix)
    return _table(lines, suffix)


def _array(inside: str, suffix: str) -> Records | None:
    if not inside.startswith("{"):
        return Records("a JSON array") if suffix == ".json" else None
    try:
        first = json.JSONDecoder().raw_decode(inside)[0]
    except (ValueError, RecursionError):
        first = {}  # longer than what was looked at
    return Records("a JSON array", tuple(first))


def _json_lines(lines: list[str], suffix: str) -> Records | None:
    found = [record for record in map(_parsed, lines) if isinstance(record, dict)]
    if 2 * len(found) > len(lines):  # a line may be damaged, as one of any text may
        return Records("JSON lines", tuple(found[0]))
    return Records("a JSON object") if suffix == ".json" else None


def _parsed(line: str):
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _table(lines: list[str], suffix: str) -> Records | None:
    for delimiter in _TABLES.get(suffix, "\t;,"):
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
        except csv.Error:
            continue
        enough = len(rows) >= (1 if suffix in _TABLES else _FEWEST_ROWS)
        # A quoted text may go on in the next line, which is cut off here.
        widths = {len(row) for row in (rows if suffix not in _TABLES else rows[:1])}
        if enough and len(widths) == 1 and max(widths) > 1:
            return Records("a table", tuple(cell.strip() for cell in rows[0]), delimiter)
    return None
