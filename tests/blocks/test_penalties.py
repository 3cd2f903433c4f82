"""Gradient penalties and relativistic losses, as the game puts them together."""

import keras
import numpy as np
import pytest
from keras import layers
from tiny import Given, batch_of, kernel, loss, make, normal

from multigan import DataInfo

pytestmark = pytest.mark.backends


class Quadratic(Given):
    """Its opponent's score is the squared norm of what it is shown, whose gradient is twice that."""

    def build_opponent(self, data):
        x = keras.Input(data.shape)
        weight = layers.Dense(2, use_bias=False, kernel_initializer="identity")(x)
        return keras.Model(x, layers.Dot(axes=1)([weight, weight]))


def test_r1_and_r2_are_half_gamma_times_the_squared_gradient_at_real_and_at_generated_samples():
    real, fake = normal(6, 2), normal(6, 2, scale=3.0)
    terms = loss(make(Quadratic, r1=0.5, r2=10.0).opponent_loss(batch_of(real, fake=fake)))
    assert terms["r1"] == pytest.approx(0.25 * np.mean(np.sum((2 * real) ** 2, axis=1)), rel=1e-4)
    assert terms["r2"] == pytest.approx(5.0 * np.mean(np.sum((2 * fake) ** 2, axis=1)), rel=1e-4)


def test_penalties_of_a_linear_opponent_are_its_norm_and_reach_its_weights():
    game = make(loss="wasserstein", r1=4.0, learning_rate=0.01)
    w, same = kernel(game, "discriminator").copy(), np.zeros((8, 2), "float32")
    assert loss(game.opponent_loss(batch_of(same)))["r1"] == pytest.approx(2.0 * np.sum(w**2), rel=1e-5)
    for variable in game.player_variables("generator"):
        variable.assign(variable.value * 0.0)
    # Real and generated samples are all zero: what moves the weights, towards zero, is the penalty alone.
    game.run_turn(game.turns[0], {"point": same})
    assert (np.abs(kernel(game, "discriminator")) < np.abs(w)).all()


@pytest.mark.parametrize("pack", [1, 2])
def test_gradients_on_points_are_per_deviation_of_the_data(pack):
    scaled = DataInfo(name="points", shape=(2,), field="point", facts={"mean": (1.0, 2.0), "scale": (10.0, 0.1)})
    game = make(data=scaled, r1=2.0, r2=2.0, pack=pack)
    w = kernel(game, "discriminator")[:, 0] * np.tile(scaled.scale, pack)
    terms = loss(game.opponent_loss(batch_of(normal(4, 2))))
    assert terms["r1"] == pytest.approx(np.sum(w**2), rel=1e-4)
    assert terms["r2"] == pytest.approx(np.sum(w**2), rel=1e-4)


def test_a_penalty_is_there_only_when_it_is_asked_for_and_only_in_the_opponents_turn():
    batch = batch_of(normal(4, 2))
    assert set(make().opponent_loss(batch)) == {"adversarial"}
    game = make(r1=1.0, r2=1.0)
    assert set(game.opponent_loss(batch)) == {"adversarial", "r1", "r2"}
    assert set(game.generator_loss(batch)) == {"adversarial"}


def softplus(x):
    return np.log1p(np.exp(x))


def test_relativistic_losses_hold_each_real_sample_against_generated_ones():
    real, fake = normal(6, 2), normal(6, 2)
    for name, critic, generator in (
        ("relativistic-paired", lambda r, f: softplus(f - r).mean(), lambda r, f: softplus(r - f).mean()),
        (
            "relativistic",
            lambda r, f: softplus(f.mean() - r).mean() + softplus(f - r.mean()).mean(),
            lambda r, f: softplus(r.mean() - f).mean() + softplus(r - f.mean()).mean(),
        ),
    ):
        game, batch = make(Given, loss=name), batch_of(real, fake=fake)
        scores = real @ kernel(game, "discriminator"), fake @ kernel(game, "discriminator")
        assert loss(game.opponent_loss(batch)) == {"adversarial": pytest.approx(critic(*scores), rel=1e-4)}
        assert loss(game.generator_loss(batch)) == {"adversarial": pytest.approx(generator(*scores), rel=1e-4)}
