"""What validation saw of clips, summed up: the report, the fingerprint, and the verdict."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np

from multigan.data.collection import Collection
from multigan.data.fit import Target
from multigan.data.labels import occurring
from multigan.data.source import DataReport
from multigan.data.verdict import class_notes, judge
from multigan.errors import DataError
from multigan.modalities.clips.reading.cut import UNKNOWN_RATE, Cut
from multigan.modalities.clips.reading.film import Header

__all__ = ["Summary", "still"]


class Summary:
    """Counts films and their clips, one by one and in order.

    Args:
        collection: of the films.
        target: the shape that frames get.
        frames: of a clip.
        frame_rate: the option of this name.
    """

    def __init__(self, collection: Collection, target: Target, frames: int, frame_rate: float):
        self._collection, self._target, self._frames, self._rate = collection, target, frames, frame_rate
        self._skipped: list[tuple[str, str]] = []
        self._used: list[int] = []
        self._first_with: dict[bytes, int] = {}
        self._kinds: Counter = Counter()
        self._rates: Counter = Counter()
        self._counts: Counter = Counter()
        self._first: dict[str, str] = {}
        self._sizes: set[tuple[int, int]] = set()
        self._hash = hashlib.sha256()
        self._left = 0
        self.of_film: list[int] = []
        self.of_still = 0
        self._still = ""

    def skip(self, index: int, reason: str) -> None:
        """Counts a film that cannot be used."""
        self._skipped.append((self._collection.names[index], reason))

    def add(self, index: int, header: Header, cut: Cut, digest: bytes, still: int) -> None:
        """Counts a film.

        Args:
            index: in the collection.
            header, cut: of it.
            digest: of its content.
            still: clips of it in which nothing moves.
        """
        name = self._collection.names[index]
        self._used.append(index)
        self.of_film += [index] * len(cut.picks)
        self._kinds[header.kind] += 1
        self._rates[cut.rate] += len(cut.picks)
        self._sizes.add(header.size)
        self._left += cut.left
        self.of_still += still
        self._still = self._still or (name if still else "")
        original = self._first_with.setdefault(digest, index)
        facts = {
            "small": header.size[0] < self._target.height or header.size[1] < self._target.width,
            "transparent": header.transparent,
            "uneven": cut.uneven,
            "by time": cut.by_time,
            "unknown": not cut.known and not self._rate,
            "shorter": cut.shorter,
            "odd": bool(header.note),
            "copy": original != index,
        }
        for fact in (fact for fact, holds in facts.items() if holds):
            self._counts[fact] += 1
            self._first.setdefault(fact, f"{name}: {header.note}" if fact == "odd" else name)
        if facts["copy"]:
            self._first.setdefault("original", self._collection.names[original])
        label = "" if self._collection.labels is None else str(self._collection.labels[index])
        self._hash.update(f"{name}\0{label}\0".encode() + digest + cut.picks.astype("<i8").tobytes())
        if self._collection.conditions is not None:
            self._hash.update(self._collection.conditions[index].astype("<f4").tobytes())

    @property
    def frame_rate(self) -> float:
        """Frames a second of most of the clips."""
        return max(self._rates, key=lambda rate: (self._rates[rate], -rate), default=UNKNOWN_RATE)

    def fingerprint(self, *further: object) -> str:
        """Returns a SHA-256 in hex of what is used (names, labels, conditions, contents, frames), the shape, and
        `further`; the same on every machine.
        """
        total, labels = self._hash.copy(), self._collection.labels
        _, classes = occurring(None if labels is None else labels[self.of_film], self._collection.classes)
        total.update(repr((self._target, self._frames, self.frame_rate, classes, *further)).encode())
        return total.hexdigest()

    def report(self, *notes: str) -> DataReport:
        """Returns the report, with further notes at its end; clips are counted, and films that cannot be used."""
        labels, classes = self._collection.labels, self._collection.classes
        of_classes = [] if labels is None else class_notes(labels[self.of_film], classes, "clips")
        found = (*self._collection.notes, *self._form_notes(), *self._content_notes(), *of_classes, *notes)
        used = len(self.of_film)
        return DataReport(used + len(self._skipped), used, tuple(self._skipped), found)

    def judge(self, skip_bad: float, report: DataReport) -> None:
        """Lets the data pass.

        Raises:
            UnreadableDataError: more than the share `skip_bad` was skipped.
            DataError: every film is a copy of the first.
        """
        judge(report, skip_bad, self._collection.title, "clips", "be used")
        if len(self._used) > 1 and len(self._first_with) == 1:
            example = f"{self._first['copy']} is a copy of {self._first['original']}"
            raise DataError(
                f"{self._collection.title}: all {len(self._used):,} clips are the same ({example}); look at how they "
                "were made"
            )

    def _form_notes(self) -> list[str]:
        if not self._used:
            return []
        target, notes = self._target, []
        if len(self.of_film) != len(self._used):
            films = f"{len(self._used):,} film{'s' * (len(self._used) != 1)}"
            notes.append(f"{len(self.of_film):,} clips of {self._frames} frames from {films}")
        if self._left:
            notes.append(f"frames left over at the ends, too few for a clip: {self._left:,}")
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self._kinds.most_common())
        stored = "" if set(self._kinds) == {"array"} else f"stored as {kinds}, "
        ordered = sorted(self._sizes, key=lambda size: (size[0] * size[1], size))
        smallest, largest = (f"{height:,} x {width:,}" for height, width in (ordered[0], ordered[-1]))
        sizes = f"all {smallest}" if len(ordered) == 1 else f"from {smallest} to {largest}"
        notes.append(f"{stored}{sizes} (height x width)")
        if self._sizes != {(target.height, target.width)}:
            notes.append(f"resized to {target.height} x {target.width} (crop={target.crop}, filter={target.filter})")
        if self._counts["small"]:
            notes.append(f"smaller than that, so enlarged: {self._which('small')}")
        return notes + self._rate_notes()

    def _rate_notes(self) -> list[str]:
        notes = []
        if len(self._rates) > 1:
            notes.append(
                f"from {min(self._rates):g} to {max(self._rates):g} frames a second, each as it is, and shown with "
                f"{self.frame_rate:g}; -o frame_rate={self.frame_rate:g} takes all by time"
            )
        if self._counts["uneven"]:
            told = "frames that come unevenly, taken by the time at which they are shown"
            notes.append(f"{told}: {self._which('uneven')}")
        if self._counts["by time"]:
            notes.append(f"taken by time at {self._rate:g} frames a second: {self._which('by time')}")
        if self._counts["unknown"]:
            notes.append(
                f"nothing tells how fast they are, so they are shown with {UNKNOWN_RATE:g} frames a second: "
                f"{self._which('unknown')}; -o frame_rate=N says it"
            )
        return notes

    def _content_notes(self) -> list[str]:
        notes = []
        if self._counts["shorter"]:
            notes.append(f"shorter than {self._frames} frames, which are looped or held: {self._which('shorter')}")
        if self._counts["odd"]:
            notes.append(f"with gaps: {self._which('odd')}")
        if self._counts["transparent"] and self._target.channels in (1, 3):
            colour = "#{:02x}{:02x}{:02x}".format(*self._target.background)
            notes.append(f"transparent, laid over {colour}: {self._which('transparent')}")
        if self.of_still:
            many = "" if self.of_still == 1 else "the first "
            notes.append(f"clips in which nothing moves: {self.of_still:,} ({many}in {self._still})")
        if self._counts["copy"]:
            example = f"{self._first['copy']} of {self._first['original']}"
            notes.append(f"exact copies of another: {self._counts['copy']:,} ({example})")
        return notes

    def _which(self, fact: str) -> str:
        count = self._counts[fact]
        if count == len(self._used) and fact != "odd":
            return f"all {count:,}"
        return f"{count:,} ({'' if count == 1 else 'first '}{self._first[fact]})"


def still(clip: np.ndarray) -> bool:
    """Whether nothing moves in a clip `(frames, height, width, channels)`."""
    return bool((clip == clip[:1]).all())
