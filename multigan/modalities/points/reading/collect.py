"""From a place to its points, whatever they are stored in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.arrays import read_npy, read_npz
from multigan.data.collection import Collection, NumberedNames
from multigan.data.folders import suffix_of
from multigan.data.labels import check_conditions, check_labels, condition_notes
from multigan.data.numbering import FEWEST
from multigan.data.places import find_place
from multigan.data.spelling import invisible_notes
from multigan.errors import DataError
from multigan.modalities.points.reading.arrays import POINT_KEYS, check_points
from multigan.modalities.points.reading.layout import read_layout
from multigan.modalities.points.reading.table import read_table
from multigan.recipe import DataSource, load_object

__all__ = ["Found", "collect_points"]

FRACTIONS_MEND = (
    "-o label_column=NAME takes another column, and with none this one is a coordinate, unless -o columns=NAMES leaves "
    "it out; conditions come from a file of their own, by -o conditions=FILE"
)


@dataclass(frozen=True)
class Found:
    """The points at a place.

    Args:
        collection: their names, labels and conditions.
        points: numbers `(n, d)`, as they were read.
        columns: what these are called.
        wrong: row -> what is wrong with it. Rows of numbers that are not finite need not be there.
    """

    collection: Collection
    points: np.ndarray
    columns: Sequence[str]
    wrong: Mapping[int, str]


def collect_points(spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> Found:
    """Returns the points at a place.

    Args:
        spec: a registered data set's name, or a path.
        options: of the data.
        datasets: the registered data sets by name.

    Raises:
        DataError: nothing there, or nothing that holds points.
        UsageError: the data set holds something else, or an option does not fit.
    """
    place = find_place(spec, "points", datasets)
    if isinstance(place, DataSource):
        points, labels, classes = load_object(place.load)()
        return _array(place.name, check_points(points, place.name), labels, tuple(classes))
    try:
        return _file(place, options)
    except PermissionError as error:
        raise DataError(f"{error.filename or place}: may not be read; give yourself the right to read it") from None


def _file(path: Path, options: Mapping[str, Any]) -> Found:
    kinds = "give a .csv, .tsv, .npy or .npz file"
    if path.is_dir():
        raise DataError(f"{path}: a folder, and points are read from one file; {kinds}")
    suffix = suffix_of(path.name)
    if path.stat().st_size == 0:
        raise DataError(f"{path}: 0 bytes; get it anew")
    if suffix in (".csv", ".tsv"):
        return _table(path, options)
    if suffix == ".npy":
        return _array(str(path), check_points(read_npy(path), str(path)))
    if suffix == ".npz":
        arrays = read_npz(path, POINT_KEYS)
        points = check_points(arrays["samples"], str(path))
        return _array(str(path), points, arrays.get("labels"), (), arrays.get("conditions"))
    raise DataError(f"{path}: not a kind of file that points are read from; {kinds}")


def _array(
    title: str,
    points: np.ndarray,
    labels: np.ndarray | None = None,
    classes: tuple[str, ...] = (),
    conditions: np.ndarray | None = None,
) -> Found:
    spelt = invisible_notes(labels)
    labels, classes = check_labels(labels, len(points), classes, title)
    checked = check_conditions(conditions, len(points), title)
    names, notes = NumberedNames("points", len(points)), [*spelt, *condition_notes(conditions)]
    numbers = np.arange(len(points))
    if len(points) >= FEWEST and any(np.array_equal(points[:, 0], numbers + start) for start in (0, 1)):
        notes.append(
            "column 1 counts the rows and is part of the point; leave it out of the array if it only does that"
        )
    collection = Collection(title, names, points.__getitem__, labels, classes, tuple(notes), checked)
    return Found(collection, points, [f"column {number}" for number in range(1, points.shape[1] + 1)], {})


def _table(path: Path, options: Mapping[str, Any]) -> Found:
    layout = read_layout(path, options["columns"], options["label_column"], options["header"], bool(options["labels"]))
    table = read_table(path, layout)
    points = check_points(table.points, str(path))
    names = _Lines(table.lines) if len(table.lines) else NumberedNames("points", len(points))
    labels, classes = None, ()
    if table.labels is not None:
        texts = table.labels.copy()
        good = np.flatnonzero(~np.isin(np.arange(len(texts)), list(table.wrong)))
        # A row that will be skipped may hold no label at all; any other row's stands in for it.
        texts[list(table.wrong)] = texts[good[0]] if len(good) else "0"
        called = layout.called[layout.label]
        labels, classes = check_labels(texts, len(points), (), f"{path}: {called}", FRACTIONS_MEND, names)
    notes = (*layout.notes, *invisible_notes(table.labels))
    collection = Collection(str(path), names, points.__getitem__, labels, classes, notes)
    return Found(collection, points, [layout.called[column] for column in layout.point], table.wrong)


class _Lines(Sequence):
    """The names `line 2`, `line 3`, ... of the rows of a table."""

    def __init__(self, lines: Sequence[int]):
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> str:
        return f"line {self._lines[index]}"
