"""A folder of files; its sub-folders give the classes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data import remembered
from multigan.data.archives import ARCHIVES
from multigan.data.clutter import clutter_part, sure_suffixes
from multigan.data.collection import Collection, UnreadableError
from multigan.data.file_names import FileNames, Packed, Paths, Run
from multigan.data.naming import classes_from_folders, classes_of_folders, natural_key, normal
from multigan.data.sieve import Sieve
from multigan.data.signatures import HEAD
from multigan.data.walking import Walk, stamp_of
from multigan.errors import DataError

__all__ = ["folder_collection", "suffix_of"]

# Nanoseconds within which two changes of a folder may have the same time, on the coarsest of file systems.
JUST = 3_000_000_000


def folder_collection(
    root: Path,
    suffixes: frozenset[str],
    what: str,
    max_bytes: int,
    advice: Mapping[str, str] | None = None,
    beside: Iterable[Path] = (),
    begins: str = "",
) -> Collection:
    """Returns the files in `root` and its sub-folders that are called like `what`, in natural order.

    Args:
        root: an existing folder.
        suffixes: lower case, with the dot.
        what: for messages, e.g. `"images"`.
        max_bytes: of one file; a larger one cannot be read.
        advice: what makes files readable that are not called like that, by their suffix.
        beside: files of labels and conditions, which may lie among them.
        begins: as of `Sieve`.

    Raises:
        DataError: there is none.
    """
    sieve = Sieve(what, suffixes, advice, begins)
    beside = {os.path.realpath(path): os.path.basename(path) for path in beside}
    read_otherwise = []

    def takes(folder: str, own: str) -> bool:
        path = os.path.join(root, folder, own)
        name = normal(os.path.join(folder, own))
        if sieve.takes(name, partial(_head, path)):
            return True
        if own in beside.values() and os.path.realpath(path) in beside:
            read_otherwise.append(name)
        return False

    told = [os.path.realpath(root), what, sorted(suffixes), advice or {}, sorted(beside), begins]
    packed, odd, notes = _remembered(told) or (None, False, ())
    if packed is None:
        sure = sure_suffixes(suffixes) - ARCHIVES  # a .tar.gz is no .gz
        walk = Walk(str(root), sure, lambda folder: not clutter_part(normal(folder)), takes)
        packed, odd = _packed(walk), walk.odd
        if not len(packed):
            raise DataError(sieve.nothing_found(str(root)))
        notes = sieve.notes(read_otherwise)
        if len(packed) >= remembered.MANY and not odd:
            _remember(told, packed, notes, walk.stamps)
    names, paths = FileNames(packed), Paths(str(root), packed)
    if odd:
        labels, classes, more = classes_from_folders([normal(os.path.join(*file)) for file in packed.files()])
    else:
        folders = [normal(folder) for folder in packed.folders]
        labels, classes, more = classes_of_folders(folders, packed.folders_of_all())

    def read(index: int) -> bytes:
        with open(paths[index], "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > max_bytes:
                raise UnreadableError(f"{size:,} bytes, more than {max_bytes:,}")
            return file.read(size)

    return Collection(str(root), names, read, labels, classes, (*more, *notes), paths=paths)


def suffix_of(name: str) -> str:
    """Returns the lower-case suffix of a file name, with its dot."""
    return os.path.splitext(name)[1].lower()


def _head(path: str) -> bytes:
    try:
        if not os.path.isfile(path):
            return b""  # a link to nothing, or to a pipe, which would have us wait
        with open(path, "rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""


def _packed(walk: Walk) -> Packed:
    """The files that a walk takes, in natural order."""
    packed = Packed.of(walk.runs())
    if not walk.odd:
        return packed
    files = sorted(packed.files(), key=_key)
    return Packed.of(Run(folder, [own]) for folder, own in files)


def _key(file: tuple[str, str]) -> tuple:
    return natural_key(normal(os.path.join(*file)))


def _remembered(told: Sequence[Any]) -> tuple[Packed, bool, list[str]] | None:
    """The files that a folder was seen to hold, where it holds them still."""
    found = remembered.recall("folder", told)
    if found is None:
        return None
    facts, arrays = found
    try:
        if any(stamp_of(os.path.join(told[0], folder)) != tuple(stamp) for folder, stamp in facts["stamps"]):
            return None
    except OSError:
        return None
    packed = Packed(facts["folders"], arrays["begins"], arrays["whose"], arrays["names"].data, arrays["ends"])
    return packed, False, facts["notes"]


def _remember(told: Sequence[Any], packed: Packed, notes: Sequence[str], stamps: Mapping[str, tuple]) -> None:
    """Keeps the list, unless a folder has just changed: a further change may leave the same time then."""
    if max(stamp[0] for stamp in stamps.values()) > time.time_ns() - JUST:
        return
    arrays = {
        "begins": packed.begins,
        "whose": packed.whose,
        "ends": packed.ends,
        "names": np.frombuffer(packed.names, np.uint8),
    }
    facts = {"folders": packed.folders, "notes": list(notes), "stamps": list(stamps.items())}
    remembered.remember("folder", told, facts, arrays)
