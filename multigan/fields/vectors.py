"""Vectors as a person asks for them: rows of a .npy, or numbers."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.arrays import read_npy
from multigan.data.labels import check_conditions
from multigan.errors import DataError, UsageError
from multigan.field import Field, Given, typed_as

__all__ = ["choose", "choose_codes", "parse", "read_rows", "write"]


# More numbers than these are handed on in a file.
TYPED = 1024


def parse(
    given: Sequence[str], field: Field, called: str = "--condition", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns vectors float32 `(count, length)`: of each text the rows of the .npy that it names, or its numbers.

    Args:
        given: paths of .npy files, or numbers that are parted by commas.
        field: how long a vector is, and what its numbers may be.
        called: what gave them, for errors.
        beside: is not looked at.

    Raises:
        UsageError: neither a .npy nor so many numbers, or numbers that are out of the field's bounds.
        DataError: a file that cannot be read, or whose rows are not finite or of another length.
    """
    length = int(np.prod(field.shape))
    rows = [_rows(text, length, called) for text in given]
    if field.within:
        low, high = field.within
        for text, some in zip(given, rows, strict=True):
            if not ((low <= some) & (some <= high)).all():
                raise UsageError(f"{typed_as(called, text)}: {field.name} lies between {low:g} and {high:g}")
    return Given(np.concatenate(rows).reshape(-1, *field.shape))


def read_rows(file: Path, length: int) -> np.ndarray:
    """Returns the rows of a .npy, float32 `(count, length)`.

    Raises:
        DataError: it cannot be read, or its rows are not finite or of another length.
    """
    try:
        rows = read_npy(file)
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror or error})") from None
    if rows.ndim == 1 and length > 1:
        rows = rows[None]  # one vector
    rows = check_conditions(rows, None, str(file))
    if rows.shape[1] != length or not len(rows):
        raise DataError(f"{file}: conditions of shape {rows.shape}; this run takes rows of {length:,} numbers")
    return rows


def choose(field: Field, kept: np.ndarray | None, count: int) -> np.ndarray:
    """Returns the vectors of the data in turn, float32 `(count, length)`.

    Raises:
        ValueError: there are none.
    """
    if kept is None or not len(kept):
        raise ValueError(f"there is no {field.name} to ask for")
    return kept[np.arange(count) % len(kept)]


def choose_codes(field: Field, kept: np.ndarray | None, count: int) -> np.ndarray:
    """Returns codes that no data have, float32 `(count, *shape)`: the usual one, or else uniform in [-1, 1], the same
    ones each time.
    """
    if field.usual:
        return np.tile(np.float32(field.usual), (count, 1)).reshape(count, *field.shape)
    return np.random.default_rng(0).uniform(-1, 1, (count, *field.shape)).astype(np.float32)


def write(values: Any, field: Field, folder: Path) -> list[str]:
    """Returns texts that `parse` reads as these vectors.

    Args:
        values: numbers `(length,)` or `(count, length)`; or a text or a path, or several, as `parse` takes them.
        field: how long a vector is.
        folder: for a file of the numbers.

    Raises:
        UsageError: numbers of another shape.
    """
    several = list(values) if isinstance(values, (list, tuple)) else [values]
    if several and all(isinstance(each, (str, os.PathLike)) for each in several):
        return [os.fspath(each) for each in several]
    length = int(np.prod(field.shape))
    try:
        rows = np.atleast_2d(np.asarray(values, np.float32))
    except (TypeError, ValueError):
        raise UsageError(f"{field.name}: expected numbers, rows of them, or the path of a .npy") from None
    if rows.ndim != 2 or rows.shape[1] != length or not len(rows):
        raise UsageError(
            f"{field.name}: an array of shape {np.shape(values)}; this run takes {length:,} numbers, or rows of them"
        )
    if rows.size <= TYPED:  # so that an error shows what was given
        return [",".join(map(str, row)) for row in rows]
    path = folder / f"{field.name}.npy"
    np.save(path, rows, allow_pickle=False)
    return [str(path)]


def _rows(text: str, length: int, called: str) -> np.ndarray:
    if text.lower().endswith(".npy") or Path(text).is_file():
        return read_rows(Path(text), length)
    try:
        numbers = np.array([float(number) for number in text.split(",")], np.float32)
    except ValueError:
        raise UsageError(f"{typed_as(called, text)}: neither a .npy nor numbers parted by commas") from None
    if len(numbers) != length or not np.isfinite(numbers).all():
        raise UsageError(f"{typed_as(called, text)}: this run takes {length:,} finite numbers, parted by commas")
    return numbers[None]
