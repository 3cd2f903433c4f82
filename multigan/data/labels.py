"""Labels and conditions, checked against what they belong to."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multigan.data.collection import NumberedNames
from multigan.data.naming import printable
from multigan.data.precision import LARGEST, lost_notes
from multigan.data.spelling import INVISIBLE, class_names, clean, in_order, listed, shorten, written
from multigan.data.tables import as_number
from multigan.data.wording import counted, figure
from multigan.errors import DataError

if TYPE_CHECKING:
    from multigan.data.source import Source

__all__ = [
    "check_conditions",
    "check_labels",
    "condition_notes",
    "is_missing",
    "occurring",
    "with_classes_of",
]

MOST_CLASSES = 65_536
# More different fractions than this are measurements; fewer may be grades, such as 0.5, 1, 1.5.
MOST_FRACTIONS = 20
NUMBERS_MEND = "give each class a whole number or a name, or give numbers as conditions, by -o conditions=FILE"
# What programs write where there is no value, in lower case. NA and none are not here: they may name a class.
_MISSING = ("", "nan", "<na>", "#n/a")
# A class may be called so, but not beside numbers.
_INFINITE = ("inf", "infinity")


def check_labels(
    labels: np.ndarray | None,
    count: int,
    classes: tuple[str, ...],
    title: str,
    mend: str = NUMBERS_MEND,
    places: Sequence[str] = (),
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Returns labels as int32 `(count,)`, indices into the classes, and the names of these.

    Args:
        labels: numbers or strings, one a sample; or None. Without `classes`, each one that occurs is a class, and
            its name: numbers in their order, strings in the alphabet's. Strings that are whole numbers are numbers, as
            `multigan.data.spelling.class_names` has it.
        count: how many samples there are.
        classes: the names, when they are known; labels are then numbers from 0, or names.
        title: of the place, for messages.
        mend: what to do with labels that are measurements.
        places: how messages call each label; `labels[0]`, `labels[1]`, ... where there are none.

    Raises:
        DataError: another length, missing labels, fractions that are hardly ever alike, or none of the known classes;
            the message names the first wrong one.
    """
    if labels is None:
        return None, ()
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(f"{title}: labels of shape {labels.shape}; give one label a sample, shape ({count},)")
    if len(labels) != count:
        raise DataError(f"{title}: {counted(len(labels), 'label')} for {counted(count, 'sample')}; give one a sample")
    places = places or NumberedNames("labels", count)
    if labels.dtype.kind in "US":
        return _named(clean(labels), classes, title, mend, places)
    if labels.dtype.kind not in "biuf":
        raise DataError(f"{title}: labels of type {labels.dtype}; {mend}")
    if labels.dtype.kind == "f":
        _refuse_missing(np.isnan(labels), title, places)
        _refuse_infinite(np.isinf(labels), title, places)
        if not np.array_equal(labels, np.trunc(labels)):
            return _fractions(labels, classes, title, mend, places)
    if not classes:
        found, labels = np.unique(labels, return_inverse=True)
        _check_number(found, title)
        return labels.astype(np.int32), tuple(str(int(number)) for number in found)
    outside = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(outside):
        first = f"{places[outside[0]]} with {labels[outside[0]]:.0f}"
        raise DataError(
            f"{title}: {len(outside):,} of {count:,} labels {_are(len(outside))} out of range, first {first}; labels "
            f"are 0 to {len(classes) - 1:,}"
        )
    return labels.astype(np.int32), classes


def is_missing(label: str) -> bool:
    """Says whether a label is what programs write where there is none: nothing, or nan."""
    return label.strip().strip(INVISIBLE).strip().casefold() in _MISSING


def occurring(labels: np.ndarray | None, classes: Sequence[str]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Returns labels int32 `(count,)` and classes without those that no sample has: no model could learn them."""
    if labels is None:
        return None, tuple(classes)
    there, positions = np.unique(labels, return_inverse=True)
    if len(there) == len(classes):
        return labels, tuple(classes)
    return positions.astype(np.int32), tuple(classes[label] for label in there)


def with_classes_of(source: Source, classes: Sequence[str]) -> Source:
    """Returns a source whose labels are indices into `classes`, where all of its own classes are among these.

    A part of the data, such as a test set, may lack some classes of the whole. Any other source is returned as it is.
    """
    if not source.classes or tuple(source.classes) == tuple(classes) or not set(source.classes) <= set(classes):
        return source
    numbers = np.array([list(classes).index(name) for name in source.classes], np.int32)
    aligned = copy.copy(source)
    aligned.labels, aligned.classes = numbers[source.labels], tuple(classes)
    return aligned


def check_conditions(
    conditions: np.ndarray | None, count: int | None, title: str, places: Sequence[str] = ()
) -> np.ndarray | None:
    """Returns conditions as float32 `(count, length)`.

    Args:
        conditions: numbers `(count, length)` or `(count,)`; or None.
        count: how many samples there are; None for any number.
        title: of the place, for messages.
        places: how messages call each vector; `conditions[0]`, `conditions[1]`, ... where there are none.

    Raises:
        DataError: another shape or length, not numbers, or not finite; the message names the first wrong row.
    """
    if conditions is None:
        return None
    conditions = np.asarray(conditions)
    if conditions.ndim == 1:
        conditions = conditions[:, None]
    if conditions.ndim != 2 or conditions.shape[1] == 0:
        raise DataError(f"{title}: conditions of shape {conditions.shape}; give a vector a sample, shape (count, k)")
    if count is not None and len(conditions) != count:
        found = f"{counted(len(conditions), 'condition')} for {counted(count, 'sample')}"
        raise DataError(f"{title}: {found}; give one vector a sample")
    if conditions.dtype.kind not in "biuf":
        raise DataError(f"{title}: conditions of type {conditions.dtype}; give numbers")
    with np.errstate(over="ignore"):
        held = conditions.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(held).all(axis=1))
    if len(bad):
        wrong, mend = "not finite", "mend them, or leave these samples out"
        if np.isfinite(conditions[bad]).all():
            wrong, mend = f"more than float32 holds ({LARGEST:.2g})", "divide them first"
        first = (places or NumberedNames("conditions", len(conditions)))[bad[0]]
        found = f"{len(bad):,} of {len(conditions):,} conditions {_are(len(bad))} {wrong}, first that of {first}"
        raise DataError(f"{title}: {found}; {mend}")
    return held


def condition_notes(conditions: np.ndarray | None) -> list[str]:
    """Returns notes on what float32 loses of conditions `(count, length)` or `(count,)`, as they were read."""
    if conditions is None:
        return []
    exact = np.asarray(conditions).reshape(len(conditions), -1)
    names = [f"condition {number}" for number in range(1, exact.shape[1] + 1)]
    return lost_notes(exact, exact.astype(np.float32), names)


def _named(
    texts: np.ndarray, classes: tuple[str, ...], title: str, mend: str, places: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    found, labels = np.unique(texts, return_inverse=True)
    _check_number(found, title)
    names = class_names(list(map(str, found))) if not classes else list(map(str, found))
    missing = [text for text in map(str, found) if is_missing(text) and text not in classes]
    _refuse_missing(np.isin(texts, missing), title, places)
    if not classes:
        infinite = np.array([name.casefold().lstrip("+-") in _INFINITE for name in names], bool)
        if not infinite.all() and all(as_number(name) is not None for name in names):
            _refuse_infinite(infinite[labels], title, places)
        _refuse_fractions(names, len(texts), title, mend)
        order = in_order(names)
        return np.argsort(order)[labels].astype(np.int32), tuple(printable(names[place]) for place in order)
    if unknown := [name for name in names if name not in classes]:
        raise DataError(
            f"{title}: label {shorten(unknown[0])} is none of the classes ({listed(classes, 20)}); add it there"
        )
    return np.array([classes.index(name) for name in names], np.int32)[labels], classes


def _fractions(
    labels: np.ndarray, classes: tuple[str, ...], title: str, mend: str, places: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels of which some are no whole numbers: classes where a table that says the same would have them."""
    if classes:
        first = np.flatnonzero(labels != np.trunc(labels))[0]
        raise DataError(
            f"{title}: labels that are no whole numbers, first {places[first]} with {figure(labels[first], 6)}; labels "
            f"are 0 to {len(classes) - 1:,}"
        )
    found, positions = np.unique(labels, return_inverse=True)
    _check_number(found, title)
    names = written(found)
    _refuse_fractions(names, len(labels), title, mend)
    return positions.astype(np.int32), tuple(names)


def _refuse_missing(missing: np.ndarray, title: str, places: Sequence[str]) -> None:
    if missing.any():
        number, first = np.count_nonzero(missing), np.flatnonzero(missing)[0]
        raise DataError(
            f"{title}: {number:,} of {len(missing):,} labels {_are(number)} missing (empty or nan), "
            f"first that of {places[first]}; give each sample one, or leave it out"
        )


def _refuse_infinite(infinite: np.ndarray, title: str, places: Sequence[str]) -> None:
    if infinite.any():
        number, first = np.count_nonzero(infinite), np.flatnonzero(infinite)[0]
        raise DataError(
            f"{title}: {number:,} of {len(infinite):,} labels {_are(number)} infinite beside numbers, "
            f"first that of {places[first]}; give each sample a number or a name, or leave it out"
        )


def _refuse_fractions(names: Sequence[str], count: int, title: str, mend: str) -> None:
    """Measurements are no classes: hardly any sample would share its class with another."""
    numbers = [as_number(name) for name in names]
    fractions = [number for number in numbers if number is not None and not number.is_integer()]
    if 2 * len(fractions) > len(names) and (2 * len(names) > count or len(names) > MOST_FRACTIONS):
        raise DataError(
            f"{title}: {len(names):,} different labels for {count:,} samples, most of them fractions such as "
            f"{figure(fractions[0], 6)}; these are no classes: {mend}"
        )


def _check_number(found: np.ndarray, title: str) -> None:
    if len(found) > MOST_CLASSES:
        raise DataError(f"{title}: {len(found):,} different labels; at most {MOST_CLASSES:,} are read as classes")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
