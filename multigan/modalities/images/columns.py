"""A sheet of pictures that belong together: a row a record, a column for each of what went in, came out, was wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

__all__ = ["write_columns"]

# Pixels: how high a row is at least, before it is enlarged no further; between pictures; and above them, for titles.
TALL, GAP, TITLE = 64, 4, 20
# Between the records of a wrapped sheet, and how wide it may be before it has no further ones in a row.
EDGE, WIDE = 16, 900
PAPER, INK = 255, 0


def write_columns(path: Path, columns: Mapping[str, np.ndarray]) -> None:
    """Writes a PNG with a row a record and a column with its title for each of `columns`.

    Many records of few columns stand in several blocks side by side.

    Args:
        path: of the file.
        columns: pictures `(count, height, width, channels)` in [-1, 1] by title, of 1 to 4 channels; of equal counts,
            and of sizes of their own: each is enlarged to the largest, smaller ones without smoothing.

    Raises:
        ValueError: no column, or other counts.
    """
    counts = {len(values) for values in columns.values()}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(f"columns of {sorted(counts)} pictures; they must have as many, and one at least")
    (count,) = counts
    height = max(values.shape[1] for values in columns.values())
    height *= max(1, math.ceil(TALL / height))
    widths = {title: max(1, round(height * values.shape[2] / values.shape[1])) for title, values in columns.items()}
    font = ImageFont.load_default(12)
    spaces = {title: max(width, math.ceil(font.getlength(title))) for title, width in widths.items()}
    block = sum(spaces.values()) + GAP * (len(columns) - 1)
    blocks = max(1, min(math.ceil(math.sqrt(count * height / block)), (WIDE + EDGE) // (block + EDGE), count))
    rows = math.ceil(count / blocks)
    blocks = math.ceil(count / rows)
    size = blocks * (block + EDGE) - EDGE, TITLE + rows * (height + GAP) - GAP
    sheet = Image.new("RGB", size, (PAPER,) * 3)
    draw = ImageDraw.Draw(sheet)
    for number in range(blocks):
        left = number * (block + EDGE)
        for title, values in columns.items():
            draw.text((left, 3), title, fill=(INK,) * 3, font=font)
            for row, picture in enumerate(values[number * rows : (number + 1) * rows]):
                sheet.paste(_picture(picture, (widths[title], height)), (left, TITLE + row * (height + GAP)))
            left += spaces[title] + GAP
    sheet.save(path, format="PNG")


def _picture(values: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """A picture in colour, over white where it is transparent."""
    pixels = np.rint((np.clip(values, -1, 1).astype(np.float32) + 1) * 127.5).astype(np.uint8)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[pixels.shape[-1]]
    image = Image.fromarray(pixels[..., 0] if mode == "L" else pixels)
    if mode in ("LA", "RGBA"):
        image = image.convert("RGBA")
        below = Image.new("RGB", image.size, (PAPER,) * 3)
        below.paste(image, mask=image.getchannel("A"))
        image = below
    return image.convert("RGB").resize(size, Image.Resampling.NEAREST)
