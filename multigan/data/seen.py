"""What data look like from outside: their names and the headers of their arrays, before anything is read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from multigan.errors import DataError

if TYPE_CHECKING:
    from multigan.data.arrays import ArrayHeader

__all__ = ["Seen", "look"]

# How many names of a folder or zip file are looked at.
SEEN = 2_000
# Bytes of a file that are looked at: what says that a PNG moves comes before its pixels, and after a colour profile.
HEAD = 1 << 16


@dataclass(frozen=True)
class Seen:
    """What every modality's `claims` is shown of some data.

    Args:
        path: as the user gave it, `~` resolved; it may not be there.
        suffix: of its name, in lower case, `".npz"`; or "".
        folder: whether it is a folder.
        names: of the first files in a folder or zip file, at any depth, without what systems leave there; of any other
            path its own name. In lower case, with `/` between folders.
        arrays: the headers of an .npz file by name, that of a .npy file as `""`; empty for all else, and for what is
            damaged.
        files: the paths behind the names, of a folder or of a file by itself; empty of a zip file.
    """

    path: Path
    suffix: str = ""
    folder: bool = False
    names: tuple[str, ...] = ()
    arrays: Mapping[str, ArrayHeader] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def share(self, suffixes: Iterable[str]) -> float:
        """Returns which share of the names ends in one of these, from 0 to 1."""
        suffixes = tuple(suffixes)
        return sum(name.endswith(suffixes) for name in self.names) / max(len(self.names), 1)

    def heads(self, suffix: str, most: int = 3) -> list[bytes]:
        """Returns the first bytes of the first files of a suffix, in the order of their names; few, for they are read
        from disk. Empty of a zip file.
        """
        found: list[bytes] = []
        for path in sorted(self.files):
            if path.suffix.lower() == suffix and not path.name.startswith(".") and len(found) < most:
                try:
                    with open(path, "rb") as file:
                        found.append(file.read(HEAD))
                except OSError:
                    continue
        return found


def look(spec: str) -> Seen:
    """Returns what can be seen of a path; the file itself is opened for headers only."""
    path, suffix = Path(os.path.expanduser(spec)), os.path.splitext(spec)[1].lower()
    folder = bool(spec) and path.is_dir()
    if folder:
        names = _names_in(path)
    elif suffix == ".zip":
        names = _names_of_zip(path)
    else:
        names = [path.name]
    arrays = {} if folder or suffix not in (".npy", ".npz") else _headers(path, suffix)
    files = () if suffix == ".zip" and not folder else tuple((path if folder else path.parent) / name for name in names)
    return Seen(path, suffix, folder, _told(names), arrays, files)


def _headers(path: Path, suffix: str) -> Mapping[str, ArrayHeader]:
    from multigan.data.arrays import npy_header, npz_headers

    try:
        return {"": npy_header(path)} if suffix == ".npy" else npz_headers(path)
    except (DataError, OSError):
        return {}


def _names_of_zip(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()[:SEEN]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return []


def _names_in(root: Path) -> list[str]:
    """Returns the names of some files in a folder and below it, without looking into any of them."""
    from multigan.data.clutter import clutter_part

    names: list[str] = []
    for place, below, files in os.walk(root):
        below[:] = [name for name in below if not clutter_part(name)]
        names += [os.path.relpath(os.path.join(place, name), root) for name in files[: SEEN - len(names)]]
        if len(names) >= SEEN:
            break
    return names


def _told(names: Iterable[str]) -> tuple[str, ...]:
    from multigan.data.clutter import clutter_part
    from multigan.data.naming import normal

    return tuple(name.lower() for name in map(normal, names) if not (clutter_part(name) or name.endswith("/")))
