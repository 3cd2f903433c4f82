"""DCGAN keeps the contract, and is what the paper describes."""

import keras
import numpy as np
import pytest
from multigan_dcgan import OPTIONS
from multigan_dcgan.game import DCGAN

from multigan import BatchNormalization, DataInfo, UsageError
from multigan.testing import Contract

pytestmark = pytest.mark.backends

VARIANTS = {
    "plain": {},
    "average": {"ema": 0.99, "latent": "uniform", "pack": 3, "label_smoothing": 0.1},
    "augmented": {"augment": "color,translation,cutout", "clip_norm": 1.0, "instance_noise": 0.1},
    "spectral": {"spectral_norm": True, "r1": 1.0, "minibatch_stddev": True, "loss": "hinge"},
    "relativistic": {"loss": "relativistic", "channels": 3},
}


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"plain", "relativistic"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    return Contract("dcgan", options={"width": 4, "size": "8", **VARIANTS[request.param]})


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(shape=(8, 8, 1), **options):
    defaults = {key: option.default for key, option in OPTIONS.items()} | {"width": 4}
    return DCGAN(DataInfo(name="test", shape=shape), **defaults | options)


def trained(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


@pytest.mark.once
def test_the_networks_at_64_have_the_references_parameter_counts():
    """Counted by hand: kernels of 4 x 4 without biases, batch norm with two trained weights a channel."""
    game = make((64, 64, 3), width=64)
    kernels = 100 * 16 * 512 + 16 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    assert trained(game.generator) == kernels + 2 * (512 + 256 + 128 + 64) == 3_576_704
    kernels = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512) + 16 * 512
    assert trained(game.discriminator) == kernels + 2 * (128 + 256 + 512) == 2_765_568


@pytest.mark.once
def test_both_players_have_adam_with_the_papers_rates():
    for optimizer in make().optimizers().values():
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)


@pytest.mark.once
def test_r1_and_r2_need_a_discriminator_without_batch_statistics():
    for penalty in ("r1", "r2"):
        with pytest.raises(UsageError, match="spectral_norm=true"):
            make(**{penalty: 1.0})
    game = make(r1=1.0, spectral_norm=True)
    assert not [layer for layer in game.discriminator.layers if isinstance(layer, BatchNormalization)]


@pytest.mark.once
def test_the_generator_takes_no_batch_of_its_own_unless_its_loss_looks_at_real_images():
    assert [turn.fresh for turn in make().turns] == [True, False]
    assert [turn.fresh for turn in make(loss="relativistic").turns] == [True, True]
