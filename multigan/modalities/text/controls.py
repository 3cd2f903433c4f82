"""What stands beside a text game's samples: tables that are counted from the training texts, and worse.

Each control stands in a game's place: `sample(size, [seed, block], condition)` returns int32 `(size, length)`; those
that are distributions have `log_likelihood(tokens) -> (count,)` as well. What follows a text's end is more of it.
"""

import numpy

from multigan.metrics.controls import REPLAY, Control
from multigan.modalities.text.texts import Texts

__all__ = ["CONTROLS", "Bigram", "Repeated", "Uniform", "Unigram"]


class Uniform:
    """Every token as likely as any other."""

    asks, fields = (), ()

    def __init__(self, texts: Texts):
        self._texts, self._length = texts, texts.training.shape[1]

    def sample(self, size, seed, condition=None):
        """Returns int32 `(size, length)`."""
        tokens = numpy.random.default_rng(seed).integers(self._texts.vocabulary, size=(size, self._length))
        return _ended(tokens, self._texts)

    def log_likelihood(self, tokens):
        """Natural logarithm of each text's probability, `(count,)`."""
        return -numpy.log(self._texts.vocabulary) * self._texts.counted(tokens).sum(axis=1)


class Unigram:
    """Independent tokens, each as often as in the training texts; likelihoods count each token once more."""

    asks, fields = (), ()

    def __init__(self, texts: Texts):
        self._texts, self._length = texts, texts.training.shape[1]
        self._tokens = texts.training[texts.counted(texts.training)]
        self._chances = chances(self._tokens, texts.vocabulary)

    def sample(self, size, seed, condition=None):
        """Returns int32 `(size, length)`."""
        places = numpy.random.default_rng(seed).integers(len(self._tokens), size=(size, self._length))
        return _ended(self._tokens[places], self._texts)

    def log_likelihood(self, tokens):
        """Natural logarithm of each text's probability, `(count,)`."""
        return (numpy.log(self._chances)[tokens] * self._texts.counted(tokens)).sum(axis=1)


class Bigram:
    """Each token by how often it follows the one before it in the training texts.

    Samples follow the plain counts; after a token that nothing follows in the training, they go on with any token, as
    often as the training has it. Likelihoods, which no count of zero may spoil, are interpolated with the unigrams'
    by as many counts as a token has different followers (Witten and Bell, 1991, DOI 10.1109/18.87000, method C).
    """

    asks, fields = (), ()

    def __init__(self, texts: Texts):
        self._texts, self._vocabulary = texts, texts.vocabulary
        self._length = texts.training.shape[1]
        before, after = self._pairs(texts.training)
        order = numpy.argsort(before, kind="stable")
        self._after = after[order]
        self._first = numpy.searchsorted(before[order], numpy.arange(self._vocabulary + 2))
        self._keys, self._counts = numpy.unique(before * self._vocabulary + after, return_counts=True)
        self._kinds = numpy.bincount(self._keys // self._vocabulary, minlength=self._vocabulary + 1)
        self._chances = chances(after, self._vocabulary)

    def _pairs(self, tokens):
        """All tokens that count, and what stands before each; before the first one stands a token of its own."""
        tokens = numpy.asarray(tokens, numpy.int64)
        before = numpy.concatenate([numpy.full((len(tokens), 1), self._vocabulary), tokens[:, :-1]], axis=1)
        counted = self._texts.counted(tokens)
        return before[counted], tokens[counted]

    def sample(self, size, seed, condition=None):
        """Returns int32 `(size, length)`."""
        drawn = numpy.random.default_rng(seed).random((self._length, size))
        tokens, token = numpy.empty((size, self._length), numpy.int64), numpy.full(size, self._vocabulary)
        for place, chance in enumerate(drawn):
            first, last = self._first[token], self._first[token + 1]
            first, last = numpy.where(last > first, (first, last), [[0], [len(self._after)]])
            token = self._after[first + (chance * (last - first)).astype(numpy.int64)]
            tokens[:, place] = token
        return _ended(tokens, self._texts)

    def log_likelihood(self, tokens):
        """Natural logarithm of each text's probability, `(count,)`."""
        before, after = self._pairs(tokens)
        keys = before * self._vocabulary + after
        places = numpy.searchsorted(self._keys, keys).clip(max=len(self._keys) - 1)
        counts = numpy.where(self._keys[places] == keys, self._counts[places], 0)
        all_after, kinds = self._first[before + 1] - self._first[before], self._kinds[before]
        known = numpy.where(kinds > 0, kinds, 1)  # what nothing follows is the unigrams' alone
        found = numpy.log((counts + known * self._chances[after]) / (all_after + known))
        rows = numpy.nonzero(self._texts.counted(tokens))[0]
        return numpy.bincount(rows, weights=found, minlength=len(tokens))


class Repeated:
    """The first training text, over and over."""

    asks, fields = (), ()

    def __init__(self, texts: Texts):
        self._text = texts.training[0]

    def sample(self, size, seed, condition=None):
        """Returns int32 `(size, length)`."""
        return numpy.tile(self._text, (size, 1)).astype(numpy.int32)


def chances(tokens: numpy.ndarray, vocabulary: int) -> numpy.ndarray:
    """The probability of each token, `(vocabulary,)`: its share of `tokens`, each counted once more."""
    counts = numpy.bincount(tokens, minlength=vocabulary) + 1.0
    return counts / counts.sum()


def _of_texts(name: str, kind) -> Control:
    """The control that `kind(texts)` makes; it heeds nothing that a game is asked by."""

    def make(evaluation, game, seed):
        control = kind(evaluation.knowledge.texts)
        control.asks, control.fields = game.asks, game.fields
        return control

    return Control(name, make)


def _ended(tokens, texts):
    return numpy.where(texts.counted(tokens), tokens, texts.end).astype(numpy.int32)


# What real texts score is told by each metric: they are few, and none is spared for a control.
CONTROLS = (
    Control("real", None),
    REPLAY,
    _of_texts("bigram", Bigram),
    _of_texts("unigram", Unigram),
    _of_texts("uniform", Uniform),
    _of_texts("repeated", Repeated),
)
