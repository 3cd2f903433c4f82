"""scikit-learn's handwritten digits, moving, turning and growing: the data that every recipe for clips can start on."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

__all__ = ["CLASSES", "FRAMES", "FRAME_RATE", "SIZE", "load", "load_held_out"]

SIZE = 32
FRAMES = 16
FRAME_RATE = 10.0
EACH = 200
SEED = 0
# So many fit into a processor's cache.
_AT_A_TIME = 100
# Which way they move; rows count downwards.
CLASSES = {
    "right": (0, 1),
    "down-right": (1, 1),
    "down": (1, 0),
    "down-left": (1, -1),
    "left": (0, -1),
    "up-left": (-1, -1),
    "up": (-1, 0),
    "up-right": (-1, 1),
}


def load(seed: int = SEED) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], float]:
    """Returns (clips uint8 `(1_600, 16, 32, 32)`, labels `(1_600,)`, classes, frames a second), 200 a class.

    Each clip shows one of the 1,797 digits, 8 x 8 with 17 grey levels, that crosses the middle in the class's direction
    while it turns and changes its size, all evenly. Another `seed` gives other clips of the same kinds.

    Reference: Alpaydin and Kaynak, 1998, Optical Recognition of Handwritten Digits, doi 10.24432/C50P49.
    """
    digits = np.pad((load_digits().images / 16).astype(np.float32), ((0, 0), (1, 1), (1, 1)))
    rng = np.random.Generator(np.random.PCG64(seed))
    count = EACH * len(CLASSES)
    labels = np.repeat(np.arange(len(CLASSES), dtype=np.int32), EACH)
    ways = np.array(list(CLASSES.values()), float)
    ways = (ways / np.linalg.norm(ways, axis=1, keepdims=True))[labels]
    draw = {
        "digit": rng.integers(len(digits), size=count),
        "speed": rng.uniform(0.5, 1.0, count),  # pixels from frame to frame
        "middle": rng.uniform(-2.5, 2.5, (count, 2)),
        "scale": rng.uniform(1.5, 2.3, (count, 2)),  # at the beginning and at the end
        "turn": rng.uniform(-0.5, 0.5, (count, 2)),  # radians
    }
    clips = np.empty((count, FRAMES, SIZE, SIZE), np.uint8)
    for number in range(FRAMES):
        at = number / (FRAMES - 1)
        centre = SIZE / 2 - 0.5 + draw["middle"] + ways * (draw["speed"] * (number - (FRAMES - 1) / 2))[:, None]
        scale, turn = ((1 - at) * draw[name][:, 0] + at * draw[name][:, 1] for name in ("scale", "turn"))
        for start in range(0, count, _AT_A_TIME):
            some = slice(start, start + _AT_A_TIME)
            drawn = _drawn(digits[draw["digit"][some]], centre[some], scale[some], turn[some])
            clips[some, number] = np.rint(255 * drawn)
    return clips, labels, tuple(CLASSES), FRAME_RATE


def load_held_out() -> tuple[np.ndarray, np.ndarray, tuple[str, ...], float]:
    """Returns other clips of the same digits, as `load`."""
    return load(seed=1)


def _drawn(digits: np.ndarray, centre: np.ndarray, scale: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Returns float32 `(count, 32, 32)` of digits `(count, 10, 10)`, each about its centre, so many times as large and
    turned by so much; between their pixels it is interpolated.
    """
    side = digits.shape[1]
    centre = centre.astype(np.float32)
    rows = np.arange(SIZE, dtype=np.float32)[None, :, None] - centre[:, 0, None, None]
    columns = np.arange(SIZE, dtype=np.float32)[None, None, :] - centre[:, 1, None, None]
    cosine, sine = ((f(turn) / scale).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    y = np.clip(cosine * rows - sine * columns + (side - 1) / 2, 0, side - 1.001)
    x = np.clip(sine * rows + cosine * columns + (side - 1) / 2, 0, side - 1.001)
    top, left = y.astype(int), x.astype(int)
    down, right = y - top, x - left
    which = np.arange(len(digits))[:, None, None]
    above = digits[which, top, left] * (1 - right) + digits[which, top, left + 1] * right
    below = digits[which, top + 1, left] * (1 - right) + digits[which, top + 1, left + 1] * right
    return above * (1 - down) + below * down
