"""Lists of files that were made once and are kept on the disk: what lies in a folder, or in an archive.

A list is used while what it was made of has not changed, by the stamps that its maker gives. A file is a mark, the
lengths of its two parts and the CRC-32 of both, then facts as JSON, then the names and where they end. It is written
aside and renamed; one that is damaged, or of another version, is not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.caches import cache_folder, make_room
from multigan.disk import write_atomically

__all__ = ["MANY", "recall", "remember"]

# Lists of fewer files are made in less time than it is worth.
MANY = 10_000
# What all lists together may take, and what is left free on the disk.
TOTAL_BYTES, FREE_BYTES = 1 << 30, 1 << 30

# Another number for each change of what a list holds, or of how it is made.
_MARK = b"multigan list 1\n"
_HEAD = struct.Struct(f"<{len(_MARK)}sQQI")


def recall(kind: str, told: Sequence[Any]) -> tuple[Mapping[str, Any], dict[str, np.ndarray]] | None:
    """Returns the facts and the arrays of a list, or None where there is none that can be used.

    Args:
        kind: of the list.
        told: all that it depends on besides its stamps; fits into JSON.
    """
    path = _path(kind, told)
    try:
        with open(path, "rb") as file:
            mark, length, rest, total = _HEAD.unpack(file.read(_HEAD.size))
            if mark != _MARK or os.fstat(file.fileno()).st_size != _HEAD.size + length + rest:
                return None
            text, block = file.read(length), file.read(rest)
        if zlib.crc32(block, zlib.crc32(text)) != total:
            return None
        facts, arrays, place = json.loads(text), {}, 0
        if facts["told"] != json.loads(json.dumps(told)):
            return None
        for name, (dtype, count) in facts["arrays"].items():
            arrays[name] = np.frombuffer(block, dtype, count, place)
            place += arrays[name].nbytes
        with contextlib.suppress(OSError):
            os.utime(path)  # read now: what was not for longest is deleted first
        return facts["facts"], arrays
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return None


def remember(kind: str, told: Sequence[Any], facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Keeps a list; where there is no room for it, or no folder that can be written to, nothing happens.

    Args:
        kind, told: as of `recall`.
        facts: anything that fits into JSON.
        arrays: of one dimension, by name.
    """
    path = _path(kind, told)
    shapes = {name: (each.dtype.str, len(each)) for name, each in arrays.items()}
    text = json.dumps({"told": told, "facts": facts, "arrays": shapes}).encode()
    block = b"".join(each.tobytes() for each in arrays.values())
    head = _HEAD.pack(_MARK, len(text), len(block), zlib.crc32(block, zlib.crc32(text)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(path.parent).free < FREE_BYTES + len(text) + len(block):
            return
        write_atomically(path, head + text + block)
        make_room(path.parent, path.suffix, TOTAL_BYTES, path)
    except OSError:
        return


def _path(kind: str, told: Sequence[Any]) -> Path:
    key = hashlib.sha256(json.dumps([kind, told]).encode()).hexdigest()[:32]
    folder = cache_folder("lists")
    return Path(os.devnull, key) if folder is None else folder / f"{key}.list"
