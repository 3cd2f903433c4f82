"""NumPy's .npy and .npz files. Nothing in them is ever unpickled."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from multigan.data.zips import bounded_members
from multigan.errors import DataError

__all__ = ["ArrayHeader", "Keys", "npy_header", "npz_headers", "read_npy", "read_npz", "samples_key"]

# A compressed member can only be read from its start, so its array is held in memory whole.
MAX_COMPRESSED_BYTES = 4 << 30
_DEFLATE_BEST = 1032


@dataclass(frozen=True)
class ArrayHeader:
    """What a .npy file's header says: the array's type, shape and order, and where in the file it begins."""

    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """The array's size."""
        return self.dtype.itemsize * math.prod(self.shape)


def read_npy(path: Path) -> np.ndarray:
    """Returns the array of a .npy file, mapped from the disk.

    Raises:
        DataError: damaged, or not an array of numbers.
    """
    with open(path, "rb") as file:
        header = _header(file, str(path))
    return _mapped(path, header, 0, path.stat().st_size, str(path))


def npy_header(path: Path) -> ArrayHeader:
    """Returns the header of a .npy file.

    Raises:
        DataError: damaged.
    """
    with open(path, "rb") as file:
        return _header(file, str(path))


def npz_headers(path: Path) -> Mapping[str, ArrayHeader]:
    """Returns the headers of the arrays in a .npz file, by name.

    Raises:
        DataError: damaged, or hostile.
    """
    archive, members = bounded_members(path, max_ratio=_DEFLATE_BEST)
    with archive:
        return {key: _member_header(archive, member, f"{path}: {key}") for key, member in _arrays(members).items()}


@dataclass(frozen=True)
class Keys:
    """The names that arrays of a .npz file have, the first that is there wins, for one modality.

    Args:
        what: the samples are, for messages.
        samples, labels, conditions: names in the file, lower case.
        dimensions: of an array of samples, as a smallest and a largest number. Without any of the names the only array
            of so many holds the samples.
    """

    what: str
    samples: tuple[str, ...]
    labels: tuple[str, ...]
    conditions: tuple[str, ...] = ("conditions", "condition")
    dimensions: tuple[int, int] = (3, 4)


def read_npz(path: Path, keys: Keys) -> Mapping[str, np.ndarray]:
    """Returns the arrays of a .npz file, as `{"samples": ...}` with `"labels"` and `"conditions"` when they are there.

    They are mapped from the disk where the file was written uncompressed (`numpy.savez`), else in memory.

    Raises:
        DataError: damaged, hostile, no array of samples, or an array of Python objects.
    """
    archive, members = bounded_members(path, max_ratio=_DEFLATE_BEST)
    with archive:
        arrays = _arrays(members)
        headers = {key: _member_header(archive, member, f"{path}: {key}") for key, member in arrays.items()}
        samples = samples_key(headers, keys)
        if samples is None:
            listed = ", ".join(f"{key} {header.shape}" for key, header in headers.items()) or "nothing"
            raise DataError(
                f"{path}: no array of {keys.what} in it (found {listed}); call it {keys.what}, and its labels labels"
            )
        others = {key: header for key, header in headers.items() if key != samples}
        chosen = {"samples": samples, "labels": _first(others, keys.labels)}
        chosen["conditions"] = _first(others, keys.conditions)
        return {
            part: _member(path, archive, arrays[key], headers[key], f"{path}: {key}")
            for part, key in chosen.items()
            if key is not None
        }


def samples_key(headers: Mapping[str, ArrayHeader], keys: Keys) -> str | None:
    """Returns the name of the array that holds samples, or None."""
    return _first(headers, keys.samples) or _only(headers, keys.dimensions)


def _arrays(members: list[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
    return {member.filename.removesuffix(".npy"): member for member in members if member.filename.endswith(".npy")}


def _first(headers: Mapping[str, ArrayHeader], keys: tuple[str, ...]) -> str | None:
    lowered = {key.lower(): key for key in headers}
    return next((lowered[key] for key in keys if key in lowered), None)


def _only(headers: Mapping[str, ArrayHeader], dimensions: tuple[int, int]) -> str | None:
    least, most = dimensions
    fitting = [key for key, header in headers.items() if least <= len(header.shape) <= most]
    return fitting[0] if len(fitting) == 1 else None


def _header(file: BinaryIO, name: str) -> ArrayHeader:
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"format version {version}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except Exception as error:  # a damaged header raises whatever NumPy's parser or a decompressor stumbles over
        reason = " ".join(str(error).split())
        raise DataError(f"{name}: cannot be read as a NumPy array ({reason[:100]}); save it anew") from None
    return ArrayHeader(dtype, shape, fortran, file.tell())


def _check(header: ArrayHeader, name: str) -> None:
    if header.dtype.hasobject:
        raise DataError(
            f"{name}: an array of Python objects, which is not read because it could run code; "
            "save numbers instead, e.g. numpy.savez(path, images=numpy.stack(images))"
        )
    if header.dtype.kind not in "biufSU":
        raise DataError(f"{name}: an array of type {header.dtype}; save numbers instead")


def _mapped(path: Path, header: ArrayHeader, start: int, end: int, name: str) -> np.ndarray:
    """Returns the array whose .npy bytes lie from `start` to `end` in the file."""
    _check(header, name)
    available = end - start - header.offset
    if min(header.shape, default=1) < 0 or header.nbytes > available:
        raise DataError(f"{name}: cut off, {available:,} of {header.nbytes:,} bytes are there; save it anew")
    if header.nbytes == 0:
        return np.empty(header.shape, header.dtype)
    order = "F" if header.fortran else "C"
    return np.memmap(path, header.dtype, "r", start + header.offset, header.shape, order)


def _member_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> ArrayHeader:
    try:
        with archive.open(member) as file:
            return _header(file, name)
    except DataError:
        raise
    except Exception as error:  # a damaged member raises whatever zipfile stumbles over
        raise DataError(f"{name}: cannot be read ({error}); save it anew") from None


def _member(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: ArrayHeader, name: str
) -> np.ndarray:
    _check(header, name)
    if member.compress_type == zipfile.ZIP_STORED:
        # The local header repeats the name and has extra fields of its own length.
        with open(path, "rb") as file:
            file.seek(member.header_offset + 26)
            lengths = np.frombuffer(file.read(4), "<u2")
        start = member.header_offset + 30 + int(lengths.sum())
        return _mapped(path, header, start, start + member.file_size, name)
    if header.offset + header.nbytes > member.file_size:
        raise DataError(f"{name}: cut off, {member.file_size:,} of {header.nbytes:,} bytes are there; save it anew")
    if header.nbytes > MAX_COMPRESSED_BYTES:
        raise DataError(
            f"{name}: expands to {header.nbytes:,} bytes in memory; save it with numpy.save or numpy.savez "
            "(not compressed), then it is read from the disk"
        )
    try:
        with archive.open(member) as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # as above
        raise DataError(f"{name}: damaged ({error}); save it anew") from None
