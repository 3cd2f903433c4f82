"""What the tests of texts' metrics share: a tokenizer of whole words, a source of texts, and games that write."""

import numpy as np

END = 0
WORDS = (
    "<end>", "the", "a", "cat", "dog", "bird", "sees", "hears", "big", "small", "old", "young", "sleeps", "runs", "and"
)  # fmt: skip


class Tokenizer:
    """A token a word; token 0 ends a text."""

    end, vocabulary = END, len(WORDS)

    def encode(self, line):
        return [WORDS.index(word) for word in line.split()]

    def decode(self, ids):
        ids = list(ids)
        return " ".join(WORDS[token] for token in ids[: ids.index(END)] if token) if END in ids else self._all(ids)

    def _all(self, ids):
        return " ".join(WORDS[token] for token in ids)


class Numbers:
    """Texts that are numbers already."""

    end = -1

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary

    def decode(self, ids):
        return " ".join(map(str, ids))


class Writings:
    """Texts in memory, some of them held out, as `multigan.data` offers them."""

    in_memory, report, classes, oracle = True, None, (), ""

    def __init__(self, rows, held_out=None, tokenizer=None, name="writings", oracle=""):
        self.rows, self.held_out = rows, rows[:0] if held_out is None else held_out
        self.tokenizer, self.name, self.oracle = tokenizer or Tokenizer(), name, oracle
        self.vocabulary, self.end = self.tokenizer.vocabulary, self.tokenizer.end
        self.shape, self.fingerprint = rows.shape[1:], f"{name} {rows.sum()}"

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return {"text": self.rows[index]}

    def batch(self, indices, rng=None):
        return {"text": self.rows[indices]}


def rows(*lines, length=9, tokenizer=None):
    """Token ids `(lines, length)`, ended and padded."""
    tokenizer = tokenizer or Tokenizer()
    table = np.full((len(lines), length), END, np.int32)
    for row, line in zip(table, lines, strict=True):
        ids = tokenizer.encode(line)
        row[: len(ids)] = ids
    return table


def sentences(count, seed=0):
    """Lines of a small grammar, of 3 to 8 words."""
    rng = np.random.default_rng(seed)

    def thing():
        size, age = rng.choice(["", "big", "small"]), rng.choice(["", "old", "young"])
        return f"{rng.choice(['the', 'a'])} {size} {age} {rng.choice(['cat', 'dog', 'bird'])}"

    def line():
        if rng.random() < 0.5:
            return f"{thing()} {rng.choice(['sleeps', 'runs'])} and {rng.choice(['sleeps', 'runs'])}"
        return (
            f"{thing()} {rng.choice(['sees', 'hears'])} {rng.choice(['the', 'a'])} {rng.choice(['cat', 'dog', 'bird'])}"
        )

    return rows(*(line() for _ in range(count)))


class Writer:
    """A game that writes what `make(rng, count, temperature)` returns, and remembers how it was steered."""

    asks, fields = (), ()

    def __init__(self, make, likelihood=None):
        self.make, self.likelihood, self.temperature, self.steered = make, likelihood, 1.0, []

    def sample(self, count, seed, condition=None):
        return self.make(np.random.default_rng(seed), count, self.temperature).astype("int32")

    def steer(self, temperature=1.0, prefix=()):
        self.temperature = temperature
        self.steered.append(temperature)

    def log_likelihood(self, tokens):
        return None if self.likelihood is None else self.likelihood(tokens)
