"""Sounds as training reads them: slices from memory or the disk, else decoded when asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.data.labels import occurring
from multigan.data.source import DataReport
from multigan.errors import DataError
from multigan.modalities.audio.options import OPTIONS
from multigan.modalities.audio.reading.cache import Cache, cache_folder
from multigan.modalities.audio.reading.check import digest_all, look_at_all
from multigan.modalities.audio.reading.collect import Sounds, collect_sounds
from multigan.modalities.audio.reading.keep import Keeper
from multigan.modalities.audio.reading.libraries import versions
from multigan.modalities.audio.reading.long import recall
from multigan.modalities.audio.reading.look import FACTS, Look, Treatment
from multigan.modalities.audio.reading.plan import plan_form
from multigan.modalities.audio.reading.slices import Slices
from multigan.modalities.audio.reading.summary import Summary
from multigan.recipe import DataSource, resolve_options

__all__ = ["AudioSource", "open_audio"]

Kept = Sequence[np.ndarray | None]


def open_audio(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> AudioSource:
    """Opens sounds as `multigan.data.open_source` describes it."""
    options = resolve_options(OPTIONS, options, "audio data")
    sounds = collect_sounds(spec, options, datasets)
    treatment = Treatment(plan_form(sounds, options), options["trim"], options["normalise"])
    digests = digest_all(sounds)
    folder = cache_folder() if options["cache"] else None
    cache = Cache(folder) if folder else None
    looks, kept, note = _looked(sounds, treatment, digests, cache, progress)
    collection, length, pad = sounds.collection, options["length"], options["pad"]
    summary = Summary(collection, looks, digests, treatment, length, pad)
    slices = Slices([look.frames for look in summary.looks], length, options["slices"], options["overlap"], pad)
    notes = summary.slice_notes(slices.counts, length, options["slices"])
    if note and options["cache"] and not cache:
        notes.append("no cache: this user has no folder of their own; set MULTIGAN_CACHE to one")
    report = summary.report(*notes, *([note] if note else []))
    summary.judge(options["skip_bad"], report)
    used = np.array(summary.used)[slices.sounds]
    labels = None if collection.labels is None else collection.labels[used]
    labels, classes = occurring(labels, collection.classes)
    return AudioSource(
        name=spec,
        sounds=sounds,
        treatment=treatment,
        looks=summary.looks,
        slices=slices,
        length=length,
        kept=[kept[index] for index in summary.used],
        report=report,
        classes=classes,
        labels=labels,
        conditions=None if collection.conditions is None else collection.conditions[used],
        fingerprint=summary.fingerprint(length, options["slices"], options["overlap"], pad),
    )


def _looked(
    sounds: Sounds,
    treatment: Treatment,
    digests: Sequence[bytes],
    cache: Cache | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[Sequence[Look], Kept, str]:
    """Returns a look at every sound, the samples of those that are kept, and a note on where that is."""
    count, key = len(sounds), _key(sounds, treatment, digests)
    if cache and (found := _recalled(cache, key, treatment, digests)):
        if progress:
            progress(count, count)
        return *found, f"decoded before, kept in {cache.folder} (option cache)"
    keeper, looks, long = Keeper(cache, key), [], {}
    try:
        for done, (look, sound) in enumerate(look_at_all(sounds, treatment, digests, cache), 1):
            looks.append(look)
            keeper.add(None if look.long else sound)
            if look.long:
                long[look.index] = sound
            if progress:
                progress(done, count)
        kept = list(keeper.finish(treatment.form.channels, looks))
    finally:
        keeper.close()
    for index, sound in long.items():
        kept[index] = sound
    note = keeper.note
    if not note and any(sound is None for sound in long.values()):
        reason = f"{cache.folder} cannot hold them" if cache else "option cache"
        note = f"long sounds are decoded while training ({reason})"
    elif not note and long:
        note = f"decoded, long sounds are kept in {cache.folder} (option cache)"
    return looks, kept, note


def _recalled(
    cache: Cache, key: str, treatment: Treatment, digests: Sequence[bytes]
) -> tuple[Sequence[Look], Kept] | None:
    """Returns the looks and the samples that a run before this one kept, if all of them are still there."""
    found = cache.read(key)
    if found is None or len(found[0]) != len(digests):
        return None
    looks, kept = [Look(*row) for row in found[0]], list(found[1])
    for look in looks:
        if look.long:
            again = recall(cache, digests[look.index], treatment, look.index)
            if again is None:
                return None
            kept[look.index] = again[1]
    return looks, kept


def _key(sounds: Sounds, treatment: Treatment, digests: Sequence[bytes]) -> str:
    """SHA-256 in hex of all that decides what a cache holds, the decoders among it."""
    total = hashlib.sha256(repr((FACTS, treatment, sounds.max_seconds, versions(), len(sounds))).encode())
    for digest in digests:
        total.update(digest or bytes(32))
    return total.hexdigest()


class AudioSource:
    """Slices of sounds with random access; see `multigan.data.open_source`.

    Args:
        name, report, classes, fingerprint: as in `multigan.data.source.Source`.
        sounds: that were opened.
        treatment: of each of them.
        looks: at those that are used.
        slices: of these.
        length: of a slice.
        kept: the samples of each used sound, as `look_at_all` has them; None for one that is decoded when it is asked
            for.
        labels: of each slice, int32 `(count,)`, or None.
        conditions: of each slice, float32 `(count, k)`, or None.

    Attributes:
        sample_rate: in Hz.
        seconds: of all sounds that are used.
        files: how many of them there are.
    """

    field = "audio"

    def __init__(
        self,
        *,
        name: str,
        sounds: Sounds,
        treatment: Treatment,
        looks: Sequence[Look],
        slices: Slices,
        length: int,
        kept: Kept,
        report: DataReport,
        classes: tuple[str, ...],
        labels: np.ndarray | None,
        conditions: np.ndarray | None,
        fingerprint: str,
    ):
        self.name = name
        self.shape = (length, treatment.form.channels)
        self.sample_rate = treatment.form.rate
        self.facts = {"sample_rate": self.sample_rate}
        self.seconds = sum(look.frames for look in looks) / treatment.form.rate
        self.files = len(looks)
        self.classes = classes
        self.labels = labels
        self.conditions = conditions
        self.condition = 0 if conditions is None else conditions.shape[1]
        self.fingerprint = fingerprint
        self.report = report
        self.in_memory = all(sound is not None for sound in kept)
        # What is kept needs no file any more, and a registered set's whole array may go.
        self._sounds = None if self.in_memory else sounds
        self._form = treatment.form
        self._looks = looks
        self._slices = slices
        self.draws = slices.random
        self._kept = kept

    def __len__(self) -> int:
        return len(self._slices)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """Returns `{"audio": float32 (length, channels) in [-1, 1], "label": int32 (), "condition": float32 (k,)}`.

        The label is there when the data has classes, the condition when it has conditions.

        Raises:
            IndexError: no such slice.
        """
        batch = self.batch(np.array([range(len(self))[index]]))
        return {key: value[0] for key, value in batch.items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """Returns `{"audio": float32 (b, length, channels) in [-1, 1], ...}` of the slices with these indices.

        `"label"`, int32 `(b,)`, and `"condition"`, float32 `(b, k)`, are there where the data has them. With `rng` it
        is drawn where slices begin, if the option `slices` is random. What a sound is too short for is zero.

        Raises:
            DataError: a file that could be read when the data was checked no longer can.
        """
        audio = np.zeros((len(indices), *self.shape), np.float32)
        for row, (sound, start) in enumerate(zip(*self._slices.locate(indices, rng), strict=True)):
            part = self._read(int(sound), int(start))
            audio[row, : len(part)] = part
        batch = {"audio": audio}
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        if self.conditions is not None:
            batch["condition"] = self.conditions[indices]
        return batch

    def _read(self, sound: int, start: int) -> np.ndarray:
        """Returns a slice, or what the sound has of it, `(at most length, channels)`."""
        look, kept = self._looks[sound], self._kept[sound]
        count = min(self.shape[0], look.frames - start)
        if kept is not None:
            part = kept[start : start + count]
            return _loud(part, look) if look.long else part
        try:
            with self._sounds.open(look.index) as recording:
                part = self._form.window(recording, look.begin + start, count)
        except (UnreadableError, OSError) as error:
            collection = self._sounds.collection
            name = f"{collection.title}: {collection.names[look.index]}"
            raise DataError(f"{name}: {error}; it could be read when the data was checked") from None
        return _loud(part, look)


def _loud(part: np.ndarray, look: Look) -> np.ndarray:
    return np.clip(part * np.float32(look.gain), -1, 1)
