"""DCGAN keeps the contract, and is what the paper describes."""

import numpy as np
import pytest
from multigan_dcgan import OPTIONS, POLICIES
from multigan_dcgan.game import DCGAN, discriminator, generator, stage_sizes

from multigan import DataInfo, UsageError
from multigan.testing import Contract

pytestmark = pytest.mark.backends

VARIANTS = {
    "plain": {},
    "average": {"ema": 0.99, "latent": "uniform"},
    "augmented": {"augment": "color,translation,cutout", "clip_norm": 1.0},
    "spectral": {"spectral_norm": True, "r1": 1.0, "minibatch_stddev": True, "loss": "hinge"},
    "relativistic": {"loss": "relativistic", "channels": 3},
}


@pytest.fixture(scope="module", params=VARIANTS)
def contract(request):
    return Contract("dcgan", options={"width": 4, "size": "8", **VARIANTS[request.param]})


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(shape=(8, 8, 1), **options):
    defaults = {key: option.default for key, option in OPTIONS.items()} | {"width": 4}
    return DCGAN(DataInfo(name="test", shape=shape), **defaults | options)


def test_the_networks_at_64_have_the_references_parameter_counts():
    """Counted by hand: kernels of 4 x 4 without biases, batch norm with two trained weights a channel."""
    kernels = 100 * 16 * 512 + 16 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    trained = generator((64, 64, 3)).trainable_variables
    assert sum(np.prod(v.shape) for v in trained) == kernels + 2 * (512 + 256 + 128 + 64) == 3_576_704
    kernels = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512) + 16 * 512
    trained = discriminator((64, 64, 3)).trainable_variables
    assert sum(np.prod(v.shape) for v in trained) == kernels + 2 * (128 + 256 + 512) == 2_765_568


def test_weights_start_as_in_the_reference():
    network = generator((64, 64, 3))
    for variable in network.trainable_variables:
        value = np.asarray(variable.numpy() if hasattr(variable, "numpy") else variable.value)
        if variable.path.endswith("kernel"):
            assert abs(value.mean()) < 0.001
            assert abs(value.std() - 0.02) < 0.001
        elif variable.path.endswith("gamma"):
            assert abs(value.mean() - 1.0) < 0.01
            assert abs(value.std() - 0.02) < 0.01


SMALLEST = {(64, 64): (4, 4), (32, 32): (4, 4), (28, 28): (7, 7), (48, 64): (3, 4), (128, 96): (4, 3), (8, 8): (4, 4)}


@pytest.mark.parametrize(("size", "smallest"), SMALLEST.items())
def test_sizes_halve_down_to_three_to_eight(size, smallest):
    sizes = stage_sizes(*size)
    assert sizes[0] == smallest
    assert sizes[-1] == size
    shape = (*size, 2)
    assert generator(shape, width=2).output_shape == (None, *shape)
    assert discriminator(shape, width=2).output_shape == (None, 1)


@pytest.mark.parametrize("size", [(50, 50), (7, 7), (4, 4), (17, 64), (1024, 16)])
def test_a_size_that_does_not_halve_is_refused_with_one_that_does(size):
    with pytest.raises(UsageError, match=r"try -o size=(\d+)") as caught:
        stage_sizes(*size)
    suggested = int(str(caught.value).rpartition("=")[2])
    assert stage_sizes(suggested, suggested)


def test_r1_without_spectral_normalisation_is_refused():
    with pytest.raises(UsageError, match="spectral_norm=true"):
        make(r1=1.0)


def test_the_generator_takes_no_batch_of_its_own_unless_its_loss_looks_at_real_images():
    assert [turn.fresh for turn in make().turns] == [True, False]
    assert [turn.fresh for turn in make(loss="relativistic").turns] == [True, True]


def test_every_policy_that_can_be_chosen_runs():
    from keras import ops, random

    from multigan import diff_augment

    for policy in POLICIES:
        changed = diff_augment(np.zeros((2, 8, 8, 1), "float32"), policy, random.SeedGenerator(0))
        assert ops.shape(changed) == (2, 8, 8, 1)


def test_latents_have_the_chosen_distribution():
    normal, uniform = make().latents(1000, 0), make(latent="uniform").latents(1000, 0)
    assert abs(normal.std() - 1.0) < 0.01
    assert np.abs(uniform).max() <= 1.0
    assert abs(uniform.std() - np.sqrt(1 / 3)) < 0.01
