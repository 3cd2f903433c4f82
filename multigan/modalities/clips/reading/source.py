"""Clips as training reads them: from memory when they fit, else decoded when asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.annotations import annotate
from multigan.data.collection import UnreadableError
from multigan.data.fit import Target
from multigan.data.labels import occurring
from multigan.data.source import DataReport
from multigan.errors import DataError
from multigan.field import Field
from multigan.modalities.clips.options import OPTIONS
from multigan.modalities.clips.reading.collect import Films, collect_films
from multigan.modalities.clips.reading.cut import Cut, cut
from multigan.modalities.clips.reading.film import Film, Header
from multigan.modalities.clips.reading.plan import plan_target
from multigan.modalities.clips.reading.summary import Summary, still
from multigan.recipe import DataSource, resolve_options

__all__ = ["ClipSource", "fitted", "open_clips"]

# Fitted clips that fit in this much memory stay there, so that training decodes nothing.
KEEP_BYTES = 512 << 20
# Which frames of a clip are its key frames, by the option `keys`.
KEYS = {"none": (), "first": (0,), "ends": (0, -1)}


def open_clips(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> ClipSource:
    """Opens clips as `multigan.data.open_source` describes it."""
    options = resolve_options(OPTIONS, options, "clip data")
    films = collect_films(spec, options, datasets)
    collection = annotate(films.collection, options["labels"], options["conditions"])
    with warnings.catch_warnings():
        # Pillow warns, on the terminal, of oddities that it can read.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        reader = _Reader(Films(collection, films.films), options, progress)
        kept = reader.look()
    summary, target = reader.summary, reader.target
    notes = list(reader.notes)
    if kept is None:
        megabytes = len(summary.of_film) * options["frames"] * np.prod(target.shape) >> 20
        notes.append(f"{megabytes:,} MiB when decoded: too much to keep, clips are decoded while training")
    report = summary.report(*notes)
    summary.judge(options["skip_bad"], report)
    of_film = np.array(summary.of_film)
    labels = None if collection.labels is None else collection.labels[of_film]
    labels, classes = occurring(labels, collection.classes)
    return ClipSource(
        name=spec,
        frames=options["frames"],
        target=target,
        flip=options["flip"],
        report=report,
        classes=classes,
        labels=labels,
        conditions=None if collection.conditions is None else collection.conditions[of_film],
        fingerprint=summary.fingerprint(options["flip"]),
        frame_rate=summary.frame_rate,
        keys=options["keys"],
        clips=reader.decode_again if kept is None else kept,
        count=len(of_film),
    )


class _Reader:
    """Looks at every film, then decodes its clips once; each is half of the way.

    Attributes:
        target: the shape of frames.
        summary: of what was seen.
        notes: on choices.
    """

    def __init__(self, films: Films, options: Mapping[str, Any], progress: Callable[[int, int], None] | None):
        self._collection, self._films = films.collection, films.films
        self._options, self._progress = options, progress or (lambda done, total: None)
        self._clips: list[tuple[int, np.ndarray]] = []

    def look(self) -> list[np.ndarray] | None:
        """Returns the fitted clips, uint8 `(frames, height, width, channels)`, unless they are too many to keep."""
        total, headers, reasons = len(self._films), {}, {}
        for index, film in enumerate(self._films):
            try:
                headers[index] = film.look()
            except (UnreadableError, OSError) as error:
                reasons[index] = _told(error)
            self._progress((index + 1) // 2, total)
        self.target, self.notes = plan_target(list(headers.values()), self._options)
        settings = {key: self._options[key] for key in ("frames", "frame_rate", "stride", "short")}
        self.summary = Summary(self._collection, self.target, settings["frames"], settings["frame_rate"])
        kept: list[np.ndarray] | None = []
        room = KEEP_BYTES
        for index, film in enumerate(self._films):
            try:
                if index in reasons:
                    raise UnreadableError(reasons[index])
                found = cut(headers[index], **settings)
                own, unmoved = [], 0
                for clip in fitted(film, found.picks, self.target):
                    unmoved += still(clip)
                    room -= clip.nbytes
                    if room >= 0:
                        own.append(clip)
                self._add(index, headers[index], found, film.digest(), unmoved)
                if kept is not None:
                    kept.extend(own)
                    kept = kept if room >= 0 else None
            except (UnreadableError, OSError) as error:
                self.summary.skip(index, _told(error))
            self._progress((total + index + 1) // 2, total)
        return kept

    def _add(self, index: int, header: Header, found: Cut, digest: bytes, unmoved: int) -> None:
        self.summary.add(index, header, found, digest, unmoved)
        self._clips += [(index, picks) for picks in found.picks]

    def decode_again(self, number: int) -> np.ndarray:
        """Returns a clip that was not kept.

        Raises:
            DataError: it can no longer be read.
        """
        index, picks = self._clips[number]
        try:
            return next(fitted(self._films[index], picks[None], self.target))
        except (UnreadableError, OSError) as error:
            name = f"{self._collection.title}: {self._collection.names[index]}"
            raise DataError(f"{name}: {_told(error)}; it could be read when the data was checked") from None


def fitted(film: Film, picks: np.ndarray, target: Target) -> Iterator[np.ndarray]:
    """Yields the clips of a film, uint8 `(frames, height, width, channels)`, in order; holds the frames of one clip.

    Args:
        film: that they are read from.
        picks: `(clips, frames)`, the numbers of their frames; each clip's begin no earlier than the one's before.
        target: the shape that frames get.

    Raises:
        UnreadableError, OSError: a frame cannot be read.
    """
    numbers = np.unique(picks)
    images, held = zip(numbers.tolist(), film.frames(numbers.tolist()), strict=True), {}
    for own in picks:
        last = int(own.max())
        while last not in held:
            number, image = next(images)
            held[number] = target.fit(image)
        yield np.stack([held[number] for number in own.tolist()])
        held = {number: frame for number, frame in held.items() if number >= own.min()}


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, UnreadableError) else error.strerror or "cannot be read"


class ClipSource:
    """Clips of one shape with random access; see `multigan.data.open_source`.

    Args:
        name, report, classes, fingerprint: as in `multigan.data.source.Source`.
        frames: of a clip.
        target: the shape of a frame, and how frames were fitted to it.
        flip: whether batches mirror some clips.
        labels: int32 `(count,)`, or None.
        conditions: float32 `(count, length)`, or None.
        frame_rate: frames a second.
        keys: which frames stand beside a clip, as the option has it.
        clips: fitted, uint8 `(frames, h, w, c)` each; or a function of the index.
        count: of the clips.
    """

    field = "clip"

    def __init__(
        self,
        *,
        name: str,
        frames: int,
        target: Target,
        flip: bool,
        report: DataReport,
        classes: tuple[str, ...],
        labels: np.ndarray | None,
        conditions: np.ndarray | None,
        fingerprint: str,
        frame_rate: float,
        keys: str,
        clips: Sequence[np.ndarray] | Callable[[int], np.ndarray],
        count: int,
    ):
        self.name = name
        self.shape = (frames, *target.shape)
        self.classes = classes
        self.labels = labels
        self.conditions = conditions
        self.condition = 0 if conditions is None else conditions.shape[1]
        self.fingerprint = fingerprint
        self.report = report
        self.frame_rate = frame_rate
        self.facts = {"frame_rate": frame_rate}
        self.in_memory = not callable(clips)
        self._read = clips if callable(clips) else clips.__getitem__
        self._flip, self._keys = flip, KEYS[keys]
        self.draws = flip
        self.beside = ()
        if self._keys:
            shape = (len(self._keys), *target.shape)
            self.beside = (Field(name="keys", kind="keyframes", shape=shape, fitted=target.told),)
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """Returns `{"clip": float32 (frames, h, w, c) in [-1, 1], "label": int32 (), "condition": float32 (k,)}`.

        The label is there when the data has classes, the condition when it has conditions; where the option `keys` asks
        for key frames `"keys"` are, float32 `(1 or 2, h, w, c)`.

        Raises:
            IndexError: no such clip.
        """
        batch = self.batch(np.array([range(self._count)[index]]))
        return {key: value[0] for key, value in batch.items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """Returns `{"clip": float32 (b, frames, h, w, c) in [-1, 1], ...}` of the clips with these indices.

        `"label"`, int32 `(b,)`, `"condition"`, float32 `(b, k)`, and `"keys"` are there where the data has them. With
        `rng` mirroring is drawn, where the option `flip` asks for it.
        """
        clips = np.stack([self._read(int(index)) for index in indices])
        if self._flip and rng:
            mirrored = rng.integers(2, size=len(clips)) == 1
            clips[mirrored] = clips[mirrored, :, :, ::-1]
        batch = {"clip": np.divide(clips, np.float32(127.5), dtype=np.float32)}
        batch["clip"] -= 1
        if self._keys:
            batch["keys"] = batch["clip"][:, list(self._keys)]
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        if self.conditions is not None:
            batch["condition"] = self.conditions[indices]
        return batch
