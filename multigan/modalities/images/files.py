"""Images as files: a grid of many, one row a class where there are classes, and one file each."""

from collections.abc import Sequence
from pathlib import Path

import numpy

from multigan.errors import UsageError
from multigan.modalities.files import Context, Files, check_values, write_array
from multigan.modalities.grid import lay_out, to_picture, to_uint8
from multigan.modalities.images.columns import write_columns

__all__ = ["FORMATS", "check_images", "files", "image_files", "write_grid"]


def files(context: Context) -> Files:
    """How images are written; nothing of the run is asked for."""
    return image_files()


def image_files() -> Files:
    """How images `(count, height, width, channels)` in [-1, 1] with 1 to 4 channels (grey, grey with alpha, RGB, RGBA)
    are written; what lies outside is clipped.
    """
    return Files(
        noun="images",
        suffix=".png",
        check=check_images,
        preview=lambda path, images, labels, classes, numbers: write_grid(path, images, labels, classes),
        formats=FORMATS,
        columns=write_columns,
    )


def check_images(images: numpy.ndarray, first: int = 0) -> None:
    """Raises `UsageError` or `RunFailedError` for what cannot be written; see `multigan.modalities.files`."""
    if images.ndim != 4 or not 1 <= images.shape[-1] <= 4:
        shape = "x".join(map(str, images.shape))
        raise UsageError(f"samples of shape {shape}: images are count x height x width x channels with 1 to 4 channels")
    check_values(images, first)


def write_grid(
    path: Path, images: numpy.ndarray, labels: numpy.ndarray | None = None, classes: Sequence[str] = ()
) -> None:
    """Writes a grid of images `(count, height, width, channels)`, with labels one row for each class and its name."""
    lay_out(images, labels, classes).save(path, format="PNG")


def _write_png(path: Path, image: numpy.ndarray) -> None:
    to_picture(to_uint8(image)).save(path, format="PNG")


def _write_jpg(path: Path, image: numpy.ndarray) -> None:
    if image.shape[-1] in (2, 4):
        raise UsageError("format jpg: has no transparency, and these samples have; choose png, webp or npy")
    to_picture(to_uint8(image)).save(path, format="JPEG", quality=95)


def _write_webp(path: Path, image: numpy.ndarray) -> None:
    mode = "RGBA" if image.shape[-1] in (2, 4) else "RGB"
    to_picture(to_uint8(image)).convert(mode).save(path, format="WEBP", lossless=True, exact=True)


FORMATS = {"png": _write_png, "jpg": _write_jpg, "webp": _write_webp, "npy": write_array}
