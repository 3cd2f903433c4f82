"""Texts whose true distribution is known: a random LSTM writes them, and says how likely any others are."""

from __future__ import annotations

import hashlib
import math
import re
from functools import cached_property

import numpy as np

from multigan.errors import DataError
from multigan.modalities.text.tokens import Tokens

__all__ = ["Oracle", "load", "load_small"]

COUNT = 10_000
# Of the sequences, not of the weights.
SAMPLES_SEED = 0
_IDENTITY = re.compile(r"lstm vocabulary=(\d+) hidden=(\d+) length=(\d+) seed=(\d+) sha256=([0-9a-f]{64})")
# Logits that are held at a time: so many stay in a processor's cache.
_AT_A_TIME = 1 << 20


class Oracle:
    """An LSTM whose weights are drawn from N(0, 1), as is the input of its first step; its state starts at zero.

    Args:
        vocabulary: how many tokens it writes.
        hidden: size of its state and of its embeddings.
        length: tokens of a sequence.
        seed: of the weights.

    Raises:
        ValueError: a size below 1.

    Reference: Yu et al., 2017, arXiv 1609.05473, section 5.1.
    """

    def __init__(self, vocabulary: int, hidden: int, length: int, seed: int):
        if min(vocabulary, hidden, length) < 1:
            raise ValueError(f"an oracle of {vocabulary} tokens, {hidden} units and length {length}: 1 is the least")
        self.vocabulary, self.hidden, self.length, self.seed = vocabulary, hidden, length, seed
        draw = np.random.default_rng(seed).standard_normal
        # One row more: what the first step sees.
        self._embedding = draw((vocabulary + 1, hidden))
        self._kernel, self._recurrent, self._bias = (
            draw((hidden, 4 * hidden)),
            draw((hidden, 4 * hidden)),
            draw(4 * hidden),
        )
        self._readout, self._offset = draw((hidden, vocabulary)), draw(vocabulary)

    @classmethod
    def of(cls, identity: str) -> Oracle:
        """Makes the oracle of an `identity` again.

        Raises:
            DataError: it is no identity, or this machine draws other weights.
        """
        found = _IDENTITY.fullmatch(identity)
        if not found:
            raise DataError(f"{identity[:80]!r} is the identity of no oracle; it begins with 'lstm vocabulary='")
        oracle = cls(*map(int, found.groups()[:4]))
        if oracle.identity != identity:
            raise DataError(f"this NumPy draws other weights than those of the oracle {identity}; use the one before")
        return oracle

    @property
    def weights(self) -> tuple[np.ndarray, ...]:
        """Embedding `(vocabulary + 1, hidden)`, kernel and recurrent kernel `(hidden, 4 hidden)`, their bias, readout
        `(hidden, vocabulary)` and its bias, float64; gates in the order in, forget, new, out.
        """
        return self._embedding, self._kernel, self._recurrent, self._bias, self._readout, self._offset

    @cached_property
    def identity(self) -> str:
        """All that is needed to make it again, and the hash of its weights."""
        digest = hashlib.sha256()
        for weights in self.weights:
            digest.update(weights.astype("<f8").tobytes())
        sizes = f"vocabulary={self.vocabulary} hidden={self.hidden} length={self.length} seed={self.seed}"
        return f"lstm {sizes} sha256={digest.hexdigest()}"

    def sample(self, count: int, seed: int) -> np.ndarray:
        """Returns sequences int32 `(count, length)`; a seed's first ones do not depend on the count."""
        uniforms = np.random.default_rng(seed).random((count, self.length))
        tokens = np.empty((count, self.length), np.int32)
        for part in self._parts(count):
            tokens[part] = self._write(uniforms[part])
        return tokens

    def log_likelihood(self, tokens: np.ndarray) -> np.ndarray:
        """Returns the log-likelihood in nats of sequences, float64 `(n,)`, the sum over their tokens.

        Raises:
            ValueError: another length, or a token that is none of the vocabulary.
        """
        tokens = np.asarray(tokens)
        if tokens.ndim != 2 or tokens.shape[1] != self.length:
            raise ValueError(f"tokens of shape {tokens.shape}; the oracle's are (count, {self.length})")
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary:
            raise ValueError(
                f"tokens from {tokens.min()} to {tokens.max()}; the oracle's are 0 to {self.vocabulary - 1}"
            )
        total = np.zeros(len(tokens))
        for part in self._parts(len(tokens)):
            rows, place = tokens[part], np.arange(len(tokens[part]))
            for step, logits in enumerate(self._steps(rows)):
                top = logits.max(axis=1)
                norm = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
                total[part] += logits[place, rows[:, step]] - norm
        return total

    def _parts(self, count: int) -> list[slice]:
        size = max(1, _AT_A_TIME // self.vocabulary)
        return [slice(start, start + size) for start in range(0, count, size)]

    def _write(self, uniforms: np.ndarray) -> np.ndarray:
        """Sequences `(n, length)` by inverse CDF."""
        tokens = np.zeros(uniforms.shape, np.int32)
        for step, logits in enumerate(self._steps(tokens)):
            tokens[:, step] = _drawn(logits, uniforms[:, step])
        return tokens

    def _steps(self, tokens: np.ndarray):
        """Yields the logits `(n, vocabulary)` of each place, given the tokens before it, which are read when they are
        needed.
        """
        state = carry = np.zeros((len(tokens), self.hidden))
        for step in range(self.length):
            before = tokens[:, step - 1] if step else np.full(len(tokens), self.vocabulary)
            gates = self._embedding[before] @ self._kernel + state @ self._recurrent + self._bias
            enter, forget, candidate, leave = np.split(gates, 4, axis=1)
            carry = _sigmoid(forget) * carry + _sigmoid(enter) * np.tanh(candidate)
            state = _sigmoid(leave) * np.tanh(carry)
            yield state @ self._readout + self._offset


def load() -> Tokens:
    """10,000 sequences of the oracle of SeqGAN's experiments: 5,000 tokens, 32 units, length 20."""
    return _tokens(Oracle(5000, 32, 20, seed=0))


def load_small() -> Tokens:
    """10,000 sequences of a small one: 100 tokens, 16 units, length 12."""
    return _tokens(Oracle(100, 16, 12, seed=0))


def _tokens(oracle: Oracle) -> Tokens:
    return Tokens(ids=oracle.sample(COUNT, SAMPLES_SEED), vocabulary=oracle.vocabulary, oracle=oracle.identity)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _drawn(logits: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Draws a token of each row: first a block of the vocabulary, then the token in it, which spares a running sum over
    all.
    """
    count, vocabulary = logits.shape
    width = math.isqrt(vocabulary - 1) + 1 if vocabulary > 1 else 1
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights = np.pad(weights, ((0, 0), (0, -vocabulary % width))).reshape(count, -1, width)
    sums = weights.sum(axis=2)
    totals = np.cumsum(sums, axis=1)
    target, place = uniforms * totals[:, -1], np.arange(count)
    block = np.minimum((totals <= target[:, None]).sum(axis=1), sums.shape[1] - 1)
    rest = target - (totals - sums)[place, block]
    token = (np.cumsum(weights[place, block], axis=1) <= rest[:, None]).sum(axis=1)
    return np.minimum(block * width + np.minimum(token, width - 1), vocabulary - 1)
