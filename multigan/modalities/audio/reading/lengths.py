"""Files whose header does not say how much they hold: those of recorders that died, and those with more behind them.

libsndfile believes a header's length where it is too small. Here it is held against the file.
"""

from __future__ import annotations

import io
import re
import struct
from typing import BinaryIO

import numpy as np

from multigan.data.signatures import HEAD, looks_like
from multigan.modalities.audio.reading.headers import Header, read_header
from multigan.modalities.audio.reading.libraries import library

__all__ = ["CONTRADICTION", "LONGER", "REST", "Window", "open_whole"]

# What is said of a header: it promises less than there is; something else comes after the sound; it contradicts itself.
LONGER, REST, CONTRADICTION = "longer", "rest", "contradiction"

# Chunks and tags that follow the samples; of the first the size says how far.
_CHUNKS = re.compile(
    rb"LIST|list|INFO|bext|iXML|_PMX|aXML|axml|chna|cue |smpl|inst|fact|PEAK|acid|id3 |ID3 |JUNK|junk|PAD "
    rb"|COMT|ANNO|NAME|AUTH|\(c\) |MARK|INST|MIDI|APPL|CHAN|free|info|uuid|mark|regn|strg"
)
_TAGS = re.compile(rb"TAG|ID3|APETAGEX|LYRICSBEGIN")
_NAME = re.compile(rb"[ -~]{4}")
_LETTERS = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
# Frames that tell whether what follows goes on as the sound does, and the fewest.
_LOOKED_AT = 48_000
_FEWEST = 64
# Frames on both sides of the end that have one loudness where the sound goes on.
_BESIDE = 2048
# The root mean square of a sound's steps by that of the sound: 1.41 of white noise, which strange bytes look like.
_ROUGH = 1.2
_LOUDER = 1.5


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


def open_whole(file: BinaryIO) -> tuple[Window | None, str, bool]:
    """Looks at a file that may be WAV, RF64, W64, AIFF, AU or CAF.

    Args:
        file: seekable, which the window goes on to read.

    Returns:
        What libsndfile is shown in its place, or None for the file itself; what is said of its header: "", `LONGER`,
        `REST` or `CONTRADICTION`; and whether it promises more than there is.
    """
    header = read_header(file)
    if header is None:
        return None, "", False
    said = CONTRADICTION if header.contradicts else ""
    if header.promised is None or header.promised >= header.room:
        shown = None if header.plain else _shown(file, header, header.room)
        return shown, said, (header.promised or 0) > header.room
    if _ends(file, header):
        return None if header.plain else _shown(file, header, header.promised), said, False
    if header.promised == 0 or _goes_on(file, header):
        return _shown(file, header, header.room), LONGER, False
    return _shown(file, header, header.promised), said or REST, False


def _ends(file: BinaryIO, header: Header) -> bool:
    """Says whether what follows the promised samples is nothing, further chunks, tags, or padding with zeros."""
    if header.room - header.promised <= header.promised % 2:
        return True
    file.seek(header.data + header.promised)
    rest = file.read(1 << 16)
    for start in {0, header.promised % 2}:
        if _TAGS.match(rest, start):
            return True
        if header.chunk:
            long = struct.calcsize(header.chunk)
            name, length = rest[start : start + 4], rest[start + 4 : start + 4 + long]
            left = header.room - header.promised - start - 4 - long
            if _CHUNKS.match(name):
                return True
            if _NAME.fullmatch(name) and len(length) == long and struct.unpack(header.chunk, length)[0] <= left + 1:
                return True
    return not any(rest)


def _goes_on(file: BinaryIO, header: Header) -> bool:
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


def _shown(file: BinaryIO, header: Header, size: int) -> Window:
    """Returns a file of so many bytes of samples."""
    return Window(header.before(size), file, header.data, size)
