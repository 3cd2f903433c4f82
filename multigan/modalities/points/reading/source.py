"""Points as training reads them: validated, and in memory."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.annotations import annotate
from multigan.data.folders import suffix_of
from multigan.data.labels import occurring
from multigan.data.precision import LARGEST, lost_notes
from multigan.data.source import DataReport, UnreadableDataError
from multigan.data.verdict import class_notes, judge
from multigan.data.wording import counted, figure
from multigan.errors import DataError
from multigan.modalities.points.options import OPTIONS
from multigan.modalities.points.reading.collect import Found, collect_points
from multigan.modalities.points.reading.origin import choose_origin, from_origin
from multigan.recipe import DataSource, resolve_options

__all__ = ["PointSource", "open_points"]

# Columns whose ranges are noted; more rows than this are not searched for copies.
NOTED = 8
SEARCHED = 2_000_000


def open_points(
    spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource], progress=None
) -> PointSource:
    """Opens points as `multigan.data.open_source` describes it."""
    options = resolve_options(OPTIONS, options, "point data")
    found = collect_points(spec, options, datasets)
    collection = annotate(found.collection, options["labels"], options["conditions"])
    held = _held(found.points).all(axis=1)
    bad = {int(row): _not_held(found.points[row], found.columns) for row in np.flatnonzero(~held)} | found.wrong
    used = np.ones(len(found.points), bool)
    used[list(bad)] = False
    exact = found.points[used]
    origin = choose_origin(exact)
    points = from_origin(exact, origin)
    labels = None if collection.labels is None else collection.labels[used]
    conditions = None if collection.conditions is None else collection.conditions[used]
    skipped = tuple((collection.names[row], bad[row]) for row in sorted(bad))
    notes = [
        *collection.notes,
        *_content_notes(points, origin),
        *_origin_notes(origin, found.columns),
        *lost_notes(exact, points, found.columns, origin),
        *class_notes(labels, collection.classes, "points"),
    ]
    report = DataReport(len(used), len(points), skipped, tuple(notes))
    labels, classes = occurring(labels, collection.classes)
    try:
        judge(report, options["skip_bad"], collection.title, "points", "be used")
    except UnreadableDataError as error:
        raise UnreadableDataError(f"{error}{_blamed(found, options['skip_bad'])}", error.report) from None
    _refuse_sameness(points, collection.title, origin)
    return PointSource(
        name=spec,
        points=points,
        labels=labels,
        conditions=conditions,
        classes=classes,
        fingerprint=_fingerprint(points, labels, conditions, classes, origin),
        report=report,
        origin=origin,
    )


class PointSource:
    """Points with random access; see `multigan.data.open_source`.

    Args:
        name, classes, fingerprint, report: as in `multigan.data.source.Source`.
        points: float32 `(n, d)`, all finite, less the origin.
        labels: int32 `(n,)`, or None.
        conditions: float32 `(n, k)`, or None.
        origin: what each column is measured from; empty for zero. Batches, `mean` and `scale` are less the origin, and
            what is shown to people is not.

    Attributes:
        mean, scale: each column's mean and population standard deviation; a constant column's scale is 1.
        condition: length of the conditions; 0 without.
    """

    field = "point"
    in_memory = True
    draws = False

    def __init__(
        self,
        *,
        name: str,
        points: np.ndarray,
        labels: np.ndarray | None,
        conditions: np.ndarray | None,
        classes: Sequence[str],
        fingerprint: str,
        report: DataReport,
        origin: Sequence[float] = (),
    ):
        self.name = name
        self.shape = points.shape[1:]
        self.classes = tuple(classes)
        self.labels = labels
        self.conditions = conditions
        self.condition = 0 if conditions is None else conditions.shape[1]
        self.fingerprint = fingerprint
        self.report = report
        self._hold(points, origin)

    def _hold(self, points: np.ndarray, origin: Sequence[float]) -> None:
        constant = points.min(axis=0) == points.max(axis=0)
        self.origin = tuple(origin)
        self.mean = tuple(points.mean(axis=0, dtype=np.float64).tolist())
        self.scale = tuple(np.where(constant, 1.0, points.std(axis=0, dtype=np.float64)).tolist())
        self.facts = {"mean": self.mean, "scale": self.scale, "origin": self.origin}
        self._points = points

    def measured_from(self, origin: Sequence[float]) -> PointSource:
        """Returns the same points less another origin, such as that of a run that they are held against."""
        if tuple(origin) == self.origin:
            return self
        shift = np.array(self.origin or (0.0,) * self.shape[0]) - np.array(origin or (0.0,) * self.shape[0])
        moved = copy.copy(self)
        moved._hold((self._points + shift).astype(np.float32), origin)
        return moved

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """Returns `{"point": float32 (d,), "label": int32 (), "condition": float32 (k,)}`, the last two if there.

        Raises:
            IndexError: no such point.
        """
        batch = self.batch(np.array([range(len(self))[index]]))
        return {key: value[0] for key, value in batch.items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """Returns `{"point": float32 (b, d), ...}` of the points with these indices; nothing is drawn from `rng`.

        `"label"`, int32 `(b,)`, and `"condition"`, float32 `(b, k)`, are there where the data has them.
        """
        batch = {"point": self._points[indices]}
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        if self.conditions is not None:
            batch["condition"] = self.conditions[indices]
        return batch


def _held(points: np.ndarray) -> np.ndarray:
    """Whether float32 holds each number; it holds no nan here."""
    if points.dtype.kind == "f" and points.dtype.itemsize > 4:
        return np.abs(points) <= LARGEST
    return np.isfinite(points)


def _not_held(point: np.ndarray, columns: Sequence[str]) -> str:
    column = int(np.flatnonzero(~_held(point))[0])
    if not np.isfinite(point[column]):
        return f"{columns[column]} is {point[column]:g}, not a finite number"
    found = f"{columns[column]} is {figure(point[column], 6)}"
    return f"{found}, more than float32 holds ({LARGEST:.2g}); divide the column first"


def _blamed(found: Found, skip_bad: float) -> str:
    """Returns which one column to leave out so that enough points can be used, as the end of a sentence; or nothing."""
    bad = ~_held(found.points)
    of_row = bad.sum(axis=1)
    for column in np.flatnonzero(bad.any(axis=0)) if len(found.columns) > 2 else ():
        others = np.count_nonzero(of_row > bad[:, column])
        if others <= skip_bad * len(bad):
            name = found.columns[column]
            where = "by option columns" if suffix_of(found.collection.title) in (".csv", ".tsv") else "of the array"
            return f"; {name} has no number in {counted(bad[:, column].sum(), 'row')}: leave that column out {where}"
    return ""


def _origin_notes(origin: Sequence[float], columns: Sequence[str]) -> list[str]:
    moved = [f"{columns[c]} from {start:,.15g}" for c, start in enumerate(origin) if start]
    if not moved:
        return []
    listed = ", ".join(moved[:NOTED]) + (", ..." if len(moved) > NOTED else "")
    return [f"training measures {listed}, since float32 keeps 7 digits; samples are written in the data's own units"]


def _refuse_sameness(points: np.ndarray, title: str, origin: Sequence[float]) -> None:
    if len(points) == 1:
        raise DataError(f"{title}: one point only; give at least a batch of them")
    if (points == points[0]).all():
        shown = points[0].astype(np.float64) + (origin or 0.0)
        values = "; ".join(figure(value, 15 if origin else 6) for value in shown[:NOTED])
        raise DataError(f"{title}: all {len(points):,} points are equal ({values}); look at how they were made")


def _content_notes(points: np.ndarray, origin: Sequence[float]) -> list[str]:
    if not len(points):
        return []
    low, high = points.min(axis=0), points.max(axis=0)
    ranges = [f"{figure(a)} to {figure(b)}" for a, b in zip(low[:NOTED], high[:NOTED], strict=True)]
    for column, start in enumerate(origin[:NOTED]):
        if start:
            ranges[column] = f"{figure(float(low[column]) + start, 15)} to {figure(float(high[column]) + start, 15)}"
    notes = [f"columns from {'; '.join(ranges)}{'; ...' if len(low) > NOTED else ''}"]
    constant = np.flatnonzero(low == high) + 1
    if len(constant) and len(points) > 1:
        notes.append(f"the same in every point: {counted(len(constant), 'column')} (first column {constant[0]})")
    if len(points) <= SEARCHED:
        rows = np.ascontiguousarray(points).view([("", points.dtype)] * points.shape[1])
        copies = len(points) - len(np.unique(rows))
        if copies:
            notes.append(f"exact copies of another: {copies:,}")
    return notes


def _fingerprint(
    points: np.ndarray,
    labels: np.ndarray | None,
    conditions: np.ndarray | None,
    classes: Sequence[str],
    origin: Sequence[float],
) -> str:
    """SHA-256 in hex of all that training sees, the same on every machine."""
    total = hashlib.sha256(repr(("points", points.shape, tuple(classes), *origin)).encode())
    for values, kind in ((points, "<f4"), (labels, "<i4"), (conditions, "<f4")):
        if values is not None:
            total.update(repr(values.shape).encode() + np.ascontiguousarray(values, kind).tobytes())
    return total.hexdigest()
