"""A folder of files; its sub-folders give the classes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from multigan.data.collection import Collection, UnreadableError
from multigan.data.naming import classes_from_folders, natural_key, normal, printable
from multigan.data.sieve import Sieve
from multigan.data.signatures import HEAD
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
    files, read_otherwise = [], []
    for path in _walk(root):
        name = normal(os.path.relpath(path, root))
        if sieve.takes(name, partial(_head, path)):
            files.append((name, path))
        elif os.path.basename(path) in beside.values() and os.path.realpath(path) in beside:
            read_otherwise.append(name)
    if not files:
        raise DataError(sieve.nothing_found(str(root)))
    files.sort(key=lambda file: natural_key(file[0]))
    paths = [path for _, path in files]
    labels, classes, notes = classes_from_folders([name for name, _ in files])
    notes += sieve.notes(read_otherwise)

    def read(index: int) -> bytes:
        with open(paths[index], "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > max_bytes:
                raise UnreadableError(f"{size:,} bytes, more than {max_bytes:,}")
            return file.read(size)

    names = [printable(name) for name, _ in files]
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


def _walk(root: Path) -> Iterator[str]:
    """Yields the paths of all files below `root`; follows links, but no folder twice."""
    pending, seen = [str(root)], set()
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as entries:
                entries = list(entries)
                if folder != str(root) and any(entry.name == "run.toml" for entry in entries):
                    continue  # a run, such as one on the folder around it: its samples are no data
                for entry in entries:
                    if entry.is_dir():
                        pending.append(entry.path)
                    elif entry.is_file() or entry.is_symlink():  # a broken link is reported as unreadable
                        yield entry.path
        except OSError as error:
            raise DataError(f"{folder}: cannot be listed ({error.strerror or error})") from None
