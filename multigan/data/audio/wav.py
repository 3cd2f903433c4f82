"""WAV files whose header does not say what they hold: those of recorders that died, and those with more behind them.

libsndfile believes a header's length where it is too small. Here it is held against the file.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from multigan.data.audio.libraries import library
from multigan.data.signatures import HEAD, looks_like

__all__ = ["CONTRADICTION", "LONGER", "REST", "Window", "open_wav"]

# What is said of a header: it promises less than there is; something else comes after the sound; it contradicts itself.
LONGER, REST, CONTRADICTION = "longer", "rest", "contradiction"

# Lengths that stand for "unknown", as streaming programs write them.
_UNKNOWN = 0x7FFF_0000
_W64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
# Chunks and tags that follow the samples; of the first the size says how far.
_CHUNKS = re.compile(
    rb"LIST|list|INFO|bext|iXML|_PMX|aXML|axml|chna|cue |smpl|inst|fact|PEAK|acid|id3 |ID3 |JUNK|junk|PAD "
)
_TAGS = re.compile(rb"TAG|ID3|APETAGEX|LYRICSBEGIN")
_NAME = re.compile(rb"[ -~]{4}")
_LETTERS = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_MOST_CHUNKS = 1000
# Frames that tell whether what follows goes on as the sound does, and the fewest.
_LOOKED_AT = 48_000
_FEWEST = 64
# Frames on both sides of the end that have one loudness where the sound goes on.
_BESIDE = 2048
# The root mean square of a sound's steps by that of the sound: 1.41 of white noise, which strange bytes look like.
_ROUGH = 1.2
_LOUDER = 1.5


@dataclass(frozen=True)
class _Header:
    """Of a file.

    Args:
        format: the chunk `fmt `, with its head.
        data: where the samples begin.
        promised: how many bytes of them there are, by the header; None where it says that it does not know.
        room: from there to the file's end.
        plain: libsndfile finds the samples as they are promised.
    """

    format: bytes
    data: int
    promised: int | None
    room: int
    plain: bool


class Window(io.RawIOBase):
    """A file as libsndfile is shown it: some bytes, and then a part of the file."""

    def __init__(self, before: bytes, file: BinaryIO, start: int, size: int):
        self._before, self._file, self._start = before, file, start
        self._size = len(before) + size
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
        part = self._before[self._place : self._place + len(view)]
        if not part:
            place = self._place - len(self._before)
            self._file.seek(self._start + place)
            part = self._file.read(min(len(view), max(0, self._size - self._place)))
        elif len(part) < len(view):
            self._file.seek(self._start)
            part += self._file.read(min(len(view) - len(part), self._size - len(self._before)))
        view[: len(part)] = part
        self._place += len(part)
        return len(part)


def open_wav(file: BinaryIO) -> tuple[Window | None, str, bool]:
    """Looks at a file that may be WAV, RF64 or W64.

    Args:
        file: seekable, which the window goes on to read.

    Returns:
        What libsndfile is shown in its place, or None for the file itself; what is said of its header: "", `LONGER`,
        `REST` or `CONTRADICTION`; and whether it promises more than there is.
    """
    header = _read(file)
    if header is None:
        return None, "", False
    said = CONTRADICTION if _contradicts(header.format) else ""
    if header.promised is None or header.promised >= header.room:
        shown = None if header.plain else _shown(file, header, header.room)
        return shown, said, (header.promised or 0) > header.room
    if _ends(file, header):
        return None if header.plain else _shown(file, header, header.promised), said, False
    if header.promised == 0 or _goes_on(file, header):
        return _shown(file, header, header.room), LONGER, False
    return _shown(file, header, header.promised), said or REST, False


def _read(file: BinaryIO) -> _Header | None:
    """Returns a file's header; None where it is no WAV file, or one without samples."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(16)
    wide = head == _W64
    if not wide and not (head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE"):
        return None
    place, form, whole, plain = (40 if wide else 12), b"", None, True
    for _ in range(_MOST_CHUNKS):
        name, length, start = _chunk(file, place, wide)
        if name == b"data":
            unknown = length >= _UNKNOWN if whole is None and not wide else length > size << 32
            promised = whole if whole is not None and length == 0xFFFF_FFFF else None if unknown else length
            if wide and promised is not None and size - start - promised >= 8:
                plain = False  # libsndfile takes all that follows for samples
            return _Header(form, start, promised, size - start, plain) if form else None
        if not name or start + length > size:
            return None
        if name == b"fmt ":
            form = b"fmt " + struct.pack("<I", length) + file.read(min(length, 1 << 12))
        elif name == b"ds64" and length >= 24:
            whole = struct.unpack("<QQQ", file.read(24))[1]
        place = start + length + (-length % 8 if wide else length % 2)
        if length % 2 and not wide and not _NAME.fullmatch(_chunk(file, place, wide)[0]):
            place, plain = place - 1, False  # a program that does not pad its chunks
    return None


def _chunk(file: BinaryIO, place: int, wide: bool) -> tuple[bytes, int, int]:
    """Returns a chunk's name, how many bytes it has by its own account, and where they begin; the file stands there."""
    file.seek(place)
    head = file.read(24 if wide else 8)
    if len(head) < (24 if wide else 8):
        return b"", 0, place
    if wide:
        return head[:4], max(0, struct.unpack("<Q", head[16:])[0] - 24), place + 24
    return head[:4], struct.unpack("<I", head[4:])[0], place + 8


def _contradicts(form: bytes) -> bool:
    """Says whether the bytes of a frame are others than the channels and bits of PCM or floats make."""
    if len(form) < 24:
        return False
    code, channels, _, _, block, bits = struct.unpack("<HHIIHH", form[8:24])
    return code in (1, 3, 0xFFFE) and bool(bits) and block != channels * -(-bits // 8)


def _ends(file: BinaryIO, header: _Header) -> bool:
    """Says whether what follows the promised samples is nothing, further chunks, tags, or padding with zeros."""
    if header.room - header.promised <= header.promised % 2:
        return True
    file.seek(header.data + header.promised)
    rest = file.read(1 << 16)
    for start in {0, header.promised % 2}:
        name, length = rest[start : start + 4], rest[start + 4 : start + 8]
        left = header.room - header.promised - start - 8
        if _CHUNKS.match(name) or _TAGS.match(rest, start):
            return True
        if _NAME.fullmatch(name) and len(length) == 4 and struct.unpack("<I", length)[0] <= left + 1:
            return True
    return not any(rest)


def _goes_on(file: BinaryIO, header: _Header) -> bool:
    """Says whether what follows the promised samples sounds like them, and not like something else's bytes."""
    soundfile = library("soundfile")
    try:
        with soundfile.SoundFile(_shown(file, header, header.promised)) as sound:
            end = sound.frames
        with soundfile.SoundFile(_shown(file, header, header.room)) as sound:
            start = max(0, end - _LOOKED_AT)
            sound.seek(start)
            samples = sound.read(end - start + _LOOKED_AT, dtype="float64", always_2d=True)
    except soundfile.LibsndfileError:
        return False
    before, after = samples[: end - start], samples[end - start :]
    if min(len(before), len(after)) < _FEWEST or not np.isfinite(samples).all():
        return False
    file.seek(header.data + header.promised)
    head = file.read(HEAD)
    if looks_like(head) or not head.translate(None, _LETTERS):
        return False
    if _roughness(after) < _ROUGH:
        return bool(np.abs(after).max() <= max(1.0, _LOUDER * np.abs(before).max()))
    level, louder = before[-_BESIDE:].std(), after[:_BESIDE].std()
    return bool(_roughness(before) >= _ROUGH and level / _LOUDER < louder < level * _LOUDER)


def _roughness(samples: np.ndarray) -> float:
    level = samples.std(axis=0).mean()
    return float(np.diff(samples, axis=0).std(axis=0).mean() / level) if level else 0.0


def _shown(file: BinaryIO, header: _Header, size: int) -> Window:
    """Returns a WAV file of so many bytes of samples."""
    most = 0xFFFF_FFFF
    before = b"WAVE" + header.format + b"data" + struct.pack("<I", min(size, most))
    return Window(b"RIFF" + struct.pack("<I", min(len(before) + size, most)) + before, file, header.data, size)
