"""The values of a .csv or .tsv file of points."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from multigan.data.labels import is_missing
from multigan.data.precision import LARGEST
from multigan.data.tables import as_number, read_rows
from multigan.modalities.points.reading.layout import Layout

__all__ = ["Table", "read_table"]


@dataclass(frozen=True)
class Table:
    """The values of a table.

    Args:
        points: float64 `(n, d)`; a cell that holds no number is nan.
        labels: texts `(n,)`, or None; empty or nan in rows without a label.
        lines: each row's line in the file; empty when float32 holds all values.
        wrong: row -> what is wrong with it. Rows of numbers that are not finite need not be there.
    """

    points: np.ndarray
    labels: np.ndarray | None
    lines: Sequence[int]
    wrong: Mapping[int, str]


def read_table(path: Path, layout: Layout) -> Table:
    """Returns the values of a table.

    Raises:
        DataError: a row with another number of columns than the first.
    """
    if layout.numeric and (table := _read_whole(path, layout)) is not None:
        return table
    return _read_rows(path, layout)


def _read_whole(path: Path, layout: Layout) -> Table | None:
    """NumPy's reader, ten times faster than rows one by one; None where it meets what float32 does not hold."""
    how = {
        "delimiter": layout.delimiter, "skiprows": layout.header, "comments": None, "quotechar": '"',
        "encoding": layout.encoding,
    }  # fmt: skip
    labels = None
    try:
        values = np.loadtxt(path, ndmin=2, **how)
        if values.shape[1] != len(layout.names) or not (np.abs(values[:, layout.point]) <= LARGEST).all():
            return None
        if layout.label is not None:
            # As they are written: a label may be a code that begins with a zero, or longer than a number holds.
            labels = np.loadtxt(path, ndmin=1, dtype=str, usecols=layout.label, **how)
            if len(labels) != len(values) or not np.isfinite(values[:, layout.label]).all():
                return None
    except ValueError:
        return None
    return Table(values[:, layout.point], labels, (), {})


def _read_rows(path: Path, layout: Layout) -> Table:
    values, labels, lines, wrong = array("d"), [], array("q"), {}
    rows = read_rows(path, layout.delimiter)
    for number, (line, cells) in enumerate(islice(rows, layout.header > 0, None)):
        lines.append(line)
        for column in layout.point:
            value = as_number(cells[column])
            if value is None:
                found = f"{cells[column]!r}, not a number" if cells[column] else "empty"
                wrong.setdefault(number, f"{layout.called[column]} is {found}")
            values.append(np.nan if value is None else value)
        if layout.label is not None:
            labels.append(cells[layout.label])
            if is_missing(cells[layout.label]):
                wrong.setdefault(number, f"{layout.called[layout.label]} is {cells[layout.label] or 'empty'}")
    points = np.frombuffer(values).reshape(len(lines), len(layout.point))
    return Table(points, np.array(labels) if labels else None, lines, wrong)
