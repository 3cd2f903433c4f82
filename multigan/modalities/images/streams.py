"""Pictures, masks and label maps that a person gives, read one by one, so that a folder never stands in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from multigan.data.collection import Collection, UnreadableError
from multigan.data.fit import Target
from multigan.data.levels import Levels
from multigan.data.threads import in_threads
from multigan.errors import DataError, UsageError
from multigan.field import Field
from multigan.fields import Streamed
from multigan.modalities.images.made import made, picture_shape
from multigan.modalities.images.masks import HALF, RandomHoles, white_hole
from multigan.modalities.images.options import OPTIONS
from multigan.modalities.images.reading.beside import units_of
from multigan.modalities.images.reading.decode import Picture, decode, from_pixels, peek
from multigan.modalities.images.reading.maps import MapReader
from multigan.modalities.images.unread import naming, other_size, quiet, reason

__all__ = [
    "Holes",
    "Maps",
    "Masks",
    "Pictures",
    "Read",
    "Stream",
    "bound",
    "cropped",
]

# Files that a thread takes at a time.
TASK = 8
# What is under transparent pixels where training draws something of pictures.
WHITE = 255, 255, 255


@dataclass(frozen=True)
class Read:
    """One picture as it goes in.

    Args:
        values: by field, without an axis for the count.
        size: (height, width) of what was given.
        alpha: its alpha channel, uint8 `(height, width)`, where the values have none.
        original: uint8 `(height, width, channels)`, where the values were made of it.
        cut: (height, width) that what comes out is cut to; None: as large as what goes in, times the game's scale.
        told: what is worth a note of how it was read, in words that a count follows.
    """

    values: Mapping[str, np.ndarray]
    size: tuple[int, int]
    alpha: np.ndarray | None = None
    original: np.ndarray | None = None
    cut: tuple[int, int] | None = None
    told: tuple[str, ...] = ()


class Stream(Streamed):
    """Values of one field that are read when they are asked for, by row.

    `stream[rows]` are some of them, fitted to the field's shape; a bad file is a `DataError` then. `read` takes one,
    fitted or as large as it is.

    Args:
        contents: of the files.
        field: what they are for.
        target: how they are fitted.
    """

    def __init__(self, contents: Collection, field: Field, target: Target):
        self.contents, self.field, self.target = contents, field, target
        self.levels = Levels.as_told(field.fitted)

    def __len__(self) -> int:
        return len(self.contents)

    def name(self, row: int) -> str:
        """What a row's file is called."""
        return self.contents.names[row]

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Values of some rows, `(count, *field.shape)`.

        Raises:
            DataError: files that cannot be read; the message names them.
        """
        return self.all(rows, lambda row: self.read(row).values[self.field.name])

    def all(self, rows: np.ndarray, read: Callable[[int], np.ndarray]) -> np.ndarray:
        """What `read(row)` returns of some rows, stacked; raises as `take`."""
        bad = {}

        def attempt(number: int) -> np.ndarray | None:
            try:
                return read(int(rows[number]))
            except (UnreadableError, OSError) as error:
                bad[self.name(int(rows[number]))] = reason(error)
                return None

        with quiet():
            found = list(in_threads(attempt, len(rows), TASK))
        if bad:
            raise DataError(f"{self.contents.title}: {naming(list(bad.items()))}; mend the files, or leave them out")
        return np.stack(found)

    def content(self, row: int) -> bytes | np.ndarray:
        """What a row's file holds; raises `UnreadableError` or `OSError`."""
        return self.contents.read(row)

    def pixels(self, content: bytes | np.ndarray) -> int:
        """How many pixels a content has, by its header; raises `UnreadableError`."""
        height, width = peek(content, bound())[0] if isinstance(content, bytes) else content.shape[:2]
        return height * width

    def read(self, row: int, free: bool = False, content: bytes | np.ndarray | None = None) -> Read:
        """Returns one row's picture.

        Args:
            row: of it.
            free: it keeps its own size; else it is fitted to the field's.
            content: of its file, where that was read already.

        Raises:
            UnreadableError, OSError: it cannot be read.
        """
        raise NotImplementedError

    def _picture(self, content: bytes | np.ndarray, free: bool) -> Picture:
        if not isinstance(content, bytes):
            return from_pixels(content)
        # What is to be small may be decoded small.
        enough = None if free else max(self.target.height, self.target.width)
        return decode(content, bound(), enough, self.levels)

    def _fitting(self, size: tuple[int, int], free: bool, **changes: Any) -> Target:
        """How a picture of a size is fitted, or kept."""
        target = replace(self.target, **changes)
        return replace(target, height=size[0], width=size[1], crop="none") if free else target


class Pictures(Stream):
    """Pictures, as training would see them; what training makes of its own is made of these.

    Args:
        contents, field: as of a `Stream`.
        masks: of the holes of pictures without transparency, where those are to have any: one for all, those of the
            same names, or `RandomHoles`, for which a picture's row tells its hole; None: such pictures have none.

    Raises:
        UsageError: several masks, of which none has the name of a picture.
    """

    def __init__(self, contents: Collection, field: Field, masks: Any = None):
        shape = picture_shape(field) if field.made else field.shape
        super().__init__(contents, field, Target.as_told(shape, field.fitted))
        self.masks = masks
        self._by_name = {}
        if isinstance(masks, Stream) and len(masks) > 1:  # a single one is meant for all
            self._by_name = {PurePosixPath(name).stem: row for row, name in enumerate(masks.contents.names)}
            if not any(PurePosixPath(name).stem in self._by_name for name in contents.names):
                raise UsageError(
                    f"{masks.contents.title}: {len(masks)} masks, such as {masks.contents.names[0]}, and none has the "
                    f"name of a picture, such as {contents.names[0]}; give masks of the pictures' names, or one for all"
                )

    def read(self, row: int, free: bool = False, content: bytes | np.ndarray | None = None) -> Read:
        """See `Stream.read`: values in [-1, 1], and those of the mask where the picture is to have a hole."""
        content = self.content(row) if content is None else content
        picture = self._picture(content, free)
        return replace(self._read(row, picture.image, picture.size, free), told=_told(picture))

    def _read(self, row: int, image: Image.Image, size: tuple[int, int], free: bool) -> Read:
        low = self.field.made.startswith("low")
        if low and size == tuple(self.field.shape[:2]):
            pixels, alpha = _opaque(image, self._fitting(size, True), False)
            return Read({self.field.name: units_of(pixels, self.field)}, size, alpha)
        if self.field.made == "mask":
            return self._with_hole(row, image, size, free)
        drawn = self.field.made.partition(":")[0] in ("grey", "edges", "lines")
        target = self._fitting(size, free, **({"background": WHITE} if drawn else {}))
        pixels, alpha = _opaque(image, target, drawn)
        if not self.field.made:
            return Read({self.field.name: units_of(pixels, self.field)}, size, alpha)
        whole, cut = pixels, None
        if low:
            scale = int(self.field.made.split(":")[1])
            cut, more = pixels.shape[:2], [(0, -side % scale) for side in pixels.shape[:2]]
            whole = np.pad(pixels, (*more, (0, 0)), mode="reflect") if any(map(any, more)) else pixels
        values = made(whole[None], self.field, None, np.array([row]))[self.field.name][0]
        return Read({self.field.name: values}, size, alpha, pixels, cut)

    def holes(self, rows: np.ndarray) -> np.ndarray:
        """The holes of some rows' pictures, fitted; as `take`."""
        return self.all(rows, lambda row: self.read(row).values["mask"])

    def _with_hole(self, row: int, image: Image.Image, size: tuple[int, int], free: bool) -> Read:
        """A picture whose transparent part is its hole, or else what the mask says."""
        channels = self.target.channels
        target = self._fitting(size, free, channels=channels + channels % 2)
        pixels = target.window(target.fit(image))
        hole = (pixels[..., -1:] < HALF).astype(np.float32)
        pixels = pixels[..., :channels]
        known = None if hole.any() else pixels  # what is transparent has nothing under it
        if known is not None:
            hole = self._mask(row, free, pixels.shape[:2])
        indices = np.array([row])
        found = made(pixels[None], self.field, None, indices, None if hole is None else hole[None])
        return Read({self.field.name: found[self.field.name][0], "mask": found["mask"][0]}, size, original=known)

    def _mask(self, row: int, free: bool, size: tuple[int, ...]) -> np.ndarray | None:
        if self.masks is None:
            raise UnreadableError("it has no hole: nothing in it is transparent, and no mask is given")
        if isinstance(self.masks, RandomHoles):
            return None
        number = row % len(self.masks)
        if self._by_name:
            number = self._by_name.get(PurePosixPath(self.name(row)).stem)
            if number is None:
                raise UnreadableError("no mask has its name, as others have; add one, or make the picture transparent")
        if not isinstance(self.masks, Stream):
            return np.asarray(self.masks[np.array([number])])[0]
        try:
            values = self.masks.read(number, free).values[self.masks.field.name]
        except (UnreadableError, OSError) as error:
            raise UnreadableError(f"its mask {self.masks.name(number)}: {reason(error)}") from None
        if values.shape[:2] != size:
            raise UnreadableError(other_size(self.name(row), size, "mask", self.masks.name(number), values.shape))
        return values


class Masks(Stream):
    """Masks: 1 where a file is transparent, or else where it is white."""

    def read(self, row: int, free: bool = False, content: bytes | np.ndarray | None = None) -> Read:
        """See `Stream.read`: values `(height, width, 1)`."""
        content = self.content(row) if content is None else content
        picture = self._picture(content, free)
        size, target = picture.size, self._fitting(picture.size, free)
        pixels = target.window(target.fit(picture.image))
        clear = pixels[..., 1] < HALF
        hole = clear if clear.any() else white_hole(pixels[..., 0], picture.span and picture.span[1])
        return Read({self.field.name: hole[..., None].astype(np.float32)}, size)


class Maps(Stream):
    """Label maps: classes, never resized but by taking the nearest one.

    Args:
        contents, field, target: as of a `Stream`.
        classes: that values may be.
    """

    def __init__(self, contents: Collection, field: Field, target: Target, classes: Any):
        super().__init__(contents, field, target)
        self._reader = MapReader(contents, target, bound(), classes=classes)

    def read(self, row: int, free: bool = False, content: bytes | np.ndarray | None = None) -> Read:
        """See `Stream.read`: values `(height, width)`."""
        content = self.content(row) if content is None else content
        picture = self._reader.picture(content)
        target = self._fitting(picture.size, free)
        pixels = target.window(target.fit(picture.image))
        return Read({self.field.name: units_of(pixels, self.field)}, picture.size)


class Holes(Streamed):
    """The masks of pictures that have holes, `(count, height, width, 1)`."""

    def __init__(self, pictures: Pictures):
        self.pictures = pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Those of some pictures."""
        return self.pictures.holes(rows)


def bound() -> int:
    """How many pixels a picture may have."""
    return OPTIONS["max_pixels"].default


def cropped(fitted: str) -> str:
    """How a field's pictures are fitted, without what is of colours only."""
    return next((word for word in fitted.split() if word.startswith("crop=")), "")


def _told(picture: Picture) -> tuple[str, ...]:
    """What is lost of a picture when it is read."""
    deep = ("of more than 8 bits a channel, read and written as 8",) if picture.deep else ()
    return (*deep, *(("animated or of several pages, the first is read",) if picture.animated else ()))


def _opaque(image: Image.Image, target: Target, drawn: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Fitted pixels, and the alpha channel of a picture that goes in without it.

    Colour is the picture's own wherever a bit of it shows; the background is where nothing does.
    """
    if image.mode not in ("LA", "RGBA") or (target.channels in (2, 4) and not drawn):
        return target.window(target.fit(image)), None
    wide = replace(target, channels=4)
    pixels = wide.window(wide.fit(image)).copy()
    alpha = pixels[..., 3].copy()
    pixels[alpha == 0, :3] = target.background
    pixels[..., 3] = 255
    if target.channels == 1:
        return np.asarray(Image.fromarray(pixels).convert("L"))[..., None], alpha
    return pixels[..., : target.channels], alpha
