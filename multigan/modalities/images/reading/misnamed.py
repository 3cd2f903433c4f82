"""Files given as data whose names say another kind than they are: what they are, and the name that mends it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from multigan.data.signatures import looks_like
from multigan.errors import DataError
from multigan.modalities.images.reading.foreign import what_is
from multigan.modalities.images.reading.idx import parse_header

__all__ = ["refuse_image", "refuse_misnamed", "refuse_renamed_zip"]

_WANTED = "give a folder of images, or a zip, .npz, .npy or IDX file"


def refuse_misnamed(path: Path, start: bytes) -> None:
    """Lets a file that is called like an image pass, unless it begins as something else does.

    Args:
        path: of the file.
        start: its first bytes, as many as `multigan.data.signatures.HEAD`.

    Raises:
        DataError: it does; the message says as what, and how to mend it.
    """
    kind, right = looks_like(start), ""
    if kind == "a zip file":
        kind, right = ("NumPy arrays", ".npz") if _holds_arrays(path) else (kind, ".zip")
    elif kind.startswith("a NumPy array"):
        right = ".npy"
    elif kind == "a gzip file":
        right = ".gz"
    elif _is_idx(start):
        kind, right = "an IDX file", ".idx"
    if right:
        raise DataError(f"{path}: {kind}, whatever its name says; rename it so that it ends in {right}")
    if kind and not kind.startswith("an image"):
        raise DataError(f"{path}: {kind}, whatever its name says; {_WANTED}")


def refuse_renamed_zip(path: Path, suffix: str) -> None:
    """Lets a zip file pass, unless it holds arrays and is not called .npz, or is called so and holds none.

    Raises:
        DataError: the message says how it has to be called.
    """
    arrays = _holds_arrays(path)
    if arrays and suffix != ".npz":
        raise DataError(f"{path}: NumPy arrays in a zip file; rename it so that it ends in .npz")
    if arrays is False and suffix == ".npz":
        raise DataError(f"{path}: a zip file without arrays; rename it so that it ends in .zip if it holds images")


def refuse_image(path: Path, start: bytes) -> None:
    """Lets a file pass, unless it begins as an image does.

    Raises:
        DataError: it does; one image is no data set.
    """
    kind = looks_like(start)
    told = kind if kind.startswith("an image") else "" if kind else what_is(start)
    if told:
        raise DataError(f"{path}: {told}; one image is no data set; {_WANTED}")


def _holds_arrays(path: Path) -> bool | None:
    """Whether all files of a zip file are arrays; None for one that is empty or cannot be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return None
    return all(name.lower().endswith(".npy") for name in names) if names else None


def _is_idx(start: bytes) -> bool:
    try:
        return len(parse_header(start).shape) in (3, 4)
    except ValueError:
        return False
