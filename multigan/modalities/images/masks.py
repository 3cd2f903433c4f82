"""Holes in pictures: boxes and strokes, at random or always the same."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from multigan.data.collection import UnreadableError
from multigan.fields import Streamed

__all__ = ["HALF", "RandomHoles", "hole", "holes", "white_hole"]

# Sides of a box, and strokes' widths and reach, as shares of a picture's shorter side.
BOX = 0.25, 0.5
WIDTH = 0.06, 0.16
REACH = 0.15, 0.4
# A hole covers no more than this share of a picture.
MOST = 0.5
TRIES = 8
# Of a mask's grey, from where on it is a hole.
HALF = 128
# Holes at random that are not alike, of pictures that nobody gave.
OWN = 4096


def holes(count: int, height: int, width: int, rng: np.random.Generator | None, indices: np.ndarray) -> np.ndarray:
    """Returns one hole a picture, float32 `(count, height, width, 1)`, 1 in the hole.

    Args:
        count: of the pictures.
        height, width: of each.
        rng: draws them; None: each is drawn from the picture's index, the same one every time.
        indices: of the pictures, int64 `(count,)`.
    """
    found = np.zeros((count, height, width, 1), np.float32)
    for number, index in enumerate(indices):
        found[number, ..., 0] = hole(rng if rng is not None else np.random.default_rng([7, int(index)]), height, width)
    return found


def hole(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Returns a box or some strokes, bool `(height, width)`: at least one pixel, and at most half of them."""
    side = min(height, width)
    for _ in range(TRIES):
        found = _box(rng, height, width, side) if rng.integers(2) else _strokes(rng, height, width, side)
        if 0 < found.mean() <= MOST:
            return found
    found = np.zeros((height, width), bool)
    found[height // 2, width // 2] = True
    return found


def white_hole(grey: np.ndarray, brightest: float | None = None) -> np.ndarray:
    """Returns where the grey of a mask, uint8 `(height, width)`, is a hole, bool: where it is white.

    Values of 0 and 1 alone are those of a program that counts from 0 to 1, and not two kinds of black.

    Args:
        grey: of the mask.
        brightest: the largest number of one of more than 8 bits, as a share of what is white.

    Raises:
        UnreadableError: nothing is white, and something is not black.
    """
    most = int(grey.max())
    if most == 1:
        return grey == 1
    if most < HALF and (most or brightest):
        told = f"{most} of 255" if most else f"{brightest:.3%} of white"
        raise UnreadableError(f"its brightest value is {told}, and a hole is from {HALF} on: make holes white")
    return grey >= HALF


class RandomHoles(Streamed):
    """Holes at random, each by its number, `(count, height, width, 1)`: to try out a game that fills holes.

    Args:
        shape: `(height, width, 1)` of a hole whose picture nobody gave.
    """

    def __init__(self, shape):
        self.shape = shape

    def __len__(self) -> int:
        return OWN

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Those of some numbers."""
        return holes(len(rows), *self.shape[:2], None, rows)


def _box(rng: np.random.Generator, height: int, width: int, side: int) -> np.ndarray:
    tall, wide = (max(1, round(side * rng.uniform(*BOX))) for _ in range(2))
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    found = np.zeros((height, width), bool)
    found[top : top + tall, left : left + wide] = True
    return found


def _strokes(rng: np.random.Generator, height: int, width: int, side: int) -> np.ndarray:
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 4)):
        thick = max(1, round(side * rng.uniform(*WIDTH)))
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        points = [(x, y)]
        for angle in rng.uniform(0, 2 * np.pi, rng.integers(2, 6)):
            step = side * rng.uniform(*REACH)
            x, y = np.clip(x + step * np.cos(angle), 0, width - 1), np.clip(y + step * np.sin(angle), 0, height - 1)
            points.append((float(x), float(y)))
        draw.line(points, fill=255, width=thick, joint="curve")
    return np.asarray(image) > 0
