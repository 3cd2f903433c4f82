"""Writes samples as files that a person can open: a preview of many, and files to work with.

A further modality is one more entry in `_writer`.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from multigan.errors import UsageError
from multigan.recipe import suggest

__all__ = ["formats", "preview_suffix", "write_each", "write_samples"]

MODALITIES = ("images", "points")


def write_samples(
    path: Path,
    samples: numpy.ndarray,
    modality: str,
    *,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    data: numpy.ndarray | None = None,
    score: Callable[[numpy.ndarray], numpy.ndarray | None] | None = None,
) -> Path:
    """Writes one preview of all `samples`: for images a PNG with a grid, read row by row; for points a scatter plot.

    Args:
        path: of the file; its folder is made when it is missing. The file is complete or absent.
        samples: `(count, *shape)`, in the recipe's units; images `(count, height, width, channels)` in [-1, 1] with 1
            to 4 channels (grey, grey with alpha, RGB, RGBA), what lies outside is clipped; points `(count, d)`, of
            which the first two columns are drawn.
        modality: of the recipe.
        labels: `(count,)`, indices into `classes`: a grid gets a row with its name for each class, points a colour.
        classes: their names.
        data: points of the data `(n, d)`, drawn faint behind the samples; they choose what part of the plane is shown.
        score: maps points `(n, 2)` to `(n,)`; drawn behind two-dimensional points. It may return None.

    Raises:
        UsageError: no samples, a shape that is none of the modality's, or a modality without a writer.
        RunFailedError: a value that is not finite.
    """
    writer = _writer(modality)
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
) -> list[Path]:
    """Writes one file a sample, `00000.png` and on, and returns their paths; of points one file with all of them.

    Args:
        folder: made when it is missing; files of the same names are replaced.
        samples, modality: as in `write_samples`.
        format: one of `formats(modality)`; `npy` keeps the recipe's units.
        labels, classes: as in `write_samples`; with labels, files are called like `00000-sneaker.png`.

    Raises:
        UsageError: as `write_samples`, or a format that is unknown or cannot hold the samples.
        RunFailedError: a value that is not finite.
    """
    writer = _writer(modality)
    if format not in writer.formats:
        known = ", ".join(writer.formats)
        raise UsageError(f"format {format}: {modality} are written as {known}{suggest(format, writer.formats)}")
    writer.check(samples)
    if writer.together:
        path = Path(folder) / f"samples.{format}"
        _save(path, lambda temporary: writer.formats[format](temporary, samples, labels, classes))
        return [path]
    names = [""] * len(samples) if labels is None else [f"-{_file_name(classes[label])}" for label in labels]
    paths = [Path(folder) / f"{index:05d}{name}.{format}" for index, name in enumerate(names)]
    for path, sample in zip(paths, samples, strict=True):
        _save(path, lambda temporary, sample=sample: writer.formats[format](temporary, sample))
    return paths


def formats(modality: str) -> tuple[str, ...]:
    """Returns the formats that `write_each` knows for a modality, the usual one first."""
    return tuple(_writer(modality).formats)


def preview_suffix(modality: str) -> str:
    """Returns the suffix of the file that `write_samples` writes, `".png"` for images."""
    return _writer(modality).suffix


@dataclass(frozen=True, kw_only=True)
class _Writer:
    """How one modality is checked and written; `together` says that a file of a format holds all samples."""

    suffix: str
    check: Callable[[numpy.ndarray], None]
    preview: Callable[..., None]
    formats: Mapping[str, Callable[..., None]]
    together: bool = False


def _writer(modality: str) -> _Writer:
    if modality == "images":
        from multigan.training import pictures

        return _Writer(
            suffix=".png",
            check=pictures.check_images,
            preview=lambda path, samples, labels, classes, data, score: pictures.write_grid(
                path, samples, labels, classes
            ),
            formats=pictures.FORMATS,
        )
    if modality == "points":
        from multigan.training import scatter

        return _Writer(
            suffix=".png",
            check=scatter.check_points,
            preview=scatter.write_scatter,
            formats=scatter.FORMATS,
            together=True,
        )
    raise UsageError(f"modality {modality}: its samples cannot be written yet (known: {', '.join(MODALITIES)})")


def _file_name(name: str) -> str:
    """The name of a class as a part of a file's name: no separators, blanks or marks, and not too long."""
    safe = "".join(c if c.isalnum() or c in "._-" else "-" for c in name)
    return safe[:40].strip(".-") or "class"


def _save(path: Path, write: Callable[[Path], None]) -> None:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
