"""The generator as a policy: a recurrent network that gives the next token's logits, and draws by inverse CDF."""

import math

import keras
from keras import ops

from multigan_seqgan.parts import in_parts

__all__ = ["Policy", "draw", "valid"]

# So many logits at a time stay in a processor's cache; an accelerator wants many at a time.
LOGITS = {"cpu": 1 << 19, "accelerator": 1 << 26}
# Temperatures below this one are this one, which takes the likeliest token.
COLDEST = 1e-6
# The logit of a token that there is not, at any temperature.
NEVER = -1e30


def valid(tokens, end: int):
    """Says which positions of texts count, bool `(..., length)` as the tokens: those before which no `end` stands.

    With `end=-1` all texts are equally long, and every position counts.
    """
    if end < 0:
        return ops.ones_like(tokens, dtype="bool")
    ends = ops.cast(tokens == end, "int32")
    return ops.cumsum(ends, axis=-1) - ends == 0


def draw(logits, uniforms):
    """Draws a token from each row of logits by inverse CDF, so that the uniforms decide which.

    First a block of the vocabulary is drawn, then the token in it: a running sum over the whole of it costs more than
    the network that made the logits.

    Args:
        logits: `(n, vocabulary)`.
        uniforms: on [0, 1), `(n,)`.

    Returns:
        int32 `(n,)`.
    """
    vocabulary = logits.shape[-1]
    width, blocks, missing = _blocks(vocabulary)
    if missing:
        logits = ops.pad(logits, ((0, 0), (0, missing)), constant_values=NEVER)
    # Where a softmax is one kernel, it takes less than the largest logit, its subtraction and the powers do.
    weights = ops.reshape(ops.softmax(logits, axis=-1), (-1, width))
    totals = ops.cumsum(ops.reshape(ops.sum(weights, axis=-1), (-1, blocks)), axis=-1)
    target = uniforms * totals[:, -1]
    passed = totals <= target[:, None]
    block = ops.minimum(ops.sum(ops.cast(passed, "int32"), axis=-1), blocks - 1)
    before = ops.max(ops.where(passed, totals, 0.0), axis=-1)
    rows = ops.arange(ops.shape(weights)[0] // blocks, dtype="int32") * blocks + block
    within = ops.cumsum(ops.take(weights, rows, axis=0), axis=-1)
    # Rounding must lead neither before the block's first token that has a weight nor past its last one.
    rest = ops.clip(target - before, 0.0, within[:, -1] * (1.0 - 2.0**-22))
    return ops.minimum(block * width + _passed(within, rest), vocabulary - 1)


def _blocks(vocabulary: int) -> tuple[int, int, int]:
    """How wide the blocks are in which a vocabulary is drawn from, how many, and how many tokens the last one lacks."""
    width = math.isqrt(vocabulary - 1) + 1
    blocks = -(-vocabulary // width)
    return width, blocks, blocks * width - vocabulary


def _passed(totals, target):
    return ops.sum(ops.cast(totals <= target[:, None], "int32"), axis=-1)


def lstm(inputs, state, recurrent):
    """One step: projected inputs `(n, 4 hidden)` and state (h, c) to the next state. Gates: in, forget, new, out."""
    h, c = state
    enter, forget, new, leave = ops.split(inputs + ops.matmul(h, recurrent), 4, axis=-1)
    c = ops.sigmoid(forget) * c + ops.sigmoid(enter) * ops.tanh(new)
    return ops.sigmoid(leave) * ops.tanh(c), c


def gru(inputs, state, recurrent):
    """One step: projected inputs `(n, 3 hidden)` and state (h,) to the next state. Gates: keep, reset, new. Cho et al.,
    2014, arXiv 1406.1078.
    """
    (h,) = state
    hidden = h.shape[-1]
    gates = ops.sigmoid(inputs[:, : 2 * hidden] + ops.matmul(h, recurrent[:, : 2 * hidden]))
    keep, reset = ops.split(gates, 2, axis=-1)
    new = ops.tanh(inputs[:, 2 * hidden :] + ops.matmul(reset * h, recurrent[:, 2 * hidden :]))
    return (keep * h + (1.0 - keep) * new,)


CELLS = {"lstm": (lstm, 4, 2), "gru": (gru, 3, 1)}


@keras.saving.register_keras_serializable(package="multigan_seqgan")
class Policy(keras.layers.Layer):
    """Gives the logits of each token from the tokens before it; in float32, since a draw hangs on the last bits.

    All weights start as N(0, 0.1). The embedding has one row more than there are tokens: what the first step sees.

    Args:
        vocabulary: how many tokens there are.
        embedding, hidden: sizes.
        cell: "lstm" or "gru".

    Reference: Yu et al., 2017, arXiv 1609.05473, section 4.1.
    """

    def __init__(self, vocabulary: int, embedding: int = 32, hidden: int = 32, cell: str = "lstm", **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.vocabulary, self.embedding, self.hidden, self.cell = vocabulary, embedding, hidden, cell
        self._step, gates, self._parts = CELLS[cell]
        self.table = self._weight("table", vocabulary + 1, embedding)
        self.kernel = self._weight("kernel", embedding, gates * hidden)
        self.recurrent = self._weight("recurrent", hidden, gates * hidden)
        self.bias = self._weight("bias", gates * hidden)
        self.readout = self._weight("readout", hidden, vocabulary)
        self.offset = self._weight("offset", vocabulary)
        self.built = True

    def _weight(self, name, *shape):
        # An initializer of its own for each: one that is used again draws the same values.
        return self.add_weight(shape=shape, initializer=keras.initializers.RandomNormal(stddev=0.1), name=name)

    def start(self, like):
        """The state and the input before the first token, for as many rows as `like` has, `(n, ...)`."""
        nought = ops.zeros_like(ops.reshape(like, (ops.shape(like)[0], -1))[:, :1], dtype="float32")
        state = (ops.tile(nought, (1, self.hidden)),) * self._parts
        return self.advance(state, ops.cast(nought[:, 0], "int32") + self.vocabulary)

    def advance(self, state, tokens):
        """The state after one more token: ids `(n,)`, or weights over the vocabulary `(n, vocabulary)`."""
        return self._step(self._project(tokens), state, self.recurrent)

    def _project(self, tokens):
        if "int" in keras.backend.standardize_dtype(tokens.dtype):
            seen = ops.take(self.table, tokens, axis=0)
        else:
            seen = ops.matmul(tokens, self.table[: self.vocabulary])
        return ops.matmul(seen, self.kernel) + self.bias

    def logits(self, hidden):
        """Logits `(..., vocabulary)` from the first part of a state, `(..., hidden)`."""
        return ops.matmul(hidden, self.readout) + self.offset

    def states(self, tokens) -> list:
        """The states from which each token of `tokens`, `(n, length)`, is drawn, in order."""
        *given, _ = ops.unstack(tokens, tokens.shape[1], axis=1)
        states = [self.start(tokens)]
        for token in given:
            states.append(self.advance(states[-1], token))
        return states

    def call(self, tokens):
        """Maps texts `(n, length)` to the hidden vectors that their tokens are drawn from, `(n, length, hidden)`."""
        return ops.stack([state[0] for state in self.states(tokens)], axis=1)

    def compute_output_shape(self, shape):
        """One vector a token."""
        return (*shape, self.hidden)

    def reader(self, temperature=1.0):
        """What `choose` takes logits with, `(hidden + 1, n)`: made once a text, not once a token.

        The offset is its last row, the temperature is divided by, and columns of no token fill its last block up.
        """
        columns = ops.concatenate([self.readout, self.offset[None]], axis=0) / ops.maximum(temperature, COLDEST)
        missing = _blocks(self.vocabulary)[2]
        nothing = ops.concatenate([ops.zeros((self.hidden, missing)), ops.full((1, missing), NEVER)], axis=0)
        return ops.concatenate([columns, nothing], axis=1)

    def choose(self, state, uniforms, reader):
        """Draws a token for each row of a state, `(n,)`, by a `reader`; some rows at a time where there are many."""

        def drawn(hidden, uniforms):
            return draw(ops.matmul(ops.pad(hidden, ((0, 0), (0, 1)), constant_values=1.0), reader), uniforms)

        sizes = {device: count // self.vocabulary for device, count in LOGITS.items()}
        return ops.minimum(in_parts(drawn, (state[0], uniforms), sizes), self.vocabulary - 1)

    def write(self, uniforms, temperature=1.0, end: int = -1, prefix=None):
        """Draws whole texts; what follows an `end` is more of it.

        Args:
            uniforms: on [0, 1), one a token, `(n, length)`.
            temperature: divides the logits.
            end: the token that ends a text, or -1.
            prefix: int32 `(length,)`, tokens to begin with and then -1; None for none.

        Returns:
            int32 `(n, length)`.
        """
        state, tokens, reader = self.start(uniforms), [], self.reader(temperature)
        for step in range(uniforms.shape[1]):
            token = self.choose(state, uniforms[:, step], reader)
            if prefix is not None:
                token = ops.where(prefix[step] < 0, token, prefix[step])
            if tokens and end >= 0:
                token = ops.where(tokens[-1] == end, end, token)
            tokens.append(token)
            if step + 1 < uniforms.shape[1]:
                state = self.advance(state, token)
        return ops.stack(tokens, axis=1)

    def log_softmax(self, tokens, temperature=1.0):
        """Log-probabilities of every token at each place of texts `(n, length)`, and the hidden vectors behind them."""
        hidden = self(tokens)
        return ops.log_softmax(self.logits(hidden) / temperature, axis=-1), hidden

    def get_config(self):
        """Configuration for saving."""
        own = {"vocabulary": self.vocabulary, "embedding": self.embedding, "hidden": self.hidden, "cell": self.cell}
        return {**super().get_config(), **own}
