"""Archives of kinds that are not read as they are: what they are, told by their first bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from multigan.errors import DataError

__all__ = ["ARCHIVES", "archive_kind", "refuse_archive"]

# Suffixes of what holds other files. A zip file is read when it is named itself, not inside of a folder.
_NAMES = "tar gz tgz bz2 tbz tbz2 xz txz lzma tlz zst tzst lz lz4 br z zip zipx 7z rar cab arj lzh lha dmg iso"
ARCHIVES = frozenset(f".{name}" for name in _NAMES.split())

_SIGNATURES = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ\x00": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by Zstandard",
    b"\x04\x22\x4d\x18": "packed by LZ4",
    b"LZIP\x01": "packed by lzip",
    b"\x1f\x9d": "packed by compress",
    b"MSCF\0\0\0\0": "a cabinet archive",
}
# Those that have no signature, or none at their beginning.
_BY_SUFFIX = {
    ".tar": "a tar archive",
    ".lzma": "packed by LZMA",
    ".br": "packed by Brotli",
    ".arj": "an ARJ archive",
    ".lzh": "an LZH archive",
    ".lha": "an LZH archive",
    ".dmg": "a disk image",
    ".iso": "a disk image",
}
_TAR = b"ustar"


def refuse_archive(path: Path) -> None:
    """Lets a file pass unless it is an archive of a kind that nothing is read from.

    Zip files pass, and so do gzip files that hold anything but a tar archive: IDX files and texts come like that.

    Raises:
        DataError: it is one; the message says of which kind.
    """
    if kind := archive_kind(path):
        raise DataError(f"{path}: {kind}, which is not read as it is; unpack it and give the folder")


def archive_kind(path: Path) -> str:
    """Returns what kind of archive a file is, of those that nothing is read from; "" for any other file."""
    try:
        with open(path, "rb") as file:
            return _kind(path, file.read(512))
    except OSError:
        return ""  # whoever reads it says why it cannot be opened


def _kind(path: Path, start: bytes) -> str:
    if start.startswith(b"\x1f\x8b"):
        return "a tar archive packed by gzip" if _is_tar(_expanded(path)) else ""
    if _is_tar(start):
        return "a tar archive"
    for signature, kind in _SIGNATURES.items():
        # A text may begin with BZh; a bzip2 file has its block's or its end's number after its level.
        if start.startswith(signature) and (signature != b"BZh" or start[4:8] in (b"1AY&", b"\x17rE8")):
            return kind
    return _BY_SUFFIX.get(path.suffix.lower(), "") if start else ""


def _is_tar(start: bytes) -> bool:
    return start[257:262] == _TAR


def _expanded(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(512)
    except (OSError, EOFError, zlib.error):
        return b""  # what is wrong with it is said when it is read
