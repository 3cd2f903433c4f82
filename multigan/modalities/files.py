"""Writes samples as files that a person can open: a preview of many, and files to work with.

How samples of a modality are written is its room's own: what `Modality.files` names makes a `Files` of a `Context`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy

from multigan.disk import aside
from multigan.errors import RunFailedError, UsageError
from multigan.health.reference import Reference
from multigan.modalities.file_names import sample_names
from multigan.modality import find_modality
from multigan.recipe import DataInfo, suggest
from multigan.runs import RunDirectory

__all__ = [
    "Context",
    "Files",
    "InOrder",
    "check_values",
    "files_for",
    "names_of",
    "write_array",
    "write_columns",
    "write_each",
    "write_in_order",
    "write_samples",
]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a room may ask of the run whose samples are written; None stands for what there is not.

    Args:
        data: what the run's game was told of its data.
        game: the game, built.
        directory: of the run, where the room's own files lie.
        reference: samples of the data, or what the run kept of them.
        source: the data, a `multigan.data.source.Source`, where there is no run yet.
    """

    data: DataInfo | None = None
    game: Any = None
    directory: RunDirectory | None = None
    reference: Reference | None = None
    source: Any = None

    def fact(self, name: str, default: Any) -> Any:
        """Returns a fact of the data, such as a sample rate, or a default where the data have none."""
        return default if self.data is None else self.data.facts.get(name, default)


@dataclass(frozen=True, kw_only=True)
class InOrder:
    """A file that holds samples one after another: those of a preview, beside it, and all of a path between latents.

    Args:
        suffix: of the file, `".flac"`.
        write: `(path, samples, labels, classes)`, the samples as `pack` gives them or as the game does.
        pack: what is held of samples until all are there; `(samples) -> samples` of a smaller type, perhaps.
    """

    suffix: str
    write: Callable[..., None]
    pack: Callable[[numpy.ndarray], numpy.ndarray] = numpy.asarray


@dataclass(frozen=True, kw_only=True)
class Files:
    """How samples of one modality are checked and written. Labels are `(count,)` indices into `classes`, or None.

    Args:
        noun: what samples are called, `"sounds"`.
        suffix: of a preview, `".png"`.
        check: `(samples, first)` raises `UsageError` for samples that are none, or of a shape that is none of the
            modality's, and `RunFailedError` for values that are not finite; `first` is the first one's number.
        preview: `(path, samples, labels, classes, numbers)` writes many in one file; `numbers` are what the samples are
            called where they have no places of their own, or None.
        formats: by name, the usual one first, `(path, sample)`; where samples stand together
            `(path, samples, labels, classes)`.
        beside: by name of a format, of which each sample has a file of its own, a suffix and `(path, sample, called)`,
            which writes what goes with that file, such as a sheet's description; `called` is the file's name.
        together: a file of a format holds all samples. A path between latents has no order to be looked at in, then.
        shown: samples in a preview, at most.
        ready: `(shape)`, of one sample, raises `UsageError` where something stands in the way of writing such.
        in_order: a file of samples one after another; None where there is no such thing.
        columns: `(path, columns)` writes a preview with a row a record and a column for each of `{title: pictures}`,
            such as what went in, what came out and what was wanted; pictures are `(count, height, width, channels)` in
            [-1, 1], of sizes of their own, or samples. None where samples do not stand beside pictures.
        lines: `(samples)` returns a line of text for each, to be printed; None where they cannot be.
        units: `(samples)` returns them as an array file has them and a program gets them, such as in the data's own
            units; None: as they are.
    """

    noun: str
    suffix: str
    check: Callable[..., None]
    preview: Callable[..., None]
    formats: Mapping[str, Callable[..., None]]
    beside: Mapping[str, tuple[str, Callable[[Path, numpy.ndarray, str], None]]] = field(default_factory=dict)
    together: bool = False
    shown: int = 64
    ready: Callable[[tuple[int, ...]], None] | None = None
    in_order: InOrder | None = None
    columns: Callable[[Path, Mapping[str, numpy.ndarray]], None] | None = None
    lines: Callable[[numpy.ndarray], Sequence[str]] | None = None
    units: Callable[[numpy.ndarray], numpy.ndarray] | None = None


def files_for(modality: str, context: Context | None = None) -> Files:
    """Returns how samples of a modality are written: as its room says, or as plain arrays where it says nothing.

    Args:
        modality: its name.
        context: the run; without one formats and names can be asked for, and what needs nothing more can be written.

    Raises:
        UsageError: there is no such modality, or something that the room needs is not installed.
        DataError: something that the run kept is lost or damaged.
    """
    room = find_modality(modality)
    if room.files:
        return room.load("files")(context or Context())
    return Files(
        noun=room.noun,
        suffix=".npy",
        check=check_values,
        preview=lambda path, samples, labels, classes, numbers: write_array(path, samples),
        formats={"npy": write_array},
    )


def write_samples(
    path: Path,
    samples: numpy.ndarray,
    files: Files,
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    numbers: Sequence[int] | None = None,
) -> Path:
    """Writes one preview of `samples`: a grid, a plot, a sheet, lines of text.

    Args:
        path: of the file; its folder is made when it is missing. The file is complete or absent.
        samples: `(count, *shape)`, in the recipe's units.
        files: of the modality.
        labels: `(count,)`, indices into `classes`: a picture tells each sample's class.
        classes: their names.
        numbers: what the samples are called; by default their places from 0.

    Raises:
        UsageError: no samples, or a shape that is none of the modality's.
        RunFailedError: a value that is not finite.
    """
    files.check(samples)
    _save(path, lambda temporary: files.preview(temporary, samples, labels, classes, numbers))
    return path


def write_columns(path: Path, columns: Mapping[str, numpy.ndarray], files: Files) -> Path:
    """Writes what belongs together side by side, a row a record, and returns the path.

    Args:
        path: of the file; it is complete or absent.
        columns: `{title: array}` of equal counts; the samples among them.
        files: of the modality; it has `columns`.
    """
    _save(path, lambda temporary: files.columns(temporary, columns))
    return path


def write_each(
    folder: Path,
    samples: numpy.ndarray,
    files: Files,
    format: str,  # noqa: A002
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    first: int = 0,
    names: Sequence[str] = (),
) -> list[Path]:
    """Writes one file a sample, `00000.png` and on, and returns their paths; where samples stand together one file.

    What `files.beside` writes with them is not among the paths.

    Args:
        folder: made when it is missing; files of the same names are replaced.
        samples, files: as in `write_samples`.
        format: one of `files.formats`; `npy` keeps the recipe's units.
        labels, classes: as in `write_samples`; with labels, files are called like `00000-sneaker.png`.
        first: the first file's number, for samples that are written in parts.
        names: what the files are called, in place of numbers and classes.

    Raises:
        UsageError: as `write_samples`, or a format that is unknown or cannot hold the samples.
        RunFailedError: a value that is not finite.
    """
    _check_format(files, format)
    files.check(samples, first)
    if files.together:
        path = Path(folder) / f"samples.{format}"
        _save(path, lambda temporary: files.formats[format](temporary, samples, labels, classes))
        return [path]
    paths = [Path(folder) / name for name in sample_names(len(samples), format, labels, classes, first, names)]
    suffix, describe = files.beside.get(format, ("", None))
    for path, sample in zip(paths, samples, strict=True):
        _save(path, lambda temporary, sample=sample: files.formats[format](temporary, sample))
        if describe:
            other = path.with_suffix(suffix)
            _save(other, lambda temporary, path=path, sample=sample: describe(temporary, sample, path.name))
    return paths


def write_in_order(
    stem: Path,
    samples: numpy.ndarray,
    files: Files,
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
) -> Path:
    """Writes samples one after another into one file and returns its path: `stem` and the suffix of `files.in_order`.

    Args:
        stem: of the path, without a suffix.
        samples, files, labels, classes: as in `write_samples`; the samples may be packed.

    Raises:
        UsageError, RunFailedError: as `write_samples`.
    """
    files.check(samples)
    path = Path(f"{stem}{files.in_order.suffix}")
    _save(path, lambda temporary: files.in_order.write(temporary, samples, labels, classes))
    return path


def names_of(
    files: Files,
    format: str,  # noqa: A002
    count: int,
    labels: Sequence[int] | None = None,
    classes: Sequence[str] = (),
    in_order: bool = False,
    names: Sequence[str] = (),
) -> Iterator[str]:
    """Returns the names of all files that samples are written into, a preview among them.

    Args:
        files, format, labels, classes, names: as in `write_each`.
        count: how many samples.
        in_order: whether samples are written one after another, too, where they can be.

    Raises:
        UsageError: as `write_each`, of the format.
    """
    _check_format(files, format)
    others = [f"preview{files.suffix}"] + ([f"sequence{files.in_order.suffix}"] if in_order and files.in_order else [])
    suffixes = [format] + ([files.beside[format][0].removeprefix(".")] if format in files.beside else [])
    each = chain.from_iterable(sample_names(count, suffix, labels, classes, names=names) for suffix in suffixes)
    return chain([f"samples.{format}"] if files.together else each, others)


def check_values(samples: numpy.ndarray, first: int = 0) -> None:
    """Raises `UsageError` where there are no samples `(count, ...)`, and `RunFailedError` for values that are not
    finite; `first` is the first one's number.
    """
    if 0 in samples.shape:
        raise UsageError("there are no samples to write; ask for at least one")
    bad = numpy.flatnonzero(~numpy.isfinite(samples.reshape(len(samples), -1)).all(axis=1))
    if len(bad):
        raise RunFailedError(
            f"{len(bad)} of {len(samples)} samples hold values that are not finite (the first is number "
            f"{bad[0] + first}); sample from a checkpoint before the failure"
        )


def write_array(path: Path, samples: numpy.ndarray) -> None:
    """Writes an array as `.npy`, in the type and the units that it has."""
    with path.open("wb") as file:
        numpy.save(file, samples, allow_pickle=False)


def _check_format(files: Files, format: str) -> None:  # noqa: A002
    if format not in files.formats:
        known = ", ".join(files.formats)
        raise UsageError(f"format {format}: {files.noun} are written as {known}{suggest(format, files.formats)}")


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
