"""GIF, APNG and animated WebP, frame by frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.data.pictures import open_picture
from multigan.data.signatures import HEAD, looks_like
from multigan.modalities.clips.reading.film import STILL, Header, plain
from multigan.modalities.clips.reading.kinds import FORMATS

__all__ = ["Animation", "open_checked"]

# Browsers show frames of 10 ms and less for 100 ms: such times are left over from the days of slow machines.
SHORTEST, INSTEAD = 0.011, 0.1


class Animation:
    """A picture file with several frames.

    Args:
        read: returns its bytes.
        max_pixels: of a frame; a larger one is not decoded.
    """

    def __init__(self, read: Callable[[], bytes], max_pixels: int):
        self._read, self._max_pixels = read, max_pixels

    def look(self) -> Header:
        """Returns the header; decodes every frame once, for only that tells how long each is shown."""
        with self._open() as image:
            size, kind = (image.height, image.width), "APNG" if image.format == "PNG" else image.format
            durations, colour, transparent = [], False, False
            for frame in self._walk(image):
                duration = image.info.get("duration", 0) / 1000
                durations.append(duration if duration >= SHORTEST else INSTEAD)
                colour = colour or _coloured(frame)
                transparent = transparent or ("A" in frame.mode and frame.getchannel("A").getextrema()[0] < 255)
        if len(durations) == 1:
            raise UnreadableError(f"one frame: {STILL}")
        ends = np.cumsum(durations)
        times = np.concatenate([[0.0], ends[:-1]])
        return Header(kind, size, len(times), times, float(ends[-1]), colour, transparent)

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Yields the frames of these numbers, ascending."""
        wanted = set(picks)
        with self._open() as image:
            for number, frame in enumerate(self._walk(image)):
                if number in wanted:
                    wanted.discard(number)
                    yield frame
                if not wanted:
                    return
        raise UnreadableError(f"damaged or cut off: frame {min(wanted) + 1} is not there")

    def digest(self) -> bytes:
        """Returns a SHA-256 of the file."""
        return hashlib.sha256(self._read()).digest()

    def _open(self) -> Image.Image:
        return open_checked(self._read(), self._max_pixels)

    def _walk(self, image: Image.Image) -> Iterator[Image.Image]:
        # A PNG may have a picture of its own for programs that show no animations.
        first = 1 if getattr(image, "default_image", False) else 0
        number = first
        try:
            while True:
                try:
                    image.seek(number)
                except EOFError:
                    return
                image.load()
                yield plain(image)
                number += 1
        except UnreadableError:
            raise
        except Exception:  # a damaged file raises whatever its decoder stumbles over
            raise UnreadableError(f"damaged or cut off at frame {number - first + 1}") from None


def open_checked(content: bytes, max_pixels: int) -> Image.Image:
    """Returns a picture whose header is read, of a file that has its end.

    Raises:
        UnreadableError: no picture, too large, or cut off.
    """
    if content[:4] == b"RIFF" and len(content) >= 12:
        told = 8 + int.from_bytes(content[4:8], "little")
        if len(content) < told:
            raise UnreadableError(f"cut off: {len(content):,} of {told:,} bytes are there")
    if content[:4] == b"GIF8" and b";" not in content[-64:].rstrip(b"\0")[-1:]:
        raise UnreadableError("cut off: its end is not there")
    kind = looks_like(content[:HEAD])
    return open_picture(content, max_pixels, FORMATS, lambda: f"it is {kind}" if kind else "")


def _coloured(frame: Image.Image) -> bool:
    if frame.mode in ("L", "LA"):
        return False
    pixels = np.asarray(frame)[..., :3]
    return bool((pixels != pixels[..., :1]).any())
