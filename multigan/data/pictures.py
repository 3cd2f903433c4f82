"""Picture files, opened by their header alone: what is too large is refused before anything is decoded."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from PIL import Image

from multigan.data.collection import UnreadableError

__all__ = ["open_picture", "sentence"]

# Pillow keeps its bound on pixels in a global that our own replaces while a header is read.
_opening = threading.Lock()


def open_picture(
    content: bytes,
    max_pixels: int,
    formats: Sequence[str],
    otherwise: Callable[[], str] = str,
    within: AbstractContextManager | None = None,
) -> Image.Image:
    """Returns a picture whose header is read, and nothing more.

    Args:
        content: the whole file.
        max_pixels: a larger picture is refused.
        formats: that may be read, in Pillow's words.
        otherwise: returns what is said of a file that is none of them, or raises it; "" for nothing.
        within: entered while the header is read, by one thread at a time.

    Raises:
        UnreadableError: no picture, or too large.
    """
    if not content:
        raise UnreadableError("0 bytes")
    try:
        with _opening, within or nullcontext():
            bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels
            try:
                image = Image.open(io.BytesIO(content), formats=formats)
            finally:
                Image.MAX_IMAGE_PIXELS = bound
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(f"{int(pixels[0]):,} pixels", max_pixels) from None
    except Image.UnidentifiedImageError:
        raise UnreadableError(otherwise() or "not an image of a known format") from None
    except Exception as error:  # a damaged header raises whatever its parser stumbles over
        raise UnreadableError(f"damaged header ({sentence(error)})") from None
    if image.width * image.height > max_pixels:
        pixels = image.width * image.height
        raise _too_large(f"{image.width:,} x {image.height:,} = {pixels:,} pixels", max_pixels)
    return image


def _too_large(told: str, max_pixels: int) -> UnreadableError:
    return UnreadableError(
        f"{told}, more than max_pixels={max_pixels:,}", f"{told}, more than {max_pixels:,}; make it smaller"
    )


def sentence(error: Exception) -> str:
    """Returns what an error says, on one line and without a full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
