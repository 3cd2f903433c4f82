"""Pictures side by side: a grid of many, or rows with names, for whatever a room shows as pictures."""

import math
from collections.abc import Sequence

import numpy
from PIL import Image, ImageDraw, ImageFont

__all__ = ["GAP", "GAP_COLOUR", "MOST_NAMES", "lay_out", "lay_rows", "to_picture", "to_uint8"]

GRID_WIDTH = 512  # pixels; small pictures are enlarged by whole factors until the grid is about as wide
GAP = 2  # pixels between pictures, before enlarging
GAP_COLOUR = 128  # grey, so that both black and white pictures show their edges
ROW = 16  # pictures of a class in one row, before it goes on in the next
MOST_NAMES = 32  # classes that get rows and names; more of them make a plain grid
NAME_LENGTH = 24


def lay_out(images: numpy.ndarray, labels: numpy.ndarray | None = None, classes: Sequence[str] = ()) -> Image.Image:
    """Returns a grid of pictures, about as wide as high; with labels one row for each class, with its name.

    Args:
        images: `(count, height, width, channels)` in [-1, 1], with 1 to 4 channels.
        labels: `(count,)`, indices into `classes`, or None.
        classes: their names.
    """
    found = [] if labels is None else numpy.unique(labels)
    if not 0 < len(found) <= MOST_NAMES:
        count, height, width, _ = images.shape
        columns = min(count, math.ceil(math.sqrt(count * height / width)))
        grid = _grid(_wrapped(to_uint8(images), columns), images.shape[1:])
        factor = max(1, math.ceil(GRID_WIDTH / grid.shape[1] - 0.15))  # 460 pixels are near enough, not doubled
        return _enlarged(grid, factor)
    columns = min(numpy.bincount(labels).max(), max(ROW, math.ceil(math.sqrt(len(images)))))
    rows, names = [], []
    for label in found:
        own = _wrapped(images[labels == label], columns)
        rows += own
        names += [classes[label], *[""] * (len(own) - 1)]
    return lay_rows(rows, names)


def lay_rows(rows: Sequence[numpy.ndarray], names: Sequence[str]) -> Image.Image:
    """Returns rows of pictures under one another, each with a name at its left.

    Args:
        rows: pictures `(count, height, width, channels)` in [-1, 1]; the counts may differ.
        names: of the rows; with "" for all of them there is no margin for names.
    """
    grid = _grid([to_uint8(row) for row in rows], rows[0].shape[1:])
    factor = max(1, math.ceil(GRID_WIDTH / max(grid.shape[:2]) - 0.15))
    picture = _enlarged(grid, factor)
    return _named(picture, names) if any(names) else picture


def to_uint8(images: numpy.ndarray) -> numpy.ndarray:
    """Returns values in [-1, 1] as bytes; what lies outside is clipped, and bytes stay as they are."""
    if images.dtype == numpy.uint8:
        return images
    return numpy.rint((numpy.clip(images, -1.0, 1.0).astype(numpy.float32) + 1.0) * 127.5).astype(numpy.uint8)


def to_picture(pixels: numpy.ndarray) -> Image.Image:
    """Returns bytes `(height, width, channels)` as a Pillow image of mode L, LA, RGB or RGBA."""
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
    return to_picture(grid.repeat(factor, axis=0).repeat(factor, axis=1))


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
