"""The enlarger: pixel shuffle, its start, bicubic interpolation, and weights between two networks."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_superres.networks import SHUFFLES, bicubic_kernel, enlarger, interpolator, mixture
from PIL import Image

pytestmark = pytest.mark.backends


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def run(network, *inputs):
    return ops.convert_to_numpy(network(inputs[0] if len(inputs) == 1 else list(inputs), training=False))


def moved(network, seed):
    """Weights as after a training: none is zero, or what it was."""
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        if layer.trainable and layer.weights:
            layer.set_weights([rng.normal(0, 0.2, weight.shape) for weight in layer.get_weights()])
    return network


def test_pixel_shuffle_takes_each_block_from_the_channels_of_one_pixel():
    x = np.arange(2 * 3 * 8, dtype="float32").reshape(1, 2, 3, 8)
    found = ops.convert_to_numpy(ops.depth_to_space(x, 2))
    assert found.shape == (1, 4, 6, 2)
    for row, column, down, across, channel in np.ndindex(2, 3, 2, 2, 2):
        value = x[0, row, column, (2 * down + across) * 2 + channel]
        assert found[0, 2 * row + down, 2 * column + across, channel] == value


@pytest.mark.parametrize("scale", SHUFFLES)
def test_what_enlarges_starts_as_nearest_enlargement(scale):
    network = enlarger(3, scale, 5, 1)
    for index, factor in enumerate(SHUFFLES[scale]):
        layer = network.get_layer(f"enlarge_{index}")
        x = pictures(1, 4, 3, 5)
        small = ops.convert_to_numpy(layer(x))
        shuffled = ops.convert_to_numpy(ops.depth_to_space(small, factor))
        nearest = small[..., :5].repeat(factor, axis=1).repeat(factor, axis=2)
        assert np.allclose(shuffled, nearest, atol=1e-6)
        assert np.abs(nearest).std() > 0.1


@pytest.mark.parametrize("scale", SHUFFLES)
def test_interpolation_is_pillows_bicubic_within_a_picture(scale):
    low = np.random.default_rng(0).integers(0, 256, (9, 7), dtype=np.uint8)
    network = interpolator(enlarger(1, scale, 2, 1), scale)
    found = np.rint((run(network, low[None, ..., None] / np.float32(127.5) - 1)[0, ..., 0] + 1) * 127.5)
    theirs = np.asarray(Image.fromarray(low).resize((7 * scale, 9 * scale), Image.Resampling.BICUBIC), float)
    inner = slice(2 * scale, -2 * scale)
    assert found.shape == theirs.shape
    assert np.abs(found - theirs)[inner, inner].max() <= 1


def test_interpolation_keeps_a_plain_picture_and_its_channels():
    assert np.allclose(bicubic_kernel(3, 4).sum(axis=(0, 1, 2)), 1)
    plain = np.float32([[[[0.5, -0.25]]]])
    for scale in SHUFFLES:
        found = run(interpolator(enlarger(2, scale, 2, 1), scale), plain)
        assert np.allclose(found, np.broadcast_to(plain, (1, scale, scale, 2)), atol=1e-6)


@pytest.mark.parametrize("scale", SHUFFLES)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (16, 17)])
def test_it_takes_any_size(scale, size):
    found = run(enlarger(3, scale, 2, 1), pictures(2, *size, 3))
    assert found.shape == (2, scale * size[0], scale * size[1], 3)


def test_the_network_learns_the_difference_from_interpolation():
    """It starts near bicubic interpolation, and is it where nothing is added."""
    network = enlarger(3, 2, 8, 2)
    low, bicubic = pictures(1, 8, 8, 3), interpolator(network, 2)
    assert np.abs(np.clip(run(network, low), -1, 1) - run(bicubic, low)).mean() < 0.15
    network.get_layer("detail").set_weights([0 * weight for weight in network.get_layer("detail").get_weights()])
    assert np.array_equal(np.clip(run(network, low), -1, 1), run(bicubic, low))
    assert not network.get_layer("bicubic").trainable


def test_the_mixture_is_each_network_at_its_end_and_the_mean_weights_between():
    first, second = (moved(keras.models.clone_model(enlarger(3, 4, 3, 2)), seed) for seed in (1, 2))
    kernel = [bicubic_kernel(3, 4)]
    between = enlarger(3, 4, 3, 2)
    for network in (first, second):
        network.get_layer("bicubic").set_weights(kernel)
    weights = zip(first.get_weights(), second.get_weights(), strict=True)
    between.set_weights([0.25 * one + 0.75 * other for one, other in weights])
    mixed, low = mixture(first, second, 4, 2), pictures(3, 5, 6, 3)
    found = run(mixed, low, np.float32([[0], [0.75], [1]]))
    # A batch of one size, so that the sums have one order.
    assert np.array_equal(found[0], run(first, low)[0])
    assert np.allclose(found[1], run(between, low)[1], atol=1e-4)
    assert np.array_equal(found[2], run(second, low)[2])
    assert np.abs(found[1] - run(first, low)[1]).max() > 0.1
