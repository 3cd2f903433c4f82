"""What data are, told from their name and a header, before anything is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from multigan.errors import DataError
from multigan.recipe import DataSource

__all__ = ["modality_of"]


def modality_of(spec: str, datasets: Mapping[str, DataSource]) -> str | None:
    """Returns "images", "points", ... where the data that `spec` names can only be that, else None.

    A registered data set says it itself; a .csv or .tsv holds points; a .npy or .npz holds points when its array is
    two-dimensional and of floats, and images when it has three or four dimensions.

    Args:
        spec: as for `open_source`; an array that is not there, or damaged, is None.
        datasets: the registered data sets by name.
    """
    if spec in datasets:
        return datasets[spec].modality
    suffix = os.path.splitext(spec)[1].lower()
    path = Path(spec).expanduser()
    if suffix in (".csv", ".tsv"):
        return None if path.is_dir() else "points"
    if suffix not in (".npy", ".npz") or not path.is_file():
        return None
    try:
        return _of_array(path, suffix)
    except (DataError, OSError):
        return None


def _of_array(path: Path, suffix: str) -> str | None:
    from multigan.data.arrays import npy_header, npz_headers, samples_key
    from multigan.data.images.arrays import IMAGE_KEYS
    from multigan.data.points.arrays import POINT_KEYS

    if suffix == ".npy":
        header = npy_header(path)
    else:
        headers = npz_headers(path)
        key = samples_key(headers, IMAGE_KEYS) or samples_key(headers, POINT_KEYS)
        if key is None:
            return None
        header = headers[key]
    if len(header.shape) == 2 and header.dtype.kind == "f":
        return "points"
    return "images" if len(header.shape) in (3, 4) else None
