"""Where on the disk lies what may be deleted at any time, and is made anew."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "make_room"]


def cache_folder(name: str) -> Path | None:
    """Returns the folder of that name in `MULTIGAN_CACHE`, or else in the user's own cache folder.

    None where the user has no folder at all, as in some containers.
    """
    try:
        return _base() / name
    except RuntimeError:
        return None


def _base() -> Path:
    if chosen := os.environ.get("MULTIGAN_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "multigan"


def make_room(folder: Path, suffix: str, total: int, keep: Path) -> None:
    """Deletes the files of a suffix that were not touched for longest, all but `keep`, until the rest takes `total`
    bytes at most.
    """
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # another process may have deleted it
            if path.suffix == suffix:
                facts = path.stat()
                found.append((path != keep, -facts.st_mtime, facts.st_size, path))
    size = 0
    for other, _, of_one, path in sorted(found):
        size += of_one
        if other and size > total:
            with contextlib.suppress(OSError):
                path.unlink()
