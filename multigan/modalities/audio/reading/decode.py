"""From a sound file, or a part of it, to samples; nothing is ever read whole unless it is short."""

from __future__ import annotations

import contextlib
import io
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.data.folders import suffix_of
from multigan.data.signatures import HEAD, looks_like
from multigan.modalities.audio.reading.lengths import open_whole
from multigan.modalities.audio.reading.libraries import library
from multigan.modalities.audio.reading.quiet import quiet
from multigan.modalities.audio.reading.recordings import BLOCK, ArrayRecording, JoinedRecording, Recording
from multigan.modalities.audio.reading.shown import Shown, Window

__all__ = ["BLOCK", "SUFFIXES", "ArrayRecording", "Recording", "open_bytes", "open_file"]

_SOUNDFILE = "wav wave flac ogg oga opus mp3 aif aiff aifc au snd caf w64 rf64 voc"
_AUDIOREAD = "m4a m4b aac wma ac3 amr ape wv mka"
_OTHERS = frozenset(f".{name}" for name in _AUDIOREAD.split())
# What `looks_like` says of them.
_FOR_AUDIOREAD = frozenset(
    {
        "a sound (MPEG-4, .m4a)",
        "an MPEG-4 file (.mp4, .mov or .m4a)",
        "a sound (Windows Media, .wma)",
        "a sound (AAC)",
        "a Matroska or WebM file (.mka, .webm)",
        "a sound (AMR)",
        "a sound (Monkey's Audio, .ape)",
        "a sound (WavPack)",
        "a sound (AC-3)",
    }
)
SUFFIXES = frozenset(f".{name}" for name in _SOUNDFILE.split()) | _OTHERS

# What soundfile cannot read is decoded from its beginning for every slice, so it must be short.
OTHERS_SECONDS = 600
RATES = 1_000, 768_000
# A header that promises so little more than there is, or gives the number for "unknown", is no sign of damage.
_TOLERANCE = 0.1
_UNKNOWN = 0x7FFF_0000
# Frames that libsndfile gives for a length that it does not know, without which it cannot read on.
_ENDLESS = 1 << 62
# The frames that an Ogg page holds at most as libvorbis writes it: 255 packets of 1,024. A seek into a file's last page
# lands some frames late, one to a place before it does not.
_OGG_PAGE = 255 * 1024
_CUT = re.compile(r"^ *(?:data|SSND|Data Size) *: *(\d+) \(should be (\d+)\)", re.MULTILINE)
_HOLES = re.compile(r"lacks an end-of-stream bit|Junk after the last page|Skipped \d+ bytes looking|reports a hole")


class _FileRecording(Recording):
    """A sound that libsndfile reads."""

    def __init__(self, file, header: str = "", cut: bool = False):
        kind = " ".join([file.format, *_depth(file.subtype)])
        super().__init__(file.samplerate, file.channels, file.frames, kind, cut or _says_cut(file.extra_info), header)
        self._file = file
        self._quiet = quiet if file.format == "MP3" else contextlib.nullcontext
        self.floats = file.subtype in ("FLOAT", "DOUBLE")

    def read(self, start: int, count: int) -> np.ndarray:
        """See `Recording`. A second seek in one opened Ogg file may land elsewhere, hence one call only."""
        try:
            with self._quiet():
                self._seek(min(start, self._file.frames))
        except library("soundfile").LibsndfileError as error:
            raise UnreadableError(f"damaged {self.kind} ({_reason(error)})") from None
        return self._decode(min(count, self._file.frames - min(start, self._file.frames)))[0]

    def _seek(self, start: int) -> None:
        place = start
        if self._file.subtype == "VORBIS":
            place = max(0, min(start, self._file.frames - _OGG_PAGE))
        self._file.seek(place)
        while place < start:
            place += len(self._file.read(min(BLOCK, start - place), dtype="float32")) or start

    def blocks(self) -> Iterator[np.ndarray]:
        """See `Recording`."""
        done, reason = 0, ""
        while not reason:
            block, reason = self._decode(BLOCK)
            done += len(block)
            if not len(block):
                break
            yield block
        if reason and not done:
            raise UnreadableError(f"damaged {self.kind} ({reason})")
        self.cut = self.cut or (bool(reason) and done < self.frames) or done + _TOLERANCE * self.rate < self.frames
        self.cut = self.cut or _says_cut(self._file.extra_info)

    def _decode(self, count: int) -> tuple[np.ndarray, str]:
        """Returns the next frames, and what is wrong with those after them; libsndfile drops whole blocks for that."""
        frames = np.full((count, self.channels), np.nan, np.float32)
        try:
            with self._quiet():
                return self._file.read(out=frames), ""
        except library("soundfile").LibsndfileError as error:
            empty = np.isnan(frames).all(axis=1)
            return frames[: int(empty.argmax()) if empty.any() else count], _reason(error)


@contextlib.contextmanager
def open_file(path: Path, max_seconds: float) -> Iterator[Recording]:
    """Opens a sound file, never to write.

    Args:
        path: of the file.
        max_seconds: a longer one, by its header, is not read.

    Raises:
        UnreadableError: no sound, damaged, or too long.
        OSError: the file cannot be opened.
    """
    if os.stat(path).st_size == 0:
        raise UnreadableError("0 bytes")
    with open(path, "rb") as file:  # tells why a file cannot be opened, which libsndfile does not
        head = file.read(HEAD)
        if _is_for_audioread(head, suffix_of(path.name)):
            yield _checked(_decode_other(path, looks_like(head)), max_seconds)
            return
        shown = open_whole(file)
        with _opened(shown.windows(file) or [path], head, shown) as recording:
            yield _checked(recording, max_seconds)


@contextlib.contextmanager
def open_bytes(content: bytes, name: str, max_seconds: float) -> Iterator[Recording]:
    """Opens the sound that a file's bytes hold; otherwise as `open_file`."""
    if not content:
        raise UnreadableError("0 bytes")
    head = content[:HEAD]
    if _is_for_audioread(head, suffix_of(name)):
        raise UnreadableError(f"{suffix_of(name)} is not read from a zip file; unpack it")
    file = io.BytesIO(content)
    shown = open_whole(file)
    with _opened(shown.windows(file) or [Window(b"", file, (0, len(content)))], head, shown) as recording:
        yield _checked(recording, max_seconds)


@contextlib.contextmanager
def _opened(places: Sequence[Path | io.IOBase], head: bytes, shown: Shown) -> Iterator[Recording]:
    """Opens what libsndfile is shown of a file."""
    if len(places) == 1:
        if not isinstance(places[0], Path):
            places[0].seek(0)
        with _libsndfile(places[0], head) as sound:
            yield _FileRecording(sound, " ".join(shown.said), shown.cut)
        return
    parts = [partial(_opened, [place], head, Shown()) for place in places]
    yield JoinedRecording(parts, " ".join(shown.said), shown.cut)


def _is_for_audioread(head: bytes, suffix: str) -> bool:
    """Says whether a file is of a kind that libsndfile does not read: by its head, or else by its name."""
    kind = looks_like(head)
    return kind in _FOR_AUDIOREAD or (suffix in _OTHERS and not kind)


def _libsndfile(file: Path | io.IOBase, head: bytes):
    soundfile = library("soundfile")
    try:
        with quiet():
            return soundfile.SoundFile(file)
    except soundfile.LibsndfileError as error:
        # The second is what libsndfile says of a file that is called .mp3 and is none.
        unknown = any(text in str(error) for text in ("Format not recognised", "not a regular file"))
        raise UnreadableError(_unrecognised(head) if unknown else _reason(error)) from None
    except TypeError:  # soundfile takes .raw by its name, and asks for what no header tells
        raise UnreadableError("samples without a header; save them as .wav or .npz") from None


def _unrecognised(head: bytes) -> str:
    kind = looks_like(head)
    if kind:
        return f"{kind}, {'damaged at its beginning' if kind.startswith('a sound') else 'not a sound file'}"
    if not head.translate(None, bytes([*b"\t\n\r", *range(32, 127)])):
        return "text, not a sound file"
    return "not a sound file of a known format; samples without a header need one, or an .npz with sample_rate"


def _checked(recording: Recording, max_seconds: float) -> Recording:
    low, high = RATES
    if not low <= recording.rate <= high:
        raise UnreadableError(f"a sample rate of {recording.rate:,} Hz; {low:,} to {high:,} are read")
    if recording.frames >= _ENDLESS:
        raise UnreadableError(
            f"{recording.kind} that does not say its length, as of a stream; convert it to flac or wav"
        )
    seconds = recording.frames / recording.rate
    if seconds > max_seconds:
        raise UnreadableError(f"{seconds:,.0f} seconds, more than max_seconds={max_seconds:,}")
    return recording


def _decode_other(path: Path, found: str) -> Recording:
    """Returns what audioread decodes through the system's own decoder or ffmpeg; `found` is what its head says."""
    kind = found if suffix_of(path.name) not in _OTHERS else suffix_of(path.name)[1:].upper()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import audioread
    except ImportError:
        told = f"{_it(kind)} needs audioread (pip install audioread); or convert it to flac or wav"
        raise UnreadableError(told) from None
    try:
        with audioread.audio_open(os.fspath(path)) as file:
            rate, channels, most = file.samplerate, file.channels, OTHERS_SECONDS * file.samplerate
            parts, frames = [], 0
            for part in file:
                parts.append(np.frombuffer(part, "<i2"))
                frames += len(parts[-1]) // channels
                if frames > most:
                    raise UnreadableError(f"{kind} of more than {OTHERS_SECONDS} seconds; convert it to flac or wav")
    except audioread.NoBackendError:
        raise UnreadableError(f"{_it(kind)} needs ffmpeg, or is damaged; convert it to flac or wav") from None
    except audioread.DecodeError as error:
        reason = " ".join(str(error).split()) or "cannot be decoded"
        raise UnreadableError(f"damaged{':' * (kind == found)} {kind} ({reason})") from None
    samples = np.concatenate(parts) if parts else np.empty(0, np.int16)
    return ArrayRecording(samples.reshape(-1, channels), rate, kind)


def _it(kind: str) -> str:
    """Begins a sentence: `"M4A"` of a name's suffix, `"a sound (AAC), which"` of a head."""
    return kind if kind.isupper() or kind.isalnum() else f"{kind}, which"


def _depth(subtype: str) -> tuple[str, ...]:
    """Returns how samples are stored where that tells more than the format."""
    known = {"PCM_S8": "8 bit", "PCM_U8": "8 bit", "FLOAT": "float", "DOUBLE": "float", "OPUS": "Opus"}
    if match := re.fullmatch(r"PCM_(\d+)", subtype):
        return (f"{match[1]} bit",)
    return (known[subtype],) if subtype in known else ()


def _says_cut(log: str) -> bool:
    """Says whether libsndfile found less than a header promises; it reads what is there without a word."""
    sizes = ((int(promised), int(found)) for promised, found in _CUT.findall(log))
    return any(found < promised < _UNKNOWN for promised, found in sizes) or bool(_HOLES.search(log))


def _reason(error: Exception) -> str:
    if "SF_INFO" in str(error):
        return "a sample rate of 0 Hz, or one that cannot be, in its header"
    text = " ".join(getattr(error, "error_string", str(error)).split()).rstrip(".")
    return text[:1].lower() + text[1:100]
