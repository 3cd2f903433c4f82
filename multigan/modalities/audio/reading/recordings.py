"""Sounds that are open for reading, wherever their samples come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np

from multigan.data.collection import UnreadableError

__all__ = ["BLOCK", "ArrayRecording", "JoinedRecording", "Recording"]

# Frames that are decoded at a time.
BLOCK = 1 << 16


class Recording:
    """A sound that is open for reading, as its file has it.

    Args:
        rate: in Hz.
        channels: how many.
        frames: how many the header promises.
        kind: for the report, e.g. `"WAV 16 bit"`.
        cut: the header promises more than the file holds, or a part of it is damaged.
        header: what is said of the file's header, words of `multigan.modalities.audio.reading.shown`; mostly none.

    Attributes:
        floats: its samples are stored as floats, so that they may lie beyond [-1, 1].
    """

    floats = False

    def __init__(self, rate: int, channels: int, frames: int, kind: str, cut: bool = False, header: str = ""):
        self.rate = rate
        self.channels = channels
        self.frames = frames
        self.kind = kind
        self.cut = cut
        self.header = header

    def read(self, start: int, count: int) -> np.ndarray:
        """Returns frames from `start` on, float32 `(count, channels)`, fewer at the end; for one call only.

        Raises:
            UnreadableError: they cannot be decoded.
        """
        raise NotImplementedError

    def blocks(self) -> Iterator[np.ndarray]:
        """Yields all frames from the first on, float32 `(n, channels)`; of a damaged file those before the damage.

        Sets `cut` at the end.

        Raises:
            UnreadableError: not one of them can be decoded.
        """
        raise NotImplementedError


class ArrayRecording(Recording):
    """A sound that lies in memory.

    Args:
        samples: `(length, channels)`; floats in [-1, 1], or whole numbers that fill their type.
        rate, kind, cut: as for `Recording`.
    """

    def __init__(self, samples: np.ndarray, rate: int, kind: str = "array"):
        super().__init__(rate, samples.shape[1], len(samples), kind)
        self._samples = samples
        self.floats = samples.dtype.kind == "f"

    def read(self, start: int, count: int) -> np.ndarray:
        """See `Recording`."""
        return _to_float(self._samples[start : start + count])

    def blocks(self) -> Iterator[np.ndarray]:
        """See `Recording`."""
        for start in range(0, self.frames, BLOCK):
            yield self.read(start, BLOCK)


class JoinedRecording(Recording):
    """Several sounds of one file, one after another, each of which is read by itself.

    Args:
        parts: each opens one.
        header, cut: as for `Recording`.

    Raises:
        UnreadableError: none of them can be opened, or they have different rates or channels.
    """

    def __init__(self, parts: Sequence[Callable[[], AbstractContextManager[Recording]]], header: str, cut: bool):
        found: list[tuple[Callable, Recording]] = []
        damage = None
        for part in parts:
            try:
                with part() as one:
                    found.append((part, one))
            except UnreadableError as error:
                damage = damage or error
        if not found:
            raise damage
        first = found[0][1]
        for _, one in found:
            if (one.rate, one.channels) != (first.rate, first.channels):
                raise UnreadableError(f"{_form(first)}, and behind it {_form(one)}, in one file; take them apart")
        cut = cut or damage is not None or any(one.cut for _, one in found)
        super().__init__(first.rate, first.channels, sum(one.frames for _, one in found), first.kind, cut, header)
        self.floats = any(one.floats for _, one in found)
        self._parts, self._frames = [part for part, _ in found], [one.frames for _, one in found]

    def read(self, start: int, count: int) -> np.ndarray:
        """See `Recording`."""
        found, begin = [np.empty((0, self.channels), np.float32)], 0
        for part, frames in zip(self._parts, self._frames, strict=True):
            low, high = max(start, begin), min(start + count, begin + frames)
            if low < high:
                with part() as one:
                    found.append(one.read(low - begin, high - low))
            begin += frames
        return np.concatenate(found)

    def blocks(self) -> Iterator[np.ndarray]:
        """See `Recording`."""
        for part in self._parts:
            with part() as one:
                try:
                    yield from one.blocks()
                except UnreadableError:
                    one.cut = True
                self.cut = self.cut or one.cut


def _form(recording: Recording) -> str:
    channels = {1: "mono", 2: "stereo"}.get(recording.channels, f"{recording.channels} channels")
    return f"{recording.rate:,} Hz {channels}"


def _to_float(samples: np.ndarray) -> np.ndarray:
    if samples.dtype.kind == "f":
        return samples.astype(np.float32, copy=False)
    half = 2.0 ** (8 * samples.dtype.itemsize - 1)
    middle = half if samples.dtype.kind == "u" else 0.0
    return ((samples.astype(np.float64) - middle) / half).astype(np.float32)
