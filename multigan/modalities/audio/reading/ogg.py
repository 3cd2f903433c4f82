"""Ogg files in pages: several streams after one another, and counts that go backwards."""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO

from multigan.data.collection import UnreadableError
from multigan.modalities.audio.reading.shown import JOINED, Part, Shown, Span, not_too_many

__all__ = ["show_ogg"]

_MARK = b"OggS\0"
_BEGINS = 2
_NONE = -1
_NEAR = 1 << 16
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def show_ogg(file: BinaryIO) -> Shown | None:
    """Returns what libsndfile is shown of an Ogg file.

    Raises:
        UnreadableError: its pages count backwards, so that nobody can tell how long it is; too many streams.
    """
    size = file.seek(0, io.SEEK_END)
    starts, within, counts, place = [], True, {}, 0
    while place < size:
        file.seek(place)
        head = file.read(27)
        if len(head) < 27 or head[:5] != _MARK:
            place = _next(file, place + 1, size)
            continue
        flags, count, serial = struct.unpack("<BqI", head[5:18])
        if not flags & _BEGINS:
            within = True
        elif within:
            starts.append(place)
            within, counts = False, {}
        if count != _NONE:
            most, there = counts.get(serial, (0, place))
            if count < most and _is_whole(file, place) and _is_whole(file, there):
                raise UnreadableError(
                    "an Ogg file that counts its samples backwards, so its length is unknown; "
                    "convert it to flac or wav, or get it anew"
                )
            counts[serial] = count, place
        place = _end(file, place)
    not_too_many(len(starts))
    if len(starts) < 2:
        return None
    ends = [*starts[1:], size]
    spans = tuple(Span(b"", (Part(start, end - start),)) for start, end in zip(starts, ends, strict=True))
    return Shown(spans, (JOINED,))


def _end(file: BinaryIO, place: int) -> int:
    file.seek(place + 26)
    parts = file.read(1)[0]
    return place + 27 + parts + sum(file.read(parts))


def _is_whole(file: BinaryIO, place: int) -> bool:
    """Says whether a page has its checksum: CRC-32 as zlib has it, of mirrored bits and without its complements."""
    end = _end(file, place)
    file.seek(place)
    page = file.read(end - place)
    total = zlib.crc32((page[:22] + bytes(4) + page[26:]).translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return total.to_bytes(4, "little").translate(_MIRRORED) == page[22:26][::-1]


def _next(file: BinaryIO, place: int, size: int) -> int:
    while place < size:
        file.seek(place)
        block = file.read(_NEAR)
        at = block.find(_MARK)
        if at >= 0:
            return place + at
        place += max(1, len(block) - len(_MARK) + 1)
    return size
