"""Which files of a folder or zip file are taken, and what is said of those that are not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from multigan.data.archives import ARCHIVES
from multigan.data.clutter import clutter_part
from multigan.data.naming import printable
from multigan.data.signatures import looks_like

__all__ = ["Sieve"]

_ARCHIVE_ADVICE = "archives: unpack for what they hold"
# How many suffixes a note names.
NAMED = 4
# How many of the files that are not taken are looked into, of each suffix.
LOOKED_AT = 5


class Sieve:
    """Takes files by their names, and counts the others.

    Args:
        what: is looked for, e.g. `"images"`.
        suffixes: of what is taken, lower case, with the dot.
        advice: what makes files readable that are not taken, by their suffix.
        begins: what `looks_like` says of files that would have to be called otherwise, e.g. `"an image"`.
    """

    def __init__(self, what: str, suffixes: frozenset[str], advice: Mapping[str, str] | None = None, begins: str = ""):
        self._what = what
        self._suffixes = suffixes
        self._advice = {**dict.fromkeys(ARCHIVES, _ARCHIVE_ADVICE), **(advice or {})}
        self._begins = begins
        self._clutter: Counter = Counter()
        self._others: Counter = Counter()

    def takes(self, name: str, head: Callable[[], bytes]) -> bool:
        """Says whether a file is taken, by its name relative to the place; called once for each file.

        `head` returns the first bytes of it; it is asked for few files, and only of those that are not taken.
        """
        part, suffix = clutter_part(name), _suffix(name)
        if part:
            # Only what would have been taken is worth a word: every Mac leaves a .DS_Store.
            self._clutter[part] += suffix in self._suffixes
            return False
        if suffix in self._suffixes:
            return True
        self._others[suffix] += 1
        if self._begins and self._others[suffix] <= LOOKED_AT and not self._advice_on(suffix):
            kind = looks_like(head())
            if kind.startswith(self._begins):
                self._advice[suffix] = f"some begin as {kind} does: rename those that are {self._what}"
        return False

    def notes(self, read: Iterable[str] = ()) -> list[str]:
        """Returns notes on what was not taken, those with a mend first.

        Args:
            read: names that were not taken, of files that are read all the same, as labels; they are not counted.
        """
        self._others -= Counter(_suffix(name) for name in read if not clutter_part(name))
        return [
            *(f"{found}; left out by name" for found in self._advised()),
            *(f"{found}, left out by name" for found in self._hidden()),
            *(f"{found} left out: not {self._what} by name" for found in self._rest()),
        ]

    def nothing_found(self, place: str) -> str:
        """Returns the sentence for a place of which nothing was taken."""
        found = [*self._advised(), *self._hidden(), *self._rest()]
        instead = f"only {'; '.join(found)}" if found else "it is empty"
        return f"{place}: no {self._what} in it, {instead} (looked for {', '.join(sorted(self._suffixes))})"

    def _advised(self) -> list[str]:
        of_advice: dict[str, Counter] = {}
        for suffix, count in sorted(self._others.items()):
            if advice := self._advice_on(suffix):
                of_advice.setdefault(advice, Counter())[suffix] = count
        most_first = sorted(of_advice.items(), key=lambda item: -item[1].total())
        return [f"{_counted(counts, 'other file')}, {advice}" for advice, counts in most_first]

    def _hidden(self) -> list[str]:
        parts = +self._clutter
        return [f"{_counted(parts, 'file')} that are hidden or a system's own"] if parts else []

    def _rest(self) -> list[str]:
        rest = Counter({suffix: n for suffix, n in self._others.items() if not self._advice_on(suffix)})
        return [_counted(rest, "other file")] if rest else []

    def _advice_on(self, suffix: str) -> str:
        return self._advice.get(suffix.removeprefix(".tar") or suffix, "")


def _suffix(name: str) -> str:
    """Returns the lower-case suffix, with both parts of a packed tar archive's, so that no .gz takes it for a text."""
    stem, suffix = os.path.splitext(name.lower())
    return ".tar" + suffix if stem.endswith(".tar") and suffix in ARCHIVES else suffix


def _counted(counts: Counter, noun: str) -> str:
    common = ", ".join(f"{count:,} {printable(name or 'no suffix')}" for name, count in counts.most_common(NAMED))
    rest = counts.total() - sum(count for _, count in counts.most_common(NAMED))
    return f"{counts.total():,} {noun}{'s' * (counts.total() != 1)} ({common}{f', {rest:,} more' if rest else ''})"
