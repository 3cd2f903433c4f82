"""Which part of which sound each sample is: the options `length`, `slices`, `overlap` and `pad`."""

from __future__ import annotations

import numpy as np

__all__ = ["Slices"]


class Slices:
    """The slices of sounds, numbered through.

    Args:
        frames: of each sound, int64 `(sounds,)`.
        length: of a slice.
        how: `"first"`: one slice, at a sound's beginning; `"grid"`: as many as fit, each `length * (1 - overlap)` after
            the one before; `"random"`: as many as that, each drawn from its own share of all the places where a slice
            can begin.
        overlap: the share of a slice that the next one repeats, from 0 to below 1.
        pad: whether a sound shorter than a slice gives one, and a grid has one more for a sound's end.

    Attributes:
        random: whether slices are drawn.
        counts: slices of each sound, int64 `(sounds,)`.
        sounds: the sound of each slice, int64 `(slices,)`.
    """

    def __init__(self, frames: np.ndarray, length: int, how: str, overlap: float, pad: bool):
        self._frames = np.asarray(frames, np.int64)
        self._length = length
        self.random = how == "random"
        self._hop = max(1, round(length * (1 - overlap)))
        beyond = np.maximum(self._frames - length, 0)
        if how == "first":
            counts = np.ones_like(beyond)
        else:
            counts = 1 + (-(-beyond // self._hop) if pad else beyond // self._hop)
        self.counts = counts if pad else np.where(self._frames < length, 0, counts)
        self.sounds = np.repeat(np.arange(len(counts)), self.counts)
        self._firsts = np.cumsum(self.counts) - self.counts

    def __len__(self) -> int:
        return len(self.sounds)

    def locate(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Returns (sound, first frame) of the slices with these indices, int64 `(b,)` each.

        With `rng` and `how="random"` frames are drawn, one number a slice; without it they are the grid's.
        """
        sounds = self.sounds[indices]
        numbers = indices - self._firsts[sounds]
        if not self.random or rng is None:
            return sounds, numbers * self._hop
        places = np.maximum(self._frames[sounds] - self._length, 0) + 1
        share = (numbers + rng.random(len(indices))) / self.counts[sounds]
        return sounds, np.minimum((share * places).astype(np.int64), places - 1)
