"""Pictures made smaller, as super-resolution's inputs: plainly, or as cameras and the web leave them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

__all__ = ["degraded", "told_of"]

# A picture's own draws, where nothing is drawn anew, come from this and from its number.
OWN = 11
# Of `real`, one round of the two of Real-ESRGAN (arXiv 2107.10833): the blur's deviation along each axis, in pixels of
# the small picture; noise, in steps of 256; shot noise, by its deviation at white; how often noise is grey; JPEG's
# quality.
BLUR = 0.05, 0.75
NOISE = 1.0, 20.0
SHOT = 2.0, 20.0
QUALITY = 40, 95
GREY_NOISE = 0.4
RESIZERS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)


def told_of(scale: int, degradation: str) -> str:
    """Returns what `multigan.field.Field.made` calls it: `"low:2"`, or `"low:2:box"`."""
    return f"low:{scale}" if degradation == "bicubic" else f"low:{scale}:{degradation}"


def degraded(
    pictures: np.ndarray, told: str, rng: np.random.Generator | None = None, indices: np.ndarray | None = None
) -> np.ndarray:
    """Returns pictures made smaller, uint8 `(count, height / scale, width / scale, channels)`.

    Args:
        pictures: uint8 `(count, height, width, channels)`; an even number of channels has alpha as the last.
        told: what stands behind `low:` in `Field.made`: the scale, and after a colon the degradation.
        rng: draws what `real` does to each; without it a picture has what its index tells, the same every time.
        indices: of the pictures, by default 0, 1, ...
    """
    scale, _, degradation = told.partition(":")
    count, height, width, channels = pictures.shape
    size = width // int(scale), height // int(scale)
    small = np.empty((count, *size[::-1], channels), np.uint8)
    for number, picture in enumerate(pictures):
        if degradation == "real":
            index = number if indices is None else int(indices[number])
            draws = rng if rng is not None else np.random.default_rng([OWN, index])
            small[number] = _real(picture, size, int(scale), draws)
        elif degradation == "box":
            small[number] = _means(picture, int(scale))
        else:
            small[number] = _resized(picture, size, Image.Resampling.BICUBIC)
    return small


def _means(picture: np.ndarray, scale: int) -> np.ndarray:
    """Of blocks; Pillow's box filter would round twice."""
    height, width, channels = picture.shape
    blocks = picture.reshape(height // scale, scale, width // scale, scale, channels)
    return np.rint(blocks.mean(axis=(1, 3), dtype=np.float64)).astype(np.uint8)


def _resized(picture: np.ndarray, size: Sequence[int], resizer: Image.Resampling) -> np.ndarray:
    """Band by band: colour must not fade where it is transparent. Pillow blurs before it makes smaller."""
    bands = [Image.fromarray(np.ascontiguousarray(band)) for band in np.moveaxis(picture, -1, 0)]
    return np.stack([np.asarray(band.resize(size, resizer)) for band in bands], axis=-1)


def _real(picture: np.ndarray, size: Sequence[int], scale: int, rng: np.random.Generator) -> np.ndarray:
    """Blurs, makes smaller, adds noise and compresses; alpha is only made smaller."""
    channels = picture.shape[-1]
    colours = channels - (channels in (2, 4))
    small = _resized(_blurred(picture[..., :colours], scale, rng), size, RESIZERS[rng.integers(len(RESIZERS))])
    small = _compressed(_noisy(small, rng), rng)
    if colours == channels:
        return small
    return np.concatenate([small, _resized(picture[..., colours:], size, Image.Resampling.BICUBIC)], axis=-1)


def _blurred(picture: np.ndarray, scale: int, rng: np.random.Generator) -> np.ndarray:
    """By a Gaussian of another width along each axis."""
    from scipy.ndimage import gaussian_filter

    down, across = scale * rng.uniform(*BLUR, 2)
    found = gaussian_filter(picture.astype(np.float32), (down, across, 0), mode="nearest")
    return np.rint(found).astype(np.uint8)


def _noisy(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With the noise of an amplifier, or of light that is counted; in grey or in colour."""
    shape = (*picture.shape[:2], 1 if rng.random() < GREY_NOISE else picture.shape[-1])
    light = picture.mean(axis=-1, keepdims=True) if shape[-1] == 1 else picture
    deviation = rng.uniform(*NOISE) if rng.integers(2) else rng.uniform(*SHOT) * np.sqrt(light / 255)
    found = picture + deviation * rng.standard_normal(shape)
    return np.rint(np.clip(found, 0, 255)).astype(np.uint8)


def _compressed(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    stored = io.BytesIO()
    grey = picture.shape[-1] == 1
    Image.fromarray(picture[..., 0] if grey else picture).save(stored, "JPEG", quality=int(rng.integers(*QUALITY)))
    found = np.asarray(Image.open(stored))
    return found[..., None] if grey else found
