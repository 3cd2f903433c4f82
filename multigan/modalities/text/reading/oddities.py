"""Characters and shapes in texts that their owner may not know of: counted, and told in notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["Oddities", "shape_notes"]

_ODD = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd]")
_BREAKS = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_TOLD = {
    "break": "unusual line breaks within a line, read as blanks",
    "mark": "byte order marks within the text, left out",
    "lost": "U+FFFD, which stands for what could not be read, kept",
    "control": "control characters, kept",
}
# Lines at the beginning that tell what a text looks like, and the fewest that tell anything.
_LOOKED_AT = 1000
_FEWEST = 5
_TIMES = re.compile(r"\d{1,2}:\d\d[:.,\d]* +--> +\d{1,2}:\d\d")
_NUMBER = re.compile(r"(\d{1,9})[.):]?\s+\S")
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")


class Oddities:
    """What odd characters were seen in lines."""

    def __init__(self):
        self._seen: dict[str, list] = {}

    def see(self, line: str, place: str) -> None:
        """Takes a line, and where it stands."""
        if not _ODD.search(line):
            return
        for kind, character in {_kind(character): character for character in reversed(_ODD.findall(line))}.items():
            self._seen.setdefault(kind, [0, place, character])[0] += 1

    def notes(self) -> list[str]:
        """Returns a note on each kind, e.g. `"control characters, kept: in 2 lines (first line 7: U+001B)"`."""
        return [note for kind in _TOLD if (note := self.told(kind))]

    def told(self, kind: str) -> str:
        """Returns the note on one kind, or nothing."""
        if kind not in self._seen:
            return ""
        count, place, character = self._seen[kind]
        first = f"first {place}: U+{ord(character):04X}" if place else f"U+{ord(character):04X}"
        letter = ", a letter or mark in cp1252" if "\x80" <= character <= "\x9f" and kind == "control" else ""
        return f"{_TOLD[kind]}: in {count:,} line{'s' * (count != 1)} ({first}{letter})"


def _kind(character: str) -> str:
    if character in _BREAKS:
        return "break"
    return {"\ufeff": "mark", "\ufffd": "lost"}.get(character, "control")


def shape_notes(texts: Sequence[str]) -> list[str]:
    """Returns notes on texts that are a film's subtitles, numbered, or marked up; by the first of them."""
    first = texts[:_LOOKED_AT]
    if len(first) < _FEWEST:
        return []
    notes = []
    times = sum(bool(_TIMES.match(text)) for text in first)
    if times > len(first) / 10:
        notes.append(f"subtitles? {times:,} of the first {len(first):,} lines are times; give the spoken lines alone")
    numbers = [int(found[1]) if (found := _NUMBER.match(text)) else -1 for text in first]
    rising = sum(after == before + 1 for before, after in pairwise(numbers) if before >= 0)
    if rising > 0.9 * (len(first) - 1):
        notes.append(f"numbered lines? they begin with {numbers[0]}, {numbers[1]}, ..., which is learnt with them")
    tags = sum(bool(_TAG.match(text)) for text in first)
    if tags > len(first) / 3:
        notes.append(f"HTML or XML? {tags:,} of the first {len(first):,} lines begin with a tag; give the text alone")
    return notes
