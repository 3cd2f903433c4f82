"""Images as files: a grid of many, one row a class where there are classes, and one file each."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFont

from multigan.errors import UsageError
from multigan.modalities.files import Context, Files, check_values, write_array
from multigan.modalities.images.columns import write_columns

__all__ = ["FORMATS", "GAP", "GAP_COLOUR", "check_images", "files", "image_files", "write_grid"]

GRID_WIDTH = 512  # pixels; small images are enlarged by whole factors until the grid is about as wide
GAP = 2  # pixels between images, before enlarging
GAP_COLOUR = 128  # grey, so that both black and white images show their edges
ROW = 16  # images of a class in one row, before it goes on in the next
MOST_NAMES = 32  # classes that get rows and names; more of them make a plain grid
NAME_LENGTH = 24


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
    found = [] if labels is None else numpy.unique(labels)
    if not 0 < len(found) <= MOST_NAMES:
        count, height, width, _ = images.shape
        columns = min(count, math.ceil(math.sqrt(count * height / width)))  # about as wide as high
        grid = _grid(_wrapped(_to_uint8(images), columns), images.shape[1:])
        factor = max(1, math.ceil(GRID_WIDTH / grid.shape[1] - 0.15))  # 460 pixels are near enough, not doubled
        _enlarged(grid, factor).save(path, format="PNG")
        return
    columns = min(numpy.bincount(labels).max(), max(ROW, math.ceil(math.sqrt(len(images)))))
    rows, names = [], []
    for label in found:
        own = _wrapped(_to_uint8(images[labels == label]), columns)
        rows += own
        names += [classes[label], *[""] * (len(own) - 1)]
    grid = _grid(rows, images.shape[1:])
    factor = max(1, math.ceil(GRID_WIDTH / max(grid.shape[:2]) - 0.15))
    _named(_enlarged(grid, factor), names).save(path, format="PNG")


def _to_uint8(images: numpy.ndarray) -> numpy.ndarray:
    return numpy.rint((numpy.clip(images, -1.0, 1.0).astype(numpy.float32) + 1.0) * 127.5).astype(numpy.uint8)


def _to_picture(pixels: numpy.ndarray) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _wrapped(images: numpy.ndarray, columns: int) -> list[numpy.ndarray]:
    return [images[start : start + columns] for start in range(0, len(images), columns)]


def _grid(rows: list[numpy.ndarray], shape: tuple[int, int, int]) -> numpy.ndarray:
    """Lays rows of images of one shape out; returns uint8 `(height, width, channels)`."""
    height, width, channels = shape
    columns = max(map(len, rows))
    size = len(rows) * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels
    grid = numpy.full(size, GAP_COLOUR, numpy.uint8)
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            top, left = row * (height + GAP), column * (width + GAP)
            grid[top : top + height, left : left + width] = image
    return grid


def _enlarged(grid: numpy.ndarray, factor: int) -> Image.Image:
    return _to_picture(grid.repeat(factor, axis=0).repeat(factor, axis=1))


def _named(grid: Image.Image, names: list[str]) -> Image.Image:
    """Puts a white margin with a name at the left of each row."""
    names = [name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 3]}..." for name in names]
    step = grid.height / len(names)
    font = ImageFont.load_default(min(16, max(8, step * 0.7)))
    boxes = [font.getbbox(name) for name in names]
    margin = Image.new("L", (math.ceil(max(box[2] for box in boxes)) + 12, grid.height), 255)
    draw = ImageDraw.Draw(margin)
    for row, (name, (_, top, right, bottom)) in enumerate(zip(names, boxes, strict=True)):
        draw.text((margin.width - 6 - right, (row + 0.5) * step - (top + bottom) / 2), name, fill=0, font=font)
    picture = Image.new(grid.mode, (margin.width + grid.width, grid.height))
    picture.paste(margin.convert(grid.mode), (0, 0))
    picture.paste(grid, (margin.width, 0))
    return picture


def _write_png(path: Path, image: numpy.ndarray) -> None:
    _to_picture(_to_uint8(image)).save(path, format="PNG")


def _write_jpg(path: Path, image: numpy.ndarray) -> None:
    if image.shape[-1] in (2, 4):
        raise UsageError("format jpg: has no transparency, and these samples have; choose png, webp or npy")
    _to_picture(_to_uint8(image)).save(path, format="JPEG", quality=95)


def _write_webp(path: Path, image: numpy.ndarray) -> None:
    mode = "RGBA" if image.shape[-1] in (2, 4) else "RGB"
    _to_picture(_to_uint8(image)).convert(mode).save(path, format="WEBP", lossless=True, exact=True)


FORMATS = {"png": _write_png, "jpg": _write_jpg, "webp": _write_webp, "npy": write_array}
