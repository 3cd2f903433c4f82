"""Points from a .csv or .tsv file: which columns are the point, which is the label, and the values."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from multigan.data.tables import as_number, delimiter_of, read_rows
from multigan.errors import DataError, UsageError
from multigan.recipe import suggest

__all__ = ["Layout", "Table", "read_layout", "read_table"]

# Rows that tell which columns hold numbers.
LOOKED_AT = 200
LABEL_NAMES = ("label", "labels", "class", "classes")


@dataclass(frozen=True)
class Layout:
    """What the columns of a table are.

    Args:
        delimiter: between columns.
        header: how many lines come before the first row of values.
        names: of all columns; numbers from 1 without a header.
        point: the columns of the point.
        label: the label's column, or None.
        numeric: whether every column holds numbers, so that NumPy can read the file as a whole.
        notes: for the report.
    """

    delimiter: str
    header: int
    names: tuple[str, ...]
    point: tuple[int, ...]
    label: int | None
    numeric: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The values of a table.

    Args:
        points: float32 `(n, d)`; a cell that holds no number is nan.
        labels: texts or numbers `(n,)`, or None; nan or empty in rows without a label.
        lines: each row's line in the file; empty when all values are finite numbers.
        wrong: row -> what is wrong with it.
    """

    points: np.ndarray
    labels: np.ndarray | None
    lines: Sequence[int]
    wrong: Mapping[int, str]


def read_layout(path: Path, columns: str = "", label_column: str = "") -> Layout:
    """Returns what the columns of a table are, judged by its first rows.

    Args:
        path: of the file.
        columns, label_column: the options of these names.

    Raises:
        DataError: no rows, or fewer than two columns of numbers.
        UsageError: an option names a column that is not there.
    """
    delimiter = delimiter_of(path)
    rows = list(islice(read_rows(path, delimiter), LOOKED_AT + 1))
    if not rows:
        raise DataError(f"{path}: no rows in it; give one row a point")
    line, first = rows[0]
    first[0] = first[0].lstrip("#").strip()  # as numpy.savetxt begins its header
    has_header = all(as_number(cell) is None for cell in first)
    values = [cells for _, cells in rows[has_header:]]
    if not values:
        raise DataError(f"{path}: a header and no rows; give one row a point")
    names = tuple(first) if has_header else tuple(str(number) for number in range(1, len(first) + 1))
    kinds = [_kind([row[column] for row in values]) for column in range(len(names))]
    notes = []
    label = _label(path, names, kinds, values, label_column, has_header, notes)
    if columns:
        point = tuple(_column(path, name, names, "columns") for name in columns.split(","))
        if label in point and not label_column:
            label = None
    else:
        point = tuple(c for c, kind in enumerate(kinds) if kind == "number" and c != label)
        if has_header and names[0] == "" and 0 in point and all(row[0] == str(i) for i, row in enumerate(values)):
            notes.append("the first column has no name and counts the rows: left out")
            point = point[1:]
    if len(point) < 2:
        found = f"one column of numbers ({names[point[0]]})" if point else "no column of numbers"
        raise DataError(
            f"{path}: {found} in it (columns: {', '.join(names)}); points need two or more, "
            "parted by commas and with a point, as in 1.5,2"
        )
    if len(set(point)) < len(point) or label in point:
        raise UsageError(f"{path}: option columns={columns}: a column is named twice, or is the label's")
    notes.insert(0, f"the point is {', '.join(names[c] for c in point)}{'' if has_header else ' (no header)'}")
    if label is not None:
        notes.insert(1, f"the label is {names[label]}")
    numeric = all(kind == "number" for kind in kinds)
    return Layout(delimiter, line if has_header else 0, names, point, label, numeric, tuple(notes))


def read_table(path: Path, layout: Layout) -> Table:
    """Returns the values of a table.

    Raises:
        DataError: a row with another number of columns than the first.
    """
    if layout.numeric and (table := _read_whole(path, layout)) is not None:
        return table
    return _read_rows(path, layout)


def _read_whole(path: Path, layout: Layout) -> Table | None:
    """NumPy's reader, ten times faster than rows one by one; None where it meets anything but finite numbers."""
    try:
        values = np.loadtxt(
            path, delimiter=layout.delimiter, skiprows=layout.header, comments=None, quotechar='"', ndmin=2,
            encoding="utf-8-sig",
        )  # fmt: skip
    except ValueError:
        return None
    if values.shape[1] != len(layout.names):
        return None
    with np.errstate(over="ignore"):
        points = values[:, layout.point].astype(np.float32)
    labels = None if layout.label is None else values[:, layout.label]
    if not np.isfinite(points).all() or (labels is not None and not np.isfinite(labels).all()):
        return None
    return Table(points, labels, (), {})


def _read_rows(path: Path, layout: Layout) -> Table:
    values, labels, lines, wrong = array("d"), [], array("q"), {}
    rows = read_rows(path, layout.delimiter)
    for number, (line, cells) in enumerate(islice(rows, layout.header > 0, None)):
        lines.append(line)
        for column in layout.point:
            value = as_number(cells[column])
            if value is None:
                found = f"{cells[column]!r}, not a number" if cells[column] else "empty"
                wrong.setdefault(number, f"{layout.names[column]} is {found}")
            values.append(np.nan if value is None else value)
        if layout.label is not None:
            labels.append(cells[layout.label])
            if cells[layout.label].lower() in ("", "nan"):
                wrong.setdefault(number, f"{layout.names[layout.label]} is empty")
    with np.errstate(over="ignore"):
        points = np.frombuffer(values).reshape(len(lines), len(layout.point)).astype(np.float32)
    for number in np.flatnonzero(~np.isfinite(points).all(axis=1)):
        column = int(np.flatnonzero(~np.isfinite(points[number]))[0])
        exact = values[int(number) * points.shape[1] + column]
        wrong.setdefault(int(number), f"{layout.names[layout.point[column]]} is {exact:g}, not a finite number")
    return Table(points, np.array(labels) if labels else None, lines, wrong)


def _kind(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell]
    numbers = sum(as_number(cell) is not None for cell in filled)
    if not filled:
        return "empty"
    return "number" if 2 * numbers >= len(filled) else "text"


def _label(path, names, kinds, values, option, has_header, notes) -> int | None:
    if option == "none":
        return None
    if option:
        return _column(path, option, names, "label_column")
    named = [column for column, name in enumerate(names) if has_header and name.casefold() in LABEL_NAMES]
    if named:
        return named[0]
    texts = [column for column, kind in enumerate(kinds) if kind == "text"]
    listed = ", ".join(names[column] for column in texts)
    if len(texts) > 1:
        notes.append(
            f"columns {listed} hold text: left out; -o label_column={names[texts[0]]} takes that for the label"
        )
        return None
    if texts and len(values) > 2 and len({row[texts[0]] for row in values}) == len(values):
        notes.append(f"column {listed} holds another text in every row: left out; -o label_column={listed} takes it")
        return None
    return texts[0] if texts else None


def _column(path: Path, name: str, names: tuple[str, ...], option: str) -> int:
    name = name.strip()
    if name in names:
        return names.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return int(name) - 1
    raise UsageError(f"{path}: option {option}: no column {name}{suggest(name, names)} (columns: {', '.join(names)})")
