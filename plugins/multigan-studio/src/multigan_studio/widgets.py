"""What the page has for a field, by the widget of its kind: lists, sliders, places to drop things on, canvases."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from multigan import DataError, Field, UsageError, ask, pictures_of
from multigan_studio.opened import Side
from multigan_studio.painter import NONE, map_of, painted, painter, save_map, save_mask
from multigan_studio.stage import address
from multigan_studio.told import fault
from multigan_studio.uploads import checked_picture, kept_file, kept_picture

__all__ = ["WIDGETS", "Part", "colours_of", "drop_zone"]

# Numbers of a code that have a slider each.
SLIDERS = 8
# Of the run's own maps, one of which is taken to begin with.
OWN = 16
NUMBERS = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


def drop_zone(label: str, height: int, sources: Sequence[str] = ("upload", "clipboard"), **settings: Any) -> gr.Image:
    """Returns a place to drop a picture on; its value is the path of what was checked to be one."""
    part = gr.Image(
        type="filepath",
        image_mode=None,
        sources=list(sources),
        label=label,
        height=height,
        buttons=[],
        **settings,
    )
    # Gradio itself would open whatever it is.
    part.preprocess = _checked
    return part


def _checked(payload: Any) -> str | None:
    """The path of a file that was dropped, or None; what is none of the page's pictures is told at once."""
    if payload is None or payload.path is None:
        return None
    try:
        checked_picture(Path(payload.path))
    except (DataError, OSError) as error:
        raise fault(str(error)) from None
    return payload.path


@dataclass
class Part:
    """What the page has for one field.

    Args:
        field: it.
        inputs: of the page, whose values `read` takes.
        read: `read(values, folder)` returns the texts that `multigan sample --ask` would take, none where nobody chose;
            files are kept in the folder.
    """

    field: Field
    inputs: list[Any]
    read: Any


def colours_of(each: Field) -> list[str]:
    """Returns the colours of a label map's classes, `"#rrggbb"` each, as its room draws them."""
    maps = np.arange(max(1, len(each.classes)), dtype=np.int32)[None, None]
    drawn = pictures_of({each.name: each}, {each.name: maps})[each.name][0, 0]
    bytes_ = np.rint((drawn + 1) * 127.5).astype(int)
    return ["#" + "".join(f"{value:02x}" for value in colour) for colour in bytes_]


def _choice(side: Side, each: Field, drops) -> Part:
    part = gr.Dropdown(
        choices=list(each.classes),
        value=[],
        multiselect=True,
        label=each.name,
        info="none chosen: all of them in turn",
        elem_id=_called(side, each),
    )
    return Part(each, [part], lambda values, folder: _known(values[0] or [], each))


def _known(chosen: Sequence[str], each: Field) -> list[str]:
    for name in chosen:
        if name not in each.classes:
            raise UsageError(f"{name}: no such {each.name}")
    return list(chosen)


def _numbers(side: Side, each: Field, drops) -> Part:
    length = int(np.prod(each.shape))
    if each.within and length <= SLIDERS:
        usual = each.usual or (sum(each.within) / 2,) * length
        parts = [
            gr.Slider(*each.within, value=start, label=each.name if length == 1 else f"{each.name} {number + 1}")
            for number, start in enumerate(usual)
        ]
        return Part(each, parts, lambda values, folder: [",".join(f"{float(value):g}" for value in values)])
    part = gr.Textbox(
        label=each.name,
        info=f"{length:,} number{'s' * (length > 1)}, parted by commas; empty: the run's own",
        elem_id=_called(side, each),
    )
    return Part(each, [part], lambda values, folder: _parted(values[0], each))


def _parted(text: str | None, each: Field) -> list[str]:
    """Numbers and nothing else: what names a file would be read."""
    if not (text or "").strip():
        return []
    words = text.split(",")
    if not all(NUMBERS.fullmatch(word) for word in words):
        raise UsageError(f"{each.name}: only numbers, parted by commas")
    return [",".join(word.strip() for word in words)]


def _picture(side: Side, each: Field, drops) -> Part:
    drop = drop_zone(f"{each.name}: drop a picture (none: the run's own)", 260, elem_id=_called(side, each))
    drops[each.name] = drop
    return Part(
        each,
        [drop],
        lambda values, folder: [str(kept_picture(Path(values[0]), folder, each.name))] if values[0] else [],
    )


def _labelmap(side: Side, each: Field, drops) -> Part:
    colours, (height, width) = colours_of(each), each.shape[:2]
    canvas = painter(
        each.classes, colours, width, height, thickness=max(2, min(width, height) // 6), elem_id=_called(side, each)
    )
    own = gr.Button("One of the run's maps", size="sm")
    own.click(lambda: _own_map(side, each), None, [canvas], show_progress="hidden", api_visibility="private")
    drop = drop_zone("or drop a map", 120, ["upload"])

    def read(values, folder):
        if values[1]:
            return [str(kept_picture(Path(values[1]), folder, each.name))]
        pixels = painted(values[0], each.classes)
        if pixels is None:
            raise UsageError("the canvas is empty: paint something on it, or fill it with the bucket")
        return [str(save_map(pixels, colours, folder / f"{each.name}.png"))]

    return Part(each, [canvas, drop], read)


def _own_map(side: Side, each: Field) -> str:
    """A map that the run kept of its data, any of them, to begin with."""
    try:
        kept = ask(side.trained, OWN).values[each.name]
    except UsageError:
        raise fault("the run keeps no maps of its data") from None
    return map_of(np.asarray(kept[int(np.random.default_rng().integers(OWN))]).astype(np.uint8))


def _mask(side: Side, each: Field, drops) -> Part:
    height, width = each.shape[:2]
    canvas = painter(
        ("hole",), ("#8b5cf6",), width, height, thickness=max(3, min(width, height) // 6), elem_id=_called(side, each)
    )
    for drop in drops.values():
        drop.change(_paint_on, [drop], [canvas], show_progress="hidden", api_visibility="private", concurrency_limit=4)

    def read(values, folder):
        pixels = painted(values[0], ("hole",))
        return [] if pixels is None else [str(save_mask(pixels, folder / f"{each.name}.png"))]

    return Part(each, [canvas], read)


def _paint_on(path: str | None) -> str:
    """An empty canvas of a picture's size, over the picture."""
    if not path:
        return ""
    with Image.open(path) as image:
        width, height = image.size
        if image.getexif().get(274, 1) in (5, 6, 7, 8):  # a camera that was held upright
            width, height = height, width
    return map_of(np.full((height, width), NONE, np.uint8), address(Path(path)))


def _text(side: Side, each: Field, drops) -> Part:
    part = gr.Textbox(label=each.name, info="empty: the run's own", elem_id=_called(side, each))
    return Part(each, [part], lambda values, folder: [values[0]] if values[0] else [])


def _file(side: Side, each: Field, drops) -> Part:
    label = f"{each.name}: drop a file (none: the run's own)"
    part = gr.File(label=label, type="filepath", elem_id=_called(side, each))

    def read(values, folder):
        return [str(kept_file(Path(values[0]), folder, each.name))] if values[0] else []

    return Part(each, [part], read)


def _called(side: Side, each: Field) -> str:
    return f"ask-{side.key}-{each.name}"


WIDGETS = {
    "choice": _choice,
    "numbers": _numbers,
    "picture": _picture,
    "labelmap": _labelmap,
    "mask": _mask,
    "text": _text,
    "": _file,
}
