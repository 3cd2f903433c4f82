"""What libsndfile is shown of a file whose header does not say what it holds."""

from __future__ import annotations

import io
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, NamedTuple

from multigan.data.collection import UnreadableError

__all__ = [
    "CONTRADICTION",
    "JOINED",
    "LONGER",
    "MORE",
    "MOST",
    "REST",
    "UNTOLD",
    "Part",
    "Shown",
    "Span",
    "Window",
    "not_too_many",
    "search",
]

# What is said of a header: it promises less than there is, or more, though nothing is missing; something else comes
# after the sound; it contradicts itself; there are several, one after another; the file does not say its length.
LONGER, MORE, REST, CONTRADICTION, JOINED, UNTOLD = "longer", "more", "rest", "contradiction", "joined", "untold"

_BLOCK = 1 << 20


MOST = 1000  # sounds in one file, each of which is opened by itself


class Part(NamedTuple):
    """A part of a file."""

    start: int
    size: int


class Span(NamedTuple):
    """Parts of a file that are a whole sound file to libsndfile, and bytes that come before them."""

    before: bytes
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Shown:
    """What libsndfile is shown.

    Args:
        spans: one for each sound that the file holds, in order; none for the file as it is.
        said: of its header.
        cut: it promises more than there is, or a part of it is damaged.
    """

    spans: tuple[Span, ...] = ()
    said: tuple[str, ...] = ()
    cut: bool = False

    def windows(self, file: BinaryIO) -> list[Window]:
        """Returns a window for each span."""
        return [Window(span.before, file, *span.parts) for span in self.spans]


class Window(io.RawIOBase):
    """A file as libsndfile is shown it: some bytes, and then parts `(start, size)` of the file."""

    def __init__(self, before: bytes, file: BinaryIO, *parts: tuple[int, int]):
        self._before, self._file, self._parts = before, file, parts
        self._begins = list(accumulate((size for _, size in parts), initial=len(before)))
        self._size = self._begins.pop()
        self._place = 0

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def seekable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def tell(self) -> int:
        """See `io.RawIOBase`."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.RawIOBase`."""
        self._place = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence])
        return self._place

    def readinto(self, buffer) -> int:
        """See `io.RawIOBase`."""
        view = memoryview(buffer)
        done = 0
        while done < len(view) and (part := self._some(len(view) - done)):
            view[done : done + len(part)] = part
            done += len(part)
            self._place += len(part)
        return done

    def _some(self, count: int) -> bytes:
        """Returns up to so many bytes, all from one part."""
        if self._place < len(self._before):
            return self._before[self._place : self._place + count]
        number = bisect_right(self._begins, self._place) - 1
        if number < 0:
            return b""
        start, size = self._parts[number]
        within = self._place - self._begins[number]
        self._file.seek(start + within)
        return self._file.read(max(0, min(count, size - within)))


def not_too_many(count: int) -> None:
    """Lets so many sounds in one file pass, or raises `UnreadableError`."""
    if count > MOST:
        raise UnreadableError(f"more than {MOST:,} sounds in one file, one after another; take them apart")


def search(file: BinaryIO, patterns: tuple[bytes, ...], start: int) -> list[int]:
    """Returns the places of all patterns, of one length each, from a place on."""
    found, long = set(), len(patterns[0])
    file.seek(start)
    before = b""
    while block := file.read(_BLOCK):
        text = before + block
        for pattern in patterns:
            at = text.find(pattern)
            while at >= 0:
                found.add(start - len(before) + at)
                at = text.find(pattern, at + 1)
        start += len(block)
        before = text[-(long - 1) :]
    return sorted(found)
