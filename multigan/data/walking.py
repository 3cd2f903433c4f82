"""The files of a folder and of those below it in natural order, one folder in memory at a time."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from multigan.data.file_names import Run
from multigan.data.naming import natural_key, normal
from multigan.errors import DataError

__all__ = ["Walk", "in_order", "stamp_of"]

_DIGITS = re.compile("([0-9]+)")
# Digits of other scripts, which count as numbers where nothing but them stands between others.
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")

# A run's own folder, such as that of one on the folder around it: its samples are no data.
RUN = "run.toml"


@dataclass
class Walk:
    """Goes through a folder; follows links, but into no folder twice.

    Args:
        root: the folder.
        sure: suffixes of files that are taken in `plain` folders without being asked about; lower case, with the dot.
        plain: whether a folder, by its name relative to `root`, is a user's own.
        takes: whether any other file is taken, by its folder and its name; called once for each.

    Attributes:
        stamps: of each folder that was listed, by its relative name, what changes when a file in it comes or goes.
        odd: whether a name holds a back slash, which parts folders: order is not that of the folders on disk then.
    """

    root: str
    sure: frozenset[str]
    plain: Callable[[str], bool]
    takes: Callable[[str, str], bool]
    stamps: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    odd: bool = False

    def runs(self) -> Iterator[Run]:
        """Yields the files that are taken, in natural order of their relative names.

        Raises:
            DataError: a folder cannot be listed.
        """
        seen: set[tuple] = set()
        pending = [self._listed([""], seen)]
        while pending:
            found = next(pending[-1], None)
            if found is None:
                pending.pop()
            elif isinstance(found, Run):
                yield found
            else:
                pending.append(self._listed(found, seen))

    def _listed(self, group: Sequence[str], seen: set[tuple]) -> Iterator[Run | list[str]]:
        """Yields what lies in folders that have one place in the order: runs of files, and groups of folders."""
        files: dict[str, list[str]] = {}
        below: list[str] = []
        for folder in group:
            files[folder], folders = self._entries(folder, seen)
            below += [os.path.join(folder, name) for name in folders]
        if len(group) > 1 and sum(map(bool, files.values())) > 1:
            yield from _merged(files, _grouped(below))
            return
        folder, names = next(((each, names) for each, names in files.items() if names), ("", ()))
        names = in_order(names)
        begin = 0
        for key, folders in _grouped(below):
            # A file goes before a folder of an equal key.
            stop = bisect_right(names, key, begin, key=_part)
            if stop > begin:
                yield Run(folder, names[begin:stop])
            begin = stop
            yield folders
        if begin < len(names):
            yield Run(folder, names[begin:])

    def _entries(self, folder: str, seen: set[tuple]) -> tuple[list[str], list[str]]:
        """Returns the names of the files that are taken, and of the folders."""
        path = os.path.join(self.root, folder) if folder else self.root
        try:
            stamp = stamp_of(path)
            real = stamp[1:] if stamp[1] else (os.path.realpath(path),)
            if real in seen:
                return [], []
            seen.add(real)
            self.stamps[folder] = stamp
            files, others, folders = _sorted_out(path, self._endings if self.plain(folder) else ())
        except OSError as error:
            raise DataError(f"{path}: cannot be listed ({error.strerror or error})") from None
        if folder and RUN in others:
            return [], []
        joined = "\0".join(("", *files))
        if "\0." in joined or "\\" in joined:  # hidden, or in a folder that the disk does not have
            others += [name for name in files if name[0] == "." or "\\" in name]
            files = [name for name in files if name[0] != "." and "\\" not in name]
        files += [name for name in others if self.takes(folder, name)]
        self.odd = self.odd or (os.sep == "/" and "\\" in "\0".join((folder, joined, *others)))
        return files, folders

    @property
    def _endings(self) -> tuple[str, ...]:
        """How names end that are sure to be taken; any other mixture of cases is asked about."""
        return (*self.sure, *map(str.upper, self.sure))


def _sorted_out(path: str, endings: tuple[str, ...]) -> tuple[list[str], list[str], list[str]]:
    """Returns the names of the files that end so, of all other files, and of folders."""
    files, others, folders = [], [], []
    with os.scandir(path) as entries:
        for entry in entries:
            name = entry.name
            if entry.is_file():
                (files if name.endswith(endings) else others).append(name)
            elif entry.is_dir():
                folders.append(name)
            elif entry.is_symlink():  # a broken link is reported as unreadable
                others.append(name)
    return files, others, folders


def stamp_of(path: str) -> tuple[int, int, int]:
    """Returns what changes when a file in a folder comes or goes, or the folder is another; raises `OSError`."""
    facts = os.stat(path)
    return facts.st_mtime_ns, facts.st_ino, facts.st_dev


def in_order(names: Sequence[str]) -> Sequence[str]:
    """Returns the names of one folder's files in natural order."""
    if len(names) < 2:
        return names
    if _alike(names):
        return sorted(names)
    if any(_FOREIGN_DIGIT.search(name) for name in names):
        return sorted(names, key=lambda name: natural_key(normal(name)))
    return sorted(names, key=_short_key)


def _short_key(name: str) -> str:
    """A text that is in the order of `natural_key` for the name of a file, and takes a tenth of its memory.

    Texts end with a NUL; a number begins with how many digits it has. So a shorter one of either comes first.
    """
    name = normal(name)
    parts = _DIGITS.split(name.casefold())
    for place in range(1, len(parts), 2):
        digits = parts[place].lstrip("0")
        parts[place] = f"\0{chr(len(digits) + 1)}{digits}"
    return f"{''.join(parts)}\0\0{name}"


def _alike(names: Sequence[str]) -> bool:
    """Whether all names are equally long, in small letters, and have digits at the same places: their natural order is
    that of their letters then. Numbered files mostly are, and a million of them sorts in a second.
    """
    first = names[0]
    if not first.isascii() or set(map(len, names)) != {len(first)}:
        return False
    joined = "".join(names)
    if not joined.isascii() or joined != joined.lower():
        return False
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(len(names), len(first))
    digits = (letters >= ord("0")) & (letters <= ord("9"))
    return bool((digits == digits[0]).all())


def _part(name: str) -> list:
    """The key of one part of a relative name, without what tells equal ones apart."""
    return natural_key(normal(name))[0][0]


def _grouped(folders: Sequence[str]) -> list[tuple[list, list[str]]]:
    """Folders by the key of their last part, in order; those of an equal key together."""
    keyed = sorted(((_part(os.path.basename(folder)), folder) for folder in folders), key=lambda each: each[0])
    found: list[tuple[list, list[str]]] = []
    for key, folder in keyed:
        if found and found[-1][0] == key:
            found[-1][1].append(folder)
        else:
            found.append((key, [folder]))
    return [(key, sorted(group, key=natural_key)) for key, group in found]


def _merged(files: dict[str, Sequence[str]], below: Sequence[tuple[list, list[str]]]) -> Iterator[Run | list[str]]:
    """The same for files of several folders, which lie between one another."""
    paths = [(folder, name) for folder, names in files.items() for name in names]
    every = [(_part(name), normal(os.path.join(folder, name)), folder, name) for folder, name in paths]
    every.sort(key=lambda each: each[:2])
    begin = 0
    for key, folders in below:
        stop = bisect_right(every, key, begin, key=lambda each: each[0])
        yield from _runs(every[begin:stop])
        begin = stop
        yield folders
    yield from _runs(every[begin:])


def _runs(every: Sequence[tuple]) -> Iterator[Run]:
    begin = 0
    for number in range(1, len(every) + 1):
        if number == len(every) or every[number][2] != every[begin][2]:
            yield Run(every[begin][2], [each[3] for each in every[begin:number]])
            begin = number
