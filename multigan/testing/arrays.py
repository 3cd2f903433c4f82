"""Data made in a test."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.source import DataReport
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
    ):
        room = find_modality(modality)
        if unknown := set(facts or {}) - set(room.facts):
            raise ValueError(
                f"{room.noun} have no {', '.join(sorted(unknown))}; their facts: {', '.join(room.facts) or 'none'}"
            )
        beside = {"label": (labels, "int32"), "condition": (conditions, "float32")}
        self.field = room.field
        self._arrays = {room.field: np.asarray(samples, room.dtype)}
        self._arrays |= {key: np.asarray(values, kind) for key, (values, kind) in beside.items() if values is not None}
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
        return {key: values[index] for key, values in self._arrays.items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """The samples of these indices; nothing is drawn."""
        return {key: values[indices] for key, values in self._arrays.items()}
