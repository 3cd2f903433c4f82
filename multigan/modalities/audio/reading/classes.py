"""The class of each sound file, from its folder or from its name: the option `classes`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np

from multigan.data.collection import Collection
from multigan.errors import DataError

__all__ = ["choose_classes", "prefix_of"]

# Letters at a name's beginning, before a digit, a space or one of _ - . ( [
_PREFIX = re.compile(r"([^\W\d_]+)(?=[\d\s_\-.(\[])")


def prefix_of(name: str) -> str:
    """Returns what a file's name says of its kind, e.g. `"bd"` of `kit/BD_808.flac`; empty when it says nothing."""
    stem = name.rpartition("/")[2].rpartition(".")[0]
    match = _PREFIX.match(stem)
    return match[1].lower() if match else ""


def choose_classes(collection: Collection, how: str) -> Collection:
    """Returns a collection of files with the classes that the option asks for, and a note on them.

    Args:
        collection: whose labels, if there are any, are from folders.
        how: `"folders"`, `"prefix"`, `"none"`; or `"auto"`: folders where they give classes, else prefixes when every
            file has one and there are at least two of them with at least two files each.

    Raises:
        DataError: what is asked for gives no classes.
    """
    if how == "none":
        return replace(collection, labels=None, classes=())
    if how == "folders" or (how == "auto" and collection.labels is not None):
        if collection.labels is None:
            reason = collection.notes[0] if collection.notes else "the files do not lie in sub-folders"
            raise DataError(f"{collection.title}: option classes=folders, but {reason}; sort them, or -o classes=auto")
        return replace(collection, notes=(*collection.notes, "the class is the sub-folder (option classes)"))
    prefixes = [prefix_of(name) for name in collection.names]
    counts = Counter(prefixes)
    if how == "auto" and ("" in counts or len(counts) < 2 or min(counts.values()) < 2):
        return collection
    if "" in counts:
        name = collection.names[prefixes.index("")]
        raise DataError(
            f"{collection.title}: option classes=prefix, but {counts['']:,} names have none (first {name}); "
            "call them like kick_01.wav, or give labels by -o labels=FILE"
        )
    found = sorted(counts)
    index = {prefix: number for number, prefix in enumerate(found)}
    labels = np.array([index[prefix] for prefix in prefixes], np.int32)
    note = f"the class is the beginning of a file's name, as {found[0]} of {_first(collection, prefixes, found[0])}"
    return replace(
        collection, labels=labels, classes=tuple(found), notes=(*collection.notes, f"{note} (option classes)")
    )


def _first(collection: Collection, prefixes: list[str], prefix: str) -> str:
    return collection.names[prefixes.index(prefix)]
