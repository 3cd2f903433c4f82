"""Files whose header does not say how much they hold: those of recorders that died, and those with more behind them.

libsndfile believes a header's length where it is too small. Here it is held against the file.
"""

from __future__ import annotations

import io
import os
import re
import struct
from typing import BinaryIO

import numpy as np

from multigan.data.signatures import HEAD, looks_like
from multigan.modalities.audio.reading.flac import show_flac
from multigan.modalities.audio.reading.headers import Header, next_samples, read_header
from multigan.modalities.audio.reading.libraries import library
from multigan.modalities.audio.reading.mp3 import after_tags, show_mp3
from multigan.modalities.audio.reading.ogg import show_ogg
from multigan.modalities.audio.reading.shown import (
    CONTRADICTION,
    JOINED,
    LONGER,
    MORE,
    REST,
    Part,
    Shown,
    Span,
    Window,
    not_too_many,
    search,
)

__all__ = ["open_whole"]

_VOC = b"Creative Voice File\x1a"
# A file of so many bytes is looked at once, and not for every slice of it; so many are remembered.
_LARGE = 1 << 20
_MOST_KNOWN = 4096
_known: dict[tuple[int, ...], Shown] = {}
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


def open_whole(file: BinaryIO) -> Shown:
    """Looks at a file of any kind, and returns what libsndfile is shown of it, and what is said of its header.

    Args:
        file: seekable, which the windows go on to read.

    Raises:
        UnreadableError: nobody can tell how much it holds, or it holds too many sounds.
    """
    try:
        state = os.fstat(file.fileno())
    except OSError:
        return _look(file)
    if state.st_size < _LARGE:
        return _look(file)
    key = state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
    found = _known.get(key)
    if found is None:
        found = _look(file)
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = found
    return found


def _look(file: BinaryIO) -> Shown:
    file.seek(0)
    head = file.read(16)
    if head[:3] == b"ID3":
        start = after_tags(file, 0, file.seek(0, io.SEEK_END))
        file.seek(start)
        if file.read(4) == b"fLaC":
            return show_flac(file, start) or Shown()
        return show_mp3(file) or Shown()
    if head[:2] >= b"\xff\xe0":
        return show_mp3(file) or Shown()
    if head[:4] == b"fLaC":
        return show_flac(file, 0) or Shown()
    if head[:4] == b"OggS":
        return show_ogg(file) or Shown()
    if head == _VOC[:16]:
        return _show_voc(file)
    return _by_headers(file)


def _show_voc(file: BinaryIO) -> Shown:
    size = file.seek(0, io.SEEK_END)
    starts = search(file, (_VOC,), 0)
    not_too_many(len(starts))
    if len(starts) < 2:
        return Shown()
    ends = [*starts[1:], size]
    return Shown(
        tuple(Span(b"", (Part(start, end - start),)) for start, end in zip(starts, ends, strict=True)), (JOINED,)
    )


def _by_headers(file: BinaryIO) -> Shown:
    """Returns what is shown of WAV, RF64, W64, AIFF, AU or CAF, also of several of them one after another."""
    size = file.seek(0, io.SEEK_END)
    spans, said, cut, plain = [], [], False, True
    base, part, header = 0, file, read_header(file)
    while header is not None:
        not_too_many(len(spans) + 1)
        further = next_samples(part, header)
        if further is None:
            span, told, short = _last(part, header)
            plain = plain and (span is None)
            span = span or _shown(header, min(header.room, header.promised or header.room))
        else:
            span, told, short = _shown(header, header.promised), _said(header), False
        spans.append(Span(span.before, tuple(Part(base + start, long) for start, long in span.parts)))
        said += told
        cut = cut or short
        if isinstance(further, int):
            base += further
            part = Window(b"", file, Part(base, size - base))
            further = read_header(part)
        header = further
    if len(spans) > 1:
        said.append(JOINED)
    as_it_is = plain and len(spans) < 2
    return Shown(() if as_it_is else tuple(spans), tuple(dict.fromkeys(said)), cut)


def _last(file: BinaryIO, header: Header) -> tuple[Span | None, list[str], bool]:
    """Returns what libsndfile is shown, or None for the file itself; what is said; and whether samples are missing."""
    said = _said(header)
    if header.promised is None or header.promised >= header.room:
        shown = None if header.plain else _shown(header, header.room)
        return shown, said, max(header.promised or 0, header.counted or 0) > header.room
    if _ends(file, header):
        return None if header.plain else _shown(header, header.promised), said, False
    if header.promised == 0 or _goes_on(file, header):
        return _shown(header, header.room), [LONGER], False
    return _shown(header, header.promised), said or [REST], False


def _said(header: Header) -> list[str]:
    said = [CONTRADICTION] if header.contradicts else []
    if header.counted is not None and header.promised is not None and header.promised <= header.room:
        said += [LONGER] * (header.counted < header.promised) + [MORE] * (header.counted > header.promised)
    return said


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
        with soundfile.SoundFile(_window(file, header, header.promised)) as sound:
            end = sound.frames
        with soundfile.SoundFile(_window(file, header, header.room)) as sound:
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


def _shown(header: Header, size: int) -> Span:
    """Returns a file of so many bytes of samples."""
    return Span(header.before(size), (Part(header.data, size),))


def _window(file: BinaryIO, header: Header, size: int) -> Window:
    return Shown((_shown(header, size),)).windows(file)[0]
