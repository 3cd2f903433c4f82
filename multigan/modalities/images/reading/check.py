"""Validation: every image is decoded once, in threads, before training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from multigan.data.collection import Collection, UnreadableError
from multigan.data.fit import Target
from multigan.data.levels import Levels, data_levels
from multigan.data.threads import in_threads
from multigan.modalities.images.reading.decode import Picture, decode, deep_range, from_pixels

__all__ = ["Look", "Reader", "half", "look_at_all", "range_of_all"]

# Images in one task: small arrays are done faster than a thread takes to start on them.
_TASK = 16


@dataclass(frozen=True)
class Look:
    """What was seen of one image: either the reason why it cannot be read, or the rest.

    Args:
        index: in the collection.
        reason: empty for a readable image.
        digest: SHA-256 of the content and, where it is not read as Pillow reads it, of how it is.
        size, kind, bits, animated, span, coarse, profile, told, values: as of `Picture`.
        transparent: has an alpha channel.
        faded: has colours, of which the fitted pixels have none.
        constant: all of its pixels are equal.
        pixels: fitted, uint8.
    """

    index: int
    reason: str = ""
    digest: bytes = b""
    size: tuple[int, int] = (0, 0)
    kind: str = ""
    bits: int = 8
    animated: bool = False
    span: tuple[float, float] | None = None
    coarse: bool = False
    profile: str = ""
    told: tuple[str, ...] = ()
    values: tuple[int, ...] = ()
    transparent: bool = False
    faded: bool = False
    constant: bool = False
    pixels: np.ndarray | None = None


@dataclass(frozen=True)
class Reader:
    """Reads the samples of a collection.

    Args:
        collection: of files' bytes, or of arrays of uint8.
        target: the shape that images get.
        max_pixels: the option of this name.
        levels: black and white of files with more than 8 bits; None for the ends of their type.
        side: which half of each file is a sample, `"left"` or `"right"`; "": the whole.
    """

    collection: Collection
    target: Target
    max_pixels: int
    levels: Levels | None = None
    side: str = ""

    def picture(self, content: bytes | np.ndarray) -> Picture:
        """Returns the decoded image of a sample's content; raises `UnreadableError`."""
        if isinstance(content, bytes):
            enough = max(self.target.height, self.target.width) * (2 if self.side else 1)
            picture = decode(content, self.max_pixels, enough, self.levels)
        else:
            picture = from_pixels(content)
        return half(picture, self.side) if self.side else picture

    def pixels(self, index: int) -> np.ndarray:
        """Returns the fitted pixels of a sample, uint8; raises `UnreadableError` or `OSError`."""
        return self.target.fit(self.picture(self.collection.read(index)).image)


def half(picture: Picture, side: str) -> Picture:
    """Returns the `"left"` or the `"right"` half of a picture; of an odd width neither has the column in the middle.

    Raises:
        UnreadableError: it is one pixel wide.
    """
    width, height = picture.image.size
    if width < 2:
        raise UnreadableError("one pixel wide: it has no two sides")
    left = 0 if side == "left" else width - width // 2
    image = picture.image.crop((left, 0, left + width // 2, height))
    told = (*picture.told, "of an odd width, without the column in the middle") if width % 2 else picture.told
    return replace(picture, image=image, size=(picture.size[0], picture.size[1] // 2), told=told)


def look_at_all(reader: Reader, rows: np.ndarray | None = None) -> Iterator[Look]:
    """Yields a look at every image of the collection, or at some of these numbers, in their order; memory holds a few
    at a time.
    """
    if rows is None:
        yield from in_threads(lambda index: _look(reader, index), len(reader.collection), _TASK)
    else:
        yield from in_threads(lambda place: _look(reader, int(rows[place])), len(rows), _TASK)


def range_of_all(collection: Collection, max_pixels: int) -> Levels | None:
    """Returns the range of the numbers in all files of more than 8 bits, or None when there are no such files."""

    def look(index: int) -> tuple[float, float] | None:
        try:
            content = collection.read(index)
            return deep_range(content, max_pixels) if isinstance(content, bytes) else None  # arrays know their own
        except (UnreadableError, OSError):
            return None  # counted and named when every image is looked at

    found = [span for span in in_threads(look, len(collection), _TASK) if span]
    return data_levels(min(low for low, _ in found), max(high for _, high in found)) if found else None


def _look(reader: Reader, index: int) -> Look:
    try:
        content = reader.collection.read(index)
        picture = reader.picture(content)
    except UnreadableError as error:
        return Look(index, str(error))
    except OSError as error:
        return Look(index, error.strerror or str(error))
    pixels = reader.target.fit(picture.image)
    return Look(
        index,
        digest=_digest(content, picture.reading),
        size=picture.size,
        kind=picture.kind,
        bits=picture.bits,
        animated=picture.animated,
        span=picture.span,
        coarse=picture.coarse,
        profile=picture.profile,
        told=picture.told,
        values=picture.values,
        transparent=picture.image.mode in ("LA", "RGBA"),
        faded=reader.target.channels < 3 and _colourful(picture.image),
        constant=bool((pixels == pixels[0, 0]).all()),
        pixels=pixels,
    )


def _colourful(image: Image.Image) -> bool:
    if image.mode not in ("RGB", "RGBA"):
        return False
    pixels = np.asarray(image)
    return bool((pixels[..., 1:3] != pixels[..., :1]).any())


def _digest(content: bytes | np.ndarray, reading: str) -> bytes:
    # A run that was trained on the same files, read wrongly, is not one on the same data.
    if isinstance(content, bytes):
        total = hashlib.sha256(content)
        total.update(reading.encode())
        return total.digest()
    return hashlib.sha256(repr(content.shape).encode() + content.tobytes()).digest()
