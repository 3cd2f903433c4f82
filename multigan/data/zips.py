"""A zip file that holds files as a folder would; members are read one by one and never extracted to disk."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from multigan.data.clutter import clutter_part
from multigan.data.collection import Collection, UnreadableError
from multigan.data.naming import classes_from_folders, natural_key, normal, printable
from multigan.data.sieve import Sieve
from multigan.data.signatures import HEAD
from multigan.errors import DataError

__all__ = ["bounded_members", "member_content", "read_member", "zip_collection"]

# Images hardly shrink in a zip file. Deflate's best is 1,032-fold, and only a bomb comes near it.
MAX_RATIO = 200
RATIO_FREE_BYTES = 1 << 20


def zip_collection(
    path: Path,
    suffixes: frozenset[str],
    what: str,
    max_bytes: int,
    advice: Mapping[str, str] | None = None,
    beside: str = "",
    begins: str = "",
) -> Collection:
    """Returns the members of a zip file that are called like `what`, in natural order.

    Args:
        path: of the zip file.
        suffixes: lower case, with the dot.
        what: for messages, e.g. `"images"`.
        max_bytes: of one member when expanded; a larger one cannot be read.
        advice: what makes members readable that are not called like that, by their suffix.
        beside: what a member of labels is called, as for `member_content`.
        begins: as of `Sieve`.

    Raises:
        DataError: not a zip file, none of `what` in it, members that leave it, or more in it than it can hold.
    """
    archive, members = bounded_members(path)
    sieve = Sieve(what, suffixes, advice, begins)
    files = []
    for member in members:
        name = normal(member.filename)
        if not member.is_dir() and sieve.takes(name, partial(_head, archive, member)):
            files.append((name, member))
    if not files:
        raise DataError(sieve.nothing_found(str(path)))
    files.sort(key=lambda file: natural_key(file[0]))
    labels, classes, notes = classes_from_folders([name for name, _ in files])
    described = _highest(members, beside)
    notes += sieve.notes([normal(described.filename)] if described else [])
    lock = threading.Lock()

    def read(index: int) -> bytes:
        with lock:  # a ZipFile counts its open members without one
            return read_member(archive, files[index][1], max_bytes)

    return Collection(str(path), [printable(name) for name, _ in files], read, labels, classes, tuple(notes))


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & 1:
        return b""
    try:
        with archive.open(member) as file:
            return file.read(HEAD)
    except Exception:  # a damaged member raises whatever its decompressor does
        return b""


def bounded_members(path: Path, max_ratio: int = MAX_RATIO) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """Opens a zip file and returns it with its members, none of which leaves it or shares its bytes with another.

    Args:
        path: of the zip file.
        max_ratio: how often the file's size its members may be, expanded.

    Raises:
        DataError: damaged, hostile, or it cannot be opened.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise DataError(f"{path}: cannot be opened as a zip file ({error}); make it anew") from None
    members = archive.infolist()
    for member in members:
        name = normal(member.filename)
        if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
            raise DataError(f"{path}: its member {printable(name)} leaves the folder; do not trust this file")
    size = path.stat().st_size
    packed = sum(member.compress_size for member in members)
    if packed > size:
        raise DataError(
            f"{path}: its members overlap ({packed:,} bytes packed in a file of {size:,}); do not trust this file"
        )
    expanded = sum(member.file_size for member in members)
    if expanded > max_ratio * size + RATIO_FREE_BYTES:
        raise DataError(f"{path}: {size:,} bytes that would expand to {expanded:,}; do not trust this file")
    return archive, members


def member_content(path: Path, name: str, max_bytes: int = 256 << 20) -> bytes | None:
    """Returns the content of a zip file's member that is called `name` and lies highest; None where there is none.

    Raises:
        DataError: damaged, or more than `max_bytes`.
    """
    archive, members = bounded_members(path)
    with archive:
        member = _highest(members, name)
        if member is None:
            return None
        try:
            return read_member(archive, member, max_bytes)
        except UnreadableError as error:
            raise DataError(f"{path}: {printable(member.filename)}: {error}; pack it anew") from None


def _highest(members: Sequence[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo | None:
    called = [m for m in members if normal(m.filename).rpartition("/")[2] == name]
    called = [m for m in called if not m.is_dir() and not clutter_part(normal(m.filename))]
    return min(called, key=lambda m: normal(m.filename).count("/"), default=None)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """Returns a member's content, never expanding more than `max_bytes`.

    Raises:
        UnreadableError: too large, packed too densely, encrypted or damaged.
    """
    if member.file_size > max_bytes:
        raise UnreadableError(f"expands to {member.file_size:,} bytes, more than {max_bytes:,}")
    if member.file_size > MAX_RATIO * member.compress_size + RATIO_FREE_BYTES:
        raise UnreadableError(f"{member.compress_size:,} bytes that would expand to {member.file_size:,}")
    if member.flag_bits & 1:
        raise UnreadableError("encrypted")
    try:
        with archive.open(member) as file:
            return file.read(
                member.file_size + 1
            )  # one more byte has its checksum compared, and nothing expands further
    except Exception as error:  # a damaged member raises whatever its decompressor does
        raise UnreadableError(f"damaged in the zip file ({error})") from None
