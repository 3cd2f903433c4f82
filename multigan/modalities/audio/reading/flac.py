"""How many samples a FLAC holds, by its last frame: its header may say less, or that it does not know."""

from __future__ import annotations

import io
import re
from typing import BinaryIO, NamedTuple

from multigan.modalities.audio.reading.shown import JOINED, LONGER, Part, Shown, Span, not_too_many, search

__all__ = ["show_flac"]

# How a FLAC begins: its mark, and a STREAMINFO of 34 bytes.
_BEGINNINGS = b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22"
_HEAD = 42
_SYNC = re.compile(rb"(?=\xff[\xf8\xf9])")
# Where the last frames are looked for, unless the header says that a frame may be larger.
_TAIL = 1 << 18
_FRAMES = 4
_MOST_TAIL = 1 << 24


def _table(polynomial: int, bits: int) -> list[int]:
    """Returns what each byte makes of a checksum of so many bits."""
    table = []
    for byte in range(256):
        total = byte << bits - 8
        for _ in range(8):
            total = total << 1 ^ (polynomial if total >> bits - 1 else 0)
            total &= (1 << bits) - 1
        table.append(total)
    return table


_CRC8, _CRC16 = _table(0x07, 8), _table(0x8005, 16)
_MOST_CHECKED = 1 << 20


class _Found(NamedTuple):
    first: int
    end: int


def show_flac(file: BinaryIO, start: int) -> Shown | None:
    """Returns what libsndfile is shown of a FLAC that begins at a place; None where it is none."""
    size = file.seek(0, io.SEEK_END)
    places = search(file, _BEGINNINGS, start)
    if not places or places[0] != start:
        return None
    not_too_many(len(places))
    spans, said, changed, cut = [], [], len(places) > 1, False
    for place, end in zip(places, [*places[1:], size], strict=True):
        file.seek(place)
        head = file.read(_HEAD)
        promised = int.from_bytes(head[18:26], "big") & (1 << 36) - 1
        found, last = _samples(file, place, end, head)
        if found > promised:
            changed, cut = True, cut or not _is_whole(last)
            said += [LONGER] if promised else []
            numbers = int.from_bytes(head[18:26], "big") >> 36 << 36 | found
            head = head[:18] + numbers.to_bytes(8, "big") + head[26:]
        spans.append(Span(head, (Part(place + _HEAD, end - place - _HEAD),)))
    if len(places) > 1:
        said.append(JOINED)
    return Shown(tuple(spans) if changed else (), tuple(dict.fromkeys(said)), cut)


def _samples(file: BinaryIO, place: int, end: int, head: bytes) -> tuple[int, bytes]:
    """Returns how many samples there are up to the last frame, and its bytes; 0 where none is found."""
    block = int.from_bytes(head[10:12], "big")
    tail = min(_MOST_TAIL, max(_TAIL, _FRAMES * int.from_bytes(head[15:18], "big")), end - place - _HEAD)
    file.seek(end - tail)
    content = file.read(tail)
    starts = [match.start() for match in _SYNC.finditer(content)]
    frames = [(found, at) for at in starts if (found := _frame(content[at : at + 16], block))]
    ends = {frame.end for frame, _ in frames}
    # What looks like a frame by chance follows no other.
    followed = [
        (frame.end, at) for frame, at in frames if frame.first in ends or (not frame.first and len(frames) == 1)
    ]
    count, at = max(followed, default=(0, tail))
    return count, content[at:]


def _is_whole(frame: bytes) -> bool:
    """Says whether a frame ends, by its checksum, where the file does, or where a tag or zeros begin."""
    if frame[-128:-125] == b"TAG":
        frame = frame[:-128]
    if len(frame) > _MOST_CHECKED:
        return False
    sound, total = len(frame.rstrip(b"\0")), 0
    for place, byte in enumerate(frame, 1):
        total = (total << 8 & 0xFFFF) ^ _CRC16[total >> 8 ^ byte]
        if place >= sound and not total:
            return True
    return False


def _frame(head: bytes, block: int) -> _Found | None:
    """Returns the samples of the frame with this head, or None where it is none.

    Args:
        head: its first 16 bytes.
        block: the samples of each frame but the last, by the file's header.
    """
    if len(head) < 6 or head[3] & 1 or head[2] >> 4 == 0 or head[2] & 15 == 15:
        return None
    long = next((bits for bits in range(8) if not head[4] & 0x80 >> bits), 8)  # as in UTF-8, up to 7 bytes
    long = {0: 1}.get(long, long)
    if long == 8 or (long == 1 and head[4] & 0x80) or any(byte >> 6 != 2 for byte in head[5 : 4 + long]):
        return None
    number = head[4] & (0x7F if long == 1 else 0xFF >> (long + 1))
    for byte in head[5 : 4 + long]:
        number = number << 6 | byte & 0x3F
    at, code, rate = 4 + long, head[2] >> 4, head[2] & 15
    more = {6: 1, 7: 2}.get(code, 0)
    if code == 1:
        count = 192
    elif more:
        count = int.from_bytes(head[at : at + more], "big") + 1
    else:
        count = 576 << code - 2 if code < 6 else 256 << code - 8
    at += more + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if at >= len(head) or _checksum(head[: at + 1]):
        return None
    first = number if head[1] & 1 else number * block
    return _Found(first, first + count)


def _checksum(content: bytes) -> int:
    """Returns 0 for what ends with its checksum."""
    total = 0
    for byte in content:
        total = _CRC8[total ^ byte]
    return total
