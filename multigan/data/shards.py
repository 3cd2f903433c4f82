"""A folder of WebDataset shards: tar archives whose members belong together by their names, read by random access."""

from __future__ import annotations

import json
import os
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data import remembered
from multigan.data.clutter import clutter_part
from multigan.data.collection import Collection, UnreadableError
from multigan.data.file_names import Packed, Run, Texts
from multigan.data.labels import MOST_CLASSES, check_labels
from multigan.data.naming import natural_key, normal, printable
from multigan.data.tars import Damage, members_of
from multigan.errors import DataError

__all__ = ["SUFFIX", "ShardNames", "shard_collection", "shards_in"]

SUFFIX = ".tar"
# What tells the class of a sample, the surest first: a number or a name, a JSON object, a text.
_LABELS = ("cls", "json", "txt")
# Where a JSON object says it.
_KEYS = ("label", "cls", "class")
# A longer text is no class's name, and a longer object is not read.
_LONGEST, _LARGEST = 100, 1 << 16
_TRAINING, _OTHERS = ("train", "training"), ("test", "testing", "val", "valid", "validation", "dev", "eval")
# How many suffixes, and shards, a note names.
_NAMED = 3
# A text that more than every second sample has for itself is a caption.
_CAPTIONS = 2


class ShardNames(Texts):
    """Names `shard.tar:member`."""

    def place(self, folder: str) -> str:
        """See `FileNames`."""
        return f"{normal(folder)}:"

    def _told(self, folder: str, name: str) -> str:
        return printable(normal(f"{folder}:{name}"))


class _Spellings:
    """What tells the samples' classes: a number for each spelling, 0 for nothing."""

    def __init__(self):
        self.numbers = array("i")
        self.known: dict[str, int] = {"": 0}

    def add(self, text: str) -> None:
        """Adds that of one sample; beyond `MOST_CLASSES` spellings all others are one."""
        if text not in self.known and len(self.known) > MOST_CLASSES + 1:
            text = next(reversed(self.known))
        self.numbers.append(self.known.setdefault(text, len(self.known)))


@dataclass
class _Index:
    """What the shards of a folder hold, while they are gone through.

    Attributes:
        offsets, sizes: of the samples' files; a size of -1 where a sample stands for what cannot be read.
        labels: what tells each sample's class, by the suffix.
        others: members that are not read, by their suffix.
        reasons: why samples cannot be read, by their number.
        notes: on shards.
    """

    what: str
    offsets: list[np.ndarray] = field(default_factory=list)
    sizes: list[np.ndarray] = field(default_factory=list)
    labels: dict[str, _Spellings] = field(default_factory=lambda: {kind: _Spellings() for kind in _LABELS})
    others: Counter = field(default_factory=Counter)
    reasons: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)
    count: int = 0


def shards_in(place: Path, suffix: str) -> tuple[list[str], list[str]]:
    """Returns the names of the files of a suffix that lie in a folder itself, in natural order, and notes.

    Where names say of which split shards are, and some are for training, these alone are returned.
    """
    with os.scandir(place) as entries:
        found = [entry.name for entry in entries if entry.name.lower().endswith(suffix) and entry.is_file()]
    found = sorted((name for name in found if not clutter_part(name)), key=natural_key)
    training = [name for name in found if _split(name) in _TRAINING]
    others = [name for name in found if _split(name) and name not in training]
    if not training or not others:
        return found, []
    kept = [name for name in found if name not in others]
    first = f"{'' if len(others) == 1 else 'first '}{printable(others[0])}"
    return kept, [f"shards of other splits that are not read: {len(others):,} ({first})"]


def _split(name: str) -> str:
    """The split that a shard's name says it is of; "" where it says none."""
    return next((word for word in re.split("[^a-z]+", name.lower()) if word in (*_TRAINING, *_OTHERS)), "")


def shard_collection(
    place: Path, shards: Sequence[str], suffixes: frozenset[str], what: str, max_bytes: int
) -> Collection:
    """Returns the samples of a folder's shards, in the order of the shards' names and of their members.

    Args:
        place: the folder.
        shards: names of tar archives in it, in their order.
        suffixes: of what a sample is, lower case, with the dot.
        what: for messages, e.g. `"images"`.
        max_bytes: of one sample; a larger one cannot be read.

    Raises:
        DataError: none of `what` in any of them, or classes that only some samples have.
    """
    stamps = [_stamp(place / name) for name in shards]
    told = [os.path.realpath(place), what, sorted(suffixes), list(shards), stamps]
    facts, arrays = remembered.recall("shards", told) or _indexed(place, shards, suffixes, what, told)
    packed = Packed(facts["folders"], arrays["begins"], arrays["whose"], arrays["names"].data, arrays["ends"])
    offsets, sizes, names = arrays["offsets"], arrays["sizes"], ShardNames(packed)
    reasons = {int(number): reason for number, reason in facts["reasons"].items()}
    labels, classes = _classes(facts["classes"], arrays["labels"], names, str(place))

    def read(index: int) -> bytes:
        if index in reasons:
            raise UnreadableError(reasons[index])
        size, shard = int(sizes[index]), packed.at(index)[0]
        if size > max_bytes:
            raise UnreadableError(f"{size:,} bytes, more than {max_bytes:,}")
        with open(place / shard, "rb", buffering=0) as file:
            file.seek(int(offsets[index]))
            content = file.read(size)
        if len(content) < size:
            raise UnreadableError(f"cut off: {len(content):,} of {size:,} bytes are in the shard")
        return content

    return Collection(str(place), names, read, labels, classes, tuple(facts["notes"]))


def _classes(
    spellings: Sequence[str], labels: np.ndarray, names: Sequence[str], title: str
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Labels and classes by the rules that every label has, of the first samples of each spelling."""
    if not spellings:
        return None, ()
    order = np.argsort(labels, kind="stable")
    firsts = np.searchsorted(labels, np.arange(len(spellings)), sorter=order)
    seconds = np.minimum(firsts + 1, np.searchsorted(labels, np.arange(len(spellings)), "right", order) - 1)
    rows = order[np.unique(np.concatenate([firsts, seconds]))]
    texts = np.array(spellings)[labels[rows]]
    found, classes = check_labels(texts, len(rows), (), title, places=[names[int(row)] for row in rows])
    of_spelling = np.zeros(len(spellings), np.int32)
    of_spelling[labels[rows]] = found
    return of_spelling[labels], classes


def _stamp(path: Path) -> list[int]:
    facts = os.stat(path)
    return [facts.st_size, facts.st_mtime_ns, facts.st_ino]


def _indexed(
    place: Path, shards: Sequence[str], suffixes: frozenset[str], what: str, told: Sequence[Any]
) -> tuple[Mapping[str, Any], dict[str, np.ndarray]]:
    """Goes through all shards, and keeps what it found."""
    index = _Index(what)
    packed = Packed.of(_runs(place, shards, suffixes, index))
    if not len(packed) or len(packed) == len(index.reasons):
        others = ", ".join(f"{count:,} {printable(kind)}" for kind, count in index.others.most_common(_NAMED))
        instead = f"only {others}" if others else "they are empty"
        damaged = f"; {'; '.join(index.reasons.values())}" if index.reasons else ""
        raise DataError(f"{place}: no {what} in its {len(shards):,} tar archives, {instead}{damaged}")
    labels, classes, more = _labels(index, ShardNames(packed), place)
    facts = {
        "folders": packed.folders,
        "reasons": index.reasons,
        "classes": classes,
        "notes": [f"read from {len(shards):,} tar archive{'s' * (len(shards) != 1)}", *_notes(index), *more],
    }
    arrays = {
        "begins": packed.begins,
        "offsets": np.concatenate(index.offsets),
        "sizes": np.concatenate(index.sizes),
        "whose": packed.whose,
        "ends": packed.ends,
        "labels": labels,
        "names": np.frombuffer(packed.names, np.uint8),
    }
    if index.count >= remembered.MANY:
        remembered.remember("shards", told, facts, arrays)
    return facts | {"reasons": {str(number): why for number, why in index.reasons.items()}}, arrays


def _runs(place: Path, shards: Sequence[str], suffixes: frozenset[str], index: _Index) -> Iterator[Run]:
    """The samples of each shard, which are counted in `index`."""
    for shard in shards:
        try:
            names = _samples(place / shard, shard, suffixes, index)
        except OSError as error:
            raise DataError(f"{place / shard}: cannot be opened ({error.strerror or error})") from None
        if names:
            yield Run(shard, names)


def _samples(path: Path, shard: str, suffixes: frozenset[str], index: _Index) -> list[str]:
    """Goes through one shard; returns the names of its samples' files."""
    names: list[str] = []
    offsets, sizes, rows, labels = [], [], {}, {kind: {} for kind in _LABELS}
    with open(path, "rb", buffering=1 << 18) as file:
        size = os.fstat(file.fileno()).st_size
        for member in members_of(file, size):
            if isinstance(member, Damage):
                if member.why.startswith("ends"):
                    index.notes.append(f"{shard} {member.why}")
                else:
                    index.reasons[index.count + len(names)] = member.why
                    names.append("...")
                    offsets.append(member.place)
                    sizes.append(0)
                break
            name = os.fsdecode(member.name).removeprefix("./")
            if clutter_part(normal(name)):
                continue
            folder, slash, own = name.rpartition("/")
            stem, _, kind = own.partition(".")
            key, suffix = folder + slash + stem, os.path.splitext(own)[1].lower()
            if suffix in suffixes:
                row = len(names)
                if rows.setdefault(key, row) != row:
                    before = names[rows[key]]
                    if before == name:
                        index.reasons[index.count + row] = "a member of this name stands in the shard before"
                    else:
                        index.several.append(f"{shard}:{name}")
                        continue
                names.append(name)
                offsets.append(member.offset)
                sizes.append(member.size)
            elif kind.lower() in _LABELS and member.size <= _LARGEST:
                file.seek(member.offset)
                labels[kind.lower()].setdefault(key, file.read(member.size))
            else:
                index.others[suffix or "no suffix"] += 1
    if not names:
        index.notes.append(f"no {index.what} in {shard}")
    keys = [None] * len(names)
    for key, row in rows.items():
        keys[row] = key
    for kind, found in labels.items():
        for key in keys:
            index.labels[kind].add(_told(kind, found[key]) if key in found else "")
    index.offsets.append(np.array(offsets, np.int64))
    index.sizes.append(np.array(sizes, np.int64))
    index.count += len(names)
    return names


def _told(kind: str, content: bytes) -> str:
    """What a member beside a sample says of its class; "" for nothing."""
    try:
        text = content.decode("utf-8-sig").strip()
        if kind == "json":
            found = json.loads(text)
            found = next((found[key] for key in _KEYS if key in found), "") if isinstance(found, dict) else found
            text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    except ValueError:
        return ""
    return text if len(text) <= _LONGEST and "\n" not in text else ""


def _labels(index: _Index, names: Sequence[str], place: Path) -> tuple[np.ndarray, list[str], list[str]]:
    """Returns the number of each sample's spelling, int32, with the spellings, and notes; none where nothing tells."""
    notes = []
    for kind in _LABELS:
        spellings, numbers = list(index.labels[kind].known)[1:], np.array(index.labels[kind].numbers, np.int32)
        if not spellings:
            continue
        missing = [int(row) for row in np.flatnonzero(numbers == 0) if row not in index.reasons]
        if kind != "cls" and (missing or _CAPTIONS * len(spellings) > len(numbers) or len(spellings) > MOST_CLASSES):
            notes.append(f"the .{kind} beside {index.what} are not read: they are no classes")
            continue
        if missing:
            raise DataError(
                f"{place}: {len(missing):,} of {len(numbers):,} {index.what} have no .{kind} beside them, or an empty "
                f"one, first {names[missing[0]]}; give each one, or leave them out"
            )
        notes.append(f"classes are from the .{kind} beside {index.what}")
        # What cannot be read needs no class of its own.
        return np.maximum(numbers - 1, 0), spellings, notes
    return np.zeros(0, np.int32), [], notes


def _notes(index: _Index) -> list[str]:
    notes = index.notes[:_NAMED]
    if len(index.notes) > _NAMED:
        notes.append(f"{len(index.notes) - _NAMED:,} more such shards")
    if index.several:
        count, first = len(index.several), index.several[0]
        told = f"further {index.what} of one key, of which the first is taken"
        notes.append(f"{told}: {count:,} ({'' if count == 1 else 'first '}{printable(first)})")
    if index.others:
        count = index.others.total()
        kinds = ", ".join(f"{number:,} {printable(kind)}" for kind, number in index.others.most_common(_NAMED))
        notes.append(f"{count:,} other member{'s' * (count != 1)} ({kinds}) left out: not {index.what} by name")
    return notes
