"""Every loss against its formula, value and gradient, written out in NumPy."""

import numpy as np
import pytest
from games import numpy
from keras import ops

from multigan import ADVERSARIAL_LOSSES, input_grad
from multigan.engine import losses

pytestmark = pytest.mark.backends

REAL = np.array([[-1.5], [0.3], [2.0]], "float32")
FAKE = np.array([[0.7], [-0.2], [-3.0]], "float32")


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(x))


CRITICS = {
    "minimax_critic": (
        lambda r, f: -np.mean(np.log(sigmoid(r))) - np.mean(np.log(1 - sigmoid(f))),
        lambda r, f: (-sigmoid(-r) / 3, sigmoid(f) / 3),
    ),
    "least_squares_critic": (
        lambda r, f: np.mean((r - 1) ** 2) / 2 + np.mean(f**2) / 2,
        lambda r, f: ((r - 1) / 3, f / 3),
    ),
    "hinge_critic": (
        lambda r, f: np.mean(np.maximum(0, 1 - r)) + np.mean(np.maximum(0, 1 + f)),
        lambda r, f: (-1.0 * (r < 1) / 3, 1.0 * (f > -1) / 3),
    ),
    "wasserstein_critic": (
        lambda r, f: np.mean(f) - np.mean(r),
        lambda r, f: (-np.ones_like(r) / 3, np.ones_like(f) / 3),
    ),
    "relativistic_average_critic": (
        lambda r, f: np.mean(softplus(f.mean() - r)) + np.mean(softplus(f - r.mean())),
        lambda r, f: (
            -sigmoid(f.mean() - r) / 3 - np.mean(sigmoid(f - r.mean())) / 3,
            sigmoid(f - r.mean()) / 3 + np.mean(sigmoid(f.mean() - r)) / 3,
        ),
    ),
    "relativistic_paired_critic": (
        lambda r, f: np.mean(softplus(f - r)),
        lambda r, f: (-sigmoid(f - r) / 3, sigmoid(f - r) / 3),
    ),
}
GENERATORS = {
    "minimax_generator": (lambda f: np.mean(np.log(1 - sigmoid(f))), lambda f: -sigmoid(f) / 3),
    "non_saturating_generator": (lambda f: -np.mean(np.log(sigmoid(f))), lambda f: -sigmoid(-f) / 3),
    "least_squares_generator": (lambda f: np.mean((f - 1) ** 2) / 2, lambda f: (f - 1) / 3),
    "hinge_generator": (lambda f: -np.mean(f), lambda f: -np.ones_like(f) / 3),
    "wasserstein_generator": (lambda f: -np.mean(f), lambda f: -np.ones_like(f) / 3),
}


@pytest.mark.parametrize("name", CRITICS)
def test_critic_loss_and_gradient_equal_the_formula(name):
    value, gradient = CRITICS[name]
    loss = getattr(losses, name)
    real, fake = ops.convert_to_tensor(REAL), ops.convert_to_tensor(FAKE)
    np.testing.assert_allclose(numpy(loss(real, fake)), value(REAL, FAKE), rtol=1e-5)
    by_real, by_fake = gradient(REAL, FAKE)
    np.testing.assert_allclose(numpy(input_grad(lambda x: loss(x, fake), real)), by_real, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(numpy(input_grad(lambda x: loss(real, x), fake)), by_fake, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", GENERATORS)
def test_generator_loss_and_gradient_equal_the_formula(name):
    value, gradient = GENERATORS[name]
    loss = getattr(losses, name)
    fake = ops.convert_to_tensor(FAKE)
    np.testing.assert_allclose(numpy(loss(fake)), value(FAKE), rtol=1e-5)
    np.testing.assert_allclose(numpy(input_grad(loss, fake)), gradient(FAKE), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", ["average", "paired"])
def test_a_relativistic_generator_exchanges_real_and_fake(kind):
    real, fake = ops.convert_to_tensor(REAL), ops.convert_to_tensor(FAKE)
    critic, generator = (getattr(losses, f"relativistic_{kind}_{player}") for player in ("critic", "generator"))
    np.testing.assert_array_equal(numpy(generator(real, fake)), numpy(critic(fake, real)))


@pytest.mark.parametrize("name", ADVERSARIAL_LOSSES)
def test_every_pair_stays_finite_at_extreme_logits_and_when_real_equals_fake(name):
    pair = ADVERSARIAL_LOSSES[name]
    for logits in (np.full((4, 1), 1e4, "float32"), np.full((4, 1), -1e4, "float32"), np.zeros((4, 1), "float32")):
        same = ops.convert_to_tensor(logits)
        for loss in (pair.critic, pair.generator):
            assert np.isfinite(numpy(loss(same, same)))
            assert np.isfinite(numpy(input_grad(lambda x, loss=loss, same=same: loss(same, x), same))).all()


def test_half_precision_logits_give_a_float32_loss():
    real, fake = ops.cast(REAL, "bfloat16"), ops.cast(FAKE, "bfloat16")
    for pair in ADVERSARIAL_LOSSES.values():
        assert str(numpy(pair.critic(real, fake)).dtype) == "float32"
