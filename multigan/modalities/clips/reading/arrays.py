"""Clips that come as one array."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from multigan.data.arrays import Keys
from multigan.data.levels import Levels, find_levels
from multigan.errors import DataError
from multigan.modalities.clips.reading.film import Header

__all__ = ["CLIP_KEYS", "Rows", "check_clips"]

CLIP_KEYS = Keys(
    what="clips",
    samples=("clips", "videos", "video", "clip", "x_train", "x", "data", "arr_0"),
    labels=("labels", "y_train", "y", "targets", "target", "label", "arr_1"),
    dimensions=(5, 5),
)
EXPECTED = "expected (clips, frames, height, width) or (clips, frames, height, width, channels) with 1 to 4 channels"


class Rows:
    """One row of an array of clips.

    Args:
        clips: `(clips, frames, height, width, channels)`.
        index: of the row.
        levels: what is black and white.
        rate: frames a second; 0 where nothing tells.
    """

    def __init__(self, clips: np.ndarray, index: int, levels: Levels, rate: float = 0.0):
        self._clips, self._index, self._levels, self._rate = clips, index, levels, rate

    def look(self) -> Header:
        """Returns the header."""
        _, count, height, width, channels = self._clips.shape
        times = np.arange(count) / self._rate if self._rate else None
        end = count / self._rate if self._rate else 0.0
        clear = channels in (2, 4) and self._bytes(0)[..., -1].min() < 255
        return Header("array", (height, width), count, times, end, channels > 2, bool(clear))

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Yields the frames of these numbers, ascending; raises `UnreadableError` where values are not finite."""
        for place in picks:
            pixels = self._bytes(place)
            yield Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))

    def digest(self) -> bytes:
        """Returns a SHA-256 of the clip."""
        row = np.ascontiguousarray(self._clips[self._index])
        return hashlib.sha256(repr(row.shape).encode() + row.tobytes()).digest()

    def _bytes(self, place: int) -> np.ndarray:
        return self._levels.to_uint8(np.asarray(self._clips[self._index, place]))


def check_clips(clips: np.ndarray, title: str, own: bool) -> tuple[np.ndarray, Levels, list[str]]:
    """Returns clips `(clips, frames, height, width, channels)`, their black and white, and notes.

    Args:
        clips: as they were read.
        title: of the place, for messages.
        own: black and white are the data's own ends.

    Raises:
        DataError: no clips, or another shape, type or range of values.
    """
    shape, notes = clips.shape, []
    if len(shape) not in (4, 5) or 0 in shape[1:]:
        raise DataError(f"{title}: an array of shape {shape}, {EXPECTED}; reshape it")
    if not shape[0]:
        raise DataError(f"{title}: no clips in it, an array of shape {shape}")
    if len(shape) == 4 and shape[3] <= 4 < shape[1]:
        raise DataError(f"{title}: an array of shape {shape} looks like one clip or like pictures, {EXPECTED}")
    if len(shape) == 4:
        clips = clips[..., None]
    elif shape[4] > 4:
        places = [axis for axis in (2, 1) if shape[axis] <= 4]
        if not places:
            raise DataError(f"{title}: an array of shape {shape}, {EXPECTED}; reshape it")
        clips = np.moveaxis(clips, places[0], 4)
        order = "(clips, frames, channels, height, width)" if places[0] == 2 else "(clips, channels, frames, h, w)"
        notes.append(f"an array of shape {shape} is read as {order}")
    levels = find_levels(clips, title, own=own)
    return clips, levels, [*notes, *([levels.note] if levels.note else [])]
