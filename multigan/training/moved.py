"""Files that a run was made with, when the project has moved since: what is gone, how to say where it is, and whether a
file still holds what it held. No framework.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from multigan.errors import UsageError
from multigan.recipe import Option

__all__ = ["digest", "digests", "refuse_missing"]


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
