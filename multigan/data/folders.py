"""A folder of files; its sub-folders give the classes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from multigan.data.clutter import clutter_part, sure_suffixes
from multigan.data.collection import Collection, UnreadableError
from multigan.data.file_names import FileNames, Packed, Paths, Run
from multigan.data.naming import classes_from_folders, classes_of_folders, natural_key, normal
from multigan.data.sieve import Sieve
from multigan.data.signatures import HEAD
from multigan.data.walking import Walk
from multigan.errors import DataError

__all__ = ["folder_collection", "suffix_of"]


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

    walk = Walk(str(root), sure_suffixes(suffixes), lambda folder: not clutter_part(normal(folder)), takes)
    packed = _packed(walk)
    if not len(packed):
        raise DataError(sieve.nothing_found(str(root)))
    names, paths = FileNames(packed), Paths(str(root), packed)
    folders = [normal(folder) for folder in packed.folders]
    if walk.odd:
        labels, classes, notes = classes_from_folders([normal(os.path.join(*file)) for file in packed.files()])
    else:
        labels, classes, notes = classes_of_folders(folders, packed.folders_of_all())
    notes += sieve.notes(read_otherwise)

    def read(index: int) -> bytes:
        with open(paths[index], "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > max_bytes:
                raise UnreadableError(f"{size:,} bytes, more than {max_bytes:,}")
            return file.read(size)

    return Collection(str(root), names, read, labels, classes, tuple(notes), paths=paths)


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
