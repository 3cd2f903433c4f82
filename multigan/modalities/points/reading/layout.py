"""What the columns of a .csv or .tsv file are: which are the point, which is the label, and which are neither."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from multigan.data.naming import column_option
from multigan.data.numbering import FEWEST, counts_rows, holds_codes, numbers_rows
from multigan.data.tables import as_number, delimiter_of, encoding_of, read_rows
from multigan.errors import DataError, UsageError
from multigan.modalities.points.reading.decimals import halves_of_decimals
from multigan.modalities.points.reading.heading import MISSING, is_heading
from multigan.recipe import suggest

__all__ = ["Layout", "read_layout"]

# Rows that tell what the columns hold.
LOOKED_AT = 200
LABEL_NAMES = ("label", "labels", "class", "classes")
# Columns that a note names.
CHOSEN = 12
# Numbers as people write them: decimal commas, thousands apart, currencies, per cent, the digits of any script.
_FIGURE = re.compile(
    r"[-+\u2212]?\s*[$€£¥₹]?\s*[-+\u2212]?"
    r"(?:\d+(?:[.,\u066b]\d*)?|[.,]\d+|\d{1,3}(?:[.,'\u2019\s]\d{3})+(?:[.,]\d*)?)\s*[%‰$€£¥₹]?"
)


@dataclass(frozen=True)
class Layout:
    """What the columns of a table are.

    Args:
        delimiter: between columns.
        encoding: of the file.
        header: how many lines come before the first row of values.
        names: of all columns; numbers from 1 without a header.
        point: the columns of the point.
        label: the label's column, or None.
        numeric: whether every column holds numbers, so that NumPy can read the file as a whole.
        notes: for the report.
    """

    delimiter: str
    encoding: str
    header: int
    names: tuple[str, ...]
    point: tuple[int, ...]
    label: int | None
    numeric: bool
    notes: tuple[str, ...]

    @property
    def called(self) -> tuple[str, ...]:
        """The columns, as messages call them."""
        return tuple((self.header and name) or f"column {column + 1}" for column, name in enumerate(self.names))


def read_layout(
    path: Path, columns: str = "", label_column: str = "", header: str = "auto", labelled: bool = False
) -> Layout:
    """Returns what the columns of a table are, judged by its first rows.

    Args:
        path: of the file.
        columns, label_column, header: the options of these names.
        labelled: whether labels come from elsewhere; a column of labels is then only left out.

    Raises:
        DataError: no rows, or fewer than two columns of numbers.
        UsageError: an option names a column that is not there.
    """
    delimiter = delimiter_of(path)
    rows = list(islice(read_rows(path, delimiter), LOOKED_AT + 1))
    if not rows:
        raise DataError(f"{path}: no rows in it; give one row a point")
    line, first = rows[0]
    first[0] = first[0].lstrip("#").strip()  # as numpy.savetxt begins its header
    below = [cells for _, cells in rows[1:]]
    has_header = header == "yes" or (header == "auto" and is_heading(first, below))
    values = below if has_header else [first, *below]
    if not values:
        raise DataError(f"{path}: a header and no rows; give one row a point")
    table = _Columns(path, tuple(first) if has_header else (), values)
    notes = []
    if has_header and header == "auto" and any(as_number(cell) is not None for cell in first):
        notes.append(f"the first row ({', '.join(first[:8])}) is read as a heading; -o header=no reads it as a point")
    label, why_label = table.label(label_column, notes)
    halves = "" if has_header or delimiter != "," else halves_of_decimals(values)
    if columns:
        point = tuple(table.column(name, "columns") for name in columns.split(","))
        why = ", as option columns says"
        if label in point and not label_column:
            label = None
    else:
        point, why = table.point(label, notes, coded=not halves), ""
    names = table.names
    if len(point) < 2:
        found = f"one column of numbers ({names[point[0]]})" if point else "no column of numbers"
        # Where there are no numbers at all, advice on labels would lead astray.
        left = "".join(f"; {note}" for note in notes if point or "-o label_column" not in note)
        left = "; its rows are numbers parted by blanks: put commas in their place" if table.blanks() else left
        raise DataError(
            f"{path}: {found} in it (columns: {', '.join(names)}); points need two or more, "
            f"parted by commas and with a point, as in 1.5,2{left}"
        )
    if len(set(point)) < len(point) or label in point:
        raise UsageError(f"{path}: option columns={columns}: a column is named twice, or is the label's")
    if halves:
        notes.insert(0, f"numbers with decimal commas? {halves} is read as two; if it is one, write it with a point")
    notes.insert(0, f"the point is {', '.join(names[c] for c in point)}{why}{'' if has_header else ' (no header)'}")
    if labelled and label is not None:
        notes.insert(1, f"{_called(names[label], label)} is left out: option labels goes before it")
        label = None
    if label is not None:
        notes.insert(1, f"the label is {names[label]}{why_label}")
    numeric = all(kind == "number" for kind in table.kinds)
    encoding = encoding_of(path)
    return Layout(delimiter, encoding, line if has_header else 0, names, point, label, numeric, tuple(notes))


class _Columns:
    """The columns of a table's first rows.

    Args:
        path: of the file, for messages.
        heading: names of the columns; empty without a heading.
        rows: their cells.
    """

    def __init__(self, path: Path, heading: tuple[str, ...], rows: Sequence[Sequence[str]]):
        self._path, self._heading = path, heading
        self._cells = [list(column) for column in zip(*rows, strict=True)]
        self.names = heading or tuple(str(number) for number in range(1, len(self._cells) + 1))
        self.kinds = [_kind(cells) for cells in self._cells]

    def point(self, label: int | None, notes: list[str], coded: bool) -> tuple[int, ...]:
        """Returns the columns of numbers but for those that number the rows, and notes on what was left out.

        Columns of codes are left out as well, if there may be any.
        """
        spare = [c for c in self._called_labels() if c != label] if label is not None else []
        for column in spare:
            name = self.names[column]
            notes.append(
                f"column {name} is called like a label, too: left out; -o label_column={name} makes it the label"
            )
        numbers = [c for c, kind in enumerate(self.kinds) if kind == "number" and c not in (label, *spare)]
        point = []
        for column in numbers:
            name = self._heading[column] if self._heading else None
            reason = "" if name is None else numbers_rows(name, column, self._cells[column])
            reason = reason or (coded and holds_codes(name or "", self._cells[column])) or ""
            counting = not reason and column == 0 and counts_rows(self._cells[column], FEWEST)
            if counting and name is None and len(numbers) > 2:
                reason, counting = "counts the rows", False
            if not reason:
                point.append(column)
            called = "the first column" if not name and column == 0 else _called(name or "", column)
            if reason:
                notes.append(f"{called} {reason}: left out; {self._chosen(numbers)} takes it")
                if name and label is None and len(set(self._cells[column])) < len(self._cells[column]):
                    notes.append(f"if {called} holds classes, -o label_column={shlex.quote(name)} makes it the label")
            elif counting:
                others = self._chosen([c for c in numbers if c != column])
                mend = f"; {others} leaves it out" if len(numbers) > 2 else ", which needs two columns"
                notes.append(f"{called} counts the rows and is part of the point{mend}")
        for column in [c for c, kind in enumerate(self.kinds) if kind == "empty" and c != label]:
            cells = self._cells[column]
            if self.names[column] or any(cells):  # else it is the commas that end each row
                called = _called(self._heading[column] if self._heading else "", column)
                missing = next(filter(None, cells), "empty")
                notes.append(f"{called} holds no value in its first {len(cells):,} rows ({missing}): left out")
        return tuple(point)

    def blanks(self) -> bool:
        """Whether the rows are numbers with blanks between them, and so one column."""
        numbers = [[as_number(part) for part in cell.split()] for cell in self._cells[0]]
        return len(self._cells) == 1 and all(len(row) > 1 and None not in row for row in numbers)

    def _chosen(self, columns: Sequence[int]) -> str:
        """The option that chooses these columns, unless it would be long."""
        names = [self.names[column] for column in columns]
        if len(names) > CHOSEN or any("," in name or self.names.count(name) > 1 for name in names):
            return "option columns"
        return f"-o columns={shlex.quote(','.join(names))}"

    def label(self, option: str, notes: list[str]) -> tuple[int | None, str]:
        """Returns the label's column, or None, and why it is that."""
        if option == "none":
            return None, ""
        if option:
            return self.column(option, "label_column"), ", as option label_column says"
        if named := self._called_labels():
            return named[0], ", by its name"
        texts, names = [column for column, kind in enumerate(self.kinds) if kind == "text"], self.names
        for column in [column for column, kind in enumerate(self.kinds) if kind == "figure"]:
            example = next(cell for cell in self._cells[column] if cell and as_number(cell) is None)
            called = _called(names[column] if self._heading else "", column)
            notes.append(
                f"{called} holds numbers that are written for people ({example}): left out; write them with digits and "
                "a point, as in 1234.5"
            )
        listed = ", ".join(names[column] for column in texts)
        if len(texts) > 1:
            notes.append(
                f"columns {listed} hold text: left out; "
                f"-o label_column={column_option(names, texts[0])} takes that for the label"
            )
            return None, ""
        if texts and len(cells := self._cells[texts[0]]) > 2 and len(set(cells)) == len(cells):
            called = _called(listed if self._heading else "", texts[0])
            notes.append(f"{called} holds another text in every row, and so no classes: left out")
            return None, ""
        return (texts[0], ", the only column of text") if texts else (None, "")

    def _called_labels(self) -> list[int]:
        return [column for column, name in enumerate(self._heading) if name.casefold() in LABEL_NAMES]

    def column(self, name: str, option: str) -> int:
        """Returns the number of the column that an option calls by its name, or by its number from 1."""
        name, names = name.strip(), self.names
        if names.count(name) > 1:
            places = " and ".join(str(c + 1) for c, other in enumerate(names) if other == name)
            raise UsageError(f"{self._path}: option {option}: columns {places} are both called {name}; give a number")
        if name in names:
            return names.index(name)
        if name.isdecimal() and 1 <= int(name) <= len(names):
            return int(name) - 1
        listed = ", ".join(names)
        raise UsageError(f"{self._path}: option {option}: no column {name}{suggest(name, names)} (columns: {listed})")


def _called(name: str, column: int) -> str:
    return f"column {name or column + 1}"


def _kind(cells: Sequence[str]) -> str:
    """Returns "number", "figure" (a number as people write it), "text" or "empty": what half of the cells are.

    Cells without a value, such as nan, do not count.
    """
    filled = [cell for cell in cells if cell.casefold() not in (*MISSING, "nan")]
    if not filled:
        return "empty"
    numbers = sum(as_number(cell) is not None for cell in filled)
    if 2 * numbers >= len(filled):
        return "number"
    figures = sum(_FIGURE.fullmatch(cell) is not None for cell in filled)
    return "figure" if 2 * figures >= len(filled) else "text"
