"""What metrics of texts have to know of them: where each one ends, how it reads, and what the training saw."""

from __future__ import annotations

import re
from functools import cached_property

import numpy

from multigan.modalities.text.tokens import valid

__all__ = ["Rows", "Texts", "held_out_part", "words_of"]

# Scripts without spaces between words: Thai to Myanmar, kana, Chinese characters. Each of their letters is a word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that are parts of words, and no letters: accents, vowels of Hebrew, Arabic and Indian scripts.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[{_MARKS}])+|[^\w\s]")
PART = 4096  # rows read at a time


def words_of(text: str) -> list[str]:
    """Returns a text's words: runs of letters and digits, and every other mark, and letter of a script without spaces,
    by itself.
    """
    return _WORD.findall(text)


class Rows:
    """Some texts of a source, as a source.

    Args:
        source: tells name, tokenizer and so on.
        rows: token ids, int32 `(count, length)`.
    """

    in_memory = True
    draws = False

    def __init__(self, source, rows: numpy.ndarray):
        self.source, self.rows = source, rows
        self.name, self.fingerprint, self.report = source.name, source.fingerprint, source.report
        self.shape, self.classes = tuple(rows.shape[1:]), ()
        self.vocabulary, self.end, self.oracle = source.vocabulary, source.end, source.oracle
        self.tokenizer = source.tokenizer

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return {"text": self.rows[index]}

    def batch(self, indices, rng=None):
        """The texts of these indices."""
        return {"text": self.rows[indices]}


def held_out_part(source) -> Rows | None:
    """Returns the texts that a source keeps out of training, or None where that are fewer than two."""
    rows = getattr(source, "held_out", None)
    return None if rows is None or len(rows) < 2 else Rows(source, rows)


class Texts:
    """Reads token ids.

    Args:
        reference: the `Source` that real texts are drawn from; its `tokenizer` decodes, and its `end` tells where a
            text ends.
        training: returns the `Source` that the run was trained on; called when a metric asks for its texts.
    """

    def __init__(self, reference, training):
        self.vocabulary, self.end, self._training = reference.vocabulary, reference.end, training
        self._decode = reference.tokenizer.decode
        self._kept = {}

    def counted(self, rows: numpy.ndarray) -> numpy.ndarray:
        """Which positions of `rows` `(count, length)` count, bool: all up to the first end."""
        return valid(rows, self.end)

    def strings(self, rows: numpy.ndarray) -> list[str]:
        """The texts that token ids `(count, length)` stand for."""
        return self.once(rows, "strings", lambda: [self._decode(row) for row in rows.tolist()])

    def words(self, rows: numpy.ndarray) -> list[list[str]]:
        """The words of each text."""
        return self.once(rows, "words", lambda: [words_of(text) for text in self.strings(rows)])

    @cached_property
    def training(self) -> numpy.ndarray:
        """All token ids that the run was trained on, int32 `(count, length)`."""
        source = self._training()
        parts = [numpy.arange(start, min(start + PART, len(source))) for start in range(0, len(source), PART)]
        return numpy.concatenate([source.batch(part)["text"] for part in parts])

    @cached_property
    def known(self) -> frozenset[str]:
        """All texts that the run was trained on."""
        return frozenset(self._decode(row) for row in self.training.tolist())

    def once(self, rows: numpy.ndarray, what: str, compute):
        """Returns `compute()`, kept for as long as metrics ask about these `rows` or the real ones before them."""
        kept = self._kept.pop(id(rows), None) or (rows, {})
        self._kept[id(rows)] = kept
        while len(self._kept) > 2:
            del self._kept[next(iter(self._kept))]
        if what not in kept[1]:
            kept[1][what] = compute()
        return kept[1][what]
