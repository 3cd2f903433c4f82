"""Which sample a name in a file of labels means, however the file writes it, and what belongs to which."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from multigan.data.collection import Collection
from multigan.data.folders import suffix_of
from multigan.data.labels import is_missing
from multigan.data.naming import normal, printable
from multigan.data.spelling import shorten
from multigan.data.wording import counted
from multigan.errors import DataError

__all__ = ["AmbiguousError", "Matcher", "by_name", "refuse_missing"]

# How many samples or rows an error names.
NAMED = 20
# Of files with one name.
SHOWN = 3
# Rows that tell whether names come second.
LOOKED_AT = 20


class AmbiguousError(Exception):
    """A name means several samples; the message names these and says how to write the one that is meant."""


class Matcher:
    """Finds samples by their paths, or by as much of a path as belongs to one sample only.

    Names are taken as they are if possible; else without the folders before the samples' own; else the same without
    the file's suffix; else in any case.

    Args:
        names: of the samples, as a collection has them.

    Attributes:
        loose: how many names were found in which of these ways, but for exact paths and names alone.
        example: the first such name, and that of its sample.
    """

    def __init__(self, names: Sequence[str]):
        self._names = [normal(name) for name in names]
        self.loose: Counter[str] = Counter()
        self.example: tuple[str, str] = ("", "")

    def find(self, name: str) -> int | None:
        """Returns the number of the sample that a name means, or None.

        Raises:
            AmbiguousError: it means several.
        """
        wanted = printable(normal(name)).removeprefix("./")
        for way, forms, table in self._ways:
            for form in forms(wanted):
                number, shortened = table.find(form)
                if number is None:
                    continue
                how = ", ".join(filter(None, ("without folders" if shortened else "", way)))
                if how:
                    self.loose[how] += 1
                    self.example = self.example if self.example[0] else (name, self._names[number])
                return number
        return None

    def knows(self, name: str) -> bool:
        """Says whether a name means some sample, or several."""
        try:
            return self.find(name) is not None
        except AmbiguousError:
            return True

    @cached_property
    def _ways(self) -> list[tuple[str, Callable[[str], Sequence[str]], _Tails]]:
        ways = [
            ("", lambda name: (name,), lambda name: name),
            ("without suffix", lambda name: (name, _stem(name)), _stem),
            ("in another case", lambda name: (name.casefold(),), str.casefold),
            (
                "in another case, without suffix",
                lambda name: (name.casefold(), _stem(name).casefold()),
                lambda name: _stem(name).casefold(),
            ),
        ]
        return [(way, forms, _Tails(self._names, form)) for way, forms, form in ways]


def by_name(
    title: str, rows: Iterable[tuple[str, str, Any]], what: str, collection: Collection, spare: bool = False
) -> tuple[list, list[str]]:
    """Returns the rows' values in the collection's order, and notes.

    Args:
        title: of the file, for messages.
        rows: (place, name, value) of each.
        what: the values are: "labels" or "conditions".
        collection: of files.
        spare: whether there may be rows for files that are not there.

    Raises:
        DataError: a row without a sample, a sample without a row, or two rows that differ.
    """
    matcher, found, unknown, missing, twice = Matcher(collection.names), {}, [], [], 0
    for place, name, value in rows:
        try:
            number = matcher.find(name)
        except AmbiguousError as error:
            _refuse_swapped([(place.rpartition(": ")[2], value)], matcher, title)
            raise DataError(f"{place}: {error}") from None
        if number is None:
            unknown.append((name, place.rpartition(": ")[2], value))
        elif isinstance(value, str) and is_missing(value):
            missing.append(f"{name} in {place.rpartition(': ')[2]}")
        elif number in found and found[number][1] != value:
            earlier, other = found[number]
            _refuse_swapped([(earlier, other), (place.rpartition(": ")[2], value)], matcher, title)
            said = (
                f", with label {_told(other)} there and {_told(value)} here"
                if what == "labels"
                else ", with other numbers"
            )
            raise DataError(f"{place}: {name} is in {earlier} already{said}; leave one of them")
        else:
            twice += number in found
            found[number] = place.rpartition(": ")[2], value
    refuse_missing(missing, title)
    names, single = collection.names, what[:-1]
    if unknown and (not found or (len(unknown) > len(found) and not spare)):
        _refuse_swapped([row[1:] for row in unknown], matcher, title)
        theirs, ours = unknown[0][0], _like(unknown[0][0], names)
        number = f"none of its {len(unknown):,} names is" if not found else f"{len(unknown):,} of its names are not"
        raise DataError(
            f"{title}: {number} of a file in {collection.title}: it says {theirs} in {unknown[0][1]}, and a file there "
            f"is called {ours}; write each name as it is below that folder"
        )
    if unknown and not spare:
        listed = _listed([f"{name} in {place}" for name, place, _ in unknown], "row")
        raise DataError(f"{title}: {listed} for no sample of {collection.title}; delete them")
    missing = [name for number, name in enumerate(names) if number not in found]
    if missing:
        listed = _listed(missing, "sample")
        raise DataError(f"{title}: no {single} for {listed} of {collection.title}; add them")
    notes = []
    if matcher.loose:
        ways = "; ".join(f"{count:,} {way}" for way, count in matcher.loose.items())
        notes.append(f"names that were matched loosely: {ways} ({matcher.example[0]} is {matcher.example[1]})")
    if unknown:
        notes.append(f"{single}s of files that are not there: {len(unknown):,} (first {unknown[0][0]})")
    if twice:
        notes.append(f"rows that say again what another does: {twice:,}")
    return [found[number][1] for number in range(len(collection))], notes


def refuse_missing(missing: list[str], title: str) -> None:
    """Raises `DataError` where samples, named with their places, have no label."""
    if missing:
        raise DataError(
            f"{title}: no label for {_listed(missing, 'sample')}: it is empty or nan there; give each a label, or take "
            "the file and its row out"
        )


class _Tails:
    """Samples by their paths, and by each end of these, in one form."""

    def __init__(self, names: Sequence[str], form: Callable[[str], str]):
        self._source, self._form = names, form

    def find(self, name: str) -> tuple[int | None, bool]:
        """Returns a sample's number, or None, and whether folders before the name were left out."""
        paths, ends = self._numbers
        for found in (paths.get(name, ()), ends.get(name, ())):
            if len(found) > 1:
                raise AmbiguousError(_ambiguous(name, [self._source[number] for number in found]))
            if found:
                return found[0], False
        parts = name.split("/")
        for start in range(1, len(parts)):
            found = paths.get("/".join(parts[start:]), ())
            if len(found) == 1:
                return found[0], True
        return None, False

    @cached_property
    def _numbers(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        paths: dict[str, list[int]] = {}
        ends: dict[str, list[int]] = {}
        for number, name in enumerate(map(self._form, self._source)):
            paths.setdefault(name, []).append(number)
            parts = name.split("/")
            for start in range(1, len(parts)):
                ends.setdefault("/".join(parts[start:]), []).append(number)
        return paths, ends


def _refuse_swapped(rows: Sequence[tuple[str, Any]], matcher: Matcher, title: str) -> None:
    """Raises `DataError` where most values of rows that do not fit, (place, value) of each, are names of files.

    A label may be a file's number. What is a file has a suffix, or is called as no other is.
    """
    looked_at = rows[:LOOKED_AT]
    names = {value: place for place, value in looked_at if isinstance(value, str) and matcher.knows(value)}
    sure = all(map(suffix_of, names)) or len(names) == len(looked_at) > 2
    if 2 * len(names) > len(looked_at) and sure:
        value, place = next(iter(names.items()))
        raise DataError(
            f"{title}: file and label are the wrong way round: {value} in {place} is a file's name and comes second; "
            "give the file's name first, then its label"
        )


def _like(name: str, names: Sequence[str]) -> str:
    """Returns the sample's name that is most like another name, or the first."""
    import difflib

    near = difflib.get_close_matches(name, names[:1000], 1, 0.0)
    return near[0] if near else names[0]


def _ambiguous(name: str, files: Sequence[str]) -> str:
    if len({file.rpartition("/")[0] for file in files}) > 1:
        mend = "write the folder of the one that is meant before it"
    else:
        mend = "write the name of the one that is meant to the letter, with its suffix"
    shown = ", ".join(files[:SHOWN]) + (", ..." if len(files) > SHOWN else "")
    return f"{name} is the name of {len(files):,} files ({shown}); {mend}"


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]


def _told(label: Any) -> str:
    return shorten(str(label))


def _listed(names: list[str], what: str) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{counted(len(names), what)} ({', '.join(names[:NAMED])}{more})"
