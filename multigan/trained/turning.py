"""Data seen from another of a game's sides: what was made goes in, and what went in is made."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from multigan.errors import UsageError

__all__ = ["Turned", "turned_source"]


def turned_source(source, swaps: Sequence[str]):
    """Returns a source whose two fields of these names trade places; the source itself where there are none.

    Args:
        source: a `multigan.data.source.Source`.
        swaps: of a `multigan.Facing`.

    Raises:
        UsageError: the source has no such field beside its samples.
    """
    return Turned(source, next(name for name in swaps if name != source.field)) if swaps else source


class Turned:
    """A source, see `multigan.data.source.Source`, whose samples are the values of a field beside those of another.

    Args:
        source: of both.
        other: the field whose values are the samples here.
    """

    classes, condition = (), 0

    def __init__(self, source, other: str):
        known = {field.name: field for field in source.beside}
        if other not in known:
            raise UsageError(
                f"{source.name}: has no {other} beside its samples; give data that has, or another direction"
            )
        self._source, self._other, self.field = source, other, source.field
        self._free = getattr(source, "free", {}).get(other, 0)
        self.shape = tuple(known[other].shape)
        self.beside = (replace(known[other], shape=tuple(source.shape)),)
        self.free = {other: len(source)} if self._free else {}
        self.name, self.report, self.facts, self.in_memory = source.name, source.report, source.facts, source.in_memory
        # What is kept of these samples is not to be taken for what is kept of the others.
        self.fingerprint = hashlib.sha256(f"{other} of {source.fingerprint}".encode()).hexdigest()
        held_out = getattr(source, "held_out", None)
        self.held_out = None if held_out is None else Turned(held_out, other)

    def __len__(self) -> int:
        return self._free or len(self._source)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        return {key: values[0] for key, values in self.batch(np.array([range(len(self))[index]])).items()}

    def batch(self, indices: np.ndarray, rng=None, free=None) -> dict[str, np.ndarray]:
        """The values of these indices as samples, and beside each a sample: its own, or one in turn."""
        if not self._free:
            found = self._source.batch(indices, rng)
        else:
            theirs = indices % len(self._source) if free is None else free[self._other]
            found = self._source.batch(theirs, rng, {self._other: indices})
        return {self.field: found[self._other], self._other: found[self.field]}
