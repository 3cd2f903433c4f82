"""Label maps: pictures whose values are classes, what these are called, and their colours."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import ImageColor

from multigan.data.naming import printable
from multigan.errors import DataError

__all__ = ["NAME", "NONE", "Classes", "colours_of", "count_of", "in_colours", "is_colour", "parse_classes"]

# Of the file that names the classes, beside the maps.
NAME = "classes.txt"
# The value that is no class.
NONE = 255


@dataclass(frozen=True)
class Classes:
    """What the values of label maps mean.

    Args:
        names: of the classes 0, 1, ...; "" for a number that is no class. Empty where nobody named them, and any value
            below 255 is one.
        colours: `"#rrggbb"` of each class; empty where nobody gave them.
        greys: whether shades of grey are colours of classes, not numbers; None: judged for each file by itself.
    """

    names: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    greys: bool | None = None

    @cached_property
    def shown(self) -> tuple[tuple[int, int, int], ...]:
        """The classes' colours as red, green and blue."""
        return tuple(ImageColor.getrgb(colour)[:3] for colour in self.colours)

    @cached_property
    def numbers(self) -> dict[tuple[int, int, int], int]:
        """The classes by their colours: the first of those that have the same, without numbers that are no class."""
        pairs = reversed(list(enumerate(self.shown)))
        return {colour: number for number, colour in pairs if self.names[number : number + 1] != ("",)}

    @property
    def known(self) -> tuple[int, ...]:
        """The numbers that are classes; empty where nobody named them."""
        return tuple(number for number, name in enumerate(self.names) if name)


def parse_classes(content: bytes, title: str) -> Classes:
    """Returns the classes of a classes.txt: a number, a name and perhaps a colour in each line, such as
    `0, sky, #87ceeb` or `0 sky 135 206 235`, parted by commas, semicolons, tabs or blanks. Lines that begin with `#`
    say nothing. Numbers between those of classes are no classes.

    Raises:
        DataError: a line that is none such, a number twice, or one above 254.
    """
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DataError(f"{title}: not a text in UTF-8; save it as UTF-8") from None
    found: dict[int, tuple[str, str]] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        number, name, colour = _line(line, f"{title}: line {place}")
        if number in found:
            raise DataError(f"{title}: line {place}: class {number} is there already, as {found[number][0]}")
        found[number] = name, colour
    if not found:
        raise DataError(f"{title}: no class in it; write a number, a name and a colour in each line: 0, sky, #87ceeb")
    count = max(found) + 1
    names = tuple(found[number][0] if number in found else "" for number in range(count))
    given = {number: colour for number, (_, colour) in found.items() if colour}
    defaults = colours_of((), count)
    return Classes(names, tuple(given.get(number, defaults[number]) for number in range(count)) if given else ())


def count_of(names: Sequence[str]) -> str:
    """Returns how many classes there are, of names of which some may be "": "12 classes"; "1 class"."""
    count = sum(map(bool, names))
    told = f"{count:,} class{'' if count == 1 else 'es'}"
    return told if count == len(names) else f"{told}, numbered up to {len(names) - 1:,}"


def colours_of(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """Returns a colour `"#rrggbb"` for each of `count` classes: the given ones, then others, far apart and never white.

    The first classes beyond the given ones have the same colours in every run.
    """
    found = list(colours[:count])
    for number in range(len(found), count):
        # Steps by the golden ratio: hues that are far apart however many there are.
        red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1, 0.75, (0.9, 0.6)[number % 2])
        found.append(f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}")
    return tuple(found)


def is_colour(text: object) -> bool:
    """Says whether this is a colour as fields have it, `"#rrggbb"`."""
    return isinstance(text, str) and re.fullmatch("#[0-9a-fA-F]{6}", text) is not None


def in_colours(maps: np.ndarray, colours: Sequence[str], count: int) -> np.ndarray:
    """Returns label maps `(..., height, width)` in their classes' colours, float32 with three channels in [-1, 1].

    What is no class is black.
    """
    table = np.zeros((256, 3), np.uint8)
    for number, colour in enumerate(colours_of(colours, count)):
        table[number] = ImageColor.getrgb(colour)[:3]
    return table[np.clip(maps, 0, NONE)] / np.float32(127.5) - 1


def _line(line: str, place: str) -> tuple[int, str, str]:
    parting = next((mark for mark in ",;\t" if mark in line), None)
    number, *cells = [cell.strip() for cell in line.split(parting)]
    if parting is None:  # a name may have blanks
        cells = _parted(cells)
    elif len(cells) == 4:
        cells = [cells[0], " ".join(cells[1:])]
    name, colour, *more = *cells, *[""] * max(0, 2 - len(cells))
    if not re.fullmatch(r"[0-9]{1,3}", number, re.ASCII) or int(number) >= NONE or not name or any(more):
        raise DataError(
            f"{place}: {printable(line.strip())[:60]!r} is no class; write a number from 0 to {NONE - 1}, a name and "
            "perhaps a colour, such as 0, sky, #87ceeb"
        )
    if colour and not _colour(colour):
        raise DataError(
            f"{place}: {printable(colour)[:40]!r} is no colour; write it as #rrggbb, or as three numbers from 0 to 255"
        )
    return int(number), printable(name), _colour(colour) if colour else ""


def _parted(words: list[str]) -> list[str]:
    """The words of a name, and of a colour behind it, as these two.

    What looks like a colour is none of the name: several numbers at the end, or what begins with #.
    """
    numbers = 0
    while numbers < len(words) and re.fullmatch(r"[0-9.]+", words[-1 - numbers], re.ASCII):
        numbers += 1
    if numbers > 1 and len(words) > numbers:
        return [" ".join(words[:-numbers]), " ".join(words[-numbers:])]
    if len(words) > 1 and (words[-1].startswith("#") or _colour(words[-1])):
        return [" ".join(words[:-1]), words[-1]]
    return [" ".join(words), ""]


def _colour(text: str) -> str:
    """A colour as "#rrggbb"; "" for a text that is none."""
    if re.fullmatch(r"[0-9]{1,3}( +[0-9]{1,3}){2}", text, re.ASCII):
        red, green, blue = map(int, text.split())
        return f"#{red:02x}{green:02x}{blue:02x}" if max(red, green, blue) <= 255 else ""
    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        return ""
    return f"#{red:02x}{green:02x}{blue:02x}"
