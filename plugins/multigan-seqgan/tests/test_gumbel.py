"""The Gumbel-softmax recipe keeps the contract, and its weights over the vocabulary become tokens as it cools."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_seqgan import GUMBEL
from multigan_seqgan.gumbel import GumbelSeqGAN

from multigan import DataInfo
from multigan.testing import ArraySource, Contract

pytestmark = pytest.mark.backends

SMALL = {"embedding": 3, "hidden": 4, "discriminator_embedding": 3, "filters": 0.01}
VARIANTS = {
    "relativistic": (0, {"straight_through": True}),
    "non-saturating": (-1, {"loss": "non-saturating", "cell": "gru", "l2": 0.1, "pretrain_steps": 0}),
}


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"non-saturating"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    end, options = VARIANTS[request.param]
    tokens = np.random.default_rng(0).integers(0, 7, (40, 3))
    if end >= 0:
        tokens[:, 2:] = end
    data = ArraySource(tokens, "text", facts={"vocabulary": 7, "end": end})
    return Contract("gumbel-seqgan", options=SMALL | options, data=data)


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def numpy(value):
    return ops.convert_to_numpy(value)


def make(**options):
    given = {key: option.default for key, option in GUMBEL.items()} | SMALL | options
    keras.utils.set_random_seed(0)
    game = GumbelSeqGAN(DataInfo(name="test", shape=(4,), facts={"vocabulary": 3, "end": -1}), **given)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def test_draws_with_gumbel_noise_are_the_policys():
    game, every = make(gumbel_temperature=0.05, gumbel_temperature_end=0.05), np.arange(3)
    game.policy.set_weights([8 * weights for weights in game.policy.get_weights()])
    weights, tokens = map(numpy, game.relaxed(20_000))
    assert np.allclose(weights.sum(axis=2), 1, atol=1e-5)
    assert np.array_equal(weights.argmax(axis=2), tokens)
    likely = np.exp(numpy(game.policy.log_softmax(ops.convert_to_tensor(tokens[:1]))[0])[0, 0])
    assert np.abs((tokens[:, :1] == every).mean(axis=0) - likely).max() < 0.015


@pytest.mark.parametrize("straight", [True, False])
def test_the_discriminator_sees_tokens_only_with_straight_through(straight):
    weights, tokens = map(numpy, make(straight_through=straight).relaxed(50))
    assert np.allclose(weights, np.eye(3)[tokens], atol=1e-6) == straight


def test_the_temperature_falls_by_an_equal_factor_from_the_last_phase_on():
    game = make(pretrain_steps=2, gumbel_temperature=1.0, gumbel_temperature_end=0.01, anneal_steps=2)
    batch, seen = {"text": np.zeros((4, 4), "int32")}, []
    likelihood, last = game.phases()
    for turn in [likelihood.turns[0]] * 2 + [last.turns[1]] * 4:
        seen.append(float(numpy(game.annealed())))
        game.run_turn(turn, batch)
    assert np.allclose(seen, [1, 1, 1, 0.1, 0.01, 0.01], rtol=1e-4)
