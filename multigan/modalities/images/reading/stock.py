"""Fitted pixels, in memory or decoded when asked for, and which part of them a batch sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from multigan.data.fit import Target
from multigan.errors import DataError
from multigan.modalities.images.reading.late import Late

__all__ = ["Keep", "Stock", "View"]

# So many images that follow one another are tried in the place of one that cannot be read.
TRIED = 1000


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
        pixels: fitted, uint8: an array `(count, h, w, c)` or a list; or a function of the index; or those of images
            that nobody looked at yet.
        rows: which of them these are, int64 or int32 `(count,)`.
    """

    target: Target
    pixels: np.ndarray | Sequence[np.ndarray] | Callable[[int], np.ndarray] | Late
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def in_memory(self) -> bool:
        """Whether reading decodes nothing."""
        return not callable(self.pixels) and not isinstance(self.pixels, Late)

    @property
    def draws(self) -> bool:
        """Whether windows are drawn."""
        return self.target.crop == "random"

    def at(self, rows: np.ndarray) -> Stock:
        """Returns some of the pictures, as a stock of their own."""
        return replace(self, rows=self.rows[rows])

    def readable(self, indices: np.ndarray) -> tuple[np.ndarray, list[np.ndarray] | None]:
        """Returns indices of pictures that can be read, and their fitted pixels where these had to be decoded for it.

        In the place of a picture that nobody looked at before, and that cannot be read, stands the next one that can.
        So it depends on the pictures alone which one does.

        Raises:
            UnreadableDataError: too many cannot be read.
        """
        if not isinstance(self.pixels, Late):
            return indices, None
        found, fitted = np.array(indices), []
        for place, index in enumerate(indices):
            for further in range(min(TRIED, len(self))):
                found[place] = (int(index) + further) % len(self)
                pixels = self.pixels.read(int(self.rows[found[place]]))
                if pixels is not None:
                    break
            else:
                self.pixels.judge()
                raise DataError(f"{min(TRIED, len(self)):,} images that follow one another cannot be read")
            fitted.append(pixels)
        return found, fitted

    def take(
        self,
        indices: np.ndarray,
        rng: np.random.Generator | None = None,
        flip: bool = False,
        fitted: list[np.ndarray] | None = None,
    ):
        """Returns pictures, uint8 `(count, h, w, c)`, and the `View` of them that `rng` drew; without it the middle.

        `fitted` are their pixels, where `readable` gave them.
        """
        rows, places = self.rows[indices], None
        if isinstance(self.pixels, np.ndarray):
            images = self.pixels[rows]
        else:
            fitted = fitted or [self._read(int(row)) for row in rows]
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
