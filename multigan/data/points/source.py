"""Points as training reads them: validated, and in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.annotations import annotate
from multigan.data.collection import Collection
from multigan.data.options import data_options
from multigan.data.points.collect import collect_points
from multigan.data.source import DataReport
from multigan.data.verdict import class_notes, judge
from multigan.errors import DataError
from multigan.recipe import DataSource, resolve_options

__all__ = ["PointSource", "open_points"]

# Columns whose ranges are noted; more rows than this are not searched for copies.
NOTED = 8
SEARCHED = 2_000_000


def open_points(spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> PointSource:
    """Opens points as `multigan.data.open_source` describes it."""
    options = resolve_options(data_options("points"), options, "point data")
    collection, points, wrong = collect_points(spec, options, datasets)
    collection = annotate(collection, options["labels"], options["conditions"])
    bad = {int(row): _not_finite(points[row]) for row in np.flatnonzero(~np.isfinite(points).all(axis=1))} | wrong
    used = np.ones(len(points), bool)
    used[list(bad)] = False
    points = points[used]
    labels = None if collection.labels is None else collection.labels[used]
    conditions = None if collection.conditions is None else collection.conditions[used]
    skipped = tuple((collection.names[row], bad[row]) for row in sorted(bad))
    notes = [*collection.notes, *_content_notes(points), *class_notes(labels, collection.classes, "points")]
    report = DataReport(len(used), len(points), skipped, tuple(notes))
    judge(report, options["skip_bad"], collection.title, "points", "be used")
    _refuse_sameness(points, collection.title)
    return PointSource(
        name=spec,
        points=points,
        labels=labels,
        conditions=conditions,
        classes=collection.classes,
        fingerprint=_fingerprint(points, labels, conditions, collection),
        report=report,
    )


class PointSource:
    """Points with random access; see `multigan.data.open_source`.

    Args:
        name, classes, fingerprint, report: as in `multigan.data.source.Source`.
        points: float32 `(n, d)`, all finite.
        labels: int32 `(n,)`, or None.
        conditions: float32 `(n, k)`, or None.

    Attributes:
        mean, scale: each column's mean and population standard deviation; a constant column's scale is 1.
        condition: length of the conditions; 0 without.
    """

    in_memory = True

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
    ):
        self.name = name
        self.shape = points.shape[1:]
        self.classes = tuple(classes)
        self.labels = labels
        self.conditions = conditions
        self.condition = 0 if conditions is None else conditions.shape[1]
        self.fingerprint = fingerprint
        self.report = report
        constant = points.min(axis=0) == points.max(axis=0)
        self.mean = tuple(points.mean(axis=0, dtype=np.float64).tolist())
        self.scale = tuple(np.where(constant, 1.0, points.std(axis=0, dtype=np.float64)).tolist())
        self._points = points

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


def _not_finite(point: np.ndarray) -> str:
    column = int(np.flatnonzero(~np.isfinite(point))[0])
    return f"column {column + 1} is {point[column]:g}, not a finite number"


def _refuse_sameness(points: np.ndarray, title: str) -> None:
    if len(points) == 1:
        raise DataError(f"{title}: one point only; give at least a batch of them")
    if (points == points[0]).all():
        values = ", ".join(f"{value:g}" for value in points[0, :NOTED])
        raise DataError(f"{title}: all {len(points):,} points are equal ({values}); look at how they were made")


def _content_notes(points: np.ndarray) -> list[str]:
    if not len(points):
        return []
    low, high = points.min(axis=0), points.max(axis=0)
    ranges = [f"{a:.4g} to {b:.4g}" for a, b in zip(low[:NOTED], high[:NOTED], strict=True)]
    notes = [f"columns from {'; '.join(ranges)}{'; ...' if len(low) > NOTED else ''}"]
    constant = np.flatnonzero(low == high) + 1
    if len(constant) and len(points) > 1:
        notes.append(f"the same in every point: {len(constant):,} columns (first column {constant[0]})")
    if len(points) <= SEARCHED:
        rows = np.ascontiguousarray(points).view([("", points.dtype)] * points.shape[1])
        copies = len(points) - len(np.unique(rows))
        if copies:
            notes.append(f"exact copies of another: {copies:,}")
    return notes


def _fingerprint(
    points: np.ndarray, labels: np.ndarray | None, conditions: np.ndarray | None, collection: Collection
) -> str:
    """SHA-256 in hex of all that training sees, the same on every machine."""
    total = hashlib.sha256(repr(("points", points.shape, collection.classes)).encode())
    for values, kind in ((points, "<f4"), (labels, "<i4"), (conditions, "<f4")):
        if values is not None:
            total.update(repr(values.shape).encode() + np.ascontiguousarray(values, kind).tobytes())
    return total.hexdigest()
