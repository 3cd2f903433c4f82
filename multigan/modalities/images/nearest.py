"""A picture of samples beside the training images that are nearest to them."""

from pathlib import Path

import numpy as np

from multigan.modalities.files import write_samples

__all__ = ["draw_neighbours"]

GAP, EDGE = 2, 6  # pixels between images, and between a sample and its neighbours


def draw_neighbours(path: Path, samples: np.ndarray, nearest: np.ndarray) -> Path:
    """Writes a PNG with one row a sample: the sample, then its nearest training images, nearest first.

    Args:
        path: of the file; its folder is made when it is missing.
        samples: `(count, height, width, channels)` in [-1, 1].
        nearest: `(count, k, height, width, channels)`.
    """
    count, k, height, width, channels = nearest.shape
    sheet = np.zeros((count * (height + GAP) - GAP, (k + 1) * width + (k - 1) * GAP + EDGE, channels), np.float32)
    for row, (sample, others) in enumerate(zip(samples, nearest, strict=True)):
        top = row * (height + GAP)
        sheet[top : top + height, :width] = sample
        for column, other in enumerate(others):
            left = width + EDGE + column * (width + GAP)
            sheet[top : top + height, left : left + width] = other
    return write_samples(path, sheet[None], "images")
