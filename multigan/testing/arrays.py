"""Data made in a test."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.source import DataReport
from multigan.field import Field
from multigan.modality import find_modality

__all__ = ["ArraySource"]


class ArraySource:
    """A data source in memory.

    Args:
        samples: `(count, *shape)`, in the modality's units.
        modality: whose samples they are.
        labels: whole numbers `(count,)`, or None.
        conditions: vectors `(count, length)`, or None.
        classes: the labels' names; by default their numbers.
        name: of the source.
        facts: what the modality tells of its data beside, such as `{"sample_rate": 16_000}`; what is left out is as
            the modality has it for nothing.
        beside: what else a record holds: a `multigan.Field` and its values `(count, *shape)`; of one that is not
            aligned as many as there are, drawn by themselves.

    Raises:
        UsageError: there is no such modality.
        ValueError: a fact that it does not have.
    """

    in_memory = True

    def __init__(
        self,
        samples: np.ndarray,
        modality: str = "images",
        *,
        labels: np.ndarray | None = None,
        conditions: np.ndarray | None = None,
        classes: Sequence[str] = (),
        name: str = "arrays",
        facts: Mapping[str, Any] | None = None,
        beside: Mapping[Field, np.ndarray] | None = None,
    ):
        room = find_modality(modality)
        if unknown := set(facts or {}) - set(room.facts):
            raise ValueError(
                f"{room.noun} have no {', '.join(sorted(unknown))}; their facts: {', '.join(room.facts) or 'none'}"
            )
        known = {"label": (labels, "int32"), "condition": (conditions, "float32")}
        self.field = room.field
        self._arrays = {room.field: np.asarray(samples, room.dtype)}
        self._arrays |= {key: np.asarray(values, kind) for key, (values, kind) in known.items() if values is not None}
        self.beside = tuple(beside or ())
        self._arrays |= {field.name: np.asarray(values) for field, values in (beside or {}).items()}
        self.name, self.fingerprint, self.shape = name, name, np.shape(samples)[1:]
        self.classes = tuple(classes) or tuple(map(str, range(0 if labels is None else int(np.max(labels)) + 1)))
        self.condition = 0 if conditions is None else np.shape(conditions)[1]
        self.facts = {**room.facts, **(facts or {})}
        vars(self).update(self.facts)
        self.report = DataReport(found=len(self), used=len(self))

    def __len__(self) -> int:
        return len(self._arrays[self.field])

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """One sample."""
        return {key: value[0] for key, value in self.batch(np.array([index])).items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """The samples of these indices; with `rng` fields that are not aligned are drawn, else they come in turn."""
        rows = dict.fromkeys(self._arrays, indices)
        for field in self.beside:
            if not field.aligned:
                count = len(self._arrays[field.name])
                rows[field.name] = indices % count if rng is None else rng.integers(count, size=len(indices))
        return {key: values[rows[key]] for key, values in self._arrays.items()}
