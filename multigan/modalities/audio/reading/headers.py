"""What the header of a sound file says of its samples: where they begin, and how many bytes of them there are."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

__all__ = ["Header", "next_samples", "read_header"]

# Lengths that stand for "unknown", as streaming programs write them.
_UNKNOWN = 0x7FFF_0000
_W64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_FILE = re.compile(
    rb"(?:RIFF|RF64|BW64).{4}WAVE|riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb|FORM.{4}AIF[FC]"
    rb"|caff\0\x01\0\0desc|\.snd\0\0|dns\..\0\0\0",
    re.DOTALL,
)
_NAME = re.compile(rb"[ -~]{4}")
_MOST_CHUNKS = 1000
_MOST = 0xFFFF_FFFF


@dataclass(frozen=True)
class Header:
    """Of a file.

    Args:
        before: what a file with so many bytes of these samples begins with.
        data: where the samples begin.
        promised: how many bytes of them there are, by the header; None where it says that it does not know.
        room: from there to the file's end.
        plain: libsndfile finds the samples as they are promised.
        contradicts: its numbers do not go together.
        chunk: how the length of a chunk is written, for `struct`; empty where nothing but samples follows.
        name: of the chunk that holds the samples.
        head: bytes of that chunk before them.
        wide: its chunks are those of W64.
        counted: how many bytes of samples another number of the header gives; None where there is none.
    """

    before: Callable[[int], bytes]
    data: int
    promised: int | None
    room: int
    plain: bool = True
    contradicts: bool = False
    chunk: str = ""
    name: bytes = b"data"
    head: int = 0
    wide: bool = False
    counted: int | None = None


def read_header(file: BinaryIO) -> Header | None:
    """Returns a file's header; None where it is no WAV, RF64, W64, AIFF, AU or CAF file, or one without samples."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(16)
    if head == _W64:
        return _wav(file, size, wide=True)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _wav(file, size, wide=False)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _aiff(file, size, head[8:12])
    if head[:4] in (b".snd", b"dns."):
        return _au(file, size, ">" if head[:4] == b".snd" else "<")
    return _caf(file, size) if head[:4] == b"caff" else None


def next_samples(file: BinaryIO, header: Header) -> Header | int | None:
    """Returns the header of more samples of the same file, or the place where another file begins, or None."""
    if header.promised is None or header.promised >= header.room:
        return None
    size, end = header.data + header.room, header.data + header.promised
    place = next(
        (p for p in range(end, end + 2) if _begins(file, p)), end + -header.promised % (8 if header.wide else 2)
    )
    for _ in range(_MOST_CHUNKS):
        if _begins(file, place):
            return place
        if not header.chunk:
            return None
        name, length, start = _wide_chunk(file, place) if header.wide else _chunk(file, place, header.chunk)
        if name == header.name:
            data, length = start + header.head, length - header.head
            unknown = length < 0 or (length >= _UNKNOWN and not header.wide)
            return (
                replace(
                    header, data=data, promised=None if unknown else length, room=size - data, plain=True, counted=None
                )
                if data <= size
                else None
            )
        if not _NAME.fullmatch(name) or length < 0 or start + length > size:
            return None
        place = start + length + (0 if header.chunk == ">q" else -length % (8 if header.wide else 2))
    return None


def _begins(file: BinaryIO, place: int) -> bool:
    """Says whether another sound file begins at a place."""
    file.seek(place)
    return bool(_FILE.match(file.read(16)))


def _wav(file: BinaryIO, size: int, wide: bool) -> Header | None:
    place, form, whole, plain = (40 if wide else 12), b"", None, True
    for _ in range(_MOST_CHUNKS):
        name, length, start = _wide_chunk(file, place) if wide else _chunk(file, place, "<I")
        if name == b"data":
            unknown = length >= _UNKNOWN if whole is None and not wide else length > size << 32
            promised = whole if whole is not None and length == _MOST else None if unknown else length
            if wide and promised is not None and size - start - promised >= 8:
                plain = False  # libsndfile takes all that follows for samples
            before = partial(_wav_before, form)
            return (
                Header(before, start, promised, size - start, plain, _contradicts(form), "<I", wide=wide)
                if form
                else None
            )
        if not name or start + length > size:
            return None
        if name == b"fmt ":
            form = b"fmt " + struct.pack("<I", length) + file.read(min(length, 1 << 12))
        elif name == b"ds64" and length >= 24:
            whole = struct.unpack("<QQQ", file.read(24))[1]
        place = start + length + (-length % 8 if wide else length % 2)
        if length % 2 and not wide and not _NAME.fullmatch(_chunk(file, place, "<I")[0]):
            place, plain = place - 1, False  # a program that does not pad its chunks
    return None


def _wav_before(form: bytes, samples: int) -> bytes:
    chunks = b"WAVE" + form + b"data" + struct.pack("<I", min(samples, _MOST))
    return b"RIFF" + struct.pack("<I", min(len(chunks) + samples, _MOST)) + chunks


def _contradicts(form: bytes) -> bool:
    """Says whether the bytes of a frame are others than the channels and bits of PCM or floats make."""
    if len(form) < 24:
        return False
    code, channels, _, _, block, bits = struct.unpack("<HHIIHH", form[8:24])
    return code in (1, 3, 0xFFFE) and bool(bits) and block != channels * -(-bits // 8)


def _aiff(file: BinaryIO, size: int, kind: bytes) -> Header | None:
    place, common = 12, b""
    for _ in range(_MOST_CHUNKS):
        name, length, start = _chunk(file, place, ">I")
        if name == b"SSND" and common:
            head = file.read(8)
            data = start + 8 + int.from_bytes(head[:4], "big")
            if len(head) < 8 or data > size:
                return None
            # Shorter than its own head: libsndfile reads on to the end.
            promised = None if length < 8 or length >= _UNKNOWN else max(0, start + length - data)
            before = partial(_aiff_before, kind + common)
            counted = _counted(kind, common) or None if promised is None else _counted(kind, common)
            return Header(before, data, promised, size - data, chunk=">I", name=b"SSND", head=8, counted=counted)
        if not name or start + length > size:
            return None
        if name == b"COMM":
            common = b"COMM" + struct.pack(">I", length) + file.read(min(length + length % 2, 1 << 12))
        place = start + length + length % 2
    return None


def _counted(kind: bytes, common: bytes) -> int | None:
    """Returns how many bytes the frames take that COMM counts; None where that is not known."""
    if len(common) < 26:
        return None
    channels, frames, bits = struct.unpack(">hIh", common[8:16])
    size = -(-bits // 8)
    if kind == b"AIFC":
        code = common[26:30].lower()
        size = {b"ulaw": 1, b"alaw": 1, b"fl32": 4, b"fl64": 8}.get(code, size)
        if code not in (b"ulaw", b"alaw", b"fl32", b"fl64", b"none", b"sowt", b"twos", b"raw ", b"in24", b"in32"):
            return None
    return frames * channels * size


def _aiff_before(common: bytes, samples: int) -> bytes:
    chunks = common + b"SSND" + struct.pack(">I", min(samples + 8, _MOST)) + bytes(8)
    return b"FORM" + struct.pack(">I", min(len(chunks) + samples, _MOST)) + chunks


def _au(file: BinaryIO, size: int, order: str) -> Header | None:
    file.seek(0)
    head = file.read(24)
    if len(head) < 24:
        return None
    data, length = struct.unpack(f"{order}II", head[4:12])
    if not 24 <= data <= size:
        return None
    promised = None if length >= _UNKNOWN else length
    plain = promised is not None or length == _MOST
    return Header(partial(_au_before, head, order), data, promised, size - data, plain)


def _au_before(head: bytes, order: str, samples: int) -> bytes:
    return head[:4] + struct.pack(f"{order}II", 24, min(samples, _MOST)) + head[12:]


def _caf(file: BinaryIO, size: int) -> Header | None:
    place, description = 8, b""
    for _ in range(_MOST_CHUNKS):
        name, length, start = _chunk(file, place, ">q")
        if name == b"data" and description[20:24] in (b"lpcm", b"ulaw", b"alaw"):
            promised = None if length < 0 else max(0, length - 4)
            room = size - start - 4
            plain = promised is not None and 0 < promised <= room  # libsndfile refuses all others
            before = partial(_caf_before, description)
            return Header(before, start + 4, promised, room, plain, chunk=">q", head=4) if room >= 0 else None
        if not name or length < 0 or start + length > size:
            return None
        if name == b"desc":
            description = b"desc" + struct.pack(">q", length) + file.read(min(length, 1 << 12))
        place = start + length
    return None


def _caf_before(description: bytes, samples: int) -> bytes:
    return b"caff\0\1\0\0" + description + b"data" + struct.pack(">q", samples + 4) + bytes(4)


def _chunk(file: BinaryIO, place: int, form: str) -> tuple[bytes, int, int]:
    """Returns a chunk's name, how many bytes it has by its own account, and where they begin; the file stands there."""
    file.seek(place)
    long = 4 + struct.calcsize(form)
    head = file.read(long)
    return (head[:4], *struct.unpack(form, head[4:]), place + long) if len(head) == long else (b"", 0, place)


def _wide_chunk(file: BinaryIO, place: int) -> tuple[bytes, int, int]:
    """Returns the same of a chunk of W64."""
    file.seek(place)
    head = file.read(24)
    if len(head) < 24:
        return b"", 0, place
    return head[:4], max(0, struct.unpack("<Q", head[16:])[0] - 24), place + 24
