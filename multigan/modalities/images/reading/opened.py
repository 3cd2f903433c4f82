"""Data of the images room that have been looked at: what goes in, what is made, and how they were read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from multigan.data.labels import occurring
from multigan.data.source import DataReport
from multigan.data.wording import counted
from multigan.modalities.images.made import made_fields
from multigan.modalities.images.reading.beside import Beside, Free, Made, Partner
from multigan.modalities.images.reading.domains import Domains
from multigan.modalities.images.reading.looking import rows_to_look_at
from multigan.modalities.images.reading.part import Part, look_at

__all__ = ["Opened"]

# Complaints about held-out pictures that a report repeats.
REPEATED = 3


class Opened:
    """Domains whose pictures were looked at, one by one.

    Args:
        domains: what goes in, and what is made.
        options: of the data.
        room: bytes that the fitted pixels of each may take in memory.
        progress: as `multigan.data.open_source` has it.
        before: other domains that these are read and fitted like.

    Attributes:
        images, inputs: the two lists of pictures; no inputs where there are none of their own.
        report: how they were read.
        fingerprint: of all that training sees of them.
        beside: what records hold beside images.

    Raises:
        DataError: as `open_source`.
        UsageError: an option that does not fit the pictures.
    """

    def __init__(
        self,
        domains: Domains,
        options: Mapping[str, Any],
        room: int,
        progress: Callable[[int, int], None] | None = None,
        before: Opened | None = None,
    ):
        self._domains, self._options = domains, options
        ours, theirs = (before.images, before.inputs) if before else (None, None)
        # What belongs together is looked at together, and all of it.
        rows = rows_to_look_at(domains.images, options) if domains.inputs is None else None
        self.images = Part(domains.images, options, room, side=domains.sides[0], before=ours, rows=rows)
        self.inputs = None
        if domains.inputs is not None:
            self.inputs = Part(
                domains.inputs,
                options,
                room,
                side=domains.sides[1],
                size=self.images.target.shape[:2],
                classes=domains.classes,
                before=theirs,
            )
        notes = []
        if self.inputs is not None and domains.aligned:
            notes = look_at([self.images, self.inputs], progress)
        else:
            for part in filter(None, (self.images, self.inputs)):
                look_at([part], progress)
        self.report = self._report(notes)
        self.fingerprint = self._fingerprint()
        self.beside = self._beside()

    @property
    def places(self) -> dict[str, str]:
        """Where each kind of picture lies, where they lie apart, by the name of its field."""
        if self.inputs is None or self._domains.sides[0]:
            return {}
        return {"image": self.images.collection.title, "source": self.inputs.collection.title}

    @property
    def conditions(self) -> np.ndarray | None:
        """Of the images, float32 `(count, length)`."""
        found = self.images.collection.conditions
        return None if found is None else found[self.images.used]

    @property
    def labels(self) -> tuple[np.ndarray | None, tuple[str, ...]]:
        """Of the images, int32 `(count,)`, with the classes that occur."""
        collection = self.images.collection
        return occurring(None if collection.labels is None else collection.labels[self.images.used], collection.classes)

    @property
    def complaints(self) -> list[str]:
        """What is wrong with some of them, for the report on others."""
        skipped = self.report.skipped
        if not skipped:
            return []
        named = "; ".join(f"{name}: {reason}" for name, reason in skipped[:REPEATED])
        return [f"{len(skipped):,} held-out pictures are left out ({named}{'; ...' if skipped[REPEATED:] else ''})"]

    def _report(self, notes: list[str]) -> DataReport:
        domains, report = self._domains, self.images.report()
        if self.inputs is None:
            return replace(report, notes=(*domains.notes, *report.notes, *notes))
        other, first = self.inputs.report(), []
        # Both sides lie in the same files: what is so for both is told once.
        theirs = [note for note in other.notes if not domains.sides[0] or note not in report.notes]
        skipped = list(report.skipped)
        if not domains.sides[0]:
            skipped = [(f"{self.images.collection.title}: {name}", reason) for name, reason in skipped]
        if domains.named:
            used = f", of which {report.used:,} can be used" if report.skipped else ""
            first.append(f"paired by their names: {report.found:,}{used}")
        if not domains.aligned:
            skipped += [(f"{self.inputs.collection.title}: {name}", reason) for name, reason in other.skipped]
            notes = [*notes, *_unpaired(other.used, report.used)]
        found = report.found + len(domains.lone) + (0 if domains.aligned else len(other.skipped))
        told = (*first, *domains.notes, *report.notes, *notes, *(f"source: {note}" for note in theirs))
        return replace(report, found=found, skipped=(*skipped, *domains.lone), notes=told)

    def _fingerprint(self) -> str:
        options, flip = self._options, self._options["flip"]
        share = (("held out", options["held_out"]),) if options["held_out"] and self._domains.test is None else ()
        own = self.images.fingerprint(flip, *share)
        if self.inputs is not None:
            theirs, domains = self.inputs.fingerprint(flip), self._domains
            classes = self.inputs.classes and self.inputs.classes.names
            return _hash("inputs", own, theirs, domains.aligned, domains.sides, classes)
        if options["make"]:
            fields = made_fields(options, self.images.target.shape, "")
            return _hash("made", own, [(field.name, field.shape, field.made) for field in fields])
        return own

    def _beside(self) -> tuple[Beside, ...]:
        options = self._options
        if self.inputs is not None:
            field = self.inputs.field("source", self._domains.aligned)
            if self._domains.aligned:
                return (Partner(field, self.inputs.stock()),)
            return (Free(field, self.inputs.stock(), options["flip"]),)
        if options["make"]:
            fields = made_fields(options, self.images.target.shape, self.images.fitted)
            return (Made(fields, np.arange(len(self.images.used))),)
        return ()


def _unpaired(going: int, made: int) -> list[str]:
    notes = [f"unpaired: {counted(going, 'picture')} that {'goes' if going == 1 else 'go'} in, {made:,} to be made"]
    if going == 1:
        notes.append("only one picture goes in, so that every image is made out of the same one")
    if made == 1:
        notes.append("only one image is there to be made, so that nothing but it can be learned")
    return notes


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
