"""Files that a run was made with, when the project has moved since: what is gone, how to say where it is, and whether a
file still holds what it held. No framework.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from multigan.errors import DataError, UsageError
from multigan.modality import data_options
from multigan.recipe import Option

if TYPE_CHECKING:
    from multigan.training.configuration import RunConfig

__all__ = ["digest", "digests", "refuse_missing", "refuse_unseen"]


def refuse_missing(data: str, files: Mapping[str, str]) -> None:
    """Raises `UsageError` where a run's own data or files are no longer at their places, with what gives new ones.

    Args:
        data: the run's data source; or empty, where another one is given.
        files: option -> path, of the options that are the run's own.
    """
    gone = {}
    if Path(data).is_absolute() and not Path(data).exists():
        gone[data] = ("--data", "PLACE")
    gone |= {path: ("-o", f"{key}=FILE") for key, path in files.items() if path and not Path(path).exists()}
    if gone:
        are = "is" if len(gone) == 1 else "are"
        added = " ".join(word for words in gone.values() for word in words)
        raise UsageError(
            f"{', '.join(gone)}, which the run was trained with, {are} no longer there; put back what was moved, or "
            f"add to the same command where it is now: {added}"
        )


def refuse_unseen(config: RunConfig) -> None:
    """Raises `DataError` where this machine does not have what another, on which the run was asked for, may have."""
    known = {**config.recipe.options, **data_options(config.recipe.modality)}
    places = [config["data"], *(setting.value for key, setting in config.options.items() if known[key].path)]
    for place in filter(None, places):
        if Path(place).is_absolute() and not Path(place).exists():
            raise DataError(
                f"{place}: not there on {socket.gethostname()}; all workers read the data: put them at one place that "
                "every machine sees"
            )


def digest(key: str, path: str) -> str:
    """Returns the SHA-256 of a file that an option names, in hex.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"option {key}={path}: cannot be read ({error.strerror})") from None


def digests(options: Mapping[str, Option], values: Mapping[str, str]) -> dict[str, str]:
    """Returns the digests of the files that options name."""
    return {key: digest(key, values[key]) for key, option in options.items() if option.path and values.get(key)}
