"""Writes samples as files that a person can open: a preview of many, and files to work with.

A further modality is one more entry in `_writer`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy

from multigan.disk import aside
from multigan.errors import UsageError
from multigan.modalities.file_names import sample_names
from multigan.recipe import suggest

__all__ = ["files_of", "formats", "preview_suffix", "shown_in", "write_each", "write_samples", "write_sound_sequence"]

MODALITIES = ("images", "points", "audio", "text")
# Samples in a preview, where not 64.
SHOWN = {"points": 2500, "audio": 16}


def write_samples(
    path: Path,
    samples: numpy.ndarray,
    modality: str,
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    data: numpy.ndarray | None = None,
    score: Callable[[numpy.ndarray], numpy.ndarray | None] | None = None,
    sample_rate: int = 0,
    numbers: Sequence[int] | None = None,
    tokenizer=None,
    origin: Sequence[float] = (),
) -> Path:
    """Writes one preview of `samples`: for images a PNG with a grid, read row by row; for points a scatter plot; for
    audio a sheet with the waveform and the log-mel spectrogram of each of the first 16; for text a file of lines.

    Args:
        path: of the file; its folder is made when it is missing. The file is complete or absent.
        samples: `(count, *shape)`, in the recipe's units; images `(count, height, width, channels)` in [-1, 1] with 1
            to 4 channels (grey, grey with alpha, RGB, RGBA), what lies outside is clipped; points `(count, d)`, of
            which the first two columns are drawn; sounds `(count, length, channels)` in [-1, 1] with 1 or 2 channels,
            what lies outside is clipped; texts ids `(count, length)`.
        modality: of the recipe.
        labels: `(count,)`, indices into `classes`: a grid or sheet gets a row with its name for each class, points a
            colour.
        classes: their names.
        data: points of the data `(n, d)`, drawn faint behind the samples; they choose what part of the plane is shown.
        score: maps points `(n, 2)` to `(n,)`; drawn behind two-dimensional points. It may return None.
        sample_rate: of sounds, in Hz.
        numbers: what a sheet calls the sounds; by default their places from 0.
        tokenizer: of texts, whose `decode_all` makes lines of them.
        origin: of points, what each column of `samples` and `data` is measured from; empty for zero.

    Raises:
        UsageError: no samples, a shape that is none of the modality's, or a modality without a writer.
        RunFailedError: a value that is not finite.
    """
    writer = _writer(modality, sample_rate, numbers, tokenizer, origin)
    writer.check(samples)
    _save(path, lambda temporary: writer.preview(temporary, samples, labels, classes, data, score))
    return path


def write_each(
    folder: Path,
    samples: numpy.ndarray,
    modality: str,
    format: str,  # noqa: A002
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    sample_rate: int = 0,
    first: int = 0,
    tokenizer=None,
    origin: Sequence[float] = (),
) -> list[Path]:
    """Writes one file a sample, `00000.png` and on, and returns their paths; of points and of texts one file with all.

    Args:
        folder: made when it is missing; files of the same names are replaced.
        samples, modality: as in `write_samples`.
        format: one of `formats(modality)`; `npy` keeps the recipe's units.
        labels, classes, sample_rate, tokenizer, origin: as in `write_samples`; with labels, files are called like
            `00000-sneaker.png`.
        first: the first file's number, for samples that are written in parts.

    Raises:
        UsageError: as `write_samples`, or a format that is unknown or cannot hold the samples.
        RunFailedError: a value that is not finite.
    """
    writer = _writer(modality, sample_rate, tokenizer=tokenizer, origin=origin)
    _check_format(writer, modality, format)
    writer.check(samples, first)
    if writer.together:
        path = Path(folder) / f"samples.{format}"
        _save(path, lambda temporary: writer.formats[format](temporary, samples, labels, classes))
        return [path]
    paths = [Path(folder) / name for name in sample_names(len(samples), format, labels, classes, first)]
    for path, sample in zip(paths, samples, strict=True):
        _save(path, lambda temporary, sample=sample: writer.formats[format](temporary, sample))
    return paths


def write_sound_sequence(
    stem: Path,
    sounds: numpy.ndarray,
    sample_rate: int,
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
) -> Path:
    """Writes sounds one after another, with short pauses, into one file, and returns its path: `stem` and `.flac`.

    Args:
        stem: of the path, without a suffix.
        sounds: `(count, length, channels)` in [-1, 1], or int16.
        sample_rate: in Hz.
        labels, classes: as in `write_samples`; the file knows the name of each sound's class.

    Raises:
        UsageError, RunFailedError: as `write_samples`.
    """
    from multigan.modalities.audio.files import check_sounds, write_sequence

    check_sounds(sounds, sample_rate=sample_rate)
    path = Path(f"{stem}.flac")
    _save(path, lambda temporary: write_sequence(temporary, sounds, sample_rate, labels, classes))
    return path


def files_of(
    modality: str,
    format: str,  # noqa: A002
    count: int,
    labels: Sequence[int] | None = None,
    classes: Sequence[str] = (),
    sequence: bool = False,
) -> Iterator[str]:
    """Returns the names of all files that samples are written into, a preview among them.

    Args:
        modality, format, labels, classes: as in `write_each`.
        count: how many samples.
        sequence: whether sounds are written one after another, too.

    Raises:
        UsageError: as `write_each`, of the format.
    """
    writer = _writer(modality)
    _check_format(writer, modality, format)
    others = [f"preview{writer.suffix}"] + (["sequence.flac"] if sequence and modality == "audio" else [])
    return chain([f"samples.{format}"] if writer.together else sample_names(count, format, labels, classes), others)


def formats(modality: str) -> tuple[str, ...]:
    """Returns the formats that `write_each` knows for a modality, the usual one first."""
    return tuple(_writer(modality).formats)


def preview_suffix(modality: str) -> str:
    """Returns the suffix of the file that `write_samples` writes, `".png"` for images."""
    return _writer(modality).suffix


def shown_in(modality: str) -> int:
    """Returns how many samples a preview shows at most."""
    return SHOWN.get(modality, 64)


@dataclass(frozen=True, kw_only=True)
class _Writer:
    """How one modality is checked and written; `together` says that a file of a format holds all samples."""

    suffix: str
    check: Callable[..., None]
    preview: Callable[..., None]
    formats: Mapping[str, Callable[..., None]]
    together: bool = False


def _writer(
    modality: str,
    sample_rate: int = 0,
    numbers: Sequence[int] | None = None,
    tokenizer=None,
    origin: Sequence[float] = (),
) -> _Writer:
    if modality == "images":
        from multigan.modalities.images import files as pictures

        return _Writer(
            suffix=".png",
            check=pictures.check_images,
            preview=lambda path, samples, labels, classes, data, score: pictures.write_grid(
                path, samples, labels, classes
            ),
            formats=pictures.FORMATS,
        )
    if modality == "points":
        from multigan.modalities.points import files as scatter

        return _Writer(
            suffix=".png",
            check=lambda samples, first=0: scatter.check_points(samples),
            preview=partial(scatter.write_scatter, origin=origin),
            formats=scatter.point_formats(origin),
            together=True,
        )
    if modality == "audio":
        from multigan.modalities.audio import files as sounds
        from multigan.modalities.audio import sheet as soundsheet

        return _Writer(
            suffix=".png",
            check=partial(sounds.check_sounds, sample_rate=sample_rate),
            preview=lambda path, samples, labels, classes, data, score: soundsheet.write_sheet(
                path, samples, sample_rate, labels, classes, numbers
            ),
            formats=sounds.sound_formats(sample_rate),
        )
    if modality == "text":
        from multigan.modalities.text import files as texts

        return _Writer(
            suffix=".txt",
            check=lambda samples, first=0: texts.check_texts(samples, tokenizer),
            preview=lambda path, samples, labels, classes, data, score: texts.write_lines(path, samples, tokenizer),
            formats=texts.text_formats(tokenizer),
            together=True,
        )
    raise UsageError(f"modality {modality}: its samples cannot be written yet (known: {', '.join(MODALITIES)})")


def _check_format(writer: _Writer, modality: str, format: str) -> None:  # noqa: A002
    if format not in writer.formats:
        known = ", ".join(writer.formats)
        kind = {"audio": "sounds", "text": "texts"}.get(modality, modality)
        raise UsageError(f"format {format}: {kind} are written as {known}{suggest(format, writer.formats)}")


def _save(path: Path, write: Callable[[Path], None]) -> None:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with aside(path) as temporary:
        try:
            write(temporary)
        except OSError as error:
            if error.errno is not None and error.filename is None:  # a write does not say of which file
                error.filename = str(path)
            raise
