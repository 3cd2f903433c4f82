"""Treated sounds in files on the disk, mapped into memory: for what is too long, or too much, to keep in memory.

A file is the samples, then what was seen of each sound as JSON, then a tail: a mark, the JSON's length, its CRC-32 and
that of the samples. It is written aside and renamed, and one that differs from its tail in any byte is not used. All of
them may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import struct
import tempfile
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data import caches

__all__ = ["Cache", "cache_folder"]

# What one run may add, what all files together may take, and what is left free on the disk.
RUN_BYTES = 16 << 30
TOTAL_BYTES = 32 << 30
FREE_BYTES = 1 << 30

# Another number for each change of what a file gives: 2 reads WAV files whose header says less than they hold, 3 AIFF,
# AU and CAF files, too.
_MARK = b"multigan sounds 3\n"
_TAIL = struct.Struct(f"<{len(_MARK)}sQII")
_CHUNK = 1 << 22
# Seconds after which an unfinished file is a dead process's.
_ABANDONED = 24 * 3600


def cache_folder() -> Path | None:
    """Returns where caches of sounds lie: `audio` in `MULTIGAN_CACHE`, or else in the user's own cache folder.

    None where the user has no folder at all, as in some containers.
    """
    return caches.cache_folder("audio")


class Cache:
    """A folder of such files, each found by a key.

    Args:
        folder: made when something is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = threading.Lock()
        self._left = RUN_BYTES

    def read(self, key: str) -> tuple[list[Any], list[np.ndarray | None]] | None:
        """Returns what `Writer.finish` was given as `facts`, and each sound's samples, float32 `(frames, channels)`.

        The samples are mapped from the disk; None for a sound without any. None for all where there is no file of this
        key, or it is damaged, or holds something else.
        """
        path = self._file(key)
        try:
            with open(path, "rb") as file:
                head = _read_head(file, key)
            if head is None:
                return None
            with contextlib.suppress(OSError):
                os.utime(path)  # read now: what was not for longest is deleted first
            return head["facts"], _mapped(path, head["channels"], head["frames"])
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None

    def write(self, key: str) -> Writer:
        """Begins a file; raises `OSError` where the folder cannot be written to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Writer(self, key, self._file(key))

    def spend(self, size: int) -> None:
        """Counts bytes that will be written.

        Raises:
            OSError: this run has written what it may, or the disk would be full.
        """
        with self._lock:
            if size > self._left:
                raise OSError(f"more than {RUN_BYTES >> 30:,} GiB")
            self._left -= size
        if shutil.disk_usage(self.folder).free < FREE_BYTES + size:
            raise OSError("the disk is almost full")

    def make_room(self, keep: Path) -> None:
        """Deletes the files that were not read for longest, all but `keep`, until the rest is within bounds."""
        found = []
        for path in self.folder.iterdir():
            with contextlib.suppress(OSError):  # another process may have deleted it
                facts = path.stat()
                if path.suffix == ".part" and time.time() - facts.st_mtime > _ABANDONED:
                    path.unlink()
                elif path.suffix == ".sounds":
                    found.append((path != keep, -facts.st_mtime, facts.st_size, path))
        total = 0
        for other, _, size, path in sorted(found):
            total += size
            if other and total > TOTAL_BYTES:
                with contextlib.suppress(OSError):  # Windows deletes no file that is mapped
                    path.unlink()

    def _file(self, key: str) -> Path:
        return self.folder / f"{key[:32]}.sounds"


class Writer:
    """Writes sounds one after the other; they are there for others after `finish`, and never in part.

    Args:
        cache: that the file belongs to.
        key, path: of the file.
    """

    def __init__(self, cache: Cache, key: str, path: Path):
        self._cache = cache
        self._key = key
        self._path = path
        number, name = tempfile.mkstemp(prefix="writing-", suffix=".part", dir=path.parent)
        self._aside = Path(name)
        self._file = os.fdopen(number, "wb")
        self._sum = 0

    def write(self, samples: np.ndarray) -> None:
        """Appends float32 samples `(n, channels)`; raises `OSError` when they find no room."""
        content = np.ascontiguousarray(samples, "<f4").tobytes()
        self._cache.spend(len(content))
        self._file.write(content)
        self._sum = zlib.crc32(content, self._sum)

    def finish(
        self, channels: int, frames: Sequence[int], facts: Sequence[Any]
    ) -> tuple[list[Any], list[np.ndarray | None]]:
        """Completes the file and returns it as `Cache.read` does.

        Args:
            channels: of all sounds.
            frames: that were written of each sound, in their order.
            facts: on them, anything that fits into JSON.

        Raises:
            OSError: the file cannot be completed.
        """
        head = {"key": self._key, "channels": channels, "frames": list(frames), "facts": list(facts)}
        text = json.dumps(head).encode()
        self._cache.spend(len(text) + _TAIL.size)
        self._file.write(text + _TAIL.pack(_MARK, len(text), zlib.crc32(text), self._sum))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._aside, self._path)
        self._cache.make_room(keep=self._path)
        return list(facts), _mapped(self._path, channels, frames)

    def abandon(self) -> None:
        """Deletes what was written and not finished."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._aside.unlink()


def _read_head(file, key: str) -> dict[str, Any] | None:
    """Returns what the file says of itself when every byte of it is as it was written, for this key."""
    size = os.fstat(file.fileno()).st_size
    file.seek(size - _TAIL.size)
    mark, length, text_sum, samples_sum = _TAIL.unpack(file.read(_TAIL.size))
    room = size - _TAIL.size - length
    if mark != _MARK or room < 0:
        return None
    file.seek(room)
    text = file.read(length)
    if zlib.crc32(text) != text_sum:
        return None
    head = json.loads(text)
    if head["key"] != key or 4 * head["channels"] * sum(head["frames"]) != room:
        return None
    file.seek(0)
    total = 0
    for start in range(0, room, _CHUNK):
        total = zlib.crc32(file.read(min(_CHUNK, room - start)), total)
    return head if total == samples_sum else None


def _mapped(path: Path, channels: int, frames: Sequence[int]) -> list[np.ndarray | None]:
    total = sum(frames)
    if not total:
        return [None] * len(frames)
    # A plain view: every slice of a memmap is one again, and slow to make.
    samples = np.asarray(np.memmap(path, "<f4", "r", 0, (total, channels)))
    ends = np.cumsum(frames, dtype=np.int64)
    return [samples[end - count : end] if count else None for end, count in zip(ends, frames, strict=True)]
