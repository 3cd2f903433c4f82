"""From a file's bytes to 8-bit pixels, bounded by the header before anything is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import ExifTags, Image

from multigan.data.collection import UnreadableError
from multigan.data.levels import Levels
from multigan.data.pictures import open_picture, sentence
from multigan.modalities.images.reading.canonical import canonical, numbers_of
from multigan.modalities.images.reading.colours import colours_of
from multigan.modalities.images.reading.deep import Storage, mend_planes, storage_of
from multigan.modalities.images.reading.foreign import HEIF, has_heif, instead_of_picture
from multigan.modalities.images.reading.profiles import to_srgb
from multigan.modalities.images.reading.tiff import check_layout, layout_of, mend_tiff, reader_for, told_of

__all__ = [
    "SUFFIXES",
    "Picture",
    "damage_told",
    "decode",
    "deep_range",
    "from_pixels",
    "most_bytes",
    "open_image",
    "peek",
    "suffixes",
]

_NAMES = "png apng jpg jpeg jpe jfif gif bmp webp tif tiff ppm pgm pbm pnm avif jp2 j2k jpx qoi"
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())

# Only formats with a signature and a decoder of their own: Pillow's EPS, for one, starts another program.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000", "QOI")

# What the camera's rotation is undone by.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """A decoded image.

    Args:
        image: Pillow image of mode L, LA, RGB or RGBA.
        size: (height, width) as stored, after the camera's rotation.
        kind: for the report, e.g. `"PNG"`.
        bits: of a channel, as stored.
        animated: had further frames or pages; the first is read.
        span: the smallest and largest number, as shares of what its type takes for white; None for 8 bits and floats.
        coarse: `levels` found the upper 8 of its bits only, or none.
        profile: what became of its colours, see `multigan.modalities.images.reading.profiles.to_srgb`.
        reading: how it was read where Pillow's own way is wrong; usually empty.
        told: what else is noted of how it was read, each in words that a count follows.
        values: of a label map, those that occur.
    """

    image: Image.Image
    size: tuple[int, int]
    kind: str
    bits: int = 8
    animated: bool = False
    span: tuple[float, float] | None = None
    coarse: bool = False
    profile: str = ""
    reading: str = ""
    told: tuple[str, ...] = ()
    values: tuple[int, ...] = ()

    @property
    def deep(self) -> bool:
        """Whether it had more than 8 bits a channel."""
        return self.bits > 8


def suffixes() -> frozenset[str]:
    """Returns the suffixes of files that can be read here."""
    return SUFFIXES | HEIF if has_heif() else SUFFIXES


def most_bytes(max_pixels: int) -> int:
    """Returns the largest file that is read: no file of `max_pixels` pixels needs more."""
    return 8 * max_pixels + (1 << 20)


def peek(content: bytes, max_pixels: int) -> tuple[tuple[int, int], bool, bool]:
    """Returns (height, width) as stored, and whether there is colour and an alpha channel, from an image's header.

    Raises:
        UnreadableError: no image, or too large.
    """
    image = open_image(content, max_pixels)
    with damage_told(image.format):
        grey = storage_of(image, content).grey
        mend_tiff(image)
    colour = not grey and image.mode not in ("1", "L", "LA", "La", "F") and not image.mode.startswith("I")
    return (image.height, image.width), colour, image.has_transparency_data


def decode(content: bytes, max_pixels: int, enough: int | None = None, levels: Levels | None = None) -> Picture:
    """Returns the image that a file's bytes hold, in sRGB.

    Args:
        content: the whole file.
        max_pixels: a larger image is not decoded.
        enough: a JPEG much larger than this in both directions may be decoded at a half, a quarter or an eighth.
        levels: what is black and white where there are more than 8 bits; by default the ends of their type.

    Raises:
        UnreadableError: no image, too large, damaged, or of a kind that 8 bits cannot hold.
    """
    image = open_image(content, max_pixels)
    kind = "JPEG" if image.format == "MPO" else image.format
    size = image.height, image.width
    with damage_told(kind):
        storage, told = storage_of(image, content), told_of(image)
        # A phone's MPO file is a photo with its previews, not an animation.
        animated = image.format != "MPO" and getattr(image, "is_animated", False)
        if enough:
            image.draft(None, (2 * enough, 2 * enough))
        mended = _load(image, storage)
        orientation = image.getexif().get(ExifTags.Base.Orientation)
        found = canonical(image, storage, lambda: _again(content, max_pixels, storage), levels)
        image, profile = to_srgb(found.image, colours_of(image, content))
        if image.mode == "CMYK":
            image = image.convert("RGB")
        if orientation in _UPRIGHT:
            image = image.transpose(_UPRIGHT[orientation])
    readings = [
        *mended,
        *found.readings,
        *(["sRGB"] if profile == "converted" else ["gamma"] if "gamma" in profile else []),
    ]
    return Picture(
        image,
        size[::-1] if orientation in (5, 6, 7, 8) else size,
        kind,
        storage.bits,
        animated,
        found.numbers and found.numbers.span,
        levels is not None and storage.deep and (found.numbers is None or found.numbers.coarse),
        profile,
        ", ".join(readings),
        told,
    )


def deep_range(content: bytes, max_pixels: int) -> tuple[float, float] | None:
    """Returns the smallest and largest number of an image of more than 8 bits, or None for any other.

    Raises:
        UnreadableError: no image, too large or damaged.
    """
    image = open_image(content, max_pixels)
    with damage_told(image.format):
        storage = storage_of(image, content)
        if not storage.deep:
            return None
        _load(image, storage)
        numbers = numbers_of(image, storage, lambda: _again(content, max_pixels, storage))
    return None if numbers is None or not numbers.finite else (float(numbers.values.min()), float(numbers.values.max()))


def _load(image: Image.Image, storage: Storage) -> list[str]:
    """Decodes an image; returns what was mended of Pillow's way to do it."""
    mended = [*mend_tiff(image), *(["planes"] if mend_planes(image, storage) else [])]
    image.load()
    return mended


def _again(content: bytes, max_pixels: int, storage: Storage) -> Image.Image:
    image = open_image(content, max_pixels)
    mend_tiff(image)
    mend_planes(image, storage)
    return image


@contextmanager
def damage_told(kind: str) -> Iterator[None]:
    """Within it whatever a decoder stumbles over is an `UnreadableError` that calls a file of this kind damaged."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        raise UnreadableError(f"damaged {kind} ({sentence(error)})") from None


def from_pixels(pixels: np.ndarray) -> Picture:
    """Returns the image that an array `(height, width, channels)` of uint8 holds."""
    height, width, channels = pixels.shape
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels))
    return Picture(image, (height, width), "array")


def open_image(content: bytes, max_pixels: int) -> Image.Image:
    """Returns the image that a file's bytes hold, of which only the header was read.

    Raises:
        UnreadableError: no image, or too large.
    """
    layout = layout_of(content)
    check_layout(layout)

    def otherwise() -> str:
        check_layout(layout, opens=False)
        return instead_of_picture(content)

    return open_picture(content, max_pixels, _known_formats(), otherwise, within=reader_for(layout))


@cache
def _known_formats() -> tuple[str, ...]:
    if not set(_FORMATS) <= set(Image.OPEN):
        Image.init()
    return (*(name for name in _FORMATS if name in Image.OPEN), *(("HEIF",) if has_heif() else ()))
