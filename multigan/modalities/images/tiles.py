"""Pictures of any size through a network: padded by reflection, large ones in tiles that overlap, and cut back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["OVERLAP", "TILE", "Padding", "in_tiles", "padding", "starts", "windows"]

# Pixels of a tile's side, and by how much two tiles overlap at least. A picture with no more pixels than a tile has
# goes through whole.
TILE, OVERLAP = 768, 160
# Of an overlap, the share at each end where the tile that ends there has no say: what it sees ends there as well.
SILENT = 0.2
# In fewer pixels, or times what a side must divide by, a network's own padding may have nothing to mirror.
LEAST, TIMES = 8, 2


@dataclass(frozen=True)
class Padding:
    """How a picture is made larger, and what comes out smaller.

    Args:
        size: (height, width) of the picture.
        around: pixels before and after it, on both axes.
    """

    size: tuple[int, int]
    around: tuple[tuple[int, int], tuple[int, int]]

    def pad(self, values: np.ndarray) -> np.ndarray:
        """Returns values `(1, height, width, ...)` mirrored beyond their edges, as often as it takes."""
        if not any(map(any, self.around)):
            return values
        return np.pad(values, ((0, 0), *self.around, *[(0, 0)] * (values.ndim - 3)), mode="reflect")

    def cut(self, values: np.ndarray, scale: int = 1) -> np.ndarray:
        """Returns the picture's own part of what came out `(1, height * scale, width * scale, ...)`."""
        (top, _), (left, _) = self.around
        height, width = self.size
        return values[:, top * scale : (top + height) * scale, left * scale : (left + width) * scale]

    @property
    def padded(self) -> tuple[int, int]:
        """(height, width) with what is around."""
        return tuple(before + side + after for side, (before, after) in zip(self.size, self.around, strict=True))


def padding(size: Sequence[int], multiple: int, trained: Sequence[int]) -> Padding:
    """Returns how a picture gets sides that divide.

    Args:
        size: its (height, width).
        multiple: what sides must divide by.
        trained: (height, width) of what a network was trained on: it takes that, so that no more is needed.
    """
    around = []
    for side, usual in zip(size, trained, strict=True):
        wanted = max(side, min(max(LEAST, TIMES * multiple), usual))
        extra = -(-wanted // multiple) * multiple - side
        around.append((extra // 2, extra - extra // 2))
    return Padding(tuple(size), tuple(around))


def in_tiles(
    run: Callable[[list[np.ndarray]], np.ndarray],
    parts: Sequence[np.ndarray],
    spatial: Sequence[bool],
    *,
    multiple: int = 1,
    tile: int = TILE,
) -> np.ndarray:
    """Returns what a network makes of one picture, whole or in tiles.

    Tiles are blended by smooth windows, and what a network sees of a tile's cut edge does not count: a network that
    looks no further than a fifth of the overlap gives what it gives of the whole picture.

    Args:
        run: takes all inputs, of one size, and returns `(1, height * n, width * n, channels)`.
        parts: the inputs, `(1, ...)`.
        spatial: which of them are pictures `(1, height, width, ...)`, all of one size, whose sides divide by
            `multiple`.
        multiple: tiles begin at multiples of it, so that networks with strides meet the same pixels.
        tile: side of a tile in pixels; rounded up to `multiple`.
    """
    height, width = next(part for part, cut in zip(parts, spatial, strict=True) if cut).shape[1:3]
    if height * width <= tile * tile:
        return run(list(parts))
    overlap = min(OVERLAP, tile // 4)
    side = max(tile, overlap + 2 * multiple)
    side = -(-side // multiple) * multiple
    rows, columns = starts(height, side, overlap, multiple), starts(width, side, overlap, multiple)
    found = scale = tall = wide = None
    for row, top in enumerate(rows):
        for column, left in enumerate(columns):
            given = [
                part[:, top : top + side, left : left + side] if cut else part
                for part, cut in zip(parts, spatial, strict=True)
            ]
            made = run(given)
            if found is None:
                scale = made.shape[1] // min(side, height)
                found = np.zeros((1, height * scale, width * scale, made.shape[3]), np.float32)
                tall, wide = windows(rows, side, height, scale), windows(columns, side, width, scale)
            weights = tall[row][:, None, None] * wide[column][:, None]
            y, x = top * scale, left * scale
            found[:, y : y + made.shape[1], x : x + made.shape[2]] += made * weights
    return found


def starts(length: int, side: int, overlap: int, multiple: int) -> list[int]:
    """Returns where tiles begin on an axis: evenly spread, at multiples, each `overlap` or more into the one before.

    Args:
        length: of the axis, a multiple of `multiple` as `side` is.
        side: of a tile, at least `overlap` and two multiples.
        overlap: of two tiles, at least.
        multiple: of all starts.
    """
    if length <= side:
        return [0]
    way, step = (length - side) // multiple, (side - overlap) // multiple
    gaps = -(-way // step)
    return [number * way // gaps * multiple for number in range(gaps + 1)]


def windows(begins: Sequence[int], side: int, length: int, scale: int) -> list[np.ndarray]:
    """Returns how much each tile on an axis counts, pixel by pixel of what comes out; at each the sum is one.

    A window rises as a squared sine within the overlap, is silent before, and falls alike.
    """
    found, total = [], np.zeros(length * scale)
    for number, start in enumerate(begins):
        window = np.ones(min(side, length) * scale)
        if number:
            rise = _rise((begins[number - 1] + side - start) * scale)
            window[: len(rise)] *= rise
        if number + 1 < len(begins):
            fall = _rise((start + side - begins[number + 1]) * scale)[::-1]
            window[len(window) - len(fall) :] *= fall
        found.append(window)
        total[start * scale : start * scale + len(window)] += window
    return [
        (window / total[start * scale : start * scale + len(window)]).astype(np.float32)
        for start, window in zip(begins, found, strict=True)
    ]


def _rise(length: int) -> np.ndarray:
    silent = int(length * SILENT)
    within = length - 2 * silent
    slope = np.sin(np.pi / 2 * (np.arange(within) + 0.5) / within) ** 2
    return np.concatenate([np.zeros(silent), slope, np.ones(silent)])
