"""From a file's bytes to 8-bit pixels, bounded by the header before anything is decoded."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from multigan.data.collection import UnreadableError
from multigan.modalities.images.reading.canonical import canonical, numbers_of
from multigan.modalities.images.reading.colours import colours_of
from multigan.modalities.images.reading.deep import Storage, mend_planes, storage_of
from multigan.modalities.images.reading.foreign import HEIF, has_heif, instead_of_picture
from multigan.modalities.images.reading.levels import Levels
from multigan.modalities.images.reading.profiles import to_srgb
from multigan.modalities.images.reading.tiff import check_layout, layout_of, mend_tiff, reader_for, told_of

__all__ = [
    "SUFFIXES",
    "Picture",
    "decode",
    "decode_numbers",
    "deep_range",
    "from_pixels",
    "most_bytes",
    "palette",
    "peek",
    "suffixes",
]

_NAMES = "png apng jpg jpeg jpe jfif gif bmp webp tif tiff ppm pgm pbm pnm avif jp2 j2k jpx qoi"
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())

# Only formats with a signature and a decoder of their own: Pillow's EPS, for one, starts another program.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000", "QOI")

# Formats that keep every number as it is.
_LOSSLESS = ("PNG", "BMP", "GIF", "TIFF", "PPM")

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

# Pillow keeps its bound on pixels in a global that our own replaces while a header is read.
_opening = threading.Lock()


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
    image = _open(content, max_pixels)
    with _damage_told(image.format):
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
    image = _open(content, max_pixels)
    kind = "JPEG" if image.format == "MPO" else image.format
    size = image.height, image.width
    with _damage_told(kind):
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
    image = _open(content, max_pixels)
    with _damage_told(image.format):
        storage = storage_of(image, content)
        if not storage.deep:
            return None
        _load(image, storage)
        numbers = numbers_of(image, storage, lambda: _again(content, max_pixels, storage))
    return None if numbers is None or not numbers.finite else (float(numbers.values.min()), float(numbers.values.max()))


def decode_numbers(
    content: bytes, max_pixels: int, colours: Mapping[tuple[int, int, int], int]
) -> tuple[np.ndarray, str]:
    """Returns the numbers that a label map's file holds, uint8 `(height, width)`, and the kind of file.

    Args:
        content: the whole file: grey, with a palette, or in colours that mean numbers.
        max_pixels: a larger one is not decoded.
        colours: numbers by red, green and blue.

    Raises:
        UnreadableError: no image, too large, damaged, numbers above 255, or colours that mean nothing.
    """
    image = _open(content, max_pixels)
    if image.format not in _LOSSLESS:
        raise UnreadableError(f"{image.format} does not keep every value: label maps are PNG, one number a class")
    with _damage_told(image.format):
        bits = storage_of(image, content).bits
        image.load()
        if image.mode in ("RGB", "RGBA"):
            return _numbers_of_colours(np.asarray(image.convert("RGB")), colours), image.format
        values = np.asarray(image.getchannel(0) if image.mode == "LA" else image)
        if image.mode == "L" and bits in (2, 4):
            values = values // (255 // ((1 << bits) - 1))  # Pillow makes them 0 to 255
        if values.ndim != 2 or values.min() < 0 or values.max() > 255 or values.dtype.kind not in "biu":
            raise UnreadableError(f"numbers of mode {image.mode} up to {values.max()}: classes are 0 to 254")
    return values.astype(np.uint8), image.format


def palette(content: bytes, max_pixels: int) -> list[str]:
    """Returns the colours `"#rrggbb"` of an image's palette; [] where it has none."""
    image = _open(content, max_pixels)
    found = image.getpalette("RGB") if image.mode == "P" else None
    return ["#" + bytes(found[place : place + 3]).hex() for place in range(0, len(found or ()), 3)]


def _numbers_of_colours(pixels: np.ndarray, colours: Mapping[tuple[int, int, int], int]) -> np.ndarray:
    if not colours and (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    found, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    numbers = np.empty(len(found), np.uint8)
    for place, colour in enumerate(map(tuple, found.tolist())):
        if colour not in colours:
            told = "#{:02x}{:02x}{:02x}".format(*colour)
            means = "is no class's in classes.txt" if colours else "means no class: classes.txt has no colours"
            raise UnreadableError(f"the colour {told} {means}; give grey or palette PNGs, a number a class")
        numbers[place] = colours[colour]
    return numbers[places.reshape(pixels.shape[:2])]


def _load(image: Image.Image, storage: Storage) -> list[str]:
    """Decodes an image; returns what was mended of Pillow's way to do it."""
    mended = [*mend_tiff(image), *(["planes"] if mend_planes(image, storage) else [])]
    image.load()
    return mended


def _again(content: bytes, max_pixels: int, storage: Storage) -> Image.Image:
    image = _open(content, max_pixels)
    mend_tiff(image)
    mend_planes(image, storage)
    return image


@contextmanager
def _damage_told(kind: str) -> Iterator[None]:
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        raise UnreadableError(f"damaged {kind} ({_sentence(error)})") from None


def from_pixels(pixels: np.ndarray) -> Picture:
    """Returns the image that an array `(height, width, channels)` of uint8 holds."""
    height, width, channels = pixels.shape
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels))
    return Picture(image, (height, width), "array")


def _open(content: bytes, max_pixels: int) -> Image.Image:
    if not content:
        raise UnreadableError("0 bytes")
    layout = layout_of(content)
    check_layout(layout)
    try:
        with _opening, reader_for(layout):
            bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels
            try:
                image = Image.open(io.BytesIO(content), formats=_known_formats())
            finally:
                Image.MAX_IMAGE_PIXELS = bound
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        raise UnreadableError(f"{int(pixels[0]):,} pixels, more than max_pixels={max_pixels:,}") from None
    except Image.UnidentifiedImageError:
        check_layout(layout, opens=False)
        raise UnreadableError(instead_of_picture(content) or "not an image of a known format") from None
    except Exception as error:  # a damaged header raises whatever its parser stumbles over
        raise UnreadableError(f"damaged header ({_sentence(error)})") from None
    if image.width * image.height > max_pixels:
        pixels = image.width * image.height
        raise UnreadableError(
            f"{image.width:,} x {image.height:,} = {pixels:,} pixels, more than max_pixels={max_pixels:,}"
        )
    return image


def _known_formats() -> tuple[str, ...]:
    if not set(_FORMATS) <= set(Image.OPEN):
        Image.init()
    return (*(name for name in _FORMATS if name in Image.OPEN), *(("HEIF",) if has_heif() else ()))


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
