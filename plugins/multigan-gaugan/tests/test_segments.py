"""The reader's losses in closed form, and its network."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_gaugan.segments import balance, reading_critic, reading_generator, segment_critic

from multigan import SpectralNormalization

pytestmark = pytest.mark.backends

# Four pixels: three of class 0, one of class 1, none of class 2.
CLASSES = np.eye(3, dtype="float32")[[[[0, 0], [0, 1]]]]


def number(value):
    return float(ops.convert_to_numpy(ops.stop_gradient(value)))


def logits_of(numbers, sure=50.0):
    """Logits of a network that is sure of these numbers of four."""
    return sure * np.eye(4, dtype="float32")[numbers]


def test_each_class_that_occurs_counts_for_the_same():
    found = ops.convert_to_numpy(balance(ops.convert_to_tensor(CLASSES)))
    np.testing.assert_allclose(found, [[[2 / 3, 2 / 3], [2 / 3, 2]]], rtol=1e-6)


def test_what_is_unknown_counts_for_nothing_and_the_mean_stays_one():
    known = CLASSES.copy()
    known[0, 0, 0] = 0
    found = ops.convert_to_numpy(balance(ops.convert_to_tensor(known)))
    np.testing.assert_allclose(found, [[[0, 1], [1, 2]]], rtol=1e-6)
    nothing = ops.convert_to_numpy(balance(ops.zeros((1, 2, 2, 3))))
    np.testing.assert_array_equal(nothing, np.zeros((1, 2, 2)))


def test_losses_are_cross_entropies_with_a_class_for_what_is_generated():
    classes, blank = ops.convert_to_tensor(CLASSES), ops.zeros((1, 2, 2, 4))
    assert number(reading_generator(blank, classes)) == pytest.approx(np.log(4), rel=1e-5)
    assert number(reading_critic(blank, blank, classes)) == pytest.approx(2 * np.log(4), rel=1e-5)
    right, generated = logits_of([[[0, 0], [0, 1]]]), logits_of(np.full((1, 2, 2), 3))
    assert number(reading_generator(right, classes)) == pytest.approx(0, abs=1e-5)
    assert number(reading_generator(generated, classes)) == pytest.approx(50, rel=1e-5), "seen through"
    assert number(reading_critic(right, generated, classes)) == pytest.approx(0, abs=1e-5)
    assert number(reading_critic(right, right, classes)) == pytest.approx(50, rel=1e-5), "taken in"
    one_wrong = logits_of([[[0, 0], [0, 2]]])
    assert number(reading_generator(one_wrong, classes)) == pytest.approx(50 * 2 / 4, rel=1e-5), "of the rare class"


def test_losses_of_maps_that_know_nothing_are_finite():
    nothing, blank = ops.zeros((1, 2, 2, 3)), ops.zeros((1, 2, 2, 4))
    assert number(reading_generator(blank, nothing)) == 0
    assert number(reading_critic(blank, blank, nothing)) == pytest.approx(np.log(4), rel=1e-5)


@pytest.mark.parametrize("shape", [(16, 16, 3), (32, 24, 4)])
def test_it_sees_pictures_and_says_a_class_for_each_pixel(shape):
    network = segment_critic(shape, 5, width=4)
    assert [tuple(each.shape) for each in network.inputs] == [(None, *shape)]
    assert tuple(network.output.shape) == (None, *shape[:2], 6)
    kernels = [each for each in network.layers if isinstance(each, keras.layers.Conv2D)]
    assert not kernels, "each has spectral norm"
    assert sum(isinstance(each, SpectralNormalization) for each in network.layers) == 2 * len(shape_stages(shape))


def shape_stages(shape):
    from multigan import stage_sizes

    return stage_sizes(*shape[:2])
