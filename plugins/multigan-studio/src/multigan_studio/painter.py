"""A canvas of whole numbers: label maps in the classes' colours, and masks. No pixel is ever a mixture of two."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from multigan import DataError

__all__ = ["NONE", "map_of", "painted", "painter", "save_map", "save_mask"]

# What is not painted.
NONE = 255
# Pixels of a canvas.
LARGEST = 4_200_000
SPARE = tuple(f"#01{number:02x}02" for number in range(NONE))
SCRIPT = (Path(__file__).parent / "painter.js").read_text(encoding="utf-8")


def painter(
    names: Sequence[str], colours: Sequence[str], width: int, height: int, thickness: int = 5, **settings: Any
) -> gr.HTML:
    """Returns a canvas with a brush, a bucket and undo.

    Its value is a text: "" while nothing is painted, else JSON with the `width` and `height` of the canvas and its
    numbers row by row as `runs`, `[number, how many, ...]`. The server may set it, with a `background` to paint on.

    Args:
        names, colours: of the numbers 0, 1, ...; a name "" leaves a number out.
        width, height: of the canvas in pixels.
        thickness: of the brush at first, in pixels.
        settings: further ones of a `gradio.HTML`.
    """
    named = zip(names, colours, strict=True)
    return gr.HTML(
        "",
        html_template='<div class="painter"></div>',
        js_on_load=SCRIPT,
        apply_default_css=False,
        palette=[{"number": place, "name": name, "colour": each} for place, (name, each) in enumerate(named) if name],
        width=width,
        height=height,
        thickness=thickness,
        **settings,
    )


def painted(value: str | None, classes: Sequence[str]) -> np.ndarray | None:
    """Returns the numbers that were painted, uint8 `(height, width)`, `NONE` where nothing was; None of an empty one.

    Args:
        value: of a `painter`.
        classes: a number that has no name here is refused.

    Raises:
        DataError: it is no such value.
    """
    if not value:
        return None
    try:
        told = json.loads(value)
        width, height, runs = int(told["width"]), int(told["height"]), told["runs"]
        numbers, counts = np.array(runs[::2], np.int64), np.array(runs[1::2], np.int64)
        if width < 1 or height < 1 or width * height > LARGEST or len(numbers) != len(counts):
            raise ValueError
        if not len(numbers) or counts.min() < 1 or counts.max() > LARGEST or counts.sum() != width * height:
            raise ValueError
        if not {*numbers.tolist()} <= {NONE, *(number for number, name in enumerate(classes) if name)}:
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise DataError("the canvas sent something that is no picture; clear it, and paint again") from None
    pixels = np.repeat(numbers, counts).astype(np.uint8).reshape(height, width)
    return None if (pixels == NONE).all() else pixels


def map_of(pixels: np.ndarray, background: str = "") -> str:
    """Returns the value of a canvas with these numbers, uint8 `(height, width)`, over a picture at an address."""
    flat = pixels.ravel()
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
    counts = np.diff(np.r_[starts, len(flat)])
    runs = np.stack([flat[starts].astype(int), counts], axis=1).ravel().tolist()
    told = {"width": pixels.shape[1], "height": pixels.shape[0], "runs": runs}
    return json.dumps(told | ({"background": background} if background else {}))


def save_map(pixels: np.ndarray, colours: Sequence[str], path: Path) -> Path:
    """Writes a label map as a palette PNG, whose values are the classes and whose palette are their colours."""
    image = Image.fromarray(pixels, "P")
    # A colour that no class has, or a reader would take what is not painted for that class.
    free = next(colour for colour in ("#000000", "#ff00ff", "#ffffff", *SPARE) if colour not in colours)
    whole = [*colours, *[free] * (NONE + 1 - len(colours))]
    image.putpalette([int(colour[at : at + 2], 16) for colour in whole for at in (1, 3, 5)])
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def save_mask(pixels: np.ndarray, path: Path) -> Path:
    """Writes a mask: white where something was painted, black elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.where(pixels == NONE, 0, 255).astype(np.uint8)).save(path)
    return path
