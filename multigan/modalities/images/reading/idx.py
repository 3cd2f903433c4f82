"""IDX files, the format of MNIST and its kin: `train-images-idx3-ubyte`, plain or gzip, with labels beside it."""

from __future__ import annotations

import gzip
import math
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multigan.data.clutter import clutter_part
from multigan.errors import DataError

__all__ = ["IdxHeader", "find_idx_images", "labels_beside", "parse_header", "read_idx"]

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_NAME = re.compile(r"(?:.*[-_.])?images?[-_.]idx[34][-_.]ubyte(?:\.gz)?", re.IGNORECASE)

# A gzip file can only be read from its start, so its array is held in memory whole.
MAX_GZIP_BYTES = 4 << 30
_DEFLATE_BEST = 1032
_CHUNK = 16 << 20


@dataclass(frozen=True)
class IdxHeader:
    """The type and shape of an IDX file's array, and where in the file it begins."""

    dtype: np.dtype
    shape: tuple[int, ...]
    offset: int

    @property
    def nbytes(self) -> int:
        """The array's size."""
        return self.dtype.itemsize * math.prod(self.shape)


def parse_header(start: bytes) -> IdxHeader:
    """Returns the header that the first bytes of a file hold: 0, 0, type, dimensions, then each as a big-endian uint32.

    Raises:
        ValueError: it is no IDX header; the message says why.
    """
    if len(start) < 4 or start[:2] != b"\0\0":
        raise ValueError("it does not begin like an IDX file")
    if start[2] not in _TYPES:
        raise ValueError(f"unknown IDX type 0x{start[2]:02x}")
    dimensions = start[3]
    offset = 4 + 4 * dimensions
    if dimensions == 0 or len(start) < offset:
        raise ValueError("its IDX header is cut off")
    shape = tuple(int(size) for size in np.frombuffer(start, ">u4", dimensions, 4))
    return IdxHeader(np.dtype(_TYPES[start[2]]), shape, offset)


def read_idx(path: Path) -> np.ndarray:
    """Returns the array of an IDX file: mapped from the disk, or when gzipped in memory.

    Raises:
        DataError: not IDX, another length than its header says, or too large for a gzip file.
    """
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    try:
        return _read_gzip(path) if zipped else _map_plain(path)
    except (ValueError, EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read as an IDX file: {error}") from None


def _map_plain(path: Path) -> np.ndarray:
    with open(path, "rb") as file:
        header = parse_header(file.read(4 + 4 * 255))
    size = path.stat().st_size - header.offset
    if size != header.nbytes:
        raise ValueError(_wrong_length(header, f"{size:,}"))
    if header.nbytes == 0:
        return np.empty(header.shape, header.dtype)
    return np.memmap(path, header.dtype, "r", header.offset, header.shape)


def _read_gzip(path: Path) -> np.ndarray:
    with gzip.open(path, "rb") as file:
        header = parse_header(file.read(4 + 4 * 255))
        file.seek(header.offset)
        most = path.stat().st_size * _DEFLATE_BEST
        if header.nbytes > most:
            raise ValueError(_wrong_length(header, f"at most {most:,}"))
        if header.nbytes > MAX_GZIP_BYTES:
            raise ValueError(f"it expands to {header.nbytes:,} bytes; unpack it, then it is read from the disk")
        content = bytearray()
        while len(content) < header.nbytes and (chunk := file.read(min(_CHUNK, header.nbytes - len(content)))):
            content += chunk
        if len(content) < header.nbytes or file.read(1):
            more = "more" if len(content) == header.nbytes else f"{len(content):,}"
            raise ValueError(_wrong_length(header, more))
    return np.frombuffer(content, header.dtype).reshape(header.shape)


def _wrong_length(header: IdxHeader, found: str) -> str:
    return f"its header promises {header.nbytes:,} bytes of {header.shape} values, there are {found}; get it anew"


def find_idx_images(folder: Path) -> Path | None:
    """Returns the file with training images in a folder of IDX files, or None when there is no such file.

    Raises:
        DataError: several files with images, and none of them is called `train...`.
    """
    with os.scandir(folder) as entries:  # one at a time: there may be a million
        named = [entry.name for entry in entries if _NAME.fullmatch(entry.name) and entry.is_file()]
    found = sorted(folder / name for name in named if not clutter_part(name))
    training = [path for path in found if "train" in path.name.lower()]
    candidates = training or found
    names = {path.name.removesuffix(".gz") for path in candidates}
    if len(names) > 1:
        raise DataError(
            f"{folder}: several files with images ({', '.join(sorted(names))}); give the path of one of them"
        )
    return candidates[0] if candidates else None


def labels_beside(images: Path) -> Path | None:
    """Returns the file of labels that belongs to a file of images by its name, or None."""
    name = re.sub(r"images?", lambda m: "label" + "s" * m[0].endswith("s"), images.name, flags=re.IGNORECASE)
    name = re.sub(r"idx[34]", "idx1", name).removesuffix(".gz")
    if name == images.name.removesuffix(".gz"):
        return None
    for candidate in (images.with_name(name), images.with_name(name + ".gz")):
        if candidate.is_file():
            return candidate
    return None
