"""Texts as training reads them: rows of token ids in memory, and some that it never sees."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.source import DataReport, UnreadableDataError
from multigan.data.verdict import judge
from multigan.errors import DataError
from multigan.modalities.text.options import OPTIONS
from multigan.modalities.text.reading.collect import collect_texts
from multigan.modalities.text.reading.lines import Lines
from multigan.modalities.text.tokens import END, UNKNOWN, NumberTokenizer, Tokenizer, Tokens, valid
from multigan.modalities.text.train import train_tokenizer
from multigan.recipe import DataSource, resolve_options

__all__ = ["TextSource", "open_text"]

# Where nobody says how long a text may be: as long as this share of them, and no longer than this.
FITTING = 95
LONGEST = 64


def open_text(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> TextSource:
    """Opens texts as `multigan.data.open_source` describes it."""
    options = resolve_options(OPTIONS, options, "text data")
    title, found, notes = collect_texts(spec, options, datasets, progress)
    if isinstance(found, Tokens):
        return _of_tokens(spec, found, options["held_out"])
    return _of_lines(spec, title, found, options, list(notes))


class TextSource:
    """Texts with random access; see `multigan.data.open_source`.

    Args:
        name, fingerprint, report: as in `multigan.data.source.Source`.
        tokens: int32 `(n, length)`, those that training sees.
        held_out: int32 `(m, length)`, those that it does not.
        tokenizer: turns texts into such rows, and back.
        oracle: as in `multigan.recipe.DataInfo`; or empty.

    Attributes:
        vocabulary: how many ids there are.
        end: the id that ends a text, and fills the row after it; -1 where all texts are equally long.
    """

    field = "text"
    in_memory = True
    draws = False
    classes = ()
    condition = 0

    def __init__(
        self,
        *,
        name: str,
        tokens: np.ndarray,
        held_out: np.ndarray,
        tokenizer: Tokenizer | NumberTokenizer,
        fingerprint: str,
        report: DataReport,
        oracle: str = "",
    ):
        self.name = name
        self.shape = tokens.shape[1:]
        self.held_out = held_out
        self.tokenizer = tokenizer
        self.vocabulary = tokenizer.vocabulary
        self.end = tokenizer.end
        self.oracle = oracle
        self.facts = {"vocabulary": self.vocabulary, "end": self.end, "oracle": oracle}
        self.fingerprint = fingerprint
        self.report = report
        self._tokens = tokens

    def __len__(self) -> int:
        return len(self._tokens)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """Returns `{"text": int32 (length,)}`.

        Raises:
            IndexError: no such text.
        """
        return {"text": self._tokens[range(len(self))[index]]}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """Returns `{"text": int32 (b, length)}` of the texts with these indices; nothing is drawn from `rng`."""
        return {"text": self._tokens[indices]}

    def lengths(self) -> np.ndarray:
        """Returns how many positions of each text count, int64 `(n,)`, its end among them."""
        return valid(self._tokens, self.end).sum(axis=1)


def _of_tokens(spec: str, found: Tokens, share: float) -> TextSource:
    ids = np.ascontiguousarray(found.ids, np.int32)
    chosen = _held_out([row.astype("<i4").tobytes() for row in ids], share)
    total = hashlib.sha256(repr(("tokens", ids.shape, found.vocabulary, found.oracle, share)).encode())
    total.update(ids.astype("<i4").tobytes())
    notes = [f"all of {ids.shape[1]:,} tokens", *_held_note(chosen)]
    return TextSource(
        name=spec,
        tokens=ids[~chosen],
        held_out=ids[chosen],
        tokenizer=NumberTokenizer(found.vocabulary),
        oracle=found.oracle,
        fingerprint=total.hexdigest(),
        report=DataReport(len(ids), len(ids), (), tuple(notes)),
    )


def _of_lines(spec: str, title: str, found: Lines, options: Mapping[str, Any], notes: list[str]) -> TextSource:
    lines = list(dict.fromkeys(found.texts)) if options["deduplicate"] else found.texts
    if found.blank:
        notes.append(f"blank lines left out: {found.blank:,}")
    copies = len(found.texts) - len(set(found.texts))
    if copies:
        notes.append(f"exact copies of another {'left out' if options['deduplicate'] else 'kept'}: {copies:,}")
    notes += found.notes()
    seen = len(found.texts) + len(found.bad)
    if not seen:
        raise DataError(f"{title}: no text in it, {found.blank:,} blank line{'s' * (found.blank != 1)}")
    hint = found.hint()
    if hint:
        notes.append(hint.removeprefix("; "))
    try:
        judge(
            DataReport(seen, len(lines), tuple(found.bad), tuple(notes)), options["skip_bad"], title, "lines", "be used"
        )
    except UnreadableDataError as error:
        raise UnreadableDataError(f"{error}{hint}", error.report) from None
    if len(set(lines)) == 1:
        what = "one text only" if len(lines) == 1 else f"all {len(lines):,} texts are equal"
        raise DataError(f"{title}: {what}; give at least a batch of different ones, one a line{found.ends()}")
    chosen = _held_out([line.encode() for line in lines], options["held_out"])
    tokenizer = _tokenizer(title, lines, chosen, options)
    ids = tokenizer.encode_all(lines)
    sizes = np.array([len(row) for row in ids])
    limit = options["max_tokens"] or min(LONGEST, math.ceil(np.percentile(sizes[~chosen], FITTING)))
    kept = np.ones(len(ids), bool) if options["long"] == "cut" else sizes <= limit
    notes += _length_notes(sizes[~chosen], limit, (sizes > limit).sum(), options["long"])
    report = DataReport(seen, int(kept.sum()), tuple(found.bad), tuple(notes))
    if not (kept & ~chosen).any():
        raise DataError(
            f"{title}: no text has at most {limit:,} tokens, the shortest {sizes.min():,}; raise max_tokens, or cut "
            "them by -o long=cut"
        )
    unknown = [row.count(UNKNOWN) for row in ids]
    notes += _vocabulary_notes(tokenizer, lines, unknown, int(sizes.sum()), options["tokens"])
    notes += _held_note(kept & chosen)
    rows = _rows(ids, limit)
    return TextSource(
        name=spec,
        tokens=rows[kept & ~chosen],
        held_out=rows[kept & chosen],
        tokenizer=tokenizer,
        fingerprint=_fingerprint(lines, limit, tokenizer, options),
        report=DataReport(report.found, report.used, report.skipped, tuple(notes)),
    )


def _tokenizer(title: str, lines: Sequence[str], chosen: np.ndarray, options: Mapping[str, Any]) -> Tokenizer:
    if options["tokenizer"]:
        return Tokenizer.load(Path(os.path.expanduser(options["tokenizer"])))
    training = [line for line, out in zip(lines, chosen, strict=True) if not out]
    # What is held out must be readable, too: its characters are known, if nothing else of it.
    alphabet = sorted(set().union(*lines))
    return train_tokenizer(training, options["tokens"], options["vocabulary"], title, alphabet)


def _held_out(contents: Sequence[bytes], share: float) -> np.ndarray:
    """Says which texts training does not see, bool `(n,)`: about this share, chosen by content, so that equal ones stay
    together and their order does not matter. At least one where the share is not 0, and never all.
    """
    hashes = np.array([hashlib.sha256(content).digest()[:8] for content in contents], "S8").view(">u8")
    different = np.unique(hashes)
    if share == 0 or len(different) < 2:
        return np.zeros(len(contents), bool)
    count = min(max(round(share * len(different)), 1), len(different) - 1)
    return hashes < different[count]


def _rows(ids: Sequence[Sequence[int]], limit: int) -> np.ndarray:
    """Returns int32 `(n, limit + 1)`: each text, cut to the limit, its end, and ends up to there."""
    rows = np.full((len(ids), limit + 1), END, np.int32)
    for row, text in zip(rows, ids, strict=True):
        row[: min(len(text), limit)] = text[:limit]
    return rows


def _length_notes(sizes: np.ndarray, limit: int, longer: int, how: str) -> list[str]:
    median, most = np.percentile(sizes, (50, FITTING))
    notes = [f"tokens of a text: median {median:.0f}, {FITTING} % at most {math.ceil(most)}, longest {sizes.max():,}"]
    if longer:
        told = "cut" if how == "cut" else "left out"
        notes.append(f"longer than {limit:,} tokens, {told}: {longer:,} (options max_tokens, long)")
    return notes


def _vocabulary_notes(tokenizer, lines, unknown, total, kind) -> list[str]:
    if not sum(unknown):
        return ["every text can be read back from its tokens"]
    # The examples are of few texts: to look into all of them takes as long as reading them.
    with_some = [line for line, count in zip(lines, unknown, strict=True) if count][:100]
    examples = list(dict.fromkeys(part for line in with_some for part in tokenizer.unknown(line)))[:5]
    what = "words" if kind == "word" else "characters"
    share = f"{sum(unknown):,} of {total:,} ({sum(unknown) / total:.2%})"
    return [f"{what} that are no token: {share}, such as {' '.join(examples)}; they are written as \u2047"]


def _held_note(chosen: np.ndarray) -> list[str]:
    return [f"held out from training, to measure with: {chosen.sum():,} (option held_out)"] if chosen.any() else []


def _fingerprint(lines: Sequence[str], limit: int, tokenizer: Tokenizer, options: Mapping[str, Any]) -> str:
    """SHA-256 in hex of all that training sees, the same on every machine."""
    kept = [options[name] for name in ("tokens", "vocabulary", "long", "held_out")]
    total = hashlib.sha256(repr(("text", limit, *kept)).encode())
    if options["tokenizer"]:
        total.update(tokenizer.content)
    for line in lines:
        total.update(line.encode() + b"\n")
    return total.hexdigest()
