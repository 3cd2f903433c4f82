"""Validation: every image is decoded once, in threads, before training."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.data.images.decode import Picture, decode, from_pixels
from multigan.data.images.fit import Target

__all__ = ["Look", "look_at_all", "read_picture"]

# Images in one task: small arrays are done faster than a thread takes to start on them.
_TASK = 16


@dataclass(frozen=True)
class Look:
    """What was seen of one image: either the reason why it cannot be read, or the rest.

    Args:
        index: in the collection.
        reason: empty for a readable image.
        digest: SHA-256 of the content.
        picture: how it was stored, without the pixels.
        constant: all of its pixels are equal.
        pixels: fitted, uint8.
    """

    index: int
    reason: str = ""
    digest: bytes = b""
    size: tuple[int, int] = (0, 0)
    kind: str = ""
    deep: bool = False
    animated: bool = False
    transparent: bool = False
    constant: bool = False
    pixels: np.ndarray | None = None


def read_picture(content: bytes | np.ndarray, target: Target, max_pixels: int) -> Picture:
    """Returns the decoded image of a collection's sample.

    Raises:
        UnreadableError: it cannot be decoded.
    """
    if isinstance(content, bytes):
        return decode(content, max_pixels, enough=max(target.height, target.width))
    return from_pixels(content)


def look_at_all(collection: Collection, target: Target, max_pixels: int) -> Iterator[Look]:
    """Yields a look at every image of the collection, in its order; memory holds a few at a time."""
    count = len(collection)

    def look(start: int) -> list[Look]:
        return [_look(collection, i, target, max_pixels) for i in range(start, min(start + _TASK, count))]

    threads = min(8, os.cpu_count() or 1)
    starts = iter(range(0, count, _TASK))
    with ThreadPoolExecutor(threads, "look") as pool:
        waiting = deque(pool.submit(look, start) for start in islice(starts, 2 * threads))
        try:
            while waiting:
                yield from waiting.popleft().result()
                waiting.extend(pool.submit(look, start) for start in islice(starts, 1))
        finally:
            pool.shutdown(cancel_futures=True)


def _look(collection: Collection, index: int, target: Target, max_pixels: int) -> Look:
    try:
        content = collection.read(index)
        picture = read_picture(content, target, max_pixels)
    except UnreadableError as error:
        return Look(index, str(error))
    except OSError as error:
        return Look(index, error.strerror or str(error))
    pixels = target.fit(picture.image)
    return Look(
        index,
        digest=_digest(content),
        size=picture.size,
        kind=picture.kind,
        deep=picture.deep,
        animated=picture.animated,
        transparent=picture.image.mode in ("LA", "RGBA"),
        constant=bool((pixels == pixels[0, 0]).all()),
        pixels=pixels,
    )


def _digest(content: bytes | np.ndarray) -> bytes:
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest()
    return hashlib.sha256(repr(content.shape).encode() + content.tobytes()).digest()
