"""From a place to the list of its sounds, whatever they are stored in."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.annotations import annotate, given_files
from multigan.data.arrays import read_npy
from multigan.data.collection import Collection
from multigan.data.folders import folder_collection, suffix_of
from multigan.data.naming import normal, printable
from multigan.data.places import HUBS, find_place
from multigan.data.zips import zip_collection
from multigan.errors import DataError, UsageError
from multigan.modalities.audio.reading.arrays import assumed_rate, npz_collection, sound_collection
from multigan.modalities.audio.reading.classes import choose_classes
from multigan.modalities.audio.reading.decode import SUFFIXES, ArrayRecording, Recording, open_bytes, open_file
from multigan.recipe import DataSource, load_object

__all__ = ["Sounds", "collect_sounds"]

# Of one member of a zip file, which is expanded in memory for every slice.
ZIP_BYTES = 256 << 20


@dataclass(frozen=True)
class Sounds:
    """Sounds that can be opened one by one.

    Args:
        collection: their names, labels and conditions; it has `paths` for files, else its `read` returns an array
            `(length, channels)`, or a file's bytes.
        rate: of arrays, in Hz; 0 for files, each of which says its own.
        max_seconds: the option of this name.
    """

    collection: Collection
    rate: int
    max_seconds: float

    def __len__(self) -> int:
        return len(self.collection)

    def open(self, index: int) -> AbstractContextManager[Recording]:
        """Opens a sound; raises `UnreadableError` or `OSError`."""
        if self.collection.paths:
            return open_file(Path(self.collection.paths[index]), self.max_seconds)
        content = self.collection.read(index)
        if isinstance(content, bytes):
            return open_bytes(content, self.collection.names[index], self.max_seconds)
        return contextlib.nullcontext(ArrayRecording(content, self.rate))

    def digest(self, index: int) -> bytes:
        """Returns the SHA-256 of a sound's content; raises `UnreadableError` or `OSError`."""
        if self.collection.paths:
            with open(self.collection.paths[index], "rb") as file:
                return hashlib.file_digest(file, "sha256").digest()
        content = self.collection.read(index)
        if not isinstance(content, bytes):
            order = np.ascontiguousarray(content, content.dtype.newbyteorder("<"))
            content = repr((self.rate, order.dtype.str, order.shape)).encode() + order.tobytes()
        return hashlib.sha256(content).digest()


def collect_sounds(spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> Sounds:
    """Returns the sounds at a place, none of them decoded yet, with their classes, labels and conditions.

    Args:
        spec: a registered data set's name, or a path.
        options: of the data.
        datasets: the registered data sets by name.

    Raises:
        DataError: nothing there, or nothing that holds sounds.
        UsageError: the data set holds something else, or an option does not fit.
    """
    if spec.startswith(HUBS):
        raise UsageError(f"{spec}: only images are read from there; save its sounds to a folder and give that")
    place = find_place(spec, "audio", datasets)
    if isinstance(place, DataSource):
        sounds, labels, classes, rate = load_object(place.load)()
        collection, rate = sound_collection(place.name, sounds, labels, tuple(classes)), int(rate)
    else:
        try:
            collection, rate = _path(place, options)
        except PermissionError as error:
            raise DataError(f"{error.filename or place}: may not be read; give yourself the right to read it") from None
    if not options["labels"]:
        collection = _classes(collection, options["classes"], rate)
    collection = annotate(collection, options["labels"], options["conditions"])
    return Sounds(collection, rate, options["max_seconds"])


def _classes(collection: Collection, how: str, rate: int) -> Collection:
    """Arrays bring their labels along; files have folders and names."""
    if rate and how in ("folders", "prefix"):
        raise UsageError(f"{collection.title}: option classes={how} is for files, and these sounds have no names")
    return collection if rate and how == "auto" else choose_classes(collection, how)


def _path(path: Path, options: Mapping[str, Any]) -> tuple[Collection, int]:
    """Returns the sounds at a path, and the sample rate of arrays, or 0."""
    rate = options["sample_rate"]
    if path.is_dir():
        return folder_collection(path, SUFFIXES, "sounds", 0, None, given_files(options).values()), 0
    suffix = suffix_of(path.name)
    with open(path, "rb") as file:
        start = file.read(8)
    if not start:
        raise DataError(f"{path}: 0 bytes; get it anew")
    if start.startswith(b"\x93NUMPY"):
        rate, notes = assumed_rate(path, rate)
        return sound_collection(str(path), read_npy(path), notes=notes), rate
    if suffix == ".npz":
        return npz_collection(path, rate)
    if start.startswith(b"PK"):
        return zip_collection(path, SUFFIXES, "sounds", ZIP_BYTES), 0
    if suffix in SUFFIXES:
        name = printable(normal(path.name))
        return Collection(str(path), [name], lambda _: path.read_bytes(), paths=(str(path),)), 0
    raise DataError(
        f"{path}: not a kind of file that sounds are read from; give a folder, a sound file, or a zip, .npz or .npy"
    )
