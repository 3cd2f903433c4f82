"""Reading label maps: values as they are stored, and never resized but by taking the nearest one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from multigan.data.collection import Collection, NumberedNames, UnreadableError
from multigan.data.fit import Target
from multigan.errors import DataError
from multigan.modalities.images.labelmaps import NAME, NONE, Classes
from multigan.modalities.images.reading.check import Reader
from multigan.modalities.images.reading.decode import Picture
from multigan.modalities.images.reading.numbers import Stored, stored, stored_array

__all__ = ["MapReader", "array_maps", "map_target"]

# How many numbers an error lists.
LISTED = 8


@dataclass(frozen=True)
class MapReader(Reader):
    """Reads label maps as pictures of one channel, whose bytes are classes.

    Args:
        classes: what values may mean; without names every value below 255 may be.
    """

    classes: Classes = field(default_factory=Classes)

    def picture(self, content: bytes | np.ndarray) -> Picture:
        """Returns the map of a sample's content; raises `UnreadableError`."""
        found = stored(content, self.max_pixels) if isinstance(content, bytes) else stored_array(content)
        values, told = _numbered(found, self.classes)
        names = self.classes.names
        occurring = tuple(np.flatnonzero(np.bincount(values.ravel(), minlength=NONE + 1)).tolist())
        for value in occurring:
            if value != NONE and names and not (value < len(names) and names[value]):
                told = f"value {value} is no class: there are {_listed(self.classes.known)}, and {NONE} for none"
                raise UnreadableError(f"{told}; mend the file, or add the class to {NAME}", told)
        picture = Picture(Image.fromarray(np.ascontiguousarray(values, np.uint8)), values.shape, found.kind, told=told)
        picture = replace(picture, values=occurring)
        if values is found.values:
            return picture
        # Other colours of the same classes make other maps of the same bytes.
        return replace(picture, reading=f"by colour {' '.join(self.classes.colours)}")


def map_target(target: Target) -> Target:
    """Returns how label maps get the shape of the pictures that they belong to."""
    return Target(target.height, target.width, 1, target.crop, "nearest", (NONE, NONE, NONE))


def array_maps(title: str, maps: np.ndarray) -> Collection:
    """Returns the rows of an array of whole numbers `(count, height, width)` as label maps.

    Raises:
        DataError: another shape or type, or values below 0 or above 255.
    """
    if maps.ndim == 4 and maps.shape[-1] == 1:
        maps = maps[..., 0]
    if maps.ndim != 3 or 0 in maps.shape or maps.dtype.kind not in "biu":
        raise DataError(
            f"{title}: an array of shape {maps.shape} and type {maps.dtype}; label maps are whole numbers "
            "(count, height, width)"
        )

    def read(index: int) -> np.ndarray:
        values = np.asarray(maps[index])
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > NONE:
            raise UnreadableError(f"values from {low} to {high}; classes are 0 to {NONE - 1}, and {NONE} is none")
        return values.astype(np.uint8)[..., None]

    return Collection(title, NumberedNames("images", len(maps)), read)


def _numbered(found: Stored, classes: Classes) -> tuple[np.ndarray, tuple[str, ...]]:
    """The numbers that a file holds, uint8 `(height, width)`, and what is noted of them."""
    numbers, shown = classes.numbers, classes.shown
    if found.values.ndim == 3:
        # Without a classes.txt colours are those of other files' palettes, and shades of grey may be numbers.
        plain = found.grey and not (classes.names and numbers) and any(each not in numbers for each in found.distinct)
        return (found.values[..., 0] if plain else _of_colours(found, classes)), ()
    others = {value: colour for value, colour in found.used.items() if shown[value : value + 1] != (colour,)}
    if not numbers or not found.shown or not others or not (found.palette or _are_colours(found, classes)):
        return found.values, ()
    unknown = [value for value, colour in others.items() if colour not in numbers]
    if found.palette and unknown and unknown != [NONE]:
        return found.values, ("with a palette of other colours than the classes have, read by number",)
    if len(unknown) == len(others) or (unknown and not found.palette):
        return found.values, ()
    means = {**{found.used[value]: NONE for value in unknown}, **numbers}
    told = ("with a palette that has the classes' colours at other numbers, read by colour",) if found.palette else ()
    return found.by_colour(means), told


def _are_colours(found: Stored, classes: Classes) -> bool:
    """Whether shades of grey may be colours: where they were judged together, or else as numbers they would be lost."""
    if classes.greys is not None:
        return classes.greys
    return any(value == NONE or value >= len(classes.names) for value in found.used)


def _of_colours(found: Stored, classes: Classes) -> np.ndarray:
    numbers = classes.numbers
    for colour in found.distinct:
        if colour not in numbers:
            told = "the colour #{:02x}{:02x}{:02x}".format(*colour)
            give = "give grey or palette PNGs"  # all that there is to do where a trained run has the classes
            if numbers:
                raise UnreadableError(
                    f"{told} is no class's; add it to {NAME}, or {give}", f"{told} is no class's; {give}"
                )
            why = "the classes have no colours" if classes.names else f"there is no {NAME}"
            own = "the run's classes have no colours"
            raise UnreadableError(
                f"{told} means no class: {why}; write it in {NAME}, or {give}", f"{told} means no class: {own}; {give}"
            )
    return found.by_colour(numbers)


def _listed(numbers: tuple[int, ...]) -> str:
    """Numbers as an error names them: "0 to 11"; "0, 5, 11"."""
    if len(numbers) == numbers[-1] + 1:
        return f"0 to {numbers[-1]}"
    return ", ".join(map(str, numbers[:LISTED])) + (", ..." if len(numbers) > LISTED else "")
