"""How messages say numbers, and what is wrong with a file that a library could not read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

__all__ = ["counted", "csv_reason", "figure", "json_reason", "undecodable"]

# From here on people write a power of ten.
GREAT = 1e18
# From here on thousands are parted.
PARTED = 1e4


def counted(number: int, what: str) -> str:
    """Returns a number of things as people write it: "1 label", "2,000 labels"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def figure(value: float, digits: int = 4) -> str:
    """Returns a value of the data as people write it: whole ones in full, others with so many digits.

    Thousands are parted in 12,440, not in 2024.
    """
    value = float(value)
    mark = "," if abs(value) >= PARTED else ""
    if abs(value) < GREAT and value.is_integer():
        return f"{int(value):{mark}}"
    told = f"{value:{mark}.{digits}g}"
    return f"{value:{mark}.0f}" if "e+" in told and abs(value) < GREAT else told


def undecodable(path: Path, encoding: str) -> str:
    """Returns what is wrong with a file that is not in an encoding, and in which line."""
    shown = "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
    if shown == "UTF-16":
        return f"its first bytes say {shown}, and not all of it is"
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return f"line {number:,} is not {shown} (byte {line[error.start]:#04x})"
    return f"not {shown}"


def json_reason(error: Exception) -> str:
    """Returns what is wrong with JSON that `json.loads`, or the decoding before it, does not take."""
    if isinstance(error, RecursionError):
        return "lists or objects lie too deep in each other"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.object[error.start]:#04x} after {error.start:,} others is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        what = " ".join(error.msg.split())[:80]
        return f"line {error.lineno:,}, column {error.colno:,}: {what[:1].lower()}{what[1:]}"
    return "a number of thousands of digits"  # the one other thing that it refuses


def csv_reason(error: csv.Error) -> str:
    """Returns what is wrong with a table that `csv.reader` does not take."""
    if "field limit" in str(error):
        return f"a cell of more than {csv.field_size_limit():,} characters, as of a quotation mark that is never closed"
    return str(error)
