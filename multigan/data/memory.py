"""A source of samples that stand in memory, for modalities whose reading has no source of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.source import DataReport, Source
from multigan.data.verdict import class_notes, judge
from multigan.errors import DataError
from multigan.field import Field
from multigan.modality import find_modality

__all__ = ["MemorySource"]


class MemorySource:
    """Samples in memory, validated: what `Modality.open` of a plugin returns when it has read all of them.

    Samples that are not finite, or outside of the modality's units, are left out and counted.

    Args:
        samples: `(count, *shape)`, in the modality's units.
        modality: its name.
        name: of the data, as the user gave it.
        labels: whole numbers from 0 `(count,)`, or None.
        classes: the labels' names; by default their numbers.
        facts: what the modality tells of its data beside.
        called: what each sample is called where it is left out, such as its file; by default its number.
        skipped: `(name, reason)` of what could not even be read.
        notes: what the user may want to know.
        skip_bad: the share of what was found that may be left out; more is an error.
        beside: what belongs to each sample, such as what it is to be made of: values `(count, *field.shape)` by their
            `multigan.Field`. What is not finite counts as the sample's fault.
        held_out: the part that training does not see, a source of its own, or None.

    Attributes:
        name, classes, facts, held_out: see above; each fact is an attribute as well.
        field, shape, fingerprint, report, in_memory, condition, beside: as in `multigan.data.source.Source`.

    Raises:
        DataError: no samples, labels or values beside that do not fit them, or too much that was left out.
        UsageError: there is no such modality.
    """

    in_memory = True
    draws = False
    condition = 0

    def __init__(
        self,
        samples: np.ndarray,
        modality: str,
        *,
        name: str,
        labels: np.ndarray | None = None,
        classes: Sequence[str] = (),
        facts: Mapping[str, Any] | None = None,
        called: Sequence[str] = (),
        skipped: Sequence[tuple[str, str]] = (),
        notes: Sequence[str] = (),
        skip_bad: float = 0.05,
        beside: Mapping[Field, np.ndarray] | None = None,
        held_out: Source | None = None,
    ):
        room = find_modality(modality)
        samples = np.asarray(samples)
        if samples.ndim < 2 or not len(samples):
            raise DataError(f"{name}: no {room.noun} in it")
        if labels is not None and len(labels) != len(samples):
            raise DataError(f"{name}: {len(labels)} labels for {len(samples)} {room.noun}")
        beside = {field: np.asarray(values) for field, values in (beside or {}).items()}
        for field, values in beside.items():
            if values.shape != (len(samples), *field.shape):
                told = f"{field.name} of shape {values.shape} beside {len(samples)} {room.noun}"
                raise DataError(f"{name}: {told}; it must be {(len(samples), *field.shape)}")
        wrong = _wrong(samples, room.units)
        for field, values in beside.items():
            own = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
            wrong = dict.fromkeys(own.tolist(), f"{field.name} is not finite") | wrong
        used = [number for number in range(len(samples)) if number not in wrong]
        left_out = [(called[number] if called else f"number {number}", why) for number, why in wrong.items()]
        self._samples = np.ascontiguousarray(samples[used].astype(room.dtype))
        self._beside = {field.name: np.ascontiguousarray(values[used]) for field, values in beside.items()}
        self.beside, self.held_out = tuple(beside), held_out
        self._labels = None if labels is None else np.asarray(labels)[used].astype("int32")
        if labels is not None and (self._labels.min(initial=0) < 0 or not np.array_equal(self._labels, labels[used])):
            raise DataError(f"{name}: labels are whole numbers from 0")
        count = 0 if labels is None else int(self._labels.max(initial=-1)) + 1
        if classes and count > len(classes):
            raise DataError(f"{name}: label {count - 1} has no name; there are {len(classes)} classes")
        self.name, self.field, self.shape = name, room.field, self._samples.shape[1:]
        self.classes = tuple(classes) or tuple(map(str, range(count)))
        self.facts = {**room.facts, **(facts or {})}
        vars(self).update(self.facts)
        notes = [*notes, *class_notes(self._labels, self.classes, room.noun)]
        found = len(samples) + len(skipped)
        self.report = DataReport(found, len(used), (*skipped, *left_out), tuple(notes))
        judge(self.report, skip_bad, name, room.noun, "be used")
        self.fingerprint = self._digest()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._samples)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """One sample, as `batch` gives it; raises `IndexError` where there is none."""
        return {key: values[0] for key, values in self.batch(np.array([range(len(self))[index]])).items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """The samples of these indices, what lies beside them, and their labels where there are any; nothing is drawn
        of `rng`.
        """
        found = {self.field: self._samples[indices]}
        found |= {name: values[indices] for name, values in self._beside.items()}
        return found if self._labels is None else {**found, "label": self._labels[indices]}

    def _digest(self) -> str:
        told = [str(self._samples.dtype), list(self._samples.shape), list(self.classes), self.facts]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
        digest.update(self._samples.tobytes())
        digest.update(b"" if self._labels is None else self._labels.tobytes())
        for name, values in self._beside.items():
            digest.update(f"{name} {values.dtype} {values.shape}".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()


def _wrong(samples: np.ndarray, units: Sequence[float]) -> dict[int, str]:
    """Why samples cannot be used, by their numbers."""
    flat = samples.reshape(len(samples), -1)
    found = {}
    finite = np.isfinite(flat).all(axis=1)
    found |= dict.fromkeys(np.flatnonzero(~finite).tolist(), "not finite")
    if units:
        inside = (flat >= units[0]).all(axis=1) & (flat <= units[1]).all(axis=1)
        told = f"values outside of {units[0]:g} to {units[1]:g}"
        found |= dict.fromkeys(np.flatnonzero(finite & ~inside).tolist(), told)
    return dict(sorted(found.items()))
