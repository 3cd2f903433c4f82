"""Labels in a .txt: one a line, in the samples' order, or each after its file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from multigan.data.collection import Collection
from multigan.data.folders import suffix_of
from multigan.data.labels import is_missing
from multigan.data.matching import AmbiguousError, Matcher, refuse_missing
from multigan.data.spelling import shorten
from multigan.data.tables import as_number
from multigan.data.wording import counted
from multigan.errors import DataError

__all__ = ["in_order", "named_lines"]

# Lines that tell whether they name files.
LOOKED_AT = 20
# Headings that people write above labels.
HEADINGS = ("label", "labels", "class", "classes", "category", "categories", "target", "targets")


def in_order(lines: Sequence[str], collection: Collection, title: str) -> tuple[np.ndarray, list[str]]:
    """Returns the labels of lines without names, and notes; a heading above as many labels as samples is left out.

    Raises:
        DataError: an empty label; or a heading in the place of one, which would shift all others by a sample.
    """
    lines, notes = list(lines), []
    if _has_heading(lines):
        above = f"line 1 ({shorten(lines[0])})"
        if len(lines) == len(collection) + 1:
            del lines[0]
            notes.append(f"{above} is a heading: left out")
        elif len(lines) == len(collection):
            raise DataError(
                f"{title}: {above} looks like a heading, and then there {_are(len(lines) - 1)} for "
                f"{counted(len(collection), 'sample')}; add the one that is missing, or give the labels as a .npy if "
                "that is a class"
            )
    if len(lines) == len(collection):
        gaps = [
            f"{collection.names[n]} in line {n + 1 + len(notes)}" for n, line in enumerate(lines) if is_missing(line)
        ]
        refuse_missing(gaps, title)
    return np.array(lines, dtype=str), notes


def _has_heading(lines: Sequence[str]) -> bool:
    """Whether the first line is called like a heading and no other is, or is a word above numbers alone."""
    first, rest = (lines[0], lines[1:]) if lines else ("", [])
    if first.strip('" ').casefold() in HEADINGS:
        return first not in rest
    numbers = len(rest) > 1 and all(as_number(line) is not None for line in rest)
    return numbers and first[:1].isalpha() and as_number(first) is None


def _are(number: int) -> str:
    return f"{'is' if number == 1 else 'are'} {counted(number, 'label')}"


def named_lines(lines: Sequence[str], matcher: Matcher) -> list[tuple[int, list[str]]] | None:
    """Returns (line number from 1, [name, label]) of each line that is not empty, where a .txt names its files; else
    None.
    """
    numbers = [number for number, line in enumerate(lines, 1) if line]
    pairs = _pairs([line for line in lines if line], matcher)
    return None if pairs is None else list(zip(numbers, pairs, strict=True))


def _pairs(lines: Sequence[str], matcher: Matcher) -> list[list[str]] | None:
    for mark in ("\t", ";", ",", "|", None):
        try:
            parts = [_split(line, mark, matcher) for line in lines]
            if 2 * sum(len(found) == 2 for found in parts) <= len(parts):
                continue
            pairs = list(map(_pair, parts))
            looked_at = pairs[:LOOKED_AT]
            # A few unknown names are named later on; were they all to count, one would make a class of every line. So
            # would names that come second; a label may be a file's number, so that these are known by their suffix.
            named = sum(matcher.find(name) is not None for name, _ in looked_at)
            swapped = sum(bool(suffix_of(label)) and matcher.knows(label) for _, label in looked_at)
            if 2 * max(named, swapped) > len(looked_at):
                return pairs
        except AmbiguousError:
            return [_pair(line.rsplit(mark, 1)) for line in lines]
    return None


def _pair(parts: Sequence[str]) -> list[str]:
    """A line's name and label, which is empty where the line is the name alone."""
    name, label = [*parts, ""][:2]
    return [name.strip(' "'), label.strip(' "')]


def _split(line: str, mark: str | None, matcher: Matcher) -> list[str]:
    """A line's name and label: at the last mark, or at the first blank that ends a file's name, since both may have
    blanks.
    """
    if mark is None:
        for blank in re.finditer(r"\s+", line):
            if matcher.find(line[: blank.start()].strip(' "')) is not None:
                return [line[: blank.start()], line[blank.end() :]]
    return line.rsplit(mark, 1)
