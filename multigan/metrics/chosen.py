"""The real samples that an evaluation compares with, and what its game is asked by, read block by block.

Labels are kept. Vectors and larger things are not: they are read again, a block at a time, so that memory does not grow
with the count of samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from multigan.errors import UsageError
from multigan.fields import Rows

__all__ = ["Chosen"]


class Chosen:
    """A choice of a source's samples without replacement, the same for every seed and every run.

    Args:
        source: the data.
        field: the key of a batch that holds the samples.
        count: of samples, at most as many as the source has.

    Attributes:
        fields: names of what a record holds.
        indices: of the samples in the source, `(count,)`, ascending.
        labels: int32 `(count,)`, filled in as `blocks` goes on; None where the source has none.
        square: mean square of the samples' values, complete once `blocks` has ended.

    Raises:
        UsageError: the source holds no samples.
    """

    def __init__(self, source, field: str, count: int):
        if count < 1:
            raise UsageError(f"{source.name}: holds no samples")
        self._source, self._field = source, field
        self.indices = numpy.sort(numpy.random.default_rng(0).permutation(len(source))[:count])
        first = source[int(self.indices[0])]
        self.fields = frozenset(first)
        self._read: tuple[bytes, dict] = (b"", {})
        self.labels = numpy.empty(count, numpy.int32) if "label" in first else None
        self.square = 0.0

    def __len__(self) -> int:
        return len(self.indices)

    def blocks(self, size: int) -> Iterator[numpy.ndarray]:
        """Yields the samples, `(size, *shape)` at a time.

        Raises:
            UsageError: they are all alike.
        """
        first, varied, self.square = None, False, 0.0
        for start in range(0, len(self), size):
            part = slice(start, min(start + size, len(self)))
            batch = self._source.batch(self.indices[part])
            if self.labels is not None:
                self.labels[part] = batch["label"]
            samples = batch[self._field]
            self.square += float(numpy.square(samples, dtype=numpy.float64).mean()) * len(samples) / len(self)
            first = samples[:1].copy() if first is None else first
            varied = varied or bool((samples != first).any())
            yield samples
        if not varied:
            found = f"{len(self)} real samples that are all alike" if len(self) > 1 else "one real sample alone"
            raise UsageError(
                f"{self._source.name}: {found}; a metric has nothing to compare with, so give it other data, or more "
                "with -n"
            )

    def asked(self, field: str, count: int, seed: int) -> Rows:
        """Returns what `count` samples are asked by: as often as the data have each, in an order of the seed.

        Args:
            field: what the game is asked by, such as "label"; fields of one seed belong together.
            count: of generated samples.
            seed: of the order.

        Raises:
            UsageError: the source has no such field.
        """
        if field not in self.fields:
            raise UsageError(
                f"{self._source.name}: has no {field} of its samples, which this game is asked by; give data that has"
            )
        return Rows(self.labels if field == "label" else _Read(self, field), self.order(count, seed))

    def order(self, count: int, seed: int) -> numpy.ndarray:
        """Returns whose fields `count` samples are asked by: places of the choice, `(count,)`."""
        return numpy.random.default_rng(seed).permutation(numpy.arange(count) % len(self))

    def answers(self, count: int, seed: int) -> Rows:
        """Returns the samples whose fields `asked` returns of the same count and seed, in the same order."""
        return Rows(_Read(self, self._field), self.order(count, seed))

    def read(self, field: str, rows: numpy.ndarray) -> numpy.ndarray:
        """Returns a field of the samples at these places of the choice, read again; once for all fields."""
        key = rows.tobytes()
        if self._read[0] != key:
            self._read = key, self._source.batch(self.indices[rows])
        return numpy.asarray(self._read[1][field])


class _Read:
    """A field of the real samples, by their places in the choice."""

    def __init__(self, chosen: Chosen, field: str):
        self._chosen, self._field = chosen, field

    def __getitem__(self, rows: numpy.ndarray) -> numpy.ndarray:
        return self._chosen.read(self._field, rows)
