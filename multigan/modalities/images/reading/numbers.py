"""What the file of a label map holds: numbers, and the colours in which other programs show them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.modalities.images.reading.decode import damage_told, open_image
from multigan.modalities.images.reading.deep import storage_of

__all__ = ["GREYS", "Colour", "Stored", "palette_key", "stored", "stored_array"]

Colour = tuple[int, int, int]

# Formats that keep every number as it is.
_LOSSLESS = ("PNG", "BMP", "GIF", "TIFF", "PPM")
# The colours of 8 bits of grey.
GREYS = tuple((grey, grey, grey) for grey in range(256))
_RAMP = bytes(grey for grey in range(256) for _ in range(3))


@dataclass(frozen=True)
class Stored:
    """A label map as it is stored.

    Args:
        values: uint8 `(height, width)`; of a file in colours `(height, width, 3)`, red, green and blue.
        kind: of file, for the report, e.g. `"PNG"`.
        shown: the colours of the values 0, 1, ...; empty where there are none, and of a file in colours.
        palette: whether the file itself chose them: they are not shades of grey.
    """

    values: np.ndarray
    kind: str
    shown: tuple[Colour, ...] = ()
    palette: bool = False

    @cached_property
    def used(self) -> dict[int, Colour | None]:
        """The colour of each value that occurs; None where it has none. Not of a file in colours."""
        return {value: self.shown[value] if value < len(self.shown) else None for value in self.distinct}

    @cached_property
    def distinct(self) -> tuple:
        """The values that occur, in order; of a file in colours the colours."""
        if self.values.ndim == 2:
            return tuple(np.flatnonzero(np.bincount(self.values.ravel(), minlength=256)).tolist())
        return tuple((code >> 16, code >> 8 & 255, code & 255) for code in np.unique(_codes(self.values)).tolist())

    def by_colour(self, numbers: dict[Colour, int]) -> np.ndarray:
        """Returns the numbers that its colours mean, uint8 `(height, width)`; each must be there."""
        if self.values.ndim == 2:
            table = np.zeros(256, np.uint8)
            for value, colour in self.used.items():
                table[value] = numbers[colour]
            return table[self.values]
        found, places = np.unique(_codes(self.values), return_inverse=True)
        meant = [numbers[code >> 16, code >> 8 & 255, code & 255] for code in found.tolist()]
        return np.array(meant, np.uint8)[places.reshape(self.values.shape[:2])]

    @property
    def grey(self) -> bool:
        """Whether a file in colours has shades of grey only."""
        return self.values.ndim == 3 and bool((self.values == self.values[..., :1]).all())


def stored(content: bytes, max_pixels: int) -> Stored:
    """Returns what a file's bytes hold: grey, with a palette, or in colours.

    Args:
        content: the whole file.
        max_pixels: a larger one is not decoded.

    Raises:
        UnreadableError: no image, too large, damaged, of a format that keeps no values, or numbers above 255.
    """
    image = open_image(content, max_pixels)
    if image.format not in _LOSSLESS:
        raise UnreadableError(f"{image.format} does not keep every value: label maps are PNG, one number a class")
    with damage_told(image.format):
        bits = storage_of(image, content).bits
        image.load()
        if image.mode in ("RGB", "RGBA"):
            return Stored(np.asarray(image.convert("RGB")), image.format)
        shown = _palette(image)
        values = np.asarray(image.getchannel(0) if image.mode == "LA" else image)
        step = 1
        if image.mode == "L" and bits in (2, 4):
            step = 255 // ((1 << bits) - 1)
            values = values // step  # Pillow makes them 0 to 255
        elif image.mode == "1":
            step = 255
        if values.ndim != 2 or values.min() < 0 or values.max() > 255 or values.dtype.kind not in "biu":
            raise UnreadableError(f"numbers of mode {image.mode} up to {values.max()}: classes are 0 to 254")
        palette = bool(shown) and shown != GREYS[: len(shown)]
        if not shown and image.mode in ("L", "LA", "1"):
            shown = GREYS[::step]
    return Stored(values.astype(np.uint8), image.format, shown, palette)


def stored_array(values: np.ndarray) -> Stored:
    """Returns the same for an array of uint8 `(height, width, 1)`."""
    return Stored(values[..., 0], "array", GREYS)


def palette_key(content: bytes, max_pixels: int) -> tuple[str, bytes] | None:
    """Returns what tells an image's palette from others, by its header; None where it has none, or one of all greys.

    Raises:
        UnreadableError: no image, or too large.
    """
    image = open_image(content, max_pixels)
    with damage_told(image.format):
        if image.mode != "P" or image.palette is None:
            return None
        key = image.palette.rawmode or image.palette.mode, bytes(image.palette.palette)
        return None if key == ("RGB", _RAMP[: len(key[1])]) else key


def _palette(image: Image.Image) -> tuple[Colour, ...]:
    found = image.getpalette("RGB") if image.mode == "P" else None
    return tuple(zip(*[iter(found)] * 3, strict=False)) if found else ()


def _codes(pixels: np.ndarray) -> np.ndarray:
    """Colours as one number each: many times as fast to sort as rows of three."""
    red, green, blue = (pixels[..., band].astype(np.uint32) for band in range(3))
    return red << 16 | green << 8 | blue
