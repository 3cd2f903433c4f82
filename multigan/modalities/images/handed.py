"""Pictures, masks and label maps that a program has, as files that are read like all others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from multigan.errors import UsageError
from multigan.field import Field
from multigan.modalities.grid import to_picture, to_uint8

__all__ = ["write_maps", "write_masks", "write_pictures"]

# Modes of Pillow that a PNG holds as they are.
WRITTEN = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
# Samples may be over 1 by a little; pixels from 0 to 255 are by far.
OVER = 1.5


def write_pictures(values: Any, field: Field, folder: Path) -> list[str]:
    """Returns the paths of pictures.

    Args:
        values: one or several; each a path, a Pillow image, or an array `(height, width)` or
            `(height, width, channels)` with 1 to 4 channels (grey, grey with alpha, RGB, RGBA): whole numbers from 0 to
            255, or numbers with a fraction in [-1, 1], as samples are; what lies a little outside is clipped, as in
            files. An array of four axes is several.
        field: what they are for.
        folder: for files of those that have none.

    Raises:
        UsageError: an array of another shape, or with other values.
    """
    return _written(_each(values, 4), field, folder, _pixels)


def write_masks(values: Any, field: Field, folder: Path) -> list[str]:
    """Returns the paths of masks; as `write_pictures`, but of arrays: `(height, width)` or `(height, width, 1)`, true,
    1.0 or 255 where the hole is.
    """
    return _written(_each(values, 4), field, folder, _hole)


def write_maps(values: Any, field: Field, folder: Path) -> list[str]:
    """Returns the paths of label maps; as `write_pictures`, but of arrays: `(height, width)`, a class's number for each
    pixel, or 255 for none. An array of three axes is several.
    """
    return _written(_each(values, 3), field, folder, _classes)


def _each(values: Any, several: int) -> list[Any]:
    """What is given, one by one; an array of so many axes is several."""
    if isinstance(values, (str, os.PathLike, Image.Image)):
        return [values]
    if isinstance(values, (list, tuple)):
        return list(values)
    array = np.asarray(values)
    return list(array) if array.ndim == several else [array]


def _written(values: list[Any], field: Field, folder: Path, pixels: Callable) -> list[str]:
    if not values:
        raise UsageError(f"{field.name}: none is given; give at least one")
    found = []
    for number, value in enumerate(values):
        if isinstance(value, (str, os.PathLike)):
            found.append(os.path.expanduser(os.fspath(value)))
            continue
        path = folder / field.name / f"{number:05d}.png"
        path.parent.mkdir(exist_ok=True)
        if not isinstance(value, Image.Image):
            value = to_picture(np.ascontiguousarray(pixels(np.asarray(value), f"{field.name} {number}")))
        elif value.mode not in WRITTEN:
            value = value.convert("RGB")
        ImageOps.exif_transpose(value).save(path, format="PNG")
        found.append(str(path))
    return found


def _pixels(array: np.ndarray, called: str) -> np.ndarray:
    """A picture's bytes `(height, width, channels)`."""
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or not 1 <= array.shape[-1] <= 4 or not array.size:
        raise UsageError(f"{called}: an array of shape {array.shape}; a picture is height x width x 1 to 4 channels")
    if array.dtype.kind == "f":
        if not (np.abs(array) <= OVER).all():  # nor what is not a number
            raise UsageError(f"{called}: numbers outside of [-1, 1]; give those, or whole numbers from 0 to 255")
        return to_uint8(array)
    return _bytes(array, called)


def _hole(array: np.ndarray, called: str) -> np.ndarray:
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[-1] != 1 or not array.size:
        raise UsageError(f"{called}: an array of shape {array.shape}; a mask is height x width")
    if array.dtype.kind in "bf":
        return np.where(array >= 0.5, 255, 0).astype(np.uint8)
    return _bytes(array, called)


def _classes(array: np.ndarray, called: str) -> np.ndarray:
    if array.ndim != 2 or not array.size:
        raise UsageError(f"{called}: an array of shape {array.shape}; a label map is height x width")
    return _bytes(array, called)[..., None]


def _bytes(array: np.ndarray, called: str) -> np.ndarray:
    if array.dtype.kind not in "iu" or array.min() < 0 or array.max() > 255:
        raise UsageError(f"{called}: an array of {array.dtype}; it must hold whole numbers from 0 to 255")
    return array.astype(np.uint8)
