"""From a place to its texts, whatever they are stored in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.data.folders import folder_collection
from multigan.data.places import HUBS, find_place
from multigan.data.zips import zip_collection
from multigan.errors import DataError, UsageError
from multigan.modalities.text.reading.encodings import check_encoding
from multigan.modalities.text.reading.lines import Lines
from multigan.modalities.text.reading.records import SUFFIXES as RECORDS
from multigan.modalities.text.tokens import Tokens
from multigan.recipe import DataSource, load_object

__all__ = ["SUFFIXES", "collect_texts"]

# Of the files in a folder or zip file; one that is named itself may be called anything.
SUFFIXES = frozenset({".txt", ".text", ".gz"})
SUFFIXES_OF_RECORDS = frozenset({*RECORDS, ".gz"})
# Of one member of a zip file, which is expanded in memory.
ZIP_BYTES = 256 << 20


def collect_texts(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[str, Lines | Tokens, tuple[str, ...]]:
    """Returns the place's name for messages, what it holds, and notes.

    Args:
        spec: a registered data set's name, or a path.
        options: of the data: `encoding` and `column` are used.
        datasets: the registered data sets by name.
        progress: called with (done, total) after each file.

    Raises:
        DataError: nothing there, nothing that holds text, or more of it than fits into memory.
        UsageError: the data set holds something else, or there is no such encoding.
    """
    lines = Lines(check_encoding(options["encoding"]), options["column"])
    if spec.startswith(HUBS):
        raise UsageError(
            f"{spec}: only images are read from there; save its texts to a file, one a line, and give that"
        )
    place = find_place(spec, "text", datasets)
    if isinstance(place, DataSource):
        return place.name, _loaded(place), ()
    try:
        return str(place), lines, _path(place, lines, progress or (lambda done, total: None))
    except PermissionError as error:
        raise DataError(f"{error.filename or place}: may not be read; give yourself the right to read it") from None


def _loaded(dataset: DataSource) -> Lines | Tokens:
    found = load_object(dataset.load)()
    if not isinstance(found, Tokens):
        lines = Lines()
        for line in found:
            lines.add(line)
        return lines
    ids = np.asarray(found.ids)
    if ids.ndim != 2 or ids.dtype.kind not in "iu" or not ids.size:
        raise DataError(
            f"{dataset.name}: tokens of shape {ids.shape} and type {ids.dtype}; give whole numbers (n, length)"
        )
    if ids.min() < 0 or ids.max() >= found.vocabulary:
        raise DataError(
            f"{dataset.name}: tokens from {ids.min()} to {ids.max()}, where {found.vocabulary:,} are from 0 to "
            f"{found.vocabulary - 1:,}"
        )
    return found


def _path(path: Path, lines: Lines, progress) -> tuple[str, ...]:
    """Reads a path into `lines`; returns notes."""
    suffixes = SUFFIXES_OF_RECORDS if lines.column else SUFFIXES
    if path.is_dir():
        return _files(folder_collection(path, suffixes, "texts", 0), lines, progress)
    with open(path, "rb") as file:
        start = file.read(4)
        if not start:
            raise DataError(f"{path}: 0 bytes; get it anew")
        if not start.startswith(b"PK\x03\x04"):
            file.seek(0)
            lines.read(file, "", str(path))
            return ()
    return _files(zip_collection(path, suffixes, "texts", ZIP_BYTES), lines, progress)


def _files(files: Collection, lines: Lines, progress) -> tuple[str, ...]:
    """Reads the files of a folder, or the members of a zip file, one after another; returns notes."""
    for number, name in enumerate(files.names):
        try:
            if files.paths:
                with open(files.paths[number], "rb") as file:
                    lines.read(file, name, files.title)
            else:
                lines.read(io.BytesIO(files.read(number)), name, files.title)
        except UnreadableError as error:
            lines.bad.append((name, str(error)))
        except OSError as error:
            lines.bad.append((name, error.strerror or str(error)))
        progress(number + 1, len(files))
    left = [note for note in files.notes if note.endswith("by name")]
    return (f"{len(files):,} file{'s' * (len(files) != 1)}, read one after another", *left)
