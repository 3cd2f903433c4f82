"""Sounds as files: one each, or one after another in a file that knows where each begins."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy

from multigan.errors import DataError, UsageError
from multigan.modalities.audio.reading.libraries import library
from multigan.modalities.files import Context, Files, InOrder, check_values, write_array

__all__ = ["SHEET", "SoundSequence", "check_sounds", "encode", "files", "read_sequence", "sound_files", "to_pcm"]

SHEET = 16  # sounds in a preview

# Beyond these rates, in Hz, the formats have no header or the encoder crashes.
HIGHEST = {"wav": 2**31 - 1, "flac": 655_350, "ogg": 192_000}
BLOCK = 16_384  # samples that are encoded at a time: libsndfile's Vorbis keeps a whole write on the stack
PAUSE = 0.25  # seconds between two sounds of a sequence
NAME_LENGTH = 40


def files(context: Context) -> Files:
    """How sounds of a run's sample rate are written."""
    return sound_files(context.fact("sample_rate", 0))


def sound_files(sample_rate: int) -> Files:
    """How sounds `(count, length, channels)` in [-1, 1] with 1 or 2 channels are written; what lies outside is clipped.

    Args:
        sample_rate: in Hz; 0 where nothing is to be written.
    """

    def preview(path, sounds, labels, classes, numbers) -> None:
        from multigan.modalities.audio.sheet import write_sheet

        write_sheet(path, sounds, sample_rate, labels, classes, numbers)

    def write(path, sounds, labels, classes) -> None:
        _write_sequence(path, sounds, sample_rate, labels, classes)

    return Files(
        noun="sounds",
        suffix=".png",
        check=partial(check_sounds, sample_rate=sample_rate),
        preview=preview,
        formats=_formats(sample_rate),
        shown=SHEET,
        ready=partial(_try_silence, sample_rate),
        in_order=InOrder(suffix=".flac", write=write, pack=to_pcm),
    )


def _try_silence(sample_rate: int, shape: tuple[int, ...]) -> None:
    silence = numpy.zeros((1, *shape), numpy.float32)
    check_sounds(silence, sample_rate=sample_rate)
    encode(silence[0], sample_rate, "flac")


def check_sounds(sounds: numpy.ndarray, first: int = 0, *, sample_rate: int) -> None:
    """Raises `UsageError` or `RunFailedError` for what cannot be written; see `multigan.modalities.files`."""
    if sounds.ndim != 3 or sounds.shape[-1] not in (1, 2):
        shape = "x".join(map(str, sounds.shape))
        raise UsageError(f"samples of shape {shape}: sounds are count x length x channels with 1 or 2 channels")
    if sample_rate <= 0:
        raise UsageError(f"sample rate {sample_rate}: sounds cannot be written without one; it must be above zero")
    check_values(sounds, first)


def to_pcm(sounds: numpy.ndarray) -> numpy.ndarray:
    """Returns floats in [-1, 1] as int16 of the same shape; what lies outside is clipped, int16 stays as it is."""
    if sounds.dtype == numpy.int16:
        return sounds
    return numpy.rint(numpy.clip(sounds, -1.0, 1.0).astype(numpy.float32) * 32767).astype(numpy.int16)


def encode(sound: numpy.ndarray, sample_rate: int, format: str, comment: str = "") -> bytes:  # noqa: A002
    """Returns a sound file's content.

    Args:
        sound: `(length, channels)`, floats in [-1, 1] or int16.
        sample_rate: in Hz.
        format: "wav" and "flac" hold 16 bits, lossless; "ogg" is Vorbis, which is not.
        comment: a text that goes into the file; a wav drops one over 2,000 bytes.

    Raises:
        UsageError: the format does not go to such a rate, or soundfile is not installed.
    """
    soundfile = library("soundfile")
    if sample_rate > HIGHEST[format]:
        raise UsageError(f"format {format}: ends at {HIGHEST[format]:,} Hz, these have {sample_rate:,}; choose wav")
    subtype = "VORBIS" if format == "ogg" else "PCM_16"
    pcm, buffer = to_pcm(sound), io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate, sound.shape[1], subtype, format=format.upper()) as file:
        if comment:
            file.comment = comment
        for start in range(0, len(pcm), BLOCK):
            file.write(pcm[start : start + BLOCK])
    return buffer.getvalue()


def _formats(sample_rate: int) -> Mapping[str, Callable[[Path, numpy.ndarray], None]]:
    """Returns what writes one sound `(length, channels)` to a path, by format, the usual one first."""
    encoded = {name: partial(_write_encoded, name, sample_rate) for name in ("wav", "flac", "ogg")}
    return {**encoded, "npy": write_array}


def _write_encoded(format: str, sample_rate: int, path: Path, sound: numpy.ndarray) -> None:  # noqa: A002
    path.write_bytes(encode(sound, sample_rate, format))


@dataclass(frozen=True)
class SoundSequence:
    """Sounds that one file holds: int16 `(count, length, channels)`, their rate in Hz, and a name each or `""`."""

    sounds: numpy.ndarray
    sample_rate: int
    names: tuple[str, ...]

    def joined(self, chosen: Sequence[int] | None = None) -> numpy.ndarray:
        """Returns the sounds, or some of them, one after another with pauses between, int16 `(samples, channels)`."""
        sounds = self.sounds if chosen is None else self.sounds[list(chosen)]
        pause = round(PAUSE * self.sample_rate)
        padded = numpy.pad(sounds, ((0, 0), (0, pause), (0, 0)))
        return padded.reshape(-1, sounds.shape[2])[: padded.shape[0] * padded.shape[1] - pause]


def _write_sequence(
    path: Path,
    sounds: numpy.ndarray,
    sample_rate: int,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
) -> None:
    """Writes sounds `(count, length, channels)` one after another into one flac, which `read_sequence` takes apart."""
    names = [""] * len(sounds) if labels is None else [classes[label][:NAME_LENGTH] for label in labels]
    sequence = SoundSequence(to_pcm(sounds), sample_rate, tuple(names))
    told = {"length": sounds.shape[1], "pause": round(PAUSE * sample_rate), "names": names}
    path.write_bytes(encode(sequence.joined(), sample_rate, "flac", json.dumps(told)))


def read_sequence(path: Path) -> SoundSequence:
    """Reads a file of sounds one after another, as `sound_files` writes it.

    Raises:
        DataError: it cannot be read, or is another file.
    """
    soundfile = library("soundfile")
    try:
        with soundfile.SoundFile(io.BytesIO(path.read_bytes())) as file:
            told = json.loads(file.comment)
            length, step, names = told["length"], told["length"] + told["pause"], tuple(map(str, told["names"]))
            if file.frames != len(names) * step - told["pause"] or length < 1:
                raise ValueError(f"{file.frames} samples")
            samples, rate = file.read(dtype="int16", always_2d=True), file.samplerate
    except (OSError, ValueError, TypeError, KeyError, soundfile.SoundFileError) as error:
        raise DataError(f"{path}: is no sequence of sounds that can be read ({error})") from None
    padded = numpy.pad(samples, ((0, len(names) * step - len(samples)), (0, 0)))
    return SoundSequence(padded.reshape(len(names), step, -1)[:, :length], rate, names)
