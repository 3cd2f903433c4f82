"""Texts as numbers: which positions of a row of tokens count, and the tokenizers that make such rows and read them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from multigan.errors import DataError, UsageError

__all__ = ["END", "UNKNOWN", "NumberTokenizer", "Tokenizer", "Tokens", "library", "load_tokenizer", "valid"]

# Of every sentencepiece model of ours.
END = 0
UNKNOWN = 1
# What stands for a blank inside sentencepiece's pieces.
BLANK = "\u2581"


@dataclass(frozen=True)
class Tokens:
    """Texts that are numbers already, all equally long: what the `load()` of such a data set returns.

    Args:
        ids: int32 `(n, length)`, from 0 to `vocabulary` - 1.
        vocabulary: how many ids there are.
        oracle: what `multigan.modalities.text.oracle` needs to make the network again that wrote them; or empty.
    """

    ids: np.ndarray
    vocabulary: int
    oracle: str = ""


def valid(tokens: np.ndarray, end: int) -> np.ndarray:
    """Says which positions of texts count: those before which no `end` stands; the first `end` itself does.

    Args:
        tokens: ids `(..., length)`.
        end: the id that ends a text; -1 where all are equally long, and every position counts.

    Returns:
        bool `(..., length)`.
    """
    tokens = np.asarray(tokens)
    ended = np.zeros(tokens.shape, bool)
    np.logical_or.accumulate(tokens[..., :-1] == end, axis=-1, out=ended[..., 1:])
    return ~ended


class Tokenizer:
    """Texts to token ids and back, by a sentencepiece model that `train_tokenizer` has made.

    Args:
        content: of the model's file.

    Attributes:
        vocabulary: how many ids there are.
        end: the id that ends a text.

    Raises:
        DataError: it is no sentencepiece model, or one with other ids for the end and for what is unknown.
        UsageError: sentencepiece is not installed.
    """

    end = END

    def __init__(self, content: bytes):
        sentencepiece = library("sentencepiece")
        self.content = content
        try:
            self._model = sentencepiece.SentencePieceProcessor(model_proto=content)
        except (RuntimeError, ValueError, TypeError):
            raise DataError("not a sentencepiece model; take the tokenizer.model of a run") from None
        if not content or self._model.eos_id() != END or self._model.unk_id() != UNKNOWN:
            raise DataError(f"its end is not token {END}, as a run's is; take the tokenizer.model of a run")
        self.vocabulary = self._model.get_piece_size()
        # `train_tokenizer` writes a blank before an unknown word, and none before an unknown character.
        self._words = self._model.decode([UNKNOWN, UNKNOWN]).count(" ") > 0

    def encode(self, line: str) -> list[int]:
        """Returns a line's ids, without an end; what the model does not know becomes `UNKNOWN`."""
        return self.encode_all([line])[0]

    def encode_all(self, lines: Sequence[str]) -> list[list[int]]:
        """Returns the ids of many lines."""
        if self._words:  # sentencepiece would make one token of neighbours that are unknown
            return [[self._model.piece_to_id(BLANK + word) for word in line.split()] for line in lines]
        return self._model.encode(list(lines), num_threads=1)

    def unknown(self, line: str) -> list[str]:
        """Returns what of a line the model does not know, each once: characters, or of whole words words."""
        if self._words:
            unknown = [word for word in line.split() if self.encode(word) == [UNKNOWN]]
        else:  # one piece may be several characters
            pieces = zip(self._model.encode(line), self._model.encode(line, out_type=str), strict=True)
            unknown = "".join(piece for token, piece in pieces if token == UNKNOWN)
        return list(dict.fromkeys(unknown))

    def decode(self, ids: Iterable[int]) -> str:
        """Returns the text of ids up to the first end."""
        return self._model.decode(_until(ids, END)).strip()

    def decode_all(self, rows: np.ndarray) -> list[str]:
        """Returns the texts of ids `(n, length)`."""
        return [self.decode(row) for row in np.asarray(rows).tolist()]

    def save(self, path: Path) -> None:
        """Writes the model, which any sentencepiece reads."""
        Path(path).write_bytes(self.content)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Reads a model; raises `DataError` where there is none."""
        return _named(path, lambda: cls(_read(path)))


class NumberTokenizer:
    """The tokenizer of data that are numbers already: a text is its ids, with blanks between. As `Tokenizer`.

    Args:
        vocabulary: how many ids there are.
    """

    end = -1

    def __init__(self, vocabulary: int):
        self.vocabulary = vocabulary
        self.content = json.dumps({"numbers": vocabulary}).encode() + b"\n"

    def encode(self, line: str) -> list[int]:
        """Returns the numbers of a line.

        Raises:
            UsageError: something in it is no id.
        """
        if wrong := self.unknown(line):
            raise UsageError(f"{wrong[0]!r} is no token; they are whole numbers from 0 to {self.vocabulary - 1}")
        return [int(word) for word in line.split()]

    def encode_all(self, lines: Sequence[str]) -> list[list[int]]:
        """Returns the numbers of many lines."""
        return [self.encode(line) for line in lines]

    def unknown(self, line: str) -> list[str]:
        """Returns the words of a line that are no ids, each once."""

        def known(word: str) -> bool:
            # A word of many digits is no id, and int() would take long over it.
            return word.isascii() and word.isdigit() and len(word) < 12 and int(word) < self.vocabulary

        return list(dict.fromkeys(word for word in line.split() if not known(word)))

    def decode(self, ids: Iterable[int]) -> str:
        """Returns the ids with blanks between."""
        return " ".join(map(str, np.asarray(ids).tolist()))

    def decode_all(self, rows: np.ndarray) -> list[str]:
        """Returns the texts of ids `(n, length)`."""
        return [self.decode(row) for row in rows]

    def save(self, path: Path) -> None:
        """Writes how many ids there are."""
        Path(path).write_bytes(self.content)

    @classmethod
    def load(cls, path: Path) -> NumberTokenizer:
        """Reads what `save` wrote; raises `DataError` where there is none."""
        return _named(path, lambda: cls(_number(_read(path))))


def load_tokenizer(path: Path) -> Tokenizer | NumberTokenizer:
    """Reads a tokenizer of either kind.

    Raises:
        DataError: there is none, or it is damaged.
        UsageError: it needs sentencepiece, which is not installed.
    """
    return (NumberTokenizer if _read(path).startswith(b"{") else Tokenizer).load(path)


def library(name: str) -> ModuleType:
    """Returns a library of `multigan[text]`, imported when a text is at hand and not before.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UsageError(f'texts need {name}: pip install "multigan[text]"') from None


def _until(ids: Iterable[int], end: int) -> list[int]:
    ids = np.asarray(ids).tolist()
    return ids[: ids.index(end)] if end in ids else ids


def _number(content: bytes) -> int:
    try:
        number = json.loads(content)["numbers"]
    except (ValueError, KeyError, TypeError):
        number = None
    if type(number) is not int or number < 1:
        raise DataError("not a tokenizer of numbers; it is damaged")
    return number


def _read(path: Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: no tokenizer there ({error.strerror or error})") from None


def _named(path: Path, make):
    try:
        return make()
    except DataError as error:
        raise DataError(str(error) if str(path) in str(error) else f"{path}: {error}") from None
