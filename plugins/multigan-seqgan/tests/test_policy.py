"""The policy's likelihood and draws, and what the discriminator sees, in closed form."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from multigan_seqgan.discriminator import KERNELS, TextDiscriminator
from multigan_seqgan.policy import Policy, draw, valid
from multigan_seqgan.writer import sampler

from multigan.modalities.text.tokens import valid as valid_tokens

pytestmark = pytest.mark.backends

DRAW = np.random.default_rng(0)


def numpy(value):
    return ops.convert_to_numpy(value)


def tensor(value, kind="float32"):
    return ops.convert_to_tensor(np.asarray(value, kind))


def policy(vocabulary=3, cell="lstm"):
    """Of the same weights on every backend."""
    made, rng = Policy(vocabulary, embedding=4, hidden=5, cell=cell), np.random.default_rng(1)
    made.set_weights([rng.normal(size=weights.shape) for weights in made.get_weights()])
    return made


def by_inverse_cdf(logits, uniforms):
    """The token at which the running sum of probabilities passes the uniform."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True)).astype("float64")
    totals = np.cumsum(weights, axis=1)
    return (totals <= uniforms[:, None] * totals[:, -1:]).sum(axis=1)


@pytest.mark.parametrize("end", [-1, 0, 2])
def test_what_counts_is_what_the_data_say(end):
    tokens = DRAW.integers(0, 4, (50, 6)).astype("int32")
    assert np.array_equal(numpy(valid(tensor(tokens, "int32"), end)), valid_tokens(tokens, end))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_likelihoods_of_all_texts_sum_to_one(cell):
    every = np.array(list(itertools.product(range(3), repeat=4)), "int32")
    logarithms, hidden = policy(cell=cell).log_softmax(tensor(every, "int32"))
    picked = np.take_along_axis(numpy(logarithms), every[:, :, None], axis=2).sum(axis=(1, 2))
    assert np.exp(picked).sum() == pytest.approx(1.0, abs=1e-5)
    assert hidden.shape == (81, 4, 5)
    # A place's probabilities hang on the tokens before it, and on those only.
    first, *_, other = numpy(logarithms)[[0, 1, 2, 27]]
    assert np.allclose(numpy(logarithms)[:3], first, atol=1e-6)
    assert np.allclose(first[0], other[0], atol=1e-6)
    assert np.abs(first[1:] - other[1:]).max() > 0.01


def test_cells_are_those_of_keras():
    for cell, kind in (("lstm", keras.layers.LSTM), ("gru", keras.layers.GRU)):
        mine = policy(7, cell=cell)
        tokens = DRAW.integers(0, 7, (3, 6)).astype("int32")
        table, kernel, recurrent, bias = (numpy(v) for v in (mine.table, mine.kernel, mine.recurrent, mine.bias))
        inputs = table[np.concatenate([np.full((3, 1), 7), tokens[:, :-1]], axis=1)]
        own = {"reset_after": False} if cell == "gru" else {}
        theirs = kind(5, return_sequences=True, **own)
        theirs.build(inputs.shape)
        theirs.set_weights([kernel, recurrent, bias])
        assert np.allclose(numpy(mine(tensor(tokens, "int32"))), numpy(theirs(tensor(inputs))), atol=1e-5)


@pytest.mark.parametrize("vocabulary", [2, 3, 16, 17, 100])
def test_draws_are_by_inverse_cdf(vocabulary):
    logits = (3 * DRAW.normal(size=(500, vocabulary))).astype("float32")
    uniforms = DRAW.random(500, dtype="float32")
    found = numpy(draw(tensor(logits), tensor(uniforms)))
    assert found.dtype == np.int32
    assert np.array_equal(found, by_inverse_cdf(logits, uniforms))


@pytest.mark.parametrize("uniform", [0.0, 1.0 - 2.0**-24])
def test_the_smallest_and_the_largest_uniform_draw_the_first_and_the_last_token_that_have_a_chance(uniform):
    logits = np.full((1, 23), -1e9, "float32")
    logits[0, [7, 8, 19]] = 0.0, 3.0, 1.0
    assert numpy(draw(tensor(logits), tensor([uniform]))) == (7 if uniform == 0 else 19)


@pytest.mark.parametrize("temperature", [1.0, 0.7, 0.0])
def test_a_state_chooses_as_its_logits_at_the_temperature_do(temperature):
    # 23 tokens in five blocks of five: two columns are of no token.
    made = policy(vocabulary=23)
    states, uniforms = (DRAW.normal(size=(200, 5)).astype("float32"), DRAW.random(200, dtype="float32"))
    uniforms[:2] = 0.0, 1.0 - 2.0**-24
    found = numpy(made.choose((tensor(states),), tensor(uniforms), made.reader(temperature)))
    logits = numpy(made.logits(tensor(states))) / max(temperature, 1e-6)
    assert np.array_equal(found, by_inverse_cdf(logits, uniforms))


def test_texts_are_drawn_token_by_token_and_end_once():
    made, uniforms = policy(), np.random.default_rng(2).random((40, 6), dtype="float32")
    for end in (-1, 1):
        found = numpy(made.write(tensor(uniforms), 0.8, end))
        for place in range(6):
            logits = numpy(made.log_softmax(tensor(found, "int32"))[0])[:, place] / 0.8
            token = by_inverse_cdf(logits, uniforms[:, place])
            over = (found[:, :place] == end).any(axis=1)
            assert np.array_equal(found[:, place], np.where(over, end, token))
    # On every backend.
    assert found[:4].tolist() == [[1] * 6, [0, 0, 0, 0, 1, 1], [2, 0, 1, 1, 1, 1], [0] * 6]


def test_a_vocabulary_that_is_drawn_in_parts_gives_the_same_texts(monkeypatch):
    made, uniforms = policy(40), DRAW.random((300, 4), dtype="float32")
    whole = numpy(made.write(tensor(uniforms)))
    monkeypatch.setattr("multigan_seqgan.policy.LOGITS", {"cpu": 40 * 64, "accelerator": 40 * 64})
    assert np.array_equal(numpy(made.write(tensor(uniforms))), whole)


def test_a_sampler_is_steered_by_temperature_and_prefix():
    made = policy(9)
    model = sampler(made, 5, 0)
    uniforms = tensor(DRAW.random((30, 5), dtype="float32"))
    free, writer = numpy(model(uniforms)), model.get_layer("writer")
    assert free.dtype == np.int32
    writer.steer(0.0, [])
    coldest = numpy(model(uniforms))
    likeliest = numpy(made.log_softmax(tensor(coldest, "int32"))[0]).argmax(axis=2)
    counts = valid_tokens(coldest, 0)
    assert np.array_equal(coldest[counts], likeliest[counts])
    assert (coldest == coldest[0]).all()
    writer.steer(1.0, [4, 0, 3][:1])
    begun = numpy(model(uniforms))
    assert (begun[:, 0] == 4).all()
    assert len(np.unique(begun, axis=0)) > 5
    writer.steer(1.0, [])
    assert np.array_equal(numpy(model(uniforms)), free)


def discriminator(length=6, **options):
    keras.utils.set_random_seed(0)
    return TextDiscriminator(7, length, **{"embedding": 3, "filters": 0.02, **options})


@pytest.mark.once
def test_the_discriminator_has_the_papers_filters():
    judge = TextDiscriminator(10, 20)
    assert {kernel.shape[0]: kernel.shape[2] for kernel in judge.convolutions} == KERNELS
    assert sum(KERNELS.values()) == 1720
    assert [kernel.shape[0] for kernel in TextDiscriminator(10, 6).convolutions] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_text_is_judged_as_if_it_were_as_long_as_what_counts(count):
    judge, tokens = discriminator(), DRAW.integers(0, 7, (4, 6)).astype("int32")
    counts = np.broadcast_to(np.arange(6) < count, (4, 6))
    seen = numpy(judge.table)[tokens] * counts[:, :, None]
    pooled = []
    for kernel in map(numpy, judge.convolutions):
        width = len(kernel)
        windows = range(max(1, count - width + 1))
        values = [np.einsum("nwe,wef->nf", seen[:, place : place + width], kernel) for place in windows]
        pooled.append(np.max(values, axis=0))
    features = np.maximum(np.concatenate(pooled, axis=1) + numpy(judge.bias), 0)
    new, gate = np.split(features @ numpy(judge.highway) + numpy(judge.highway_bias), 2, axis=1)
    gate = 1 / (1 + np.exp(2 - gate))
    features = gate * np.maximum(new, 0) + (1 - gate) * features
    expected = (features @ numpy(judge.output_kernel))[:, 0] + numpy(judge.output_bias)
    given = None if count == 6 else tensor(counts, "bool")
    assert np.allclose(numpy(judge(tensor(tokens, "int32"), given)), expected, atol=1e-5)


def test_weights_over_the_vocabulary_are_judged_as_the_tokens_they_are():
    judge, tokens = discriminator(), DRAW.integers(0, 7, (4, 6)).astype("int32")
    assert np.allclose(numpy(judge(tensor(np.eye(7)[tokens]))), numpy(judge(tensor(tokens, "int32"))), atol=1e-5)


def test_features_drop_only_where_a_seed_is_given():
    judge, tokens = discriminator(filters=0.1, dropout=0.5), tensor(DRAW.integers(0, 7, (4, 6)), "int32")
    seed = keras.random.SeedGenerator(0)
    assert np.array_equal(numpy(judge(tokens)), numpy(judge(tokens)))
    assert not np.allclose(numpy(judge(tokens, seed=seed)), numpy(judge(tokens, seed=seed)))
