"""Fitted pixels, in memory or decoded when asked for, and which part of them a batch sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from multigan.data.fit import Target

__all__ = ["Keep", "Stock", "View"]


@dataclass(frozen=True)
class View:
    """Which part of some pictures a batch sees, so that what belongs to them can be seen alike.

    Args:
        places: (top, left) of each picture's window; None where nothing is cut.
        mirrored: which of them are, bool `(count,)`; None for none.
    """

    places: Sequence[tuple[int, int]] | None = None
    mirrored: np.ndarray | None = None


@dataclass(frozen=True)
class Stock:
    """Pictures of one shape with random access.

    Args:
        target: the shape, and how they were fitted to it.
        pixels: fitted, uint8: an array `(count, h, w, c)` or a list; or a function of the index.
        rows: which of them these are, int64 `(count,)`.
    """

    target: Target
    pixels: np.ndarray | Sequence[np.ndarray] | Callable[[int], np.ndarray]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def in_memory(self) -> bool:
        """Whether reading decodes nothing."""
        return not callable(self.pixels)

    @property
    def draws(self) -> bool:
        """Whether windows are drawn."""
        return self.target.crop == "random"

    def at(self, rows: np.ndarray) -> Stock:
        """Returns some of the pictures, as a stock of their own."""
        return replace(self, rows=self.rows[rows])

    def take(self, indices: np.ndarray, rng: np.random.Generator | None = None, flip: bool = False):
        """Returns pictures, uint8 `(count, h, w, c)`, and the `View` of them that `rng` drew; without it the middle."""
        rows, places = self.rows[indices], None
        if isinstance(self.pixels, np.ndarray):
            images = self.pixels[rows]
        else:
            fitted = [self._read(int(row)) for row in rows]
            places = [self.target.place(pixels, rng) for pixels in fitted]
            images = self._cut(fitted, places)
        mirrored = rng.integers(2, size=len(images)) == 1 if flip and rng else None
        return _mirrored(images, mirrored), View(places, mirrored)

    def like(self, indices: np.ndarray, view: View) -> np.ndarray:
        """Returns pictures, uint8 `(count, h, w, c)`, of which the same part is seen."""
        rows = self.rows[indices]
        if isinstance(self.pixels, np.ndarray):
            images = self.pixels[rows]
        else:
            fitted = [self._read(int(row)) for row in rows]
            images = self._cut(fitted, view.places or [self.target.place(pixels) for pixels in fitted])
        return _mirrored(images, view.mirrored)

    def _read(self, row: int) -> np.ndarray:
        return self.pixels(row) if callable(self.pixels) else self.pixels[row]

    def _cut(self, fitted: Sequence[np.ndarray], places: Sequence[tuple[int, int]]) -> np.ndarray:
        return np.stack([self.target.cut(pixels, place) for pixels, place in zip(fitted, places, strict=True)])


class Keep:
    """Keeps fitted pixels until they take too much room.

    Args:
        count: how many there may be.
        target: their shape.
        room: in bytes.
    """

    def __init__(self, count: int, target: Target, room: int):
        # With random crops each image keeps its own longer side, and only decoding tells how much that is.
        self._ragged = target.crop == "random"
        self._room = room
        self._number = 0
        fits = count * np.prod(target.shape) <= room
        self.pixels = None if not fits else [] if self._ragged else np.empty((count, *target.shape), np.uint8)

    def add(self, pixels: np.ndarray) -> None:
        """Keeps one more, or gives up all of them."""
        if self.pixels is None:
            return
        if self._ragged:
            self.pixels.append(pixels)
            self._room -= pixels.nbytes
            if self._room < 0:
                self.pixels = None
        else:
            self.pixels[self._number] = pixels
        self._number += 1


def _mirrored(images: np.ndarray, mirrored: np.ndarray | None) -> np.ndarray:
    if mirrored is not None:
        images[mirrored] = images[mirrored, :, ::-1]
    return images
