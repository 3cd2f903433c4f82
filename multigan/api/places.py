"""Places on disk as a program names them: texts and `pathlib.Path`s."""

from __future__ import annotations

import os
from pathlib import Path

from multigan.data.places import absolute
from multigan.errors import UsageError

__all__ = ["place", "source"]


def place(path: str | os.PathLike[str], called: str) -> Path:
    """Returns an absolute path, so that another current folder later changes nothing.

    Args:
        path: of a file or folder.
        called: what errors call it.

    Raises:
        UsageError: it is empty, which is not the current folder.
    """
    text = os.fspath(path)
    if not text:
        raise UsageError(f"{called} is empty; name a place")
    return Path(absolute(text))


def source(data: str | os.PathLike[str] | None) -> str | None:
    """Returns data as they are typed; a `Path` is never the name of a data set."""
    if data is None or isinstance(data, str):
        return data
    text = os.fspath(data)
    return text if os.path.isabs(text) or text.startswith("~") else os.path.join(".", text)
