"""What goes in, made of the picture itself: the same at training and at sampling."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from multigan.errors import UsageError
from multigan.field import Field
from multigan.modalities.images.degraded import degraded, told_of
from multigan.modalities.images.masks import holes

__all__ = ["made", "made_fields", "picture_shape", "to_bytes", "to_units"]

# Of red, green and blue in grey (ITU-R BT.601, as Pillow has it).
GREY = np.array([0.299, 0.587, 0.114], np.float32)
# A drawing: how fine its lines are in pixels, how much wider the second blur is, and how soon a dip is black.
FINE, WIDER, STRONG = 0.8, 1.6, 24.0
# Of Canny's edges: the blur before them, in pixels.
CANNY = 1.0


def made_fields(options: Mapping[str, Any], shape: Sequence[int], fitted: str) -> tuple[Field, ...]:
    """Returns the fields that the option `make` adds to pictures.

    Args:
        options: of the data.
        shape: of a picture, `(height, width, channels)`.
        fitted: how pictures are brought to it, see `multigan.field.Field`.

    Raises:
        UsageError: pictures that cannot be made smaller by `scale`; a library that is not installed.
    """
    kind, (height, width, channels) = options["make"], shape
    low = told_of(options["scale"], options["degradation"])
    told = {"low": low, "blur": f"blur:{options['blur']:g}"}.get(kind, kind)
    if kind == "low":
        scale = options["scale"]
        if height % scale or width % scale:
            fitting = f"{max(height // scale, 1) * scale}x{max(width // scale, 1) * scale}"
            raise UsageError(
                f"scale={scale} does not divide {height} x {width} pixels; choose a size that it divides, such as "
                f"-o size={fitting}"
            )
        shape = (height // scale, width // scale, channels)
    elif kind in ("grey", "edges", "lines"):
        shape = (height, width, 1)
    if kind == "edges":
        _canny()
    source = Field(name="source", kind="picture", shape=tuple(shape), made=told, fitted=fitted)
    if kind == "mask":
        return source, Field(name="mask", kind="mask", shape=(height, width, 1), made=told)
    return (source,)


def picture_shape(field: Field) -> tuple[int, int, int]:
    """Returns the shape of the pictures that values of a field are made of."""
    kind, _, number = field.made.partition(":")
    height, width, channels = field.shape
    if kind == "low":
        scale = int(number.partition(":")[0])
        return height * scale, width * scale, channels
    # Colour and alpha, whose grey is the same however many channels the pictures had.
    return (height, width, 4) if kind in ("grey", "edges", "lines") else (height, width, channels)


def made(
    pictures: np.ndarray,
    field: Field,
    rng: np.random.Generator | None = None,
    indices: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Returns what `field.made` says of pictures: `{"source": float32 (count, *field.shape) in [-1, 1]}`.

    With `made="mask"` the pictures are 0 in a hole, and `"mask"`, float32 `(count, height, width, 1)`, is 1 there.

    Args:
        pictures: `(count, height, width, channels)`, uint8, or floats in [-1, 1].
        field: its `name` and `made`.
        rng: draws holes, and what a picture goes through; without it each picture's are those of its index.
        indices: of the pictures; by default 0, 1, ...
        mask: holes that are known, as they are returned.
    """
    kind, _, number = field.made.partition(":")
    if kind == "mask":
        count, height, width, _ = pictures.shape
        if mask is None:
            mask = holes(count, height, width, rng, np.arange(count) if indices is None else indices)
        return {field.name: to_units(to_bytes(pictures)) * (1 - mask), "mask": mask}
    if kind == "low":
        return {field.name: to_units(degraded(to_bytes(pictures), number, rng, indices))}
    return {field.name: _MAKERS[kind](to_bytes(pictures), number)}


def to_units(pixels: np.ndarray) -> np.ndarray:
    """Returns bytes as float32 in [-1, 1]."""
    units = np.divide(pixels, np.float32(127.5), dtype=np.float32)
    units -= 1
    return units


def to_bytes(pictures: np.ndarray) -> np.ndarray:
    """Returns pictures in [-1, 1] as bytes; bytes as they are."""
    if pictures.dtype == np.uint8:
        return pictures
    return np.rint((np.clip(pictures, -1, 1) + 1) * 127.5).astype(np.uint8)


def _light(pictures: np.ndarray) -> np.ndarray:
    """Returns the grey of bytes, float32 `(count, height, width)` from 0 to 1; what is transparent is white."""
    channels = pictures.shape[-1]
    colours = pictures[..., : channels - (channels in (2, 4))]
    grey = colours @ GREY if colours.shape[-1] == 3 else colours[..., 0].astype(np.float32)
    grey = grey / np.float32(255)
    if channels in (2, 4):
        alpha = pictures[..., -1] / np.float32(255)
        grey = grey * alpha + (1 - alpha)
    return grey


def _grey(pictures: np.ndarray, _: str) -> np.ndarray:
    return to_units(np.rint(_light(pictures) * 255).astype(np.uint8))[..., None]


def _edges(pictures: np.ndarray, _: str) -> np.ndarray:
    canny = _canny()
    found = np.stack([canny(picture, sigma=CANNY) for picture in _light(pictures)])
    return np.where(found, np.float32(1), np.float32(-1))[..., None]


def _lines(pictures: np.ndarray, _: str) -> np.ndarray:
    """Dark where a picture is darker than around (Winnemoeller and others, 2012, doi 10.1016/j.cag.2012.03.004)."""
    light = _light(pictures)
    dip = _blurred(light, (0, FINE, FINE)) - _blurred(light, (0, FINE * WIDER, FINE * WIDER))
    return (1 + 2 * np.tanh(STRONG * np.minimum(dip + np.float32(0.005), 0)))[..., None].astype(np.float32)


def _blur(pictures: np.ndarray, sigma: str) -> np.ndarray:
    return to_units(_blurred(pictures.astype(np.float32), (0, float(sigma), float(sigma), 0)))


def _blurred(values: np.ndarray, sigma: Sequence[float]) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(values, sigma, mode="nearest")


def _canny() -> Callable[..., np.ndarray]:
    try:
        return importlib.import_module("skimage.feature").canny
    except ImportError as error:
        raise UsageError(
            f'make=edges needs pip install "multigan[pairs]" ({error}); make=lines needs nothing'
        ) from None


_MAKERS = {"grey": _grey, "edges": _edges, "lines": _lines, "blur": _blur}
