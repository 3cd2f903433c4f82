"""A picture of samples beside the training images that are nearest to them."""

from pathlib import Path

import numpy as np

from multigan.modalities.files import write_samples
from multigan.modalities.images.files import image_files

__all__ = ["draw_nearest"]

GAP, EDGE = 2, 6  # pixels between images, and between a sample and its neighbours


def draw_nearest(stem: Path, samples: np.ndarray, nearest: np.ndarray) -> Path:
    """Writes a PNG with one row a sample: the sample, then its nearest training images, nearest first.

    Args:
        stem: of its path, without a suffix; its folder is made when it is missing.
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
    return write_samples(stem.with_suffix(".png"), sheet[None], image_files())
