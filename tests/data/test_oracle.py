"""The oracle is an N(0, 1) LSTM, writes what it finds likely, and is known again by its identity."""

import itertools

import numpy as np
import pytest

from multigan.errors import DataError
from multigan.modalities.text import oracle
from multigan.modalities.text.oracle import Oracle, load_small


@pytest.fixture(scope="module")
def small():
    return load_small()


def test_likelihoods_of_all_sequences_sum_to_one_and_samples_follow_them():
    tiny = Oracle(3, 4, 3, seed=1)
    every = np.array(list(itertools.product(range(3), repeat=3)))
    likely = np.exp(tiny.log_likelihood(every))
    assert likely.sum() == pytest.approx(1.0)
    drawn = tiny.sample(50_000, seed=0) @ [9, 3, 1]
    assert np.abs(np.bincount(drawn, minlength=27) / 50_000 - likely).max() < 0.01
    assert likely.max() > 0.1


def test_the_likelihood_is_that_of_an_lstm():
    tiny, tokens = Oracle(5, 3, 4, seed=2), np.array([[4, 0, 2, 2], [1, 3, 3, 0]])

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    for row, found in zip(tokens, tiny.log_likelihood(tokens), strict=True):
        h, c, seen, total = np.zeros(3), np.zeros(3), 5, 0.0
        for token in row:
            i, f, g, o = np.split(tiny._embedding[seen] @ tiny._kernel + h @ tiny._recurrent + tiny._bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            logits = h @ tiny._readout + tiny._offset
            total += logits[token] - np.log(np.exp(logits).sum())
            seen = token
        assert found == pytest.approx(total)


def test_weights_are_standard_normal_and_samples_do_not_depend_on_how_many_there_are(monkeypatch):
    made = Oracle(500, 16, 12, seed=0)
    weights = np.concatenate([np.ravel(part) for part in (made._embedding, made._kernel, made._readout, made._offset)])
    assert abs(weights.mean()) < 0.03
    assert weights.std() == pytest.approx(1.0, abs=0.03)
    few = made.sample(5, seed=3)
    monkeypatch.setattr(oracle, "_AT_A_TIME", 3 * 500)
    assert np.array_equal(made.sample(20, seed=3)[:5], few)
    assert np.allclose(made.log_likelihood(few), Oracle(500, 16, 12, seed=0).log_likelihood(few))


def test_the_small_set_lies_between_the_floor_and_shuffled_tokens(small):
    made = Oracle.of(small.oracle)
    assert small.ids.shape == (10_000, 12)
    assert small.ids.dtype == np.int32
    assert small.vocabulary == 100

    def nll(tokens):
        return -made.log_likelihood(tokens).mean() / 12

    rng = np.random.default_rng(0)
    floor, unigram = nll(made.sample(2_000, seed=1)), nll(rng.permutation(small.ids.ravel()).reshape(-1, 12)[:2_000])
    assert nll(small.ids) == pytest.approx(floor, abs=0.05)
    assert floor + 1 < unigram < nll(rng.integers(0, 100, (2_000, 12))) - 0.5


def test_an_identity_makes_the_same_oracle_and_another_is_refused():
    made = Oracle(7, 3, 4, seed=9)
    assert Oracle.of(made.identity).identity == made.identity
    assert Oracle(7, 3, 4, seed=10).identity != made.identity
    with pytest.raises(DataError, match="draws other weights"):
        Oracle.of(made.identity[:-4] + "0000")
    with pytest.raises(DataError, match="identity of no oracle"):
        Oracle.of("gru vocabulary=7")


@pytest.mark.parametrize(
    ("tokens", "message"),
    [(np.zeros((2, 5), int), r"shape \(2, 5\)"), (np.full((1, 4), 7), "0 to 6"), (np.full((1, 4), -1), "from -1")],
)
def test_sequences_that_it_cannot_have_written_are_refused(tokens, message):
    with pytest.raises(ValueError, match=message):
        Oracle(7, 3, 4, seed=0).log_likelihood(tokens)
    with pytest.raises(ValueError, match="1 is the least"):
        Oracle(0, 3, 4, seed=0)
