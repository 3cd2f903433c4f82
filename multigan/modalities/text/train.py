"""Makes a sentencepiece model of some texts, always the same one of the same texts."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence

from multigan.errors import DataError, UsageError
from multigan.modalities.text.tokens import END, UNKNOWN, Tokenizer, library

__all__ = ["train_tokenizer"]

# Texts that a model is made of, evenly chosen; more of them change it little.
MOST_TEXTS = 200_000
# The model's size where nobody says it: pieces beside the characters, each for so many words of the texts; and words.
PIECES = 2_000
WORDS_A_PIECE = 10
WORDS = 5_000
# Sentencepiece has a use of its own for this character.
RESERVED = "\u2585"


def train_tokenizer(
    lines: Sequence[str], kind: str, vocabulary: int = 0, title: str = "", alphabet: Sequence[str] = ()
) -> Tokenizer:
    """Returns a tokenizer whose `decode` gives back every line of `lines`, but for rare characters that a small
    `vocabulary` of "char" leaves out, and rare words of "word".

    Nothing is normalised, and blanks stay as they are. Pieces of "unigram" and "bpe" begin with the blank before them,
    so a line has one before its first word, too; "char" has none.

    Args:
        lines: texts, without line breaks, tabs and U+2581.
        kind: "unigram", "bpe", "char" or "word".
        vocabulary: how many tokens, with those for the end and for what is unknown; 0 for what suits the lines.
        title: of the place, for messages.
        alphabet: characters that must be known, beside those of the lines.

    Raises:
        UsageError: `vocabulary` is more than the lines have tokens for, or too few for their characters; the message
            says how many it may be. Or sentencepiece is not installed.
        DataError: no tokens can be made of these lines.

    Reference: Kudo and Richardson, 2018, arXiv 1808.06226; unigram: Kudo, 2018, arXiv 1804.10959; bpe: Sennrich et
    al., 2016, arXiv 1508.07909.
    """
    step = -(-len(lines) // MOST_TEXTS) or 1
    characters = set(alphabet).union(*lines, "" if kind == "char" else " ") - {RESERVED}
    asked = vocabulary or _usual(lines, kind, len(characters))
    try:
        tokenizer = _train(lines[::step], kind, asked, characters)
    except RuntimeError as error:
        largest = re.search(r"value <= (\d+)", str(error))
        if largest and not vocabulary:
            tokenizer = _train(lines[::step], kind, int(largest[1]), characters)
        else:
            raise _explained(error, kind, vocabulary, largest and int(largest[1]), title) from None
    # Of characters sentencepiece makes what there are.
    if vocabulary > tokenizer.vocabulary:
        raise _too_many(kind, vocabulary, tokenizer.vocabulary, title)
    return tokenizer


def _usual(lines: Sequence[str], kind: str, characters: int) -> int:
    if kind == "char":
        return characters + 2
    words = Counter(word for line in lines for word in line.split(" "))
    if kind == "word":
        twice = sum(count > 1 for count in words.values())
        return 2 + min(WORDS, twice or len(words))
    return 2 + characters + min(PIECES, words.total() // WORDS_A_PIECE)


def _train(lines, kind, vocabulary, characters) -> Tokenizer:
    sentencepiece = library("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type=kind,
        vocab_size=vocabulary,
        eos_id=END,
        unk_id=UNKNOWN,
        pad_id=-1,
        bos_id=-1,
        character_coverage=1.0,
        required_chars="" if kind == "word" else "".join(sorted(characters - {" "})),
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=kind != "char",
        unk_surface=" \u2047" if kind == "word" else "\u2047",
        max_sentence_length=1 << 23,  # bytes; longer ones would be left out
        num_threads=1,  # in parts that threads share the sums differ
        minloglevel=3,
    )
    return Tokenizer(model.getvalue())


def _explained(error, kind, vocabulary, largest, title) -> Exception:
    if largest:
        return _too_many(kind, vocabulary, largest, title)
    fewest = re.search(r"smaller than required_chars\. \d+ vs (\d+)", str(error))
    if fewest:
        return UsageError(
            f"{title}: option vocabulary={vocabulary}: these texts have {int(fewest[1]) - 2:,} characters, each of "
            f"which needs a token; give at least {fewest[1]}, or 0 for what suits, or tokens=char, which leaves out "
            "rare ones"
        )
    return DataError(f"{title}: no tokens can be made of these texts ({str(error).splitlines()[0]})")


def _too_many(kind, vocabulary, largest, title) -> UsageError:
    return UsageError(
        f"{title}: option vocabulary={vocabulary}: more than these texts have tokens for (tokens={kind}); give at most "
        f"{largest}, or 0 for what suits"
    )
