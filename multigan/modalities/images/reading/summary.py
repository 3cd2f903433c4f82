"""What validation saw, summed up: the report, the fingerprint, and the verdict."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from dataclasses import replace

import numpy as np

from multigan.data.collection import Collection
from multigan.data.file_names import names_digest
from multigan.data.fit import Target
from multigan.data.labels import occurring
from multigan.data.levels import NARROW, Levels
from multigan.data.source import DataReport
from multigan.data.verdict import class_notes, judge
from multigan.errors import DataError
from multigan.modalities.images.reading.check import Look

__all__ = ["Summary", "alike"]

# Two pictures have other proportions where these differ by more than this share.
ALIKE = 0.02


def alike(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Returns whether pictures of two sizes have the same proportions, but for rounding."""
    return abs(size[0] * other[1] - other[0] * size[1]) <= ALIKE * size[0] * other[1]


class Summary:
    """Counts looks, one by one and in order.

    Args:
        collection: that is looked at.
        target: the shape that images get.
        levels: black and white of files with more than 8 bits, where they are not the ends of their type.
        rows: the numbers of those that are looked at, where these are not all; the others are used unseen.
    """

    def __init__(
        self, collection: Collection, target: Target, levels: Levels | None = None, rows: np.ndarray | None = None
    ):
        self._collection = collection
        self._target = target
        self._levels = levels
        self._rows = rows
        self._span: tuple[float, float] | None = None
        self._skipped: list[tuple[str, str]] = []
        self._first_with: dict[bytes, int] = {}
        self._kinds: Counter = Counter()
        self._bits: set[int] = set()
        self._counts: Counter = Counter()
        self._first: dict[str, str] = {}
        self._told: dict[str, None] = {}  # in the order in which they were first seen
        self._sizes: dict[str, tuple[int, int]] = {}
        self._shapes: Counter = Counter()
        self._first_of: dict[tuple[int, int], str] = {}
        self._hash = hashlib.sha256()
        self._seen = array("q")  # those that can be read, of those that were looked at
        self._unread: list[int] = []

    @property
    def used(self) -> np.ndarray:
        """The numbers of those that training sees, int64 `(count,)`; without a look at all, int32."""
        if self._rows is None:
            return np.array(self._seen, np.int64)
        kept = np.ones(len(self._collection), bool)
        kept[self._unread] = False
        return np.flatnonzero(kept).astype(np.int32 if len(kept) < 1 << 31 else np.int64)

    @property
    def skipped(self) -> tuple[tuple[str, str], ...]:
        """`(name, reason)` of those that cannot be read."""
        return tuple(self._skipped)

    def add(self, look: Look) -> None:
        """Counts one look."""
        name = self._collection.names[look.index]
        if look.reason:
            self._skipped.append((name, look.reason))
            self._unread.append(look.index)
            return
        self._seen.append(look.index)
        self._kinds[look.kind] += 1
        self._bits.add(look.bits)
        height, width = look.size
        smallest, largest = self._sizes.get("smallest", look.size), self._sizes.get("largest", look.size)
        self._sizes["smallest"] = min(smallest, look.size, key=lambda size: (size[0] * size[1], size))
        self._sizes["largest"] = max(largest, look.size, key=lambda size: (size[0] * size[1], size))
        self._shapes[look.size] += 1
        self._first_of.setdefault(look.size, name)
        if look.span:
            low, high = self._span or look.span
            self._span = min(low, look.span[0]), max(high, look.span[1])
        original = self._first_with.setdefault(look.digest, look.index)
        facts = {
            "other size": look.size != self._sizes.setdefault("first", look.size),
            "small": height < self._target.height or width < self._target.width,
            "deep": look.bits > 8,
            "coarse": look.coarse,
            "animated": look.animated,
            "converted": look.profile == "converted",
            "ignored": look.profile == "ignored",
            "gamma": "gamma" in look.profile,
            "foreign": "foreign" in look.profile,
            "transparent": look.transparent,
            "faded": look.faded,
            "constant": look.constant,
            "copy": original != look.index,
            **dict.fromkeys(look.told, True),
        }
        self._told |= dict.fromkeys(look.told)
        for fact, holds in facts.items():
            if holds:
                self._counts[fact] += 1
                self._first.setdefault(fact, name)
        if facts["copy"]:
            self._first.setdefault("original", self._collection.names[original])
        label = "" if self._collection.labels is None else str(self._collection.labels[look.index])
        self._hash.update(f"{name}\0{label}\0".encode() + look.digest)
        if self._collection.conditions is not None:
            self._hash.update(self._collection.conditions[look.index].astype("<f4").tobytes())

    def fingerprint(self, *further: object) -> str:
        """Returns a SHA-256 in hex of what is used (names, labels, conditions, contents), the shape, and `further`.

        It is the same on every machine.
        """
        total, labels = self._hash.copy(), self._collection.labels
        if self._rows is not None:  # of those that were not looked at, what is known: their names and labels
            total.update(f"looked at {len(self._rows)}".encode() + names_digest(self._collection.names))
            total.update(b"" if labels is None else labels.astype("<i4").tobytes())
        _, classes = occurring(None if labels is None else labels[self.used], self._collection.classes)
        total.update(repr((self._target, classes, *further)).encode())
        if self._levels:
            total.update(repr((self._levels.low, self._levels.high)).encode())
        return total.hexdigest()

    @property
    def of_files(self) -> bool:
        """Whether some images were files."""
        return bool(set(self._kinds) - {"array"})

    @property
    def deep(self) -> bool:
        """Whether some images have more than 8 bits a channel."""
        return bool(self._counts["deep"])

    def report(self, *notes: str) -> DataReport:
        """Returns the report, with further notes at its end."""
        first = [*([] if self._rows is None else [self._looked()]), *self._collection.notes]
        found = (*first, *self._size_notes(), *self._content_notes(), *self._class_notes(), *notes)
        return DataReport(len(self._collection), len(self.used), tuple(self._skipped), found)

    def misshapen(self) -> list[str]:
        """Returns a note on those that have other proportions than most, where most have the same."""
        if not self._shapes:
            return []
        usual, _ = self._shapes.most_common(1)[0]
        others = [size for size in self._shapes if not alike(size, usual)]
        count = sum(self._shapes[size] for size in others)
        if not others or 2 * count >= len(self._seen):
            return []
        told = f"halves of other proportions than the others' {usual[0]:,} x {usual[1]:,}, perhaps no two pictures"
        first = f"{self._first_of[others[0]]}, {others[0][0]:,} x {others[0][1]:,}"
        return [f"{told}: {count:,} ({'' if count == 1 else 'first '}{first})"]

    def judge(self, skip_bad: float, report: DataReport) -> None:
        """Lets the data pass.

        Raises:
            UnreadableDataError: more than the share `skip_bad` was skipped.
            DataError: every image is a copy of the first.
        """
        what = "images"
        if self._rows is not None:
            report, what = replace(report, found=len(self._rows), used=len(self._seen)), "images that were looked at"
        judge(report, skip_bad, self._collection.title, what, "be read")
        if len(self._seen) > 1 and len(self._first_with) == 1:
            example = f"{self._first['copy']} is a copy of {self._first['original']}"
            raise DataError(
                f"{self._collection.title}: all {len(self._seen):,} {what} are the same ({example}); "
                "look at how they were made"
            )

    def _size_notes(self) -> list[str]:
        if not self._seen:
            return []
        target = self._target
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self._kinds.most_common())
        smallest, largest = (f"{h:,} x {w:,}" for h, w in (self._sizes["smallest"], self._sizes["largest"]))
        stored = "" if set(self._kinds) == {"array"} else f"stored as {kinds}, "
        if not self._counts["other size"]:
            notes = [f"{stored}all {smallest} (height x width)"]
        else:
            notes = [f"{stored}from {smallest} to {largest} (height x width)"]
        if self._counts["other size"] or self._sizes["first"] != (target.height, target.width):
            notes.append(f"resized to {target.height} x {target.width} (crop={target.crop}, filter={target.filter})")
        if self._counts["small"]:
            notes.append(f"smaller than that, so enlarged: {self._which('small')}")
        return notes

    def _content_notes(self) -> list[str]:
        notes = []
        notes += self._deep_notes()
        notes += [f"{told}: {self._which(told)}" for told in self._told]
        if self._counts["converted"]:
            notes.append(f"brought to sRGB by the colour profile in the file: {self._which('converted')}")
        if self._counts["ignored"]:
            notes.append(f"with a colour profile that is damaged or does not fit, ignored: {self._which('ignored')}")
        if self._counts["gamma"]:
            notes.append(f"brought to sRGB by the gamma in the file: {self._which('gamma')}")
        if self._counts["foreign"]:
            told = "with colours that the file says are not sRGB, which is not read without a profile: taken for sRGB"
            notes.append(f"{told}: {self._which('foreign')}")
        if self._counts["animated"]:
            notes.append(f"animated or of several pages, the first is read: {self._which('animated')}")
        if self._counts["transparent"] and self._target.channels in (1, 3):
            colour = "#{:02x}{:02x}{:02x}".format(*self._target.background)
            notes.append(f"with an alpha channel, laid over {colour}: {self._which('transparent')}")
        if self._counts["faded"]:
            notes.append(f"in colour, made grey (channels={self._target.channels}): {self._which('faded')}")
        if self._counts["copy"]:
            example = f"{self._first['copy']} of {self._first['original']}"
            notes.append(f"exact copies of another: {self._counts['copy']:,} ({example})")
        if self._counts["constant"]:
            notes.append(f"one colour all over: {self._which('constant')}")
        return notes

    def _deep_notes(self) -> list[str]:
        notes = []
        if self._counts["deep"]:
            bits = "16" if self._bits <= {1, 2, 4, 8, 16} else "more than 8"
            notes.append(f"{bits} bits a channel, rounded to 8: {self._which('deep')}")
        if self._levels:
            notes.append(f"their {self._levels.note}")
            if self._counts["coarse"]:
                told = "levels=data has only the upper 8 bits of these to scale, and none of CMYK"
                notes.append(f"{told}: {self._which('coarse')}")
        elif self._span and 0 < self._span[1] - self._span[0] <= NARROW:
            low, high = self._span
            notes.append(
                f"their values are only from {low:.1%} to {high:.1%} of the way from black to white, nearly one shade: "
                "-o levels=data makes their own smallest and largest black and white"
            )
        return notes

    def _looked(self) -> str:
        rows, every = len(self._rows), len(self._collection)
        return (
            f"looked at {rows:,} of {every:,} images, evenly spaced by name: notes tell of these; others that cannot "
            "be read are left out and named when they are met; -o look=all looks at all of them first"
        )

    def _class_notes(self) -> list[str]:
        labels, classes = self._collection.labels, self._collection.classes
        return [] if labels is None else class_notes(labels[self.used], classes, "images")

    def _which(self, fact: str) -> str:
        count = self._counts[fact]
        if count == len(self._seen):
            return f"all {count:,}"
        return f"{count:,} ({'' if count == 1 else 'first '}{self._first[fact]})"
