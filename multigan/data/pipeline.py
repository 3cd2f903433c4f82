"""Batches through Grain: random access, so that the data's position is one number."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator

import grain
import numpy as np

from multigan.data.few import refuse_few
from multigan.data.source import Source

__all__ = ["grain_batches"]

# Batches prepared ahead by each thread: enough to hide their making, few enough to leave memory and CPU to the step.
AHEAD = 2
# Epochs whose order is in memory: where one ends, threads ask for two.
EPOCHS = 4


class _Order:
    """Which samples each batch holds, endlessly: every epoch a permutation of its own; another `key`, other ones.

    Grain's own shuffle takes 20 microseconds a sample, more than the sample itself; a permutation takes 20 nanoseconds.
    """

    def __init__(self, count: int, batch_size: int, seed: int, key: tuple[int, ...] = ()):
        self._count = count
        self._batch_size = batch_size
        self._seed = seed, key
        # Half as large as NumPy's own, and shuffled by the same draws.
        self._numbers = np.int32 if count < 1 << 31 else np.int64
        self._permutation = functools.lru_cache(maxsize=EPOCHS)(self._shuffled)

    def _shuffled(self, epoch: int) -> np.ndarray:
        seed, key = self._seed
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, epoch, *key])))
        order = np.arange(self._count, dtype=self._numbers)
        rng.shuffle(order)
        return order

    def __len__(self) -> int:
        return sys.maxsize // self._batch_size

    def __getitem__(self, number: int) -> np.ndarray:
        """Returns the indices of batch `number`, int64 `(batch,)`; a batch may end one epoch and begin the next."""
        parts, position, missing = [], int(number) * self._batch_size, self._batch_size
        while missing:
            epoch, begin = divmod(position, self._count)
            part = self._permutation(epoch)[begin : begin + missing]
            parts.append(part)
            position, missing = position + len(part), missing - len(part)
        return np.concatenate(parts).astype(np.int64, copy=False)


class _Orders:
    """Which samples each batch holds, and which values of each field that is drawn by itself."""

    def __init__(self, source: Source, batch_size: int, seed: int):
        self._samples = _Order(len(source), batch_size, seed)
        # A key of 0 would be none: NumPy fills seeds up with zeros.
        self._free = {
            name: _Order(count, batch_size, seed, (number,))
            for number, (name, count) in enumerate(sorted(source.free.items()), 1)
        }

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Returns the samples' indices, int64 `(batch,)`, and those of each such field."""
        return self._samples[number], {name: order[number] for name, order in self._free.items()}


class _Share:
    """Some rows of each batch, from an order that has all of them."""

    def __init__(self, order: _Order | _Orders, rows: slice):
        self._order, self._rows = order, rows

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, number: int) -> np.ndarray | tuple[np.ndarray, dict[str, np.ndarray]]:
        """Returns what the order has, of these rows."""
        found = self._order[number]
        if isinstance(found, tuple):
            return found[0][self._rows], {name: indices[self._rows] for name, indices in found[1].items()}
        return found[self._rows]


def grain_batches(
    source: Source, batch_size: int, seed: int, start: int, threads: int | None, share: tuple[int, int] = (0, 1)
) -> Iterator[dict[str, np.ndarray]]:
    """Returns `multigan.data.batches` of any modality's source."""
    refuse_few(source, batch_size)
    if threads is None:
        threads = 1 if source.in_memory else 2
    if getattr(source, "free", None):
        order, read = _Orders(source, batch_size, seed), lambda chosen, rng: source.batch(chosen[0], rng, chosen[1])
    else:
        order, read = _Order(len(source), batch_size, seed), source.batch
    part, parts = share
    if parts > 1:
        rows = slice(part * batch_size // parts, (part + 1) * batch_size // parts)
        if getattr(source, "draws", True):
            # What one sample draws hangs on what those before it drew: all are read, and most let go.
            read = _sliced(read, rows)
        else:
            order = _Share(order, rows)
    data = grain.MapDataset.source(order).seed(seed % 2**32).random_map(read)
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=threads * AHEAD)
    return iter(data[start:].to_iter_dataset(options))


def _sliced(read: Callable, rows: slice) -> Callable:
    """Returns a reading of batches that keeps some rows."""

    def part(chosen, rng):
        return {key: np.ascontiguousarray(value[rows]) for key, value in read(chosen, rng).items()}

    return part
