"""What validation saw, summed up: the report, the fingerprint, and the verdict."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from multigan.data.collection import Collection
from multigan.data.labels import occurring
from multigan.data.source import DataReport
from multigan.data.verdict import class_notes, judge
from multigan.errors import DataError
from multigan.modalities.audio.reading.look import WHOLE_NUMBERS, Look, Treatment, units_of
from multigan.modalities.audio.reading.shown import CONTRADICTION, JOINED, LONGER, MORE, REST, UNTOLD

__all__ = ["Summary", "span"]

# Shares of the peak and of the slice's length from which a note is made.
OFFSET = 0.05
ONE_SHOTS = 4
_GAVE_LESS = {LONGER, JOINED, UNTOLD}
_HEADERS = {
    LONGER: "a header that says less than the file holds, all of which is used",
    MORE: "a header that says more than the file holds, which is whole",
    JOINED: "several pieces of sound in one file, all of which are used, one after another",
    REST: "bytes behind the end of the sound, which are no such sound and are left out",
    CONTRADICTION: "a header that contradicts itself: the bytes of a frame are not those of its channels",
}


class Summary:
    """The looks at all sounds of a collection.

    Args:
        collection: that was looked at.
        looks: at each of its sounds.
        digests: SHA-256 of each sound's content.
        treatment: of every sound.
        length, pad: the options of these names.

    Attributes:
        used: those that training sees, in order.
        looks: at these.
    """

    def __init__(
        self,
        collection: Collection,
        looks: Sequence[Look],
        digests: Sequence[bytes],
        treatment: Treatment,
        length: int,
        pad: bool,
    ):
        names = collection.names
        self._collection = collection
        self._treatment = treatment
        self._digests = digests
        self._bad = [(names[look.index], look.reason) for look in looks if look.reason]
        good = [look for look in looks if not look.reason]
        self.looks = [look for look in good if pad or look.frames >= length]
        self.used = [look.index for look in self.looks]
        wanted = span(length, treatment.form.rate)
        self._short = [
            (
                names[look.index],
                f"{span(look.frames, treatment.form.rate)}, shorter than a slice of {wanted} (pad=false)",
            )
            for look in good
            if not pad and look.frames < length
        ]

    def fingerprint(self, *further: object) -> str:
        """Returns a SHA-256 in hex of what is used (names, labels, conditions, contents), the treatment, and `further`.

        It is the same on every machine.
        """
        collection = self._collection
        labels = None if collection.labels is None else collection.labels[self.used]
        _, classes = occurring(labels, collection.classes)
        total = hashlib.sha256(repr((self._treatment, classes, *further)).encode())
        for index, look in zip(self.used, self.looks, strict=True):
            label = "" if collection.labels is None else str(collection.labels[index])
            if not _GAVE_LESS.isdisjoint(look.header.split()) or (
                look.cut and look.kind.startswith("FLAC")
            ):  # it gave less to older versions
                total.update(f"{LONGER}\0{look.frames}\0".encode())
            total.update(f"{collection.names[index]}\0{label}\0".encode() + self._digests[index])
            if collection.conditions is not None:
                total.update(collection.conditions[index].astype("<f4").tobytes())
        return total.hexdigest()

    def report(self, *notes: str) -> DataReport:
        """Returns the report, with further notes at its end."""
        found = (*self._collection.notes, *self._form_notes(), *self._content_notes(), *self._class_notes(), *notes)
        return DataReport(len(self._collection), len(self.used), (*self._bad, *self._short), found)

    def judge(self, skip_bad: float, report: DataReport) -> None:
        """Lets the data pass. Sounds left out as too short are counted apart: the user asked for it.

        Raises:
            UnreadableDataError: more than the share `skip_bad` cannot be used.
            DataError: every sound is shorter than a slice, or a copy of the first.
        """
        title = self._collection.title
        if self._short and not self.used:
            name, reason = self._short[0]
            raise DataError(f"{title}: none of {report.found:,} sounds can be used ({name}: {reason}); -o pad=true")
        bad = DataReport(report.found, report.found - len(self._bad), tuple(self._bad), report.notes)
        judge(bad, skip_bad, title, "sounds", "be used")
        if len(self.used) > 1 and len({self._digests[index] for index in self.used}) == 1:
            first, second = (self._collection.names[index] for index in self.used[:2])
            raise DataError(
                f"{title}: all {len(self.used):,} sounds are the same ({second} is a copy of {first}); "
                "look at how they were made"
            )

    def _form_notes(self) -> list[str]:
        if not self.looks:
            return []
        form, looks = self._treatment.form, self.looks
        kinds, rates = Counter(look.kind for look in looks), Counter(look.rate for look in looks)
        channels = Counter(look.channels for look in looks)
        seconds = [look.seconds for look in looks]
        stored = "" if set(kinds) == {"array"} else f"stored as {_counted(kinds)}; "
        shortest, longest = _seconds(min(seconds)), _seconds(max(seconds))
        many = f", {shortest}{'' if shortest == longest else f' to {longest}'} each" if len(looks) > 1 else ""
        notes = [
            f"{stored}{_counted(rates, '{:,} Hz')}; {_counted(channels, _channels)}",
            f"{_seconds(sum(seconds))} in all{many}",
        ]
        if set(rates) != {form.rate}:
            other = sum(count for rate, count in rates.items() if rate != form.rate)
            notes.append(f"resampled to {form.rate:,} Hz: {self._number(other)} (option sample_rate)")
        low = [look for look in looks if look.rate < form.rate]
        if low:
            rate = min(look.rate for look in low)
            notes.append(f"nothing in them above {rate / 2:,.0f} Hz: {self._which(low)}")
        notes += self._channel_notes()
        if self._treatment.trim:
            cut = sum(look.seconds for look in looks) - sum(look.frames for look in looks) / form.rate
            notes.append(f"silence cut from both ends: {_seconds(max(cut, 0))} in all (trim={self._treatment.trim:g})")
        long = [look for look in looks if look.long]
        if long:
            notes.append(f"longer than a minute, read by slices and never whole: {self._which(long)}")
        return notes

    def _channel_notes(self) -> list[str]:
        wanted = self._treatment.form.channels
        many = [look for look in self.looks if look.channels > 2]
        stereo = [look for look in self.looks if look.channels == 2]
        mono = [look for look in self.looks if look.channels == 1]
        notes = []
        if many:
            both = ", the same in both channels" if wanted == 2 else ""
            notes.append(f"more than two channels, mixed to their mean{both}: {self._which(many)}")
        if stereo and wanted == 1:
            notes.append(f"stereo, mixed to mono: {self._which(stereo)} (option channels)")
        if mono and wanted == 2:
            notes.append(f"mono, the same in both channels: {self._which(mono)} (option channels)")
        return notes

    def _content_notes(self) -> list[str]:
        notes = []
        cut = [look for look in self.looks if look.cut]
        if cut:
            first = cut[0]
            promised = f" of {_seconds(first.promised)}" if first.promised > first.seconds + 0.05 else ""
            told = f"{self._which(cut)}, {_seconds(first.seconds)}{promised}"
            notes.append(f"cut off or damaged, what is there is used: {told}")
        for said, told in _HEADERS.items():
            if found := [look for look in self.looks if said in look.header.split()]:
                notes.append(f"{told}: {self._which(found)}")
        offset = [look for look in self.looks if look.offset > OFFSET]
        if offset:
            notes.append(f"not centred on zero (DC offset): {self._which(offset)}, {offset[0].offset:.0%} of its peak")
        clipped = [look for look in self.looks if look.clipped]
        if clipped:
            notes.append(f"clipped, or recorded to the limit: {self._which(clipped)}")
        whole = [look for look in self.looks if look.floats and look.peak >= WHOLE_NUMBERS]
        if whole:
            notes.append(
                f"{units_of(whole[0])}: {self._which(whole)}, made quieter (normalise={self._treatment.normalise})"
            )
        over = [look for look in self.looks if self._treatment.normalise == "none" and look.peak > 1.0 + 1e-6]
        if over:
            notes.append(f"values beyond [-1, 1], cut there: {self._which(over)} (normalise=none)")
        first_with: dict[bytes, int] = {}
        copies = [i for i in self.used if first_with.setdefault(self._digests[i], i) != i]
        if copies:
            names = self._collection.names
            example = f"{names[copies[0]]} of {names[first_with[self._digests[copies[0]]]]}"
            notes.append(f"exact copies of another: {len(copies):,} ({example})")
        return notes

    def _class_notes(self) -> list[str]:
        labels, classes = self._collection.labels, self._collection.classes
        return [] if labels is None else class_notes(labels[self.used], classes, "sounds")

    def slice_notes(self, counts: np.ndarray, length: int, how: str) -> list[str]:
        """Returns notes on the slices: `counts` of each used sound."""
        if not len(counts):
            return []
        rate, frames = self._treatment.form.rate, np.array([look.frames for look in self.looks])
        wanted = span(length, rate)
        notes = [f"{int(counts.sum()):,} slices of {wanted}, {_range(counts)} from a sound (slices={how})"]
        if shorter := int((frames < length).sum()):
            notes.append(f"shorter than a slice, zeros at the end: {self._number(shorter)}")
        if how == "first" and (longer := int((frames > length).sum())):
            notes.append(f"only their first {wanted} are used: {self._number(longer)}")
        if how != "first" and len(counts) > 1 and counts.max() > 1 and np.median(counts) <= ONE_SHOTS:
            notes.append(f"slices begin within a sound, too; -o slices=first takes each sound's first {wanted}")
        return notes

    def _which(self, looks: Sequence[Look]) -> str:
        if len(looks) == len(self.looks) > 1:
            return f"all {len(looks):,}"
        name = self._collection.names[looks[0].index]
        return f"{len(looks):,} ({'' if len(looks) == 1 else 'first '}{name})"

    def _number(self, count: int) -> str:
        return f"all {count:,}" if count == len(self.looks) > 1 else f"{count:,}"


def span(frames: int, rate: int) -> str:
    """Returns a duration in words, e.g. `"1.02 s"`."""
    return _seconds(frames / rate)


def _seconds(seconds: float) -> str:
    if seconds >= 600:
        return f"{seconds / 60:,.1f} min"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def _counted(counts: Counter, form="{}") -> str:
    """`FLAC` of one kind, `FLAC 98, WAV 2` of several."""
    shown = form if callable(form) else form.format
    if len(counts) == 1:
        return shown(next(iter(counts)))
    listed = [f"{shown(value)} {count:,}" for value, count in counts.most_common(6)]
    return ", ".join(listed) + (", ..." if len(counts) > 6 else "")


def _channels(number: int) -> str:
    return {1: "mono", 2: "stereo"}.get(number, f"{number} channels")


def _range(counts: np.ndarray) -> str:
    return f"{counts.min():,}" if counts.min() == counts.max() else f"{counts.min():,} to {counts.max():,}"
