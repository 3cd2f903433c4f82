"""Long recordings: looked at in blocks, never held whole, and kept in a cache on the disk."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, replace

import numpy as np

from multigan.modalities.audio.reading.cache import Cache, Writer
from multigan.modalities.audio.reading.collect import Sounds
from multigan.modalities.audio.reading.decode import Recording
from multigan.modalities.audio.reading.libraries import versions
from multigan.modalities.audio.reading.look import FACTS, Look, Tally, Treatment, audible, long_enough, threshold_of
from multigan.modalities.audio.reading.normalise import find_gain, join_loudness, loudness

__all__ = ["is_long", "look_in_blocks", "recall"]

# Seconds; nothing longer is ever held whole.
LONG_SECONDS = 60
LOUDNESS_SECONDS = 30


def is_long(recording: Recording) -> bool:
    """Says whether a recording is too long to be held whole, by its header."""
    return recording.frames > LONG_SECONDS * recording.rate


def recall(cache: Cache, digest: bytes, treatment: Treatment, index: int) -> tuple[Look, np.ndarray] | None:
    """Returns the look at a recording with this content, and its samples, mapped from the disk, if they are there."""
    found = cache.read(_key(digest, treatment))
    if found is None or found[1][0] is None:
        return None
    look = replace(Look(*found[0][0]), index=index)
    return look, _used(look, found[1][0])


def look_in_blocks(
    sounds: Sounds, index: int, recording: Recording, treatment: Treatment, cache: Cache | None, digest: bytes
) -> tuple[Look, np.ndarray | None]:
    """Returns the look at a long recording, and its samples where they could be kept, mapped from the disk.

    The samples are those that are used, float32 `(frames, channels)`, before they are multiplied by the look's gain.

    Raises:
        UnreadableError: it cannot be used.
    """
    writer = None
    if cache is not None:
        with suppress(OSError):  # without room on the disk slices are decoded while training, which a note tells
            writer = cache.write(_key(digest, treatment))
    try:
        return _look(sounds, index, recording, treatment, writer)
    finally:
        if writer is not None:
            writer.abandon()


def _look(
    sounds: Sounds, index: int, recording: Recording, treatment: Treatment, writer: Writer | None
) -> tuple[Look, np.ndarray | None]:
    form, tally = treatment.form, Tally(recording)
    pieces = _Pieces(form.rate) if treatment.normalise == "loudness" else None
    frames, peak = 0, 0.0
    for block in form.blocks(tally.through(recording.blocks()), recording.rate):
        frames += len(block)
        peak = max(peak, float(np.abs(block).max(initial=0)))
        if pieces:
            pieces.add(block)
        if writer:
            try:
                writer.write(block)
            except OSError:
                writer.abandon()
                writer = None
    look = tally.look(index)
    peak = audible(peak, look, treatment)
    begin, end = 0, frames
    if treatment.trim:

        def read(start: int) -> np.ndarray:
            with sounds.open(index) as again:
                return form.window(again, start, min(form.rate, frames - start))

        begin, end = _ends(read, range(0, frames, form.rate), frames, threshold_of(peak, treatment))
    long_enough(end - begin, form)
    gain = find_gain(treatment.normalise, peak, pieces.level() if pieces else -math.inf)
    look = replace(look, long=True, begin=begin, frames=end - begin, gain=gain)
    if writer:
        with suppress(OSError):
            return look, _used(look, writer.finish(form.channels, [frames], [astuple(look)])[1][0])
    return look, None


def _ends(read: Callable[[int], np.ndarray], starts: range, frames: int, threshold: float) -> tuple[int, int]:
    """Returns the first frame above the threshold, and the one after the last; looks from both ends inwards.

    Args:
        read: returns the window, `(n, channels)`, that begins at a frame.
        starts: of windows that join.
        frames: of the whole.
        threshold: on absolute values.
    """

    def loud(start: int) -> np.ndarray:
        return start + np.flatnonzero(np.abs(read(start)).max(axis=1) > threshold)

    first = next((found[0] for found in map(loud, starts) if len(found)), 0)
    last = next((found[-1] for found in map(loud, reversed(starts)) if len(found)), frames - 1)
    return int(first), int(last) + 1


def _used(look: Look, samples: np.ndarray) -> np.ndarray:
    return samples[look.begin : look.begin + look.frames]


def _key(digest: bytes, treatment: Treatment) -> str:
    return hashlib.sha256(repr(("long", FACTS, treatment, versions())).encode() + digest).hexdigest()


class _Pieces:
    """The loudness of a long recording, measured over pieces of 30 seconds."""

    def __init__(self, rate: int):
        self._rate = rate
        self._blocks: list[np.ndarray] = []
        self._length = 0
        self._measured: list[tuple[float, int]] = []

    def add(self, block: np.ndarray) -> None:
        """Takes the next samples."""
        self._blocks.append(block)
        self._length += len(block)
        if self._length >= LOUDNESS_SECONDS * self._rate:
            self._measure()

    def level(self) -> float:
        """Returns the loudness of all in LUFS."""
        if self._length >= self._rate or not self._measured:
            self._measure()
        return join_loudness(self._measured)

    def _measure(self) -> None:
        piece = np.concatenate(self._blocks)
        self._measured.append((loudness(piece, self._rate), len(piece)))
        self._blocks, self._length = [], 0
