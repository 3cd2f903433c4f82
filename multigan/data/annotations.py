"""Labels and conditions from files of their own: the data options `labels` and `conditions`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from multigan.data.arrays import read_npy
from multigan.data.collection import Collection, NumberedNames
from multigan.data.folders import suffix_of
from multigan.data.labels import check_conditions, check_labels
from multigan.data.naming import normal, printable
from multigan.data.tables import as_number, delimiter_of, read_rows
from multigan.errors import DataError
from multigan.recipe import suggest

__all__ = ["annotate", "as_labels"]

# How many samples or rows an error names.
NAMED = 20


def annotate(collection: Collection, labels: str, conditions: str) -> Collection:
    """Returns the collection with the labels and conditions of these files in the place of its own.

    Args:
        collection: of samples; files without names of their own (rows of arrays) are only matched by order.
        labels: path of a .csv with a file's name and its label in each row, or of a .npy or .txt with one label a
            sample, in the collection's order; empty for none.
        conditions: path of a .csv with a file's name and numbers in each row, or of a .npy `(count, length)`; or empty.

    Raises:
        DataError: no such file, a sample without a row, a row without a sample, or values that do not fit; the message
            names them.
    """
    notes = list(collection.notes)
    if labels:
        path, values = _read(labels, "labels", collection, (".csv", ".npy", ".txt"))
        found, classes = check_labels(as_labels(values), len(collection), (), str(path))
        collection = replace(collection, labels=found, classes=tuple(map(printable, classes)))
        notes.append(f"the labels are from {path.name}")
    if conditions:
        path, values = _read(conditions, "conditions", collection, (".csv", ".npy"))
        found = check_conditions(values, len(collection), str(path))
        collection = replace(collection, conditions=found)
        notes.append(f"the conditions are from {path.name}, {found.shape[1]:,} numbers each")
    return replace(collection, notes=tuple(notes))


def as_labels(values: np.ndarray) -> np.ndarray:
    """Returns texts as whole numbers when all of them are such, from 0; else as they are."""
    if values.dtype.kind not in "US":
        return values
    try:
        numbers = values.astype(np.float64)
    except ValueError:
        return values
    whole = np.isfinite(numbers) & (numbers >= 0) & (numbers == np.trunc(numbers))
    return numbers if whole.all() else values


def _read(option: str, what: str, collection: Collection, suffixes: Sequence[str]) -> tuple[Path, np.ndarray]:
    path = Path(os.path.expanduser(option))
    if not path.is_file():
        near = suggest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise DataError(f"{path} (option {what}): no such file{near}")
    suffix = suffix_of(path.name)
    if suffix not in suffixes:
        raise DataError(f"{path} (option {what}): give a file that ends in {', '.join(suffixes)}")
    try:
        if suffix == ".npy":
            return path, read_npy(path)
        if suffix == ".txt":
            return path, np.array(path.read_text(encoding="utf-8-sig").rstrip().split("\n"), dtype=str)
        return path, _by_name(path, what, collection)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read as text ({error}); save it as UTF-8") from None
    except PermissionError:
        raise DataError(f"{path}: may not be read; give yourself the right to read it") from None


def _by_name(path: Path, what: str, collection: Collection) -> np.ndarray:
    """Returns the values of a .csv file's rows in the collection's order: texts for labels, numbers for conditions."""
    if isinstance(collection.names, NumberedNames):
        raise DataError(f"{path}: the samples of {collection.title} have no file names; give a .npy, in their order")
    find = _finder([normal(name) for name in collection.names])
    rows, unknown = {}, []
    for count, (line, cells) in enumerate(read_rows(path, delimiter_of(path))):
        place = f"{path}: line {line}"
        if len(cells) < 2 or (what == "labels" and len(cells) != 2):
            columns = "a file's name and its label" if what == "labels" else "a file's name and numbers"
            raise DataError(f"{place} has {len(cells)} columns; give {columns}")
        number = find(cells[0], place)
        if number is None:
            if count or not _is_header(cells, what):
                unknown.append(f"{cells[0]} in line {line}")
        elif number in rows:
            raise DataError(f"{place}: {cells[0]} is in line {rows[number][0]} already; leave one of them")
        else:
            rows[number] = line, _values(cells, what, place)
    if unknown:
        raise DataError(f"{path}: {_listed(unknown, 'row')} for no sample of {collection.title}; delete them")
    missing = [name for number, name in enumerate(collection.names) if number not in rows]
    if missing:
        raise DataError(f"{path}: no {what[:-1]} for {_listed(missing, 'sample')} of {collection.title}; add them")
    return np.array([rows[number][1] for number in range(len(collection))])


def _finder(names: Sequence[str]) -> Callable[[str, str], int | None]:
    """Returns a function from a row's file name and place to the sample's number, or None."""
    paths = {name: number for number, name in enumerate(names)}
    files: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        files.setdefault(name.rpartition("/")[2], []).append(number)

    def find(name: str, place: str) -> int | None:
        name = printable(normal(name)).removeprefix("./")
        if name in paths:
            return paths[name]
        found = files.get(name, [])
        if len(found) > 1:
            raise DataError(f"{place}: {name} is the name of {len(found):,} files; write their folders before it")
        return found[0] if found else None

    return find


def _is_header(cells: list[str], what: str) -> bool:
    return not suffix_of(cells[0]) and (what == "labels" or as_number(cells[1]) is None)


def _values(cells: list[str], what: str, place: str) -> str | list[float]:
    if what == "labels":
        if not cells[1]:
            raise DataError(f"{place}: {cells[0]} has no label; give it one")
        return cells[1]
    numbers = [as_number(cell) for cell in cells[1:]]
    if None in numbers:
        raise DataError(f"{place}: {cells[1 + numbers.index(None)]!r} stands where a number should")
    return numbers


def _listed(names: list[str], what: str) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{len(names):,} {what}{'s' * (len(names) != 1)} ({', '.join(names[:NAMED])}{more})"
