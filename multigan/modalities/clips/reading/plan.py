"""What `size=auto` and `channels=0` mean for the films at hand, judged by their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from multigan.data.fit import Target, automatic_size, parse_background, parse_size
from multigan.modalities.clips.reading.film import Header

__all__ = ["plan_target"]

USUAL = 64


def plan_target(headers: Sequence[Header], options: Mapping[str, Any]) -> tuple[Target, list[str]]:
    """Returns the shape that all frames get, and notes on the choices that were made.

    Args:
        headers: of all films that can be read.
        options: of the data.

    Raises:
        UsageError: an option's value cannot be read.
    """
    size, background = parse_size(options["size"]), parse_background(options["background"])
    channels, notes = options["channels"], []
    if size is None:
        size, notes = _square([header.size for header in headers] or [(USUAL, USUAL)])
    if channels == 0:
        channels = 3 if any(header.colour for header in headers) or not headers else 1
        clear = sum(header.transparent for header in headers)
        if 2 * clear > len(headers):
            channels += 1
            notes.append(f"transparency is kept as a channel; -o channels={channels - 1} lays it over the background")
    return Target(*size, channels, options["crop"], options["filter"], background), notes


def _square(sizes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], list[str]]:
    side, _ = automatic_size(sizes)
    height, width = sizes[0]
    if len(set(sizes)) > 1 or height == width:
        return (side, side), []
    longer = f"{round(side * height / min(sizes[0]))}x{round(side * width / min(sizes[0]))}"
    note = f"size=auto makes squares of clips that are {height} x {width}; -o size={longer} keeps their proportions"
    return (side, side), [note]
