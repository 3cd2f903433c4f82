"""How much an MP3 holds, counted frame by frame: what its header says is an estimate, a lie, or of its first part."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from multigan.modalities.audio.reading.shown import JOINED, LONGER, MORE, REST, UNTOLD, Part, Shown, Span, not_too_many

__all__ = ["after_tags", "show_mp3"]

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
# kbit/s by (MPEG 1, layer).
_BITRATES = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
# Bytes that are looked at of each frame, which hold the mark of an information frame; and the mark of another kind.
_LOOKED_AT = 44
_VBRI = 36
# How far the first frame, and the next one after damage, is looked for at a time.
_NEAR = 1 << 16
# The share of a file without its first tags that is frames, below which they are there by chance.
_LEAST = 0.1
# Bytes of tags that a header may count among those of the sound.
_SPARE = 4096


class _Frame(NamedTuple):
    size: int
    side: int  # bytes from its head to the mark
    bitrate: int
    kind: tuple[int, int, int, int]  # all frames of a sound have it: version, layer, rate, channels


@dataclass
class _Run:
    """Frames of one sound, and the first 64 bytes of the first of them."""

    frame: _Frame
    head: bytes
    parts: list[Part]  # without what lies between frames by damage
    frames: int = 0
    steady: bool = True

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return sum(part.size for part in self.parts)

    def sound(self) -> tuple[Part, ...]:
        """Returns the parts without the first frame."""
        first, *others = self.parts
        return (Part(first.start + self.frame.size, first.size - self.frame.size), *others)

    def add(self, place: int, frame: _Frame) -> None:
        """Takes the next frame."""
        last = self.parts[-1] if self.parts else None
        if last and last.start + last.size == place:
            self.parts[-1] = Part(last.start, last.size + frame.size)
        else:
            self.parts.append(Part(place, frame.size))
        self.frames += 1
        self.steady = self.steady and (frame.bitrate == self.frame.bitrate or self.frames == 1)

    def information(self) -> str:
        """Returns the mark of its first frame, if that holds numbers in place of sound."""
        mark = self.head[4 + self.frame.side : 8 + self.frame.side]
        if mark in (b"Xing", b"Info"):
            return mark.decode()
        return "VBRI" if self.head[_VBRI : _VBRI + 4] == b"VBRI" else ""


def show_mp3(file: BinaryIO) -> Shown | None:
    """Returns what libsndfile is shown of an MP3; None where no frames are found that follow each other.

    Raises:
        UnreadableError: too many sounds in one file.
    """
    size = file.seek(0, io.SEEK_END)
    runs, damaged, rest = _walk(file, size)
    runs = [run for run in runs if run.frames > 1]  # one frame alone is no sound
    if sum(run.size for run in runs) < _LEAST * (size - after_tags(file, 0, size)) or not runs:
        return None
    not_too_many(len(runs))
    damaged = damaged or (rest and len(runs) == 1 and _promised(runs[0]) > runs[0].frames)
    spans, said, changed = [], [JOINED] * (len(runs) > 1) + [REST] * (rest and not damaged), len(runs) > 1
    for run in runs:
        span, told = _shown(file, run, damaged, len(runs) > 1)
        changed = changed or span.before != b""
        spans.append(span)
        said += told
    return Shown(tuple(spans) if changed else (), tuple(dict.fromkeys(said)), damaged)


def _walk(file: BinaryIO, size: int) -> tuple[list[_Run], bool, bool]:
    """Returns the runs of frames, whether something else lies between them, and whether it lies behind them."""
    runs, run, damaged, gap = [], None, False, False
    place = after_tags(file, 0, size)
    tagged = place > 0  # a tag may give a wrong size, which harms nothing
    while place < size:
        head = _read(file, place, _LOOKED_AT)
        frame = _frame(head[:4])
        new = frame is not None and (run is None or frame.kind != run.frame.kind)
        if new and place + frame.size <= size and not _follows(file, place, frame, size):
            frame = None
        if frame and place + frame.size > size:
            return runs, damaged or run is not None, False
        if frame and (new or _is_information(head, frame)):
            run = _Run(frame, _read(file, place, 64), [])
            runs.append(run)
        elif frame:
            damaged = damaged or gap
        if frame:
            run.add(place, frame)
            place, gap = place + frame.size, False
            continue
        after = after_tags(file, place, size)
        if after == place:
            after = _next(file, place, size, runs[-1].frame.kind if runs else None)
            if after == size:
                return runs, damaged, True
            damaged, gap = damaged or bool(runs) or not tagged, True
        elif after == _after_zeros(file, place):
            gap = True
        else:
            run = None
        place = after
    return runs, damaged, False


def _promised(run: _Run) -> int:
    """Returns how many frames the first one promises, itself among them; 0 where it does not."""
    at = 4 + run.frame.side
    known = run.information() in ("Xing", "Info") and run.head[at + 7] & 1
    return int.from_bytes(run.head[at + 8 : at + 12], "big") + 1 if known else 0


def _shown(file: BinaryIO, run: _Run, damaged: bool, several: bool) -> tuple[Span, list[str]]:
    """Returns what is shown of a run, whose span begins with a frame that tells the truth, or what is said of it."""
    mark, torn = run.information(), len(run.parts) > 1
    as_it_is = Span(b"", tuple(run.parts))
    if not mark and run.steady and not several and not torn:  # its size tells the number of its frames
        return as_it_is, []
    if not mark:
        told = [] if run.steady else [UNTOLD]
        return Span(_information(run.head, run.frame, run.frames, run.size), tuple(run.parts)), told
    frames, sound = run.frames - 1, run.sound()
    fresh = Span(_information(run.head, run.frame, frames, run.size - run.frame.size), sound)
    if mark == "VBRI":
        promised = struct.unpack(">I", run.head[_VBRI + 14 : _VBRI + 18])[0]
        return fresh, [LONGER] if promised and promised + 1 < frames else [UNTOLD]
    at = 4 + run.frame.side
    flags, promised, length = struct.unpack(">III", run.head[at + 4 : at + 16])
    if not flags & 1:
        return fresh, [] if run.steady else [UNTOLD]
    whole = not damaged and flags & 2 and length <= run.size + _SPARE
    if frames <= promised <= frames + 1 and not torn:
        return as_it_is, []
    if promised > frames and not whole and not several and not torn:
        return as_it_is, []
    content = bytearray(_read(file, run.parts[0].start, run.frame.size))
    struct.pack_into(">I", content, at + 8, frames)
    if flags & 2:
        struct.pack_into(">I", content, at + 12, run.size)
    told = [] if promised == frames - 1 or damaged else [LONGER if promised < frames else MORE]
    return Span(bytes(content), sound), told


def _information(head: bytes, frame: _Frame, frames: int, size: int) -> bytes:
    """Returns a frame of numbers: how many frames follow it, in how many bytes."""
    first = bytearray(head[:4])
    first[1] |= 1  # no checksum
    for bitrate in range(1, 15):
        first[2] = (first[2] & 0x0D) | bitrate << 4
        found = _frame(bytes(first))
        if found.size >= 4 + found.side + 16:
            break
    numbers = b"Info" + struct.pack(">III", 3, frames, size + found.size)
    return (bytes(first) + bytes(found.side) + numbers).ljust(found.size, b"\0")


def _is_information(head: bytes, frame: _Frame) -> bool:
    at = 4 + frame.side
    return head[at : at + 4] in (b"Xing", b"Info") and not any(head[4:at])


@lru_cache(1 << 12)
def _frame(head: bytes) -> _Frame | None:
    """Returns what the four bytes of a frame's head say, or None where they are no such head."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    number, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or number in (0, 15) or rate == 3:
        return None
    hertz, bitrate, padding = _RATES[version][rate], _BITRATES[version == 3, layer][number - 1], head[2] >> 1 & 1
    channels = 1 if head[3] >> 6 == 3 else 2
    if layer == 1:
        size = (12_000 * bitrate // hertz + padding) * 4
    else:
        size = (72_000 if layer == 3 and version != 3 else 144_000) * bitrate // hertz + padding
    side = (32 if channels == 2 else 17) if version == 3 else (17 if channels == 2 else 9)
    return _Frame(size, side, bitrate, (version, layer, hertz, channels))


def _follows(file: BinaryIO, place: int, frame: _Frame, size: int) -> bool:
    """Says whether another frame of the kind, or the end, comes after this one."""
    if place + frame.size == size:
        return True
    after = _frame(_read(file, place + frame.size, 4))
    return after is not None and after.kind == frame.kind


def _next(file: BinaryIO, place: int, size: int, kind: tuple[int, ...] | None) -> int:
    """Returns where the next two frames of a kind, or of any, begin behind a place; the file's end if none do."""
    place += 1
    while place < size:
        block = _read(file, place, _NEAR)
        at = block.find(b"\xff")
        while at >= 0:
            frame = _frame(block[at : at + 4])
            if frame and kind in (None, frame.kind) and _follows(file, place + at, frame, size):
                return place + at
            at = block.find(b"\xff", at + 1)
        place += max(1, len(block) - 3)
    return size


def after_tags(file: BinaryIO, place: int, size: int) -> int:
    """Returns the place after tags and zeros."""
    while place < size:
        head = _read(file, place, 32)
        if head[:3] == b"ID3" and len(head) > 10:
            length = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
            place += 10 + length + (10 if head[5] & 0x10 else 0)
        elif head[:3] == b"TAG":
            place += 227 if head[3:4] == b"+" else 128
        elif head[:8] == b"APETAGEX" and len(head) == 32:
            length, flags = struct.unpack("<I4xI", head[12:24])
            place += 32 + (length if flags & 1 << 29 else 0)
        elif head[:11] == b"LYRICSBEGIN":
            end = _read(file, place, _NEAR).find(b"LYRICS200")
            if end < 0:
                return place
            place += end + 9
        elif head[:1] == b"\0":
            place = _after_zeros(file, place)
        else:
            return place
    return size


def _after_zeros(file: BinaryIO, place: int) -> int:
    while block := _read(file, place, _NEAR):
        sound = block.lstrip(b"\0")
        place += len(block) - len(sound)
        if sound:
            break
    return place


def _read(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)
