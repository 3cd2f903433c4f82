"""One list of pictures that is looked at: how they are read and fitted, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.data.fit import Target
from multigan.data.spelling import listed
from multigan.errors import DataError
from multigan.field import Field
from multigan.modalities.images.labelmaps import NONE, Classes, count_of
from multigan.modalities.images.reading.check import Look, Reader, look_at_all, range_of_all
from multigan.modalities.images.reading.late import Late
from multigan.modalities.images.reading.maps import MapReader, map_target
from multigan.modalities.images.reading.plan import plan_target
from multigan.modalities.images.reading.stock import Keep, Stock
from multigan.modalities.images.reading.summary import Summary, alike
from multigan.modalities.images.reading.survey import survey

__all__ = ["Part", "look_at"]

# So few classes that do not occur are named, and so many that do and nobody named are doubted.
FEW, MANY = 3, 100


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
        rows: which of them are looked at before training, int64; None: all.

    Attributes:
        rows: see above.
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
        rows: np.ndarray | None = None,
    ):
        self.collection, self.rows = collection, rows
        self._options = options
        self._classes = before.classes if before else classes
        self.maps, self.notes, levels, bound = classes is not None, [], None, options["max_pixels"]
        if before:
            self.target, levels = before.target, before.reader.levels
        elif self.maps:
            self.target = map_target(Target(*size, 1, options["crop"]))
            self._classes, self.notes = survey(collection, classes, bound)
        else:
            self.target, self.notes = plan_target(collection, options, side, size)
            levels = range_of_all(collection, bound) if options["levels"] == "data" else None
        if self.maps:
            self.reader = MapReader(collection, self.target, bound, classes=self._classes)
        else:
            self.reader = Reader(collection, self.target, bound, levels, side)
        self._summary = Summary(collection, self.target, levels, rows)
        self._keep = Keep(len(collection), self.target, room if rows is None else -1)
        self._room = len(collection) * np.prod(self.target.shape) <= room and self.target.crop != "random"
        self._seen: set[int] = set()  # the values of label maps

    @property
    def used(self) -> np.ndarray:
        """Which of them can be read, as far as they were looked at, int64 or int32 `(count,)`."""
        return self._summary.used

    @property
    def classes(self) -> Classes | None:
        """What the values of label maps mean, once all of them were looked at."""
        if not self.maps:
            return None
        names, colours = self._classes.names, self._classes.colours
        if not names:
            names = tuple(map(str, range(max(self._seen - {NONE}, default=0) + 1)))
        return replace(self._classes, names=names, colours=colours[: len(names)] if len(colours) >= len(names) else ())

    def add(self, look: Look) -> None:
        """Counts one look."""
        self._summary.add(look)
        if look.pixels is not None:
            self._keep.add(look.pixels)
            self._seen.update(look.values)

    def report(self, *notes: str):
        """Returns a `DataReport` on them, with further notes at its end.

        Raises:
            UnreadableDataError: more than the option `skip_bad` allows cannot be read.
            DataError: all of them are the same.
        """
        summary, levels, found = self._summary, self.reader.levels, [*notes, *self.notes]
        if self.rows is not None and self._room:
            found.append("images are decoded when they are first read, and stay in memory")
        elif self._keep.pixels is None:
            megabytes = len(summary.used) * np.prod(self.target.shape) >> 20
            found.append(f"{megabytes:,} MiB when decoded: too much to keep, images are decoded while training")
        if self._options["levels"] == "data" and levels is None and summary.of_files and not self.maps:
            why = "CMYK is not scaled" if summary.deep else "no image has more than 8 bits"
            found.append(f"levels=data changes nothing: {why}")
        if self.maps:
            found += self._occurring()
        if self.reader.side:
            found += summary.misshapen()
        report = summary.report(*found)
        summary.judge(self._options["skip_bad"], report)
        return report

    def fingerprint(self, *further: object) -> str:
        """Returns a SHA-256 in hex of what is used, and of `further`."""
        return self._summary.fingerprint(*further)

    def stock(self) -> Stock:
        """Returns the pictures."""
        used, kept = self.used, self._keep.pixels
        if self.rows is not None:
            skipped, share = self._summary.skipped, self._options["skip_bad"]
            late = Late(self.reader, used, self.rows, skipped, share, self._room)
            return Stock(self.target, late, np.arange(len(used), dtype=used.dtype))
        return Stock(self.target, self._decoded(used) if kept is None else kept, np.arange(len(used)))

    @property
    def fitted(self) -> str:
        """How pictures are brought to their shape and range, as a field has it."""
        return " ".join(each.told for each in (self.target, self.reader.levels) if each and each.told)

    def field(self, name: str, aligned: bool) -> Field:
        """Returns what a record holds of them."""
        if not self.maps:
            return Field(name=name, kind="picture", shape=self.target.shape, aligned=aligned, fitted=self.fitted)
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

    def _occurring(self) -> list[str]:
        """Notes where there are more classes than occur, or so many that they may be none."""
        names = self.classes.names
        found = [name for number, name in enumerate(names) if name and number in self._seen]
        missing, doubtful = len(found) < sum(map(bool, names)), not self._classes.names and len(found) >= MANY
        told = f"{len(found):,} of {count_of(names)} {'occurs' if len(found) == 1 else 'occur'}"
        notes = [f"{len(found):,} values occur: are these shades of grey, and no classes?"] if doubtful else []
        if missing and self._classes.names:
            without = [name for name in names if name and name not in found]
            notes.append(f"{told}: {f'all but {listed(without)}' if len(without) <= FEW else listed(found)}")
        elif missing:
            notes.append(f"{told}: {listed(found)} (each number up to the largest is a class)")
        return notes

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
    """Looks at every picture of parts of equal counts, or at the same some of each, and returns notes.

    Pictures of one number belong together: where one cannot be read, none of them is used.
    """
    rows, others, first = parts[0].rows, 0, ""
    count = len(parts[0].collection) if rows is None else len(rows)
    for done, looks in enumerate(zip(*(look_at_all(part.reader, rows) for part in parts), strict=True), 1):
        found = _together(parts, looks)
        if len(parts) > 1 and not any(look.reason for look in found) and not _alike(looks):
            others += 1
            first = first or " beside ".join(_named(part, look) for part, look in zip(parts, looks, strict=True))
        for part, look in zip(parts, found, strict=True):
            part.add(look)
        if progress:
            progress(done, count)
    if not others:
        return []
    told = "pairs whose two pictures have other proportions, so that they do not lie over one another"
    return [f"{told}: {others:,} (first {first})"]


def _named(part: Part, look: Look) -> str:
    height, width = look.size
    return f"{part.collection.title}: {part.collection.names[look.index]}, {height:,} x {width:,}"


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
    one, other = (look.size for look in looks)
    return alike(one, other)
