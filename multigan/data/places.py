"""From what the user typed after `--data` to a registered data set or an existing path."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from multigan.data.archives import refuse_archive
from multigan.errors import DataError, UsageError
from multigan.modality import modalities
from multigan.recipe import DataSource, suggest

__all__ = ["HUBS", "absolute", "find_place"]

# What a data set is called that another library fetches; a room reads them or says that it does not.
HUBS = ("hf:", "tfds:")


def absolute(spec: str) -> str:
    """Returns a path that means the same in every folder: `~` and `..` resolved, a link under its own name, which its
    suffix is a part of.
    """
    path = Path(os.path.expanduser(spec))
    return str(path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name)


def find_place(spec: str, modality: str, datasets: Mapping[str, DataSource]) -> DataSource | Path:
    """Returns the data set of that name, or else the path, which exists.

    A name with a path separator is always a path; one without is a registered data set before it is a file.

    Raises:
        DataError: neither, the message suggests the closest name; or an archive of a kind that is not read.
        UsageError: the data set feeds another modality.
    """
    if not spec:
        raise DataError("the data source is empty: give a path or a data set's name")
    if "://" in spec:
        raise DataError(f"{spec}: addresses are not read; download it first and give the path")
    is_path = "/" in spec or os.sep in spec
    if not is_path and spec in datasets:
        dataset = datasets[spec]
        if dataset.modality != modality:
            held, wanted = _noun(dataset.modality), _noun(modality)
            raise UsageError(
                f"data set {spec} holds {held}, not {wanted}; choose a recipe for {held} (multigan recipes) or other "
                "data"
            )
        return dataset
    path = Path(os.path.expanduser(spec))  # pathlib's raises where there is no such user
    if path.exists():
        if path.is_file():
            refuse_archive(path)
        return path
    if is_path:
        raise DataError(_missing(path))
    fitting = [name for name, dataset in datasets.items() if dataset.modality == modality]
    guess = suggest(spec, [*fitting, *os.listdir()])
    known = ", ".join(sorted(fitting)) or "none"
    raise DataError(f"{spec}: neither a path nor a data set{guess} (data sets: {known})")


def _noun(modality: str) -> str:
    """A data set's modality may be one that nothing here knows."""
    return modalities()[modality].noun if modality in modalities() else modality


def _missing(path: Path) -> str:
    while not path.parent.exists():
        path = path.parent
    if not path.parent.is_dir():
        return f"{path}: {path.parent} is a file, not a folder"
    guess = suggest(path.name, [sibling.name for sibling in path.parent.iterdir()])
    return f"{path}: no such file or folder{guess}"
