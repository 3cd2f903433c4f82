"""Images as training reads them: from memory when they fit, else decoded when asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np

from multigan.data.source import DataReport
from multigan.modalities.images.made import to_units
from multigan.modalities.images.options import OPTIONS
from multigan.modalities.images.reading.beside import Beside, Free, Partner
from multigan.modalities.images.reading.domains import collect_domains, some_of
from multigan.modalities.images.reading.held_out import held_out
from multigan.modalities.images.reading.late import Late
from multigan.modalities.images.reading.names import by_names
from multigan.modalities.images.reading.opened import Opened
from multigan.modalities.images.reading.stock import Stock
from multigan.recipe import DataSource, resolve_options

__all__ = ["ImageSource", "open_images", "unseen"]

# Fitted images that fit in this much memory stay there, so that training decodes nothing.
KEEP_BYTES = 512 << 20


def open_images(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> ImageSource:
    """Opens images as `multigan.data.open_source` describes it."""
    options = resolve_options(OPTIONS, options, "image data")
    domains = collect_domains(spec, options, datasets)
    test = None
    # Pillow warns, on the terminal and from every thread, of oddities that it can read.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        opened = Opened(domains, options, KEEP_BYTES, progress)
        if domains.test is not None:
            test = Opened(domains.test, options, KEEP_BYTES, progress, opened)
    source = _source(spec, opened, options)
    if test is not None:
        notes = ["held_out changes nothing: the data have a part of their own"] if options["held_out"] else []
        source.held_out = _source(spec, test, options)
        source = source.told(*notes, *test.complaints)
    elif options["held_out"]:
        source = _split(source, opened, options["held_out"], options["answers"])
    return source.told(*_said_of_answers(source, options["answers"]))


def unseen(source: ImageSource) -> ImageSource | None:
    """Returns the part that training does not see, or None, as `multigan.modality.Modality.held_out` has it."""
    return getattr(source, "held_out", None)  # other code's sources need not have it


def _source(spec: str, opened: Opened, options: Mapping[str, Any]) -> ImageSource:
    labels, classes = opened.labels
    return ImageSource(
        name=spec,
        stock=opened.images.stock(),
        flip=options["flip"],
        report=opened.report,
        classes=classes,
        labels=labels,
        conditions=opened.conditions,
        fingerprint=opened.fingerprint,
        others=opened.beside,
        places=opened.places,
    )


def _split(whole: ImageSource, opened: Opened, share: float, answers: str) -> ImageSource:
    """Returns what training sees of a source, with what it does not see as its held-out part."""
    out = _chosen(opened.images, share)
    if not out.any():
        return whole.told("nothing is held out: there is one image only")
    theirs, counts = None, f"{out.sum():,}"
    if whole.free:
        theirs = _chosen(opened.inputs, share)
        counts += f" that are made, {theirs.sum():,} that go in"
    seen = whole.part(~out, None if theirs is None else ~theirs if theirs.any() else np.ones_like(theirs))
    seen.held_out = whole.part(out, theirs if theirs is None or theirs.any() else ~theirs)
    if theirs is not None and answers:
        seen.held_out = _answered(whole, opened, out, theirs)
    return seen.told(f"held out from training, to measure with: {counts} (option held_out)")


def _said_of_answers(source: ImageSource, answers: str) -> list[str]:
    """What became of the option `answers`."""
    if not answers:
        return []
    if not source.free:
        return ["answers=names changes nothing: the data are not unpaired, and have their answers beside them"]
    if source.held_out is None:
        return ["answers=names changes nothing: no part is held out; -o held_out=0.1 holds one out"]
    count = len(source.held_out)
    return [f"held-out pictures of equal names are the right answers to one another: {count:,}"]


def _answered(whole: ImageSource, opened: Opened, out: np.ndarray, theirs: np.ndarray) -> ImageSource:
    """Returns the held-out images that have a partner of the same name among the held-out inputs, as pairs."""
    rows = [np.flatnonzero(out), np.flatnonzero(theirs)]
    parts = zip((opened.images, opened.inputs), rows, strict=True)
    names = [some_of(part.collection, part.used[chosen]) for part, chosen in parts]
    ours, others, _ = by_names(*names)
    return whole.paired(rows[0][ours], rows[1][others])


def _chosen(part, share: float) -> np.ndarray:
    names, used = part.collection.names, np.zeros(len(part.collection), bool)
    used[part.used] = True
    return held_out(compress(names, used), share)


class ImageSource:
    """Images of one shape with random access; see `multigan.data.open_source`.

    Args:
        name, report, classes, fingerprint: as in `multigan.data.source.Source`.
        stock: of the images.
        flip: whether batches mirror some images.
        labels: int32 `(count,)`, or None.
        conditions: float32 `(count, length)`, or None.
        others: what records hold beside images.
        places: as in `Source`.

    Attributes:
        beside, free, draws: as in `Source`, of these.
        held_out: the part that training does not see, or None.
    """

    field = "image"

    def __init__(
        self,
        *,
        name: str,
        stock: Stock,
        flip: bool,
        report: DataReport,
        classes: tuple[str, ...],
        labels: np.ndarray | None,
        conditions: np.ndarray | None,
        fingerprint: str,
        others: Sequence[Beside] = (),
        places: Mapping[str, str] | None = None,
    ):
        self.name = name
        self.shape = stock.target.shape
        self.classes = classes
        self.labels = labels
        self.conditions = conditions
        self.condition = 0 if conditions is None else conditions.shape[1]
        self.fingerprint = fingerprint
        self.report = report
        self.facts = {}
        self.places = dict(places or {})
        self.beside = tuple(field for each in others for field in each.fields)
        self.free = {name: count for each in others for name, count in each.free.items()}
        self.held_out: ImageSource | None = None
        self.in_memory = stock.in_memory and all(each.in_memory for each in others)
        self.draws = flip or stock.draws or any(each.draws for each in others)
        self._stock = stock
        self._flip = flip
        self._others = tuple(others)

    def __len__(self) -> int:
        return len(self._stock)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """Returns `{"image": float32 (h, w, c) in [-1, 1], "label": int32 (), "condition": float32 (k,)}`.

        The label is there when the data has classes, the condition when it has conditions, and each field of `beside`.

        Raises:
            IndexError: no such image.
        """
        batch = self.batch(np.array([range(len(self))[index]]))
        return {key: value[0] for key, value in batch.items()}

    def batch(
        self,
        indices: np.ndarray,
        rng: np.random.Generator | None = None,
        free: Mapping[str, np.ndarray] | None = None,
    ) -> dict[str, np.ndarray]:
        """Returns `{"image": float32 (b, h, w, c) in [-1, 1], ...}` of the images with these indices.

        `"label"`, int32 `(b,)`, and `"condition"`, float32 `(b, k)`, are there where the data has them, and each field
        of `beside`. With `rng` windows, mirroring and holes are drawn, where the options ask for them; what belongs to
        an image is cut and mirrored as it is. `free` are the indices of fields that are drawn by themselves.

        Where nobody looked at an image before, and it cannot be read, the next one that can stands in its place.
        """
        indices, fitted = self._stock.readable(indices)
        images, view = self._stock.take(indices, rng, self._flip, fitted)
        # Converted as a whole and last: while they are uint8, images are a quarter as large.
        batch = {"image": to_units(images)}
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        if self.conditions is not None:
            batch["condition"] = self.conditions[indices]
        for each in self._others:
            batch |= each.values(images, indices, view, rng, free)
        return batch

    def unreadable(self) -> list[tuple[str, str]]:
        """Returns `(name, reason)` of images that were found to be unreadable since this was asked last, held-out ones
        among them.
        """
        found = self._stock.pixels.unreadable() if isinstance(self._stock.pixels, Late) else []
        return found + (self.held_out.unreadable() if self.held_out is not None else [])

    def part(self, chosen: np.ndarray, free: np.ndarray | None = None) -> ImageSource:
        """Returns some of the images as a source of their own.

        Args:
            chosen: which, bool `(count,)`.
            free: which of the pictures that are drawn by themselves, bool; None where there are none.
        """
        rows = np.flatnonzero(chosen)
        theirs = None if free is None else np.flatnonzero(free)
        return self._at(rows, [each.at(theirs if isinstance(each, Free) else rows) for each in self._others])

    def paired(self, rows: np.ndarray, theirs: np.ndarray) -> ImageSource:
        """Returns some of the images as a source of their own, each with the one of the pictures that were drawn by
        themselves that stands at the same place of `theirs`, int64 as `rows`.
        """
        others = []
        for each in self._others:
            free = isinstance(each, Free)
            paired = Partner(replace(each.field, aligned=True), each.stock.at(theirs)) if free else each.at(rows)
            others.append(paired)
        return self._at(rows, others)

    def _at(self, rows: np.ndarray, others: Sequence[Beside]) -> ImageSource:
        return ImageSource(
            name=self.name,
            stock=self._stock.at(rows),
            flip=self._flip,
            report=self.report,
            classes=self.classes,
            labels=None if self.labels is None else self.labels[rows],
            conditions=None if self.conditions is None else self.conditions[rows],
            fingerprint=self.fingerprint,
            others=others,
            places=self.places,
        )

    def told(self, *notes: str) -> ImageSource:
        """Returns the source itself, with further notes in its report."""
        self.report = replace(self.report, notes=(*self.report.notes, *notes))
        return self
