"""From a loaded image to 8 bits of grey or colour, with or without alpha."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from multigan.data.levels import Levels
from multigan.modalities.images.reading.deep import Numbers, Storage, colour_numbers, grey_numbers

__all__ = ["Canonical", "canonical", "numbers_of"]


@dataclass(frozen=True)
class Canonical:
    """An image of 8 bits.

    Args:
        image: of mode L, LA, RGB, RGBA or CMYK.
        numbers: as they were stored, where those are others than 0 to 255.
        readings: how the file was read where Pillow's own way is wrong: what is trained on differs by that.
    """

    image: Image.Image
    numbers: Numbers | None = None
    readings: tuple[str, ...] = ()


def canonical(
    image: Image.Image, storage: Storage, again: Callable[[], Image.Image], levels: Levels | None
) -> Canonical:
    """Returns an image as 8 bits.

    Args:
        image: loaded.
        storage: of its numbers.
        again: opens the same file once more.
        levels: what is black and white for numbers of more than 8 bits; by default the ends of their type.

    Raises:
        UnreadableError: 8 bits cannot hold its numbers.
    """
    exact = levels is not None or "transparency" in image.info
    numbers, readings = numbers_of(image, storage, again if exact else None), []
    if numbers is None:
        result = _plain(image, storage)
    elif numbers.values.ndim == 2:
        result = Image.fromarray(numbers.to_uint8(levels))
        if storage.inverted:
            readings.append("white is zero")
        if 8 < storage.bits < 16 and not storage.scaled:
            readings.append(f"{storage.bits} bits")
    else:
        result = _plain(image, storage)
        if levels:
            bands = [Image.fromarray(band) for band in np.moveaxis(numbers.to_uint8(levels), -1, 0)]
            result = Image.merge(result.mode, [*bands, *result.split()[len(bands) :]])
    alpha = _alpha_of_key(image, storage, numbers)
    if alpha is not None and (alpha != _alpha(result)).any():
        result = result.convert("LA" if result.mode in ("L", "LA") else "RGBA")
        result.putalpha(Image.fromarray(alpha))
        readings.append("transparency")
    return Canonical(result, numbers, tuple(readings))


def numbers_of(image: Image.Image, storage: Storage, again: Callable[[], Image.Image] | None) -> Numbers | None:
    """Returns the numbers of a loaded image where they are others than 0 to 255.

    Without `again`, which opens the same file once more, 16-bit colours are known by their upper bytes only.
    """
    if not storage.deep:
        return None
    if storage.signed or image.mode.startswith(("I", "F")):
        return grey_numbers(image, storage)
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return colour_numbers(image, storage, again() if again else None)
    return None


def _plain(image: Image.Image, storage: Storage) -> Image.Image:
    """Returns what Pillow makes of an image; CMYK stays, for its profile says what it means."""
    if image.has_transparency_data:
        mode = "LA" if storage.grey or image.mode in ("L", "LA", "La") else "RGBA"
    elif image.mode == "CMYK":
        mode = "CMYK"
    else:
        mode = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _alpha_of_key(image: Image.Image, storage: Storage, numbers: Numbers | None) -> np.ndarray | None:
    """Returns the alpha, uint8 `(height, width)`, of a PNG with one colour that is transparent.

    The file names it by numbers of its own, which Pillow compares with those that it made of them: None where these
    are the same.
    """
    key = image.info.get("transparency")
    if image.format != "PNG" or image.mode == "P" or key is None or storage.bits in (1, 8):
        return None
    if numbers is None:
        transparent = np.asarray(image) == key * 255 // ((1 << storage.bits) - 1)
    else:
        transparent = numbers.values == np.array(key, numbers.values.dtype)
    if transparent.ndim == 3:
        transparent = transparent.all(axis=-1)
    return np.where(transparent, 0, 255).astype(np.uint8)


def _alpha(image: Image.Image) -> np.ndarray:
    if "A" in image.getbands():
        return np.asarray(image.getchannel("A"))
    return np.full((image.height, image.width), 255, np.uint8)
