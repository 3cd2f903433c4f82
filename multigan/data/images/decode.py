"""From a file's bytes to 8-bit pixels, bounded by the header before anything is decoded."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageOps

from multigan.data.collection import UnreadableError

__all__ = ["SUFFIXES", "Picture", "decode", "from_pixels", "most_bytes", "peek"]

_NAMES = "png apng jpg jpeg jpe jfif gif bmp webp tif tiff ppm pgm pbm pnm avif jp2 j2k jpx qoi"
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())

# Only formats with a signature and a decoder of their own: Pillow's EPS, for one, starts another program.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000", "QOI")

# Pillow keeps its bound on pixels in a global that our own replaces while a header is read.
_opening = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A decoded image.

    Args:
        image: Pillow image of mode L, LA, RGB or RGBA.
        size: (height, width) as stored, after the camera's rotation.
        kind: for the report, e.g. `"PNG"`.
        deep: had 16 bits a channel.
        animated: had further frames or pages; the first is read.
    """

    image: Image.Image
    size: tuple[int, int]
    kind: str
    deep: bool = False
    animated: bool = False


def most_bytes(max_pixels: int) -> int:
    """Returns the largest file that is read: no file of `max_pixels` pixels needs more."""
    return 8 * max_pixels + (1 << 20)


def peek(content: bytes, max_pixels: int) -> tuple[tuple[int, int], bool, bool]:
    """Returns (height, width) as stored, and whether there is colour and an alpha channel, from an image's header.

    Raises:
        UnreadableError: no image, or too large.
    """
    image = _open(content, max_pixels)
    colour = image.mode not in ("1", "L", "LA", "La", "F") and not image.mode.startswith("I")
    return (image.height, image.width), colour, image.has_transparency_data


def decode(content: bytes, max_pixels: int, enough: int | None = None) -> Picture:
    """Returns the image that a file's bytes hold.

    Args:
        content: the whole file.
        max_pixels: a larger image is not decoded.
        enough: a JPEG much larger than this in both directions may be decoded at a half, a quarter or an eighth.

    Raises:
        UnreadableError: no image, too large, damaged, or of a kind that 8 bits cannot hold.
    """
    image = _open(content, max_pixels)
    kind = "JPEG" if image.format == "MPO" else image.format
    size = image.height, image.width
    deep = image.mode.startswith("I") or _has_16_bits(content)
    try:
        # A phone's MPO file is a photo with its previews, not an animation.
        animated = image.format != "MPO" and getattr(image, "is_animated", False)
        if enough:
            image.draft(None, (2 * enough, 2 * enough))
        image.load()
        if image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8):
            size = size[::-1]
        image = _canonical(ImageOps.exif_transpose(image))
    except UnreadableError:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder stumbles over
        raise UnreadableError(f"damaged {kind} ({_sentence(error)})") from None
    return Picture(image, size, kind, deep, animated)


def from_pixels(pixels: np.ndarray) -> Picture:
    """Returns the image that an array `(height, width, channels)` of uint8 holds."""
    height, width, channels = pixels.shape
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels))
    return Picture(image, (height, width), "array")


def _open(content: bytes, max_pixels: int) -> Image.Image:
    if not content:
        raise UnreadableError("0 bytes")
    try:
        with _opening:
            bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels
            try:
                image = Image.open(io.BytesIO(content), formats=_known_formats())
            finally:
                Image.MAX_IMAGE_PIXELS = bound
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        raise UnreadableError(f"{int(pixels[0]):,} pixels, more than max_pixels={max_pixels:,}") from None
    except Image.UnidentifiedImageError:
        raise UnreadableError("not an image of a known format") from None
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
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _has_16_bits(content: bytes) -> bool:
    """Says whether a PNG has 16 bits a channel, which Pillow drops for colour without a word."""
    return content.startswith(b"\x89PNG") and content[24:25] == b"\x10"


def _canonical(image: Image.Image) -> Image.Image:
    """Returns the image as L, LA, RGB or RGBA with 8 bits a channel."""
    if image.mode == "F":
        raise UnreadableError("floating-point pixels of unknown range; save 8 or 16 bits, or an array (.npy)")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65_535:
            raise UnreadableError(f"32-bit pixels from {values.min()} to {values.max()}; save 8 or 16 bits")
        return Image.fromarray(((values.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8))
    if image.has_transparency_data:
        mode = "LA" if image.mode in ("L", "LA", "La") else "RGBA"
    else:
        mode = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
