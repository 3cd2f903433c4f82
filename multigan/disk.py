"""Files that a kill leaves whole, old or new, and what a disk that refuses them is called. Imports no framework."""

import contextlib
import errno
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multigan.errors import RunFailedError

__all__ = ["append_line", "aside", "naming_the_disk", "refusal", "remove_leftovers", "sync", "write_atomically"]

REFUSALS = {
    errno.ENOSPC: "the disk is full ({}); free some space",
    errno.EDQUOT: "the disk quota is used up ({}); free some space",
    errno.EFBIG: "a file grew beyond what the system allows ({}); raise the limit, see `ulimit -f`",
    errno.EROFS: "the disk is read-only ({}); make it writable",
    errno.EIO: "the disk fails ({}); look after it, and copy what is on it",
}
# What `aside` calls its files, and what older versions called theirs.
_LEFTOVER = re.compile(r"\..+\.(?P<process>\d+)(\.tmp)?|\..+\.tmp")


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yields a path beside `path`; what is written there takes the place of `path` when the block ends well.

    A reader, or a kill, sees the old file or the new one and nothing between.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file by way of `aside`; its content is on the disk when this returns."""
    with aside(path) as temporary, open(temporary, "wb") as file:
        file.write(content)
        sync(file)


def append_line(path: Path, line: Mapping[str, Any]) -> None:
    """Appends one JSON object to a file of lines, wholly or not at all.

    What a kill cut short at the file's end is closed first, so that it spoils no line but itself.
    """
    content = json.dumps(_speakable(line), allow_nan=False).encode() + b"\n"
    with open(path, "ab+", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            content = content if file.read(1) == b"\n" else b"\n" + content
        try:
            while content:
                content = content[file.write(content) :]
        except OSError:
            file.truncate(end)
            raise


def sync(file) -> None:
    """Waits until what was written to an open file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def remove_leftovers(folder: Path) -> None:
    """Removes the files that `aside` left in a folder when its process was killed; those of a live one stay."""
    for path in folder.glob(".*") if folder.is_dir() else ():
        match = _LEFTOVER.fullmatch(path.name)
        if match and path.is_file() and not _alive(match["process"]):
            path.unlink(missing_ok=True)


def refusal(error: BaseException, place: str | Path = "") -> str | None:
    """Returns what the disk says, as a sentence with a mend; None for an error that is none of a disk.

    Args:
        error: whatever was raised.
        place: what was written, where the error does not tell.
    """
    if not isinstance(error, OSError) or error.errno not in REFUSALS:
        return None
    where = error.filename or place or "no file is named"
    return REFUSALS[error.errno].format(os.fspath(where))


@contextlib.contextmanager
def naming_the_disk(place: str | Path) -> Iterator[None]:
    """Lets a disk's refusal leave the block as a `RunFailedError` that says so."""
    try:
        yield
    except OSError as error:
        if told := refusal(error, place):
            raise RunFailedError(told) from error
        raise


def _alive(process: str | None) -> bool:
    if process is None or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _speakable(value):
    """JSON has no nan and no infinity: they are written as the words, never dropped."""
    if isinstance(value, Mapping):
        return {key: _speakable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_speakable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
