"""Texts as files: one a line, as JSON lines with their tokens, or as an array of the tokens."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy

from multigan.errors import UsageError
from multigan.modalities.files import Context, Files
from multigan.modalities.text.tokens import load_tokenizer

__all__ = ["check_texts", "files", "text_files"]


def files(context: Context) -> Files:
    """How texts in a run's own tokens are written.

    Raises:
        DataError: the run's tokenizer is lost or damaged.
        UsageError: sentencepiece is needed, and is not installed.
    """
    if context.directory is None:
        return text_files(getattr(context.source, "tokenizer", None))
    return text_files(load_tokenizer(context.directory.tokenizer))


def text_files(tokenizer=None) -> Files:
    """How texts, ids `(count, length)`, are written, all in one file.

    Args:
        tokenizer: whose `decode_all` makes lines of them; None, of data made in a program, for the ids themselves.
    """
    return Files(
        noun="texts",
        suffix=".txt",
        check=lambda samples, first=0: check_texts(samples, tokenizer),
        preview=lambda path, samples, labels, classes, numbers: _write_lines(path, samples, tokenizer),
        formats=_formats(tokenizer),
        together=True,
        lines=lambda samples: _texts(samples, tokenizer),
    )


def check_texts(tokens: numpy.ndarray, tokenizer) -> None:
    """Raises `UsageError` for what cannot be written; see `multigan.modalities.files`."""
    if tokens.ndim != 2 or tokens.dtype.kind not in "iu":
        shape = "x".join(map(str, tokens.shape))
        raise UsageError(f"samples of shape {shape} and type {tokens.dtype}: texts are count x length, whole numbers")
    if len(tokens) == 0:
        raise UsageError("there are no samples to write; ask for at least one")
    if tokenizer is not None and tokens.size and not 0 <= tokens.min() <= tokens.max() < tokenizer.vocabulary:
        raise UsageError(
            f"tokens from {tokens.min()} to {tokens.max()}, where the tokenizer has 0 to {tokenizer.vocabulary - 1}"
        )


def _write_lines(path: Path, tokens: numpy.ndarray, tokenizer) -> None:
    """Writes one text a line, UTF-8; none has a line break in it."""
    texts = _texts(tokens, tokenizer)
    # Our own tokenizers know no line breaks; another's may.
    lines = (" ".join(text.splitlines()) + "\n" for text in texts)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


def _formats(tokenizer) -> Mapping[str, Callable[..., None]]:
    """Returns by name the functions `write(path, tokens, labels, classes)`, the usual one first."""

    def write_txt(path: Path, tokens: numpy.ndarray, labels=None, classes: Sequence[str] = ()) -> None:
        _write_lines(path, tokens, tokenizer)

    def write_jsonl(path: Path, tokens: numpy.ndarray, labels=None, classes: Sequence[str] = ()) -> None:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            for number, text in enumerate(_texts(tokens, tokenizer)):
                label = {} if labels is None else {"label": classes[labels[number]]}
                line = {"text": text, "tokens": tokens[number].tolist()} | label
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def write_npy(path: Path, tokens: numpy.ndarray, labels=None, classes: Sequence[str] = ()) -> None:
        with open(path, "wb") as file:
            numpy.save(file, tokens, allow_pickle=False)

    return {"txt": write_txt, "jsonl": write_jsonl, "npy": write_npy}


def _texts(tokens: numpy.ndarray, tokenizer) -> list[str]:
    """The texts; without a tokenizer, of data made in a program, the ids."""
    if tokenizer is None:
        return [" ".join(map(str, row)) for row in tokens.tolist()]
    return tokenizer.decode_all(tokens)
