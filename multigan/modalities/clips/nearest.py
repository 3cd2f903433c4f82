"""A picture of samples beside the training clips that are nearest to them."""

from pathlib import Path

import numpy as np

from multigan.modalities.clips.files import USUAL_RATE, clip_files
from multigan.modalities.files import write_samples

__all__ = ["draw_nearest"]

GAP, EDGE = 2, 6  # pixels between clips, and between a sample and its neighbours


def draw_nearest(stem: Path, samples: np.ndarray, nearest: np.ndarray) -> Path:
    """Writes a WebP that plays, with one row a sample: the sample, then its nearest training clips, nearest first.

    Args:
        stem: of its path, without a suffix; its folder is made when it is missing.
        samples: `(count, frames, height, width, channels)` in [-1, 1].
        nearest: `(count, k, frames, height, width, channels)`.
    """
    count, k, frames, height, width, channels = nearest.shape
    shape = frames, count * (height + GAP) - GAP, (k + 1) * width + (k - 1) * GAP + EDGE, channels
    sheet = np.zeros(shape, np.float32)
    for row, (sample, others) in enumerate(zip(samples, nearest, strict=True)):
        top = row * (height + GAP)
        sheet[:, top : top + height, :width] = sample
        for column, other in enumerate(others):
            left = width + EDGE + column * (width + GAP)
            sheet[:, top : top + height, left : left + width] = other
    return write_samples(stem.with_suffix(".webp"), sheet[None], clip_files(USUAL_RATE))
