"""The names of many files in one block of bytes: some 20 bytes each, where a list of texts takes a hundred and more."""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from multigan.data.naming import normal, printable

__all__ = ["FileNames", "Packed", "Paths", "Run", "Texts", "names_digest"]

# A name ends with what no name holds.
_END = b"\0"
# Names in one part of an iteration.
_PART = 4096


class Run:
    """Files of one folder that follow one another.

    Args:
        folder: relative to the place, as the system has it; "": the place itself.
        names: of the files.
    """

    __slots__ = ("folder", "names")

    def __init__(self, folder: str, names: Sequence[str]):
        self.folder, self.names = folder, names


class Packed:
    """File names as the system has them, in their order.

    Args:
        folders: relative to the place; each run of files lies in one.
        begins: the number of each run's first file, int64 `(runs,)`.
        whose: the number of each run's folder, int32 `(runs,)`.
        names: of all files without their folders, each with a NUL behind it.
        ends: where each name ends in `names`, uint32 or uint64 `(count,)`.
    """

    def __init__(
        self,
        folders: Sequence[str],
        begins: np.ndarray,
        whose: np.ndarray,
        names: bytes | bytearray | memoryview,
        ends: np.ndarray,
    ):
        self.folders, self.begins, self.whose, self.ends = tuple(folders), begins, whose, ends
        self.names = memoryview(names)

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Packed:
        """Packs runs, which are taken one by one."""
        numbers: dict[str, int] = {}
        begins, whose, block, lengths, count = [], [], bytearray(), [], 0
        for run in runs:
            begins.append(count)
            whose.append(numbers.setdefault(run.folder, len(numbers)))
            joined = "\0".join(run.names)
            if joined.isascii():
                block += joined.encode() + _END
                sizes = np.fromiter(map(len, run.names), np.uint16, len(run.names))
            else:
                parts = [os.fsencode(name) for name in run.names]
                block += _END.join(parts) + _END
                sizes = np.fromiter(map(len, parts), np.uint16, len(parts))
            lengths.append(sizes)
            count += len(run.names)
        kind = np.uint32 if len(block) < 1 << 32 else np.uint64
        ends = np.empty(count, kind)
        place = end = 0
        for sizes in lengths:
            found = np.cumsum(sizes + 1, dtype=kind) + kind(end)
            ends[place : place + len(sizes)] = found - kind(1)
            place, end = place + len(sizes), int(found[-1])
        return cls(tuple(numbers), np.array(begins, np.int64), np.array(whose, np.int32), bytes(block), ends)

    def __len__(self) -> int:
        return len(self.ends)

    def at(self, index: int) -> tuple[str, str]:
        """Returns the folder and the name of a file."""
        run = bisect_right(self.begins, index) - 1
        begin = int(self.ends[index - 1]) + 1 if index else 0
        return self.folders[self.whose[run]], os.fsdecode(bytes(self.names[begin : int(self.ends[index])]))

    def runs(self) -> Iterator[Run]:
        """Yields all of them in their order, in parts of a bounded size."""
        stops = [*self.begins[1:].tolist(), len(self)]
        for begin, stop, whose in zip(self.begins.tolist(), stops, self.whose.tolist(), strict=True):
            for start in range(begin, stop, _PART):
                last = min(start + _PART, stop)
                first = int(self.ends[start - 1]) + 1 if start else 0
                block = bytes(self.names[first : int(self.ends[last - 1])])
                yield Run(self.folders[whose], [os.fsdecode(name) for name in block.split(_END)])

    def files(self) -> Iterator[tuple[str, str]]:
        """Yields the folder and the name of each file."""
        for run in self.runs():
            for name in run.names:
                yield run.folder, name

    def folders_of_all(self) -> np.ndarray:
        """Returns the number of each file's folder, int32 `(count,)`."""
        return np.repeat(self.whose, np.diff(self.begins, append=len(self)))

    @property
    def plain(self) -> bool:
        """Whether names are the same on every machine as they are: ASCII without control characters."""
        letters = np.frombuffer(self.names, np.uint8)
        ends = len(self)  # as many bytes below 32 as there are ends
        return (
            all(folder.isascii() and folder.isprintable() for folder in self.folders)
            and np.count_nonzero(letters < 32) == ends
            and not (letters > 126).any()
        )


class Texts(Sequence):
    """Texts made of packed names when they are asked for."""

    def __init__(self, packed: Packed):
        self.packed = packed

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return self._told(*self.packed.at(range(len(self))[index]))

    def __iter__(self) -> Iterator[str]:
        return (self._told(*file) for file in self.packed.files())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and not isinstance(other, str) and list(self) == list(other)

    __hash__ = None

    @abstractmethod
    def _told(self, folder: str, name: str) -> str:
        """The text of a file of a folder."""


class FileNames(Texts):
    """Names relative to their place, with `/` on every machine, fit to be shown."""

    def place(self, folder: str) -> str:
        """What stands before the last `/` of the names of a folder's files, or in its place."""
        return normal(folder)

    def _told(self, folder: str, name: str) -> str:
        return printable(normal(f"{folder}/{name}" if folder else name))


class Paths(Texts):
    """Paths of files.

    Args:
        root: the place.
        packed: their names.
    """

    def __init__(self, root: str, packed: Packed):
        super().__init__(packed)
        self._root = root

    def _told(self, folder: str, name: str) -> str:
        return os.path.join(self._root, folder, name)


def names_digest(names: Sequence[str]) -> bytes:
    """Returns a SHA-256 of names and their order, which is the same whatever holds them: of those in folders, or in one
    kind of archive.
    """
    digest, before = hashlib.sha256(), None
    packed = names.packed if isinstance(names, Texts) and names.packed.plain else None
    if packed is not None:
        stops = [*packed.begins[1:].tolist(), len(packed)]
        for begin, stop, whose in zip(packed.begins.tolist(), stops, packed.whose.tolist(), strict=True):
            folder = names.place(packed.folders[whose])
            if folder != before:
                digest.update(f"{folder}\0\0".encode())
                before = folder
            first = int(packed.ends[begin - 1]) + 1 if begin else 0
            digest.update(packed.names[first : int(packed.ends[stop - 1]) + 1])
        return digest.digest()
    for name in names:
        folder, _, own = name.rpartition("/")
        if folder != before:
            digest.update(f"{folder}\0\0".encode())
            before = folder
        digest.update(f"{own}\0".encode())
    return digest.digest()
