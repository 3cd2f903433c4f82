"""Fields of images as pictures, to stand beside samples."""

from __future__ import annotations

import numpy as np

from multigan.field import Field
from multigan.modalities.images.labelmaps import in_colours

__all__ = ["draw_maps", "draw_masks", "draw_pictures"]


def draw_pictures(values: np.ndarray, field: Field) -> np.ndarray:
    """Returns pictures `(count, height, width, channels)` in [-1, 1] as they are."""
    return np.asarray(values, np.float32)


def draw_masks(values: np.ndarray, field: Field) -> np.ndarray:
    """Returns masks `(count, height, width, 1)` as pictures: holes are white, all else is black."""
    return 2 * np.asarray(values, np.float32) - 1


def draw_maps(values: np.ndarray, field: Field) -> np.ndarray:
    """Returns label maps `(count, height, width)` in their classes' colours; what is no class is black."""
    return in_colours(np.asarray(values), field.colours, len(field.classes))
