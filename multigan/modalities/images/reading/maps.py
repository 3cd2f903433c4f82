"""Reading label maps: values as they are stored, and never resized but by taking the nearest one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from multigan.data.collection import Collection, NumberedNames, UnreadableError
from multigan.errors import DataError
from multigan.modalities.images.labelmaps import NONE, Classes
from multigan.modalities.images.reading.check import Reader
from multigan.modalities.images.reading.decode import Picture, decode_numbers
from multigan.modalities.images.reading.fit import Target

__all__ = ["MapReader", "array_maps", "map_target", "palette_of"]


@dataclass(frozen=True)
class MapReader(Reader):
    """Reads label maps as pictures of one channel, whose bytes are classes.

    Args:
        classes: what values may mean; without names every value below 255 may be.
    """

    classes: Classes = field(default_factory=Classes)

    def picture(self, content: bytes | np.ndarray) -> Picture:
        """Returns the map of a sample's content; raises `UnreadableError`."""
        if isinstance(content, bytes):
            values, kind = decode_numbers(content, self.max_pixels, self.classes.numbers())
        else:
            values, kind = content[..., 0], "array"
        count = len(self.classes.names) or NONE
        if wrong := [int(value) for value in np.unique(values) if value >= count and value != NONE]:
            raise UnreadableError(
                f"value {wrong[0]} is no class: there are 0 to {count - 1}, and {NONE} for none; mend the file, or add "
                "the class to classes.txt"
            )
        return Picture(Image.fromarray(np.ascontiguousarray(values, np.uint8)), values.shape, kind)


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


def palette_of(collection: Collection, count: int, max_pixels: int) -> tuple[str, ...]:
    """Returns the colours `"#rrggbb"` of `count` classes in the first map's palette; () where it has none for all."""
    from multigan.modalities.images.reading.decode import palette

    try:
        content = collection.read(0)
        found = palette(content, max_pixels) if isinstance(content, bytes) else ()
    except (UnreadableError, OSError):
        return ()
    return tuple(found[:count]) if len(found) >= count else ()
