"""Penalties of critics whose input gradient is known."""

import keras
import numpy as np
import pytest
from games import numpy
from keras import ops

from multigan import gradient_penalty, r1, r2
from multigan.engine import autodiff

pytestmark = pytest.mark.backends

WEIGHTS = np.array([[3.0], [-4.0]], "float32")  # norm 5


def linear(scale=1.0):
    return lambda x: ops.matmul(x, ops.convert_to_tensor(WEIGHTS * np.float32(scale)))


@pytest.fixture
def samples():
    draw = np.random.default_rng(0)
    return [ops.convert_to_tensor(draw.normal(size=(6, 2)).astype("float32")) for _ in range(2)]


@pytest.mark.parametrize(
    ("scale", "one_sided", "expected"), [(1.0, False, 16.0), (0.1, False, 0.25), (1.0, True, 16.0), (0.1, True, 0.0)]
)
def test_gradient_penalty_of_a_linear_critic_is_its_norms_distance_from_one(samples, scale, one_sided, expected):
    penalty = gradient_penalty(linear(scale), *samples, keras.random.SeedGenerator(0), one_sided=one_sided)
    np.testing.assert_allclose(numpy(penalty), expected, rtol=1e-5)


def test_r1_and_r2_of_a_linear_critic_are_its_squared_norm(samples):
    np.testing.assert_allclose(numpy(r1(linear(), samples[0])), 25.0, rtol=1e-5)
    np.testing.assert_allclose(numpy(r2(linear(), samples[1])), 25.0, rtol=1e-5)


def test_r1_of_a_quadratic_critic_is_the_mean_squared_norm_of_its_samples(samples):
    expected = np.mean(np.sum(np.square(numpy(samples[0])), axis=1))
    np.testing.assert_allclose(
        numpy(r1(lambda x: 0.5 * ops.sum(x * x, axis=1, keepdims=True), samples[0])), expected, rtol=1e-5
    )


def test_the_norm_runs_over_all_axes_but_the_batch():
    images = ops.ones((2, 3, 3, 2))
    penalty = gradient_penalty(lambda x: ops.sum(x, axis=(1, 2, 3)), images, images, keras.random.SeedGenerator(0))
    np.testing.assert_allclose(numpy(penalty), (np.sqrt(18.0) - 1.0) ** 2, rtol=1e-5)


def test_each_sample_is_mixed_with_one_weight_uniform_on_zero_to_one():
    # Between ones and zeros, this critic's gradient at w is w in all four places, of norm 2 w: E (2 w - 1)^2 = 1 / 3.
    # A weight
    # per place would give about 0.08, one from a normal distribution 1.8, one for the whole batch any number.
    count = 20000
    penalty = gradient_penalty(
        lambda x: 0.5 * ops.sum(x * x, axis=1, keepdims=True),
        ops.ones((count, 4)),
        ops.zeros((count, 4)),
        keras.random.SeedGenerator(1),
    )
    np.testing.assert_allclose(numpy(penalty), 1 / 3, atol=0.01)


def test_the_penalty_is_finite_with_finite_gradients_at_real_equal_fake_and_a_flat_critic():
    same = ops.ones((4, 2))
    kernel = keras.Variable(np.zeros((2, 1), "float32"))

    def loss():
        value = gradient_penalty(lambda x: ops.matmul(x, kernel), same, same, keras.random.SeedGenerator(0))
        return value, {}

    (value, _), (gradient,), _ = autodiff.value_and_grad(loss, [kernel])
    np.testing.assert_allclose(numpy(value), 1.0, rtol=1e-4)
    assert np.isfinite(numpy(gradient)).all()


def test_the_penalty_can_be_differentiated_by_the_critics_weights():
    kernel = keras.Variable(WEIGHTS)

    def loss():
        return gradient_penalty(
            lambda x: ops.matmul(x, kernel), ops.ones((4, 2)), ops.zeros((4, 2)), keras.random.SeedGenerator(0)
        ), {}

    _, (gradient,), _ = autodiff.value_and_grad(loss, [kernel])
    np.testing.assert_allclose(numpy(gradient), 2 * (5.0 - 1.0) * WEIGHTS / 5.0, rtol=1e-4)


def test_shapes_that_differ_are_named():
    with pytest.raises(ValueError, match=r"\(4, 2\).*\(3, 2\)"):
        gradient_penalty(linear(), ops.ones((4, 2)), ops.ones((3, 2)), keras.random.SeedGenerator(0))
