"""One list of pictures that is looked at: how they are read and fitted, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.errors import DataError
from multigan.field import Field
from multigan.modalities.images.labelmaps import NONE, Classes
from multigan.modalities.images.reading.check import Look, Reader, look_at_all, range_of_all
from multigan.modalities.images.reading.fit import Target
from multigan.modalities.images.reading.maps import MapReader, map_target, palette_of
from multigan.modalities.images.reading.plan import plan_target
from multigan.modalities.images.reading.stock import Keep, Stock
from multigan.modalities.images.reading.summary import Summary

__all__ = ["Part", "look_at"]

# Two pictures have other proportions where these differ by more than this share.
ALIKE = 0.02


class Part:
    """Pictures, or label maps, of one collection.

    Args:
        collection: of them.
        options: of the data.
        room: bytes that their fitted pixels may take in memory.
        side: which half of each file is one, see `Reader`.
        size: height and width, where they are decided already.
        classes: of label maps; None: they are pictures.
        before: pictures that these are read and fitted like.
    """

    def __init__(
        self,
        collection: Collection,
        options: Mapping[str, Any],
        room: int,
        *,
        side: str = "",
        size: tuple[int, int] | None = None,
        classes: Classes | None = None,
        before: Part | None = None,
    ):
        self.collection = collection
        self._options = options
        self._classes = before.classes if before else classes
        self.maps, self.notes, levels, bound = classes is not None, [], None, options["max_pixels"]
        if before:
            self.target, levels = before.target, before.reader.levels
        elif self.maps:
            self.target = map_target(Target(*size, 1, options["crop"]))
        else:
            self.target, self.notes = plan_target(collection, options, side, size)
            levels = range_of_all(collection, bound) if options["levels"] == "data" else None
        if self.maps:
            self.reader = MapReader(collection, self.target, bound, classes=self._classes)
        else:
            self.reader = Reader(collection, self.target, bound, levels, side)
        self._summary = Summary(collection, self.target, levels)
        self._keep = Keep(len(collection), self.target, room)
        self._largest = 0

    @property
    def used(self) -> np.ndarray:
        """Which of them can be read, int64 `(count,)`."""
        return np.array(self._summary.used, np.int64)

    @property
    def classes(self) -> Classes | None:
        """What the values of label maps mean, once all of them were looked at."""
        if not self.maps:
            return None
        names = self._classes.names or tuple(map(str, range(self._largest + 1)))
        bound = self._options["max_pixels"]
        return Classes(names, self._classes.colours or palette_of(self.collection, len(names), bound))

    def add(self, look: Look) -> None:
        """Counts one look."""
        self._summary.add(look)
        if look.pixels is not None:
            self._keep.add(look.pixels)
            if self.maps:
                self._largest = max(self._largest, int(np.where(look.pixels == NONE, 0, look.pixels).max()))

    def report(self, *notes: str):
        """Returns a `DataReport` on them, with further notes at its end.

        Raises:
            UnreadableDataError: more than the option `skip_bad` allows cannot be read.
            DataError: all of them are the same.
        """
        summary, levels, found = self._summary, self.reader.levels, [*notes, *self.notes]
        if self._keep.pixels is None:
            megabytes = len(summary.used) * np.prod(self.target.shape) >> 20
            found.append(f"{megabytes:,} MiB when decoded: too much to keep, images are decoded while training")
        if self._options["levels"] == "data" and levels is None and summary.of_files and not self.maps:
            why = "CMYK is not scaled" if summary.deep else "no image has more than 8 bits"
            found.append(f"levels=data changes nothing: {why}")
        report = summary.report(*found)
        summary.judge(self._options["skip_bad"], report)
        return report

    def fingerprint(self, *further: object) -> str:
        """Returns a SHA-256 in hex of what is used, and of `further`."""
        return self._summary.fingerprint(*further)

    def stock(self) -> Stock:
        """Returns the pictures."""
        used, kept = self.used, self._keep.pixels
        return Stock(self.target, self._decoded(used) if kept is None else kept, np.arange(len(used)))

    def field(self, name: str, aligned: bool) -> Field:
        """Returns what a record holds of them."""
        told = self.target.told
        if not self.maps:
            return Field(name=name, kind="picture", shape=self.target.shape, aligned=aligned, fitted=told)
        shape, classes = self.target.shape[:2], self.classes
        told = Target(*shape, 1, self.target.crop).told
        return Field(
            name=name,
            kind="labelmap",
            shape=shape,
            classes=classes.names,
            colours=classes.colours,
            aligned=aligned,
            fitted=told,
        )

    def _decoded(self, used: np.ndarray) -> Callable[[int], np.ndarray]:
        def decode_again(index: int) -> np.ndarray:
            number = int(used[index])
            try:
                return self.reader.pixels(number)
            except (UnreadableError, OSError) as error:
                name = f"{self.collection.title}: {self.collection.names[number]}"
                raise DataError(f"{name}: {error}; it could be read when the data was checked") from None

        return decode_again


def look_at(parts: Sequence[Part], progress: Callable[[int, int], None] | None) -> list[str]:
    """Looks at every picture of parts of equal counts, and returns notes.

    Pictures of one number belong together: where one cannot be read, none of them is used.
    """
    count, others, first = len(parts[0].collection), 0, ""
    for done, looks in enumerate(zip(*(look_at_all(part.reader) for part in parts), strict=True), 1):
        found = _together(parts, looks)
        if len(parts) > 1 and not any(look.reason for look in found) and not _alike(looks):
            others += 1
            first = first or parts[0].collection.names[looks[0].index]
        for part, look in zip(parts, found, strict=True):
            part.add(look)
        if progress:
            progress(done, count)
    if not others:
        return []
    told = "pairs whose two pictures have other proportions, so that they do not lie over one another"
    return [f"{told}: {others:,} (first {first})"]


def _together(parts: Sequence[Part], looks: Sequence[Look]) -> Sequence[Look]:
    """The looks, all of them bad where one is."""
    if len(looks) == 1:
        return looks
    bad = next((number for number, look in enumerate(looks) if look.reason), None)
    if bad is None:
        shapes = [look.pixels.shape[:2] for look in looks]
        if len(set(shapes)) == 1:
            return looks
        told = " and ".join(f"{height} x {width}" for height, width in (look.size for look in looks))
        why = f"its two pictures have other proportions ({told}): crop=random cannot cut them alike, crop=center can"
        return [Look(look.index, why) for look in looks]
    name = f"{parts[bad].collection.title}: {parts[bad].collection.names[looks[bad].index]}"
    why = f"its partner {name}: {looks[bad].reason}"
    return [look if look.reason else replace(look, reason=why, pixels=None) for look in looks]


def _alike(looks: Sequence[Look]) -> bool:
    (height, width), (other_height, other_width) = (look.size for look in looks)
    return abs(height * other_width - other_height * width) <= ALIKE * height * other_width
