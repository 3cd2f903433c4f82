"""What `size=auto` and `channels=0` mean for the images at hand, judged by a few headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.modalities.images.reading.decode import decode, peek
from multigan.modalities.images.reading.fit import Target, automatic_size, parse_background, parse_size

__all__ = ["plan_target"]

# Evenly spaced over the names, so that the choice is the same on every machine.
HEADERS = 128
OPAQUE_CHECKS = 16


def plan_target(
    collection: Collection, options: Mapping[str, Any], side: str = "", size: tuple[int, int] | None = None
) -> tuple[Target, list[str]]:
    """Returns the shape that all images get, and notes on the choices that were made.

    Args:
        collection: of the images.
        options: of the data.
        side: which half of each file is an image; "": the whole.
        size: height and width, where they are decided already.

    Raises:
        UsageError: an option's value cannot be read.
    """
    size = size or parse_size(options["size"])
    background = parse_background(options["background"])
    channels, notes = options["channels"], []
    if size is None or channels == 0:
        headers = _headers(collection, options["max_pixels"])
        if size is None:
            size, notes = _square(headers, bool(side))
        if channels == 0:
            channels, more = _channels(collection, headers, options["max_pixels"])
            notes += more
    return Target(*size, channels, options["crop"], options["filter"], background), notes


def _headers(collection: Collection, max_pixels: int) -> dict[int, tuple[tuple[int, int], bool, bool]]:
    """Returns (size, has colour, has alpha) of up to `HEADERS` readable images, by index."""
    count = len(collection)
    found = {}
    for index in {int(i) for i in np.linspace(0, count - 1, min(count, HEADERS))}:
        try:
            content = collection.read(index)
            if isinstance(content, bytes):
                found[index] = peek(content, max_pixels)
            else:
                height, width, channels = content.shape
                found[index] = (height, width), channels >= 3, channels in (2, 4)
        except (UnreadableError, OSError):
            continue  # counted and named when every image is decoded
    return found


def _square(headers: Mapping[int, tuple], halved: bool) -> tuple[tuple[int, int], list[str]]:
    sizes = [(height, max(width // 2, 1) if halved else width) for (height, width), _, _ in headers.values()]
    sizes = sizes or [(64, 64)]
    side, _ = automatic_size(sizes)
    if len(set(sizes)) > 1 or sizes[0][0] == sizes[0][1]:
        return (side, side), []
    height, width = sizes[0]
    longer = f"{round(side * height / min(sizes[0]))}x{round(side * width / min(sizes[0]))}"
    note = f"size=auto makes squares of images that are {height} x {width}; -o size={longer} keeps their proportions"
    return (side, side), [note]


def _channels(collection: Collection, headers: Mapping[int, tuple], max_pixels: int) -> tuple[int, list[str]]:
    """Colour when any image has it; alpha when most have it and not all of that is opaque."""
    colour = any(colour for _, colour, _ in headers.values()) or not headers
    with_alpha = [index for index, (_, _, alpha) in headers.items() if alpha]
    channels = 3 if colour else 1
    if 2 * len(with_alpha) <= len(headers):
        return channels, []
    if all(_opaque(collection, index, max_pixels) for index in sorted(with_alpha)[:OPAQUE_CHECKS]):
        return channels, [f"the alpha channel is left out, it is opaque; -o channels={channels + 1} keeps it"]
    return channels + 1, [f"transparency is kept as a channel; -o channels={channels} lays it over the background"]


def _opaque(collection: Collection, index: int, max_pixels: int) -> bool:
    try:
        content = collection.read(index)
        if isinstance(content, bytes):
            image = decode(content, max_pixels).image
            return "A" not in image.getbands() or image.getchannel("A").getextrema()[0] == 255
        return bool(content[..., -1].min() == 255)
    except (UnreadableError, OSError):
        return True
