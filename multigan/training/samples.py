"""Writes samples as files that a person can open: a preview of many, or one file each.

A further modality is one more entry in `_WRITERS`.
"""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy
from PIL import Image

from multigan.errors import RunFailedError, UsageError
from multigan.recipe import suggest

__all__ = ["formats", "preview_suffix", "write_each", "write_samples"]

GRID_WIDTH = 512  # pixels; small images are enlarged by whole factors until the grid is about as wide
GAP = 2  # pixels between images, before enlarging
GAP_COLOUR = 128  # grey, so that both black and white images show their edges


def write_samples(path: Path, samples: numpy.ndarray, modality: str) -> Path:
    """Writes one preview of all `samples`; for images a PNG with a grid, read row by row.

    Args:
        path: of the file; its folder is made when it is missing. The file is complete or absent.
        samples: `(count, *shape)`, in the recipe's units; images `(count, height, width, channels)` in [-1, 1] with 1
            to 4 channels (grey, grey with alpha, RGB, RGBA); what lies outside is clipped.
        modality: of the recipe.

    Raises:
        UsageError: no samples, a shape that is none of the modality's, or a modality without a writer.
        RunFailedError: a value that is not finite.
    """
    writer = _writer(modality)
    writer.check(samples)
    _save(path, lambda temporary: writer.preview(temporary, samples))
    return path


def write_each(folder: Path, samples: numpy.ndarray, modality: str, format: str) -> list[Path]:  # noqa: A002
    """Writes one file a sample, `00000.png` and on, and returns their paths.

    Args:
        folder: made when it is missing; files of the same names are replaced.
        samples, modality: as in `write_samples`.
        format: one of `formats(modality)`; `npy` keeps the recipe's units.

    Raises:
        UsageError: as `write_samples`, or a format that is unknown or cannot hold the samples.
        RunFailedError: a value that is not finite.
    """
    writer = _writer(modality)
    if format not in writer.formats:
        known = ", ".join(writer.formats)
        raise UsageError(f"format {format}: {modality} are written as {known}{suggest(format, writer.formats)}")
    writer.check(samples)
    paths = [Path(folder) / f"{index:05d}.{format}" for index in range(len(samples))]
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
    """How one modality is checked and written."""

    suffix: str
    check: Callable[[numpy.ndarray], None]
    preview: Callable[[Path, numpy.ndarray], None]
    formats: Mapping[str, Callable[[Path, numpy.ndarray], None]]


def _writer(modality: str) -> _Writer:
    if modality not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise UsageError(f"modality {modality}: its samples cannot be written yet (known: {known})")
    return _WRITERS[modality]


def _save(path: Path, write: Callable[[Path], None]) -> None:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _check_images(images: numpy.ndarray) -> None:
    if images.ndim != 4 or not 1 <= images.shape[-1] <= 4:
        shape = "x".join(map(str, images.shape))
        raise UsageError(f"samples of shape {shape}: images are count x height x width x channels with 1 to 4 channels")
    if 0 in images.shape:
        raise UsageError("there are no samples to write; ask for at least one")
    bad = numpy.flatnonzero(~numpy.isfinite(images).all(axis=(1, 2, 3)))
    if len(bad):
        raise RunFailedError(
            f"{len(bad)} of {len(images)} samples hold values that are not finite (the first is number {bad[0]}); "
            "sample from a checkpoint before the failure"
        )


def _to_uint8(images: numpy.ndarray) -> numpy.ndarray:
    return numpy.rint((numpy.clip(images, -1.0, 1.0).astype(numpy.float32) + 1.0) * 127.5).astype(numpy.uint8)


def _to_picture(pixels: numpy.ndarray) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _grid(images: numpy.ndarray) -> numpy.ndarray:
    """Lays images `(count, height, width, channels)` out in rows; returns uint8 `(height, width, channels)`."""
    count, height, width, channels = images.shape
    columns = min(count, math.ceil(math.sqrt(count * height / width)))  # about as wide as high
    rows = math.ceil(count / columns)
    grid = numpy.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), GAP_COLOUR, numpy.uint8)
    for index, image in enumerate(_to_uint8(images)):
        top, left = index // columns * (height + GAP), index % columns * (width + GAP)
        grid[top : top + height, left : left + width] = image
    factor = max(1, math.ceil(GRID_WIDTH / grid.shape[1] - 0.15))  # 460 pixels are near enough, not doubled
    return grid.repeat(factor, axis=0).repeat(factor, axis=1)


def _write_grid(path: Path, images: numpy.ndarray) -> None:
    _to_picture(_grid(images)).save(path, format="PNG")


def _write_png(path: Path, image: numpy.ndarray) -> None:
    _to_picture(_to_uint8(image)).save(path, format="PNG")


def _write_jpg(path: Path, image: numpy.ndarray) -> None:
    if image.shape[-1] in (2, 4):
        raise UsageError("format jpg: has no transparency, and these samples have; choose png, webp or npy")
    _to_picture(_to_uint8(image)).save(path, format="JPEG", quality=95)


def _write_webp(path: Path, image: numpy.ndarray) -> None:
    mode = "RGBA" if image.shape[-1] in (2, 4) else "RGB"
    _to_picture(_to_uint8(image)).convert(mode).save(path, format="WEBP", lossless=True, exact=True)


def _write_npy(path: Path, image: numpy.ndarray) -> None:
    with path.open("wb") as file:
        numpy.save(file, image, allow_pickle=False)


_WRITERS = {
    "images": _Writer(
        suffix=".png",
        check=_check_images,
        preview=_write_grid,
        formats={"png": _write_png, "jpg": _write_jpg, "webp": _write_webp, "npy": _write_npy},
    )
}
