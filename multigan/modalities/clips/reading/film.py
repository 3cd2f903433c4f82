"""What every kind of film offers, whatever it is stored as: a header, and its frames one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps

from multigan.data.collection import UnreadableError

__all__ = ["STILL", "Film", "Header", "plain"]

STILL = "a still picture (frames are numbered files in a folder; a sprite sheet needs -o grid=4x8)"


@dataclass(frozen=True)
class Header:
    """What is known of a film before its frames are fitted.

    Args:
        kind: for the report, `"GIF"`.
        size: (height, width) as stored.
        count: of its frames.
        times: float64 `(count,)`, seconds at which each frame begins; None where nothing tells.
        end: seconds at which the last frame ends.
        colour: whether any frame has some.
        transparent: whether any frame is not opaque.
        pieces: so many clips of equal length lie in it, one after another, which belong to themselves.
        note: what is odd about it; for the report.
    """

    kind: str
    size: tuple[int, int]
    count: int
    times: np.ndarray | None = None
    end: float = 0.0
    colour: bool = True
    transparent: bool = False
    pieces: int = 1
    note: str = ""


class Film(Protocol):
    """Frames in an order. Nothing is held of it between two calls."""

    def look(self) -> Header:
        """Returns the header; raises `UnreadableError` or `OSError`."""

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Yields the frames of these numbers, ascending, of mode L, LA, RGB or RGBA; holds one at a time.

        Raises:
            UnreadableError, OSError: it cannot be read so far.
        """

    def digest(self) -> bytes:
        """Returns a SHA-256 of its content."""


def plain(image: Image.Image) -> Image.Image:
    """Returns a decoded picture, turned upright, as mode L, LA, RGB or RGBA.

    Raises:
        UnreadableError: 8 bits cannot hold its numbers.
    """
    image = ImageOps.exif_transpose(image)
    if image.mode == "F" or image.mode == "I":
        raise UnreadableError("more than 8 bits a channel in a way that is not read for frames; save it with 8")
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        mode = "LA" if image.mode in ("L", "LA", "La") else "RGBA"
    else:
        mode = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == mode else image.convert(mode)
