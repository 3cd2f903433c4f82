"""Which sample a name in a file of labels means, however the file writes it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from multigan.data.naming import normal, printable

__all__ = ["AmbiguousError", "Matcher"]


class AmbiguousError(Exception):
    """A name means several samples; the message names it and says how many."""


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


class _Tails:
    """Samples by their paths, and by each end of these, in one form."""

    def __init__(self, names: Sequence[str], form: Callable[[str], str]):
        self._source, self._form = names, form

    def find(self, name: str) -> tuple[int | None, bool]:
        """Returns a sample's number, or None, and whether folders before the name were left out."""
        paths, ends = self._numbers
        for found in (paths.get(name, ()), ends.get(name, ())):
            if len(found) > 1:
                raise AmbiguousError(f"{name} is the name of {len(found):,} files")
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


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]
