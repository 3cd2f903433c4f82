"""Metrics of texts: likelihoods, overlap with the data and with one another, distinct and new texts.

Texts are token ids `(count, length)`. Words are those of the decoded text, not tokens: a score then does not depend on
the tokenizer, and runs with different ones can be compared.
"""

from functools import partial

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets
from multigan.modalities.text.bleu import self_bleu, sentence_bleu
from multigan.modalities.text.steer import likelihood_of
from multigan.modalities.text.texts import Texts

__all__ = ["nll_gen", "nll_oracle", "novel", "unique"]

ERRORS = 3.0  # standard errors below the floor from which on it is said


def nll_gen(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, game, texts: Texts) -> dict[str, float]:
    """Negative log-likelihood of the real texts under the game's generator, in nats per token that counts.

    Args:
        real: token ids `(count, length)`.
        generated: unused; so is `seed`.
        game: whose `log_likelihood(tokens)` is a sum for each text, `(count,)`.
        texts: tells which tokens count.

    Returns:
        `"value"`; `"per_text"`, the mean of the texts' sums; of texts that end, `"bits_per_character"` as well, in
        which runs with different tokenizers can be compared.

    Raises:
        UsageError: the game tells no likelihood.
    """
    found = likelihood_of(game, numpy.asarray(real, numpy.int32))
    if found is None:
        raise UsageError("NLL-gen: this recipe tells no likelihood of a text; measure BLEU-2 and self-BLEU-2")
    total = -float(numpy.sum(found, dtype=numpy.float64))
    result = {"value": total / int(texts.counted(real).sum()), "per_text": total / len(real)}
    if texts.end >= 0:
        characters = sum(map(len, texts.strings(real))) + len(real)  # an end is to be told as well
        result["bits_per_character"] = total / numpy.log(2) / characters
    return result


def nll_oracle(
    real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, oracle, texts: Texts
) -> dict[str, object]:
    """Negative log-likelihood of the generated texts under the network that wrote the data, in nats per token.

    Args:
        real, generated: token ids `(count, length)`.
        seed: unused; nothing is drawn.
        oracle: with `log_likelihood(tokens)`, `(count,)`.
        texts: keeps what is known of the real ones.

    Returns:
        `"value"`; `"floor"`: the same of the real texts, its own; and a `"note"` where the value is below it by more
        than three standard errors: such texts are likelier than the oracle's, because they are less diverse.

    Raises:
        UsageError: fewer than two texts.
    """
    check_sets("NLL-oracle", 2, real=real, generated=generated)
    own, made = (
        texts.once(part, "oracle", lambda part=part: -oracle.log_likelihood(part) / part.shape[1])
        for part in (real, generated)
    )
    value, floor = float(made.mean()), float(own.mean())
    error = float(numpy.sqrt(own.var(ddof=1) / len(own) + made.var(ddof=1) / len(made)))
    result = {"value": value, "floor": floor}
    if value < floor - ERRORS * error:
        result["note"] = (
            f"{value:.3f} is below the floor of {floor:.3f}, which the oracle's own texts have: these are less diverse "
            "(see unique and self-BLEU), not better"
        )
    return result


def unique(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, texts: Texts) -> dict[str, float]:
    """Share of distinct texts among the generated ones; `"real"` is the real ones'.

    Args:
        real, generated: token ids `(count, length)`, at least one of each.
        seed: unused; nothing is drawn.
        texts: decodes them: two ways to cut a text into tokens are one text.
    """
    check_sets("unique", 1, real=real, generated=generated)
    own, made = (len(set(texts.strings(part))) / len(part) for part in (real, generated))
    return {"value": made, "real": own}


def novel(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, texts: Texts) -> dict[str, float]:
    """Share of the generated texts that are not among the training texts; `"real"` is the real ones'.

    Arguments are those of `unique`.
    """
    check_sets("novel", 1, real=real, generated=generated)
    own, made = (sum(text not in texts.known for text in texts.strings(part)) / len(part) for part in (real, generated))
    return {"value": made, "real": own}


def _bleu(order: int, real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, texts: Texts) -> dict:
    """Mean over the generated texts of the sentence BLEU against all real ones, up to n-grams of `order` words;
    `"real"` is that of the real ones, each against the others.
    """
    check_sets(f"BLEU-{order}", 2, real=real)
    check_sets(f"BLEU-{order}", 1, real=real, generated=generated)
    # Scores of all orders come from the same counts.
    made = texts.once(generated, "bleu", lambda: sentence_bleu(texts.words(generated), texts.words(real)))
    return {"value": float(made[:, order - 1].mean()), "real": _among(real, order, texts)}


def _self_bleu(order: int, real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, texts: Texts) -> dict:
    """Mean over the generated texts of the sentence BLEU against all the others; `"real"` is the real ones'."""
    check_sets(f"self-BLEU-{order}", 2, real=real, generated=generated)
    return {"value": _among(generated, order, texts), "real": _among(real, order, texts)}


def _among(part, order, texts):
    scores = texts.once(part, "self-bleu", lambda: self_bleu(texts.words(part)))
    return float(scores[:, order - 1].mean())


bleu_2, bleu_3, bleu_4, bleu_5 = (partial(_bleu, order) for order in (2, 3, 4, 5))
self_bleu_2, self_bleu_3, self_bleu_4, self_bleu_5 = (partial(_self_bleu, order) for order in (2, 3, 4, 5))
