"""Holes in pictures: boxes and strokes, at random or always the same."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

__all__ = ["hole", "holes"]

# Sides of a box, and strokes' widths and reach, as shares of a picture's shorter side.
BOX = 0.25, 0.5
WIDTH = 0.06, 0.16
REACH = 0.15, 0.4
# A hole covers no more than this share of a picture.
MOST = 0.5
TRIES = 8


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
