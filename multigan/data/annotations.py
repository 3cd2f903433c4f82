"""Labels and conditions from files of their own: the data options `labels` and `conditions`, and dataset.json."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data import stylegan
from multigan.data.arrays import read_npy
from multigan.data.collection import Collection, NumberedNames
from multigan.data.folders import suffix_of
from multigan.data.label_lists import in_order, named_lines
from multigan.data.labels import check_conditions, check_labels, condition_notes
from multigan.data.matching import AmbiguousError, Matcher, by_name
from multigan.data.numbering import numbers_rows
from multigan.data.spelling import invisible_notes
from multigan.data.tables import as_number, delimiter_of, read_lines, read_rows
from multigan.data.wording import counted
from multigan.errors import DataError
from multigan.recipe import suggest

__all__ = ["annotate", "described", "given_files"]

LISTS_MEND = "write numbers as lists, as in [0.5], and they are conditions; or give each class a name"


def annotate(collection: Collection, labels: str, conditions: str) -> Collection:
    """Returns the collection with the labels and conditions of these files in the place of its own.

    Args:
        collection: of samples; those without files of their own (rows of arrays) are only matched by order.
        labels: path of a .csv or .tsv with a file's name and its label in each row, of a dataset.json, or of a .npy or
            .txt with one label a sample, in the collection's order; empty for none.
        conditions: path of a .csv or .tsv with a file's name and numbers in each row, or of a .npy `(count, length)`;
            or empty.

    Raises:
        DataError: no such file, a sample without a row, a row without a sample, or values that do not fit; the message
            names them.
    """
    if labels:
        path = _file(labels, "labels", (".csv", ".tsv", ".json", ".npy", ".txt"))
        if suffix_of(path.name) == ".json":
            return annotate(_json(collection, path), "", conditions)
        values, notes = _labels(path, collection)
        found, classes = check_labels(values, len(collection), (), str(path), places=collection.names)
        notes = (*collection.notes, f"the labels are from {path.name}", *notes, *invisible_notes(values))
        collection = replace(collection, labels=found, classes=classes, notes=notes)
    if conditions:
        path = _file(conditions, "conditions", (".csv", ".tsv", ".npy"))
        values, notes = _conditions(path, collection)
        found = check_conditions(values, len(collection), str(path), collection.names)
        told = f"the conditions are from {path.name}, {found.shape[1]:,} numbers each"
        notes = (*collection.notes, told, *notes, *condition_notes(values))
        collection = replace(collection, conditions=found, notes=notes)
    return collection


def given_files(options: Mapping[str, Any]) -> dict[str, Path]:
    """Returns the files that the data options `labels` and `conditions` name, by option."""
    return {what: Path(os.path.expanduser(options[what])) for what in ("labels", "conditions") if options[what]}


def described(
    collection: Collection, content: bytes | None, title: str, given: Container[str] = (), name: str = stylegan.NAME
) -> Collection:
    """Returns the collection with the labels of a dataset.json that lies beside its files, in the place of its own.

    Whole numbers and texts are classes; lists of numbers are conditions, and leave the classes as they are. Without
    labels in it, folders that are mere numbers, as StyleGAN's dataset tool makes them, are no classes.

    Args:
        collection: of files.
        content: of the dataset.json; None where there is none.
        title: of it, for messages.
        given: "labels", "conditions", or both, where an option goes before what it has of them.
        name: of it, for notes.

    Raises:
        DataError: damaged, or a sample without a label.
    """
    if content is None:
        return collection
    entries = stylegan.read_entries(content, title)
    if entries is None:
        return replace(collection, notes=(*collection.notes, f'{name} has no "labels": not read'))
    what = "conditions" if any(isinstance(label, list) for _, label in entries) else "labels"
    if what in given:
        return replace(collection, notes=(*collection.notes, f"{name} is left out: option {what} goes before it"))
    if not entries:
        numbered = all(folder.isdecimal() for folder in collection.classes)
        note = f"{name} has no labels" + (": no classes" if numbered else "")
        labels, classes = (None, ()) if numbered else (collection.labels, collection.classes)
        return replace(collection, labels=labels, classes=classes, notes=(*collection.notes, note))
    rows = ((f"{title}: entry {number}", file, label) for number, (file, label) in enumerate(entries, 1))
    values, notes = by_name(title, rows, "labels", collection, spare=True)
    vectors = [isinstance(value, list) for value in values]
    if not any(vectors):
        texts = np.array([_spelt(value) for value in values])
        labels, classes = check_labels(texts, len(collection), (), title, LISTS_MEND, collection.names)
        notes = (*collection.notes, f"the labels are from {name}", *notes, *invisible_notes(texts))
        return replace(collection, labels=labels, classes=classes, notes=notes)
    if not all(vectors) or len({len(value) for value in values}) > 1:
        raise DataError(f"{title}: some labels are lists and some are not, or of another length; make them alike")
    vectors = np.array(values, np.float64)
    conditions = check_conditions(vectors, len(collection), title, collection.names)
    notes = [f"the conditions are from {name}, {conditions.shape[1]:,} numbers each", *notes]
    notes = (*collection.notes, *notes, *condition_notes(vectors))
    return replace(collection, conditions=conditions, notes=notes)


def _spelt(label: Any) -> str:
    """Returns a label of JSON as a text; its numbers are numbers, so that 1e1 and 10.0 are 10."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _file(option: str, what: str, suffixes: Sequence[str]) -> Path:
    path = Path(os.path.expanduser(option))
    if path.is_dir():
        raise DataError(f"{path} (option {what}): a folder; give a file that ends in {', '.join(suffixes)}")
    if not path.is_file():
        near = suggest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise DataError(f"{path} (option {what}): no such file{near}")
    if suffix_of(path.name) not in suffixes:
        raise DataError(f"{path} (option {what}): give a file that ends in {', '.join(suffixes)}")
    if not os.access(path, os.R_OK):
        raise DataError(f"{path}: may not be read; give yourself the right to read it")
    return path


def _json(collection: Collection, path: Path) -> Collection:
    _refuse_numbered(path, collection)
    found = described(replace(collection, labels=None, classes=()), path.read_bytes(), str(path), (), path.name)
    if found.labels is None and found.conditions is collection.conditions:
        raise DataError(f'{path}: no labels in it; give {{"labels": [["FILE", LABEL], ...]}}')
    return found


def _labels(path: Path, collection: Collection) -> tuple[np.ndarray, list[str]]:
    """Returns labels in the collection's order, and notes."""
    suffix = suffix_of(path.name)
    if suffix == ".npy":
        return read_npy(path), []
    if suffix == ".txt":
        lines = read_lines(path)
        rows = None if isinstance(collection.names, NumberedNames) else named_lines(lines, Matcher(collection.names))
        if rows is None:
            return in_order(lines, collection, str(path))
        notes = []
    else:
        rows, notes = _cells(path, "labels", collection)
    cells = ((f"{path}: line {line}", cells[0], cells[1]) for line, cells in rows)
    values, more = by_name(str(path), cells, "labels", collection)
    return np.array(values), notes + more


def _conditions(path: Path, collection: Collection) -> tuple[np.ndarray, list[str]]:
    """Returns conditions in the collection's order, and notes."""
    if suffix_of(path.name) == ".npy":
        return read_npy(path), []
    (rows, notes), matcher = _cells(path, "conditions", collection), Matcher(collection.names)
    places = ((f"{path}: line {line}", cells) for line, cells in rows)
    cells = ((place, cells[0], _numbers(cells, place, matcher)) for place, cells in places)
    values, more = by_name(str(path), cells, "conditions", collection)
    return np.array(values, np.float64), notes + more


def _refuse_numbered(path: Path, collection: Collection) -> None:
    if isinstance(collection.names, NumberedNames):
        raise DataError(f"{path}: the samples of {collection.title} have no file names; give a .npy, in their order")


def _cells(path: Path, what: str, collection: Collection) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Returns line numbers and cells of a table's rows, without a heading and a column that numbers them, and notes."""
    _refuse_numbered(path, collection)
    rows, notes, matcher = list(read_rows(path, delimiter_of(path))), [], Matcher(collection.names)
    if rows and len(rows[0][1]) > 2 and numbers_rows(rows[0][1][0], 0, [cells[0] for _, cells in rows[1:]]):
        rows = [(line, cells[1:]) for line, cells in rows]
        notes.append("its first column numbers the rows: left out")
    for line, cells in rows:
        if len(cells) < 2 or (what == "labels" and len(cells) != 2):
            columns = "a file's name and its label" if what == "labels" else "a file's name and numbers"
            raise DataError(f"{path}: line {line} has {counted(len(cells), 'column')}; give {columns}")
    return rows[bool(rows) and _is_heading(rows[0][1], what, matcher) :], notes


def _is_heading(cells: Sequence[str], what: str, matcher: Matcher) -> bool:
    if suffix_of(cells[0]) or (what == "conditions" and as_number(cells[1]) is not None):
        return False
    try:
        return matcher.find(cells[0]) is None
    except AmbiguousError:
        return False


def _numbers(cells: Sequence[str], place: str, matcher: Matcher) -> list[float]:
    numbers = [as_number(cell) for cell in cells[1:]]
    if None in numbers:
        cell = cells[1 + numbers.index(None)]
        mend = "; give the file's name first, then its numbers" if cell and matcher.knows(cell) else ""
        raise DataError(f"{place}: {cell!r} stands where a number should{mend}")
    return numbers
