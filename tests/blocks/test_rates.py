"""Learning rates of each player's own, their decay, clipped gradients, and averaged weights."""

import itertools

import numpy as np
import pytest
from tiny import Given, Tiny, batch_of, kernel, make, normal, numpy

pytestmark = pytest.mark.backends


class FiveTimes(Tiny):
    opponent_updates = 5


def rate_after(game, player, updates):
    game.player_optimizers[player].iterations.assign(updates)
    return float(numpy(game.player_optimizers[player].learning_rate))


@pytest.mark.parametrize(("critic_rate", "ratio"), [(0.0, 1.0), (0.04, 4.0), (0.005, 0.5)])
def test_first_steps_are_as_long_as_each_players_rate(critic_rate, ratio):
    """Adam's first step is the rate times the gradient's sign, whatever its size."""
    game = make(learning_rate=0.01, critic_learning_rate=critic_rate)
    steps = {}
    for turn in game.turns:
        before = kernel(game, turn.player).copy()
        game.run_turn(turn, {"point": normal(16, 2)})
        steps[turn.player] = np.abs(kernel(game, turn.player) - before)
    np.testing.assert_allclose(steps["generator"], 0.01, rtol=1e-2)
    np.testing.assert_allclose(steps["discriminator"], 0.01 * ratio, rtol=1e-2)


@pytest.mark.parametrize(("kind", "updates"), [(Tiny, 1), (FiveTimes, 5)])
def test_rates_fall_linearly_to_zero_at_the_step_whatever_the_number_of_updates(kind, updates):
    game = make(kind, learning_rate=0.02, critic_learning_rate=0.08, decay_steps=100)
    for step, share in ((0, 1.0), (25, 0.75), (50, 0.5), (99, 0.01), (100, 0.0), (150, 0.0)):
        assert rate_after(game, "generator", step) == pytest.approx(0.02 * share, abs=1e-8)
        assert rate_after(game, "discriminator", step * updates) == pytest.approx(0.08 * share, abs=1e-8)
    turn = game.turns[0]
    assert (turn.player, turn.updates(1)) == ("discriminator", updates)


def test_a_rate_that_has_fallen_to_zero_moves_nothing():
    game, batch = make(learning_rate=0.1, decay_steps=2), {"point": normal(8, 2)}
    kernels = [kernel(game, "discriminator").copy()]
    for _ in range(4):
        game.run_turn(game.turns[0], batch)
        kernels.append(kernel(game, "discriminator").copy())
    moved = [not np.array_equal(one, other) for one, other in itertools.pairwise(kernels)]
    assert moved == [True, True, False, False]


def test_without_decay_rates_stay():
    game = make(learning_rate=0.02)
    assert rate_after(game, "generator", 10**6) == pytest.approx(0.02)


@pytest.mark.parametrize("clip", [0.0, 0.5, 100.0])
def test_each_players_gradient_is_clipped_to_a_norm(clip):
    """After one update Adam's first moment is (1 - beta_1) times the gradient that it was given."""
    game = make(loss="wasserstein", clip_norm=clip, beta_1=0.75)
    record = game.run_turn(game.turns[0], {"point": 20.0 + normal(8, 2)})
    norm = float(numpy(record["health"]["discriminator/gradient_norm"]))
    assert 10 < norm < 100
    (moment,) = [v for v in game.player_optimizers["discriminator"].variables if "momentum" in v.path]
    given = np.linalg.norm(numpy(moment.value)) / 0.25
    assert given == pytest.approx(min(norm, clip) if clip else norm, rel=1e-4)


def test_samples_come_from_the_average_of_the_generator():
    game = make(ema=0.5, learning_rate=0.1)
    average = kernel(game, "generator").astype("float64")
    for update in range(1, 6):
        game.run_turn(game.turns[1], {"point": normal(8, 2)})
        decay = min(0.5, (1 + update) / (10 + update))
        average = decay * average + (1 - decay) * kernel(game, "generator")
    z = game.latents(4, 0)
    samples = game.sample(4, 0)
    np.testing.assert_allclose(samples, z @ average, rtol=1e-4, atol=1e-5)
    assert np.abs(samples - z @ kernel(game, "generator")).max() > 1e-3


def test_without_an_average_samples_come_from_the_generator():
    game = make()
    np.testing.assert_allclose(game.sample(4, 0), game.latents(4, 0) @ kernel(game, "generator"), rtol=1e-5, atol=1e-6)


def test_the_opponent_learns_from_a_batch_of_its_own_and_the_generator_from_the_same_one():
    assert [(turn.player, turn.fresh) for turn in make().turns] == [("discriminator", True), ("generator", False)]
    for name in ("relativistic", "relativistic-paired"):
        assert [turn.fresh for turn in make(loss=name).turns] == [True, True]


def test_latents_have_the_chosen_distribution_in_training_and_in_sampling():
    class Shown(Given):
        def build_generator(self, data):
            import keras

            z = keras.Input((2,))
            return keras.Model(z, keras.layers.Dense(2, use_bias=False, kernel_initializer="identity")(z))

        fake = Tiny.fake

    for latent, deviation in (("normal", 1.0), ("uniform", np.sqrt(1 / 3))):
        game = make(Shown, latent=latent, latent_dim=2)
        game.generator_loss(batch_of(np.zeros((4000, 2))))
        for drawn in (game.seen[0], game.latents(4000, 0)):
            assert drawn.std() == pytest.approx(deviation, rel=0.05)
            assert drawn.mean() == pytest.approx(0.0, abs=0.05)
            assert (np.abs(drawn).max() <= 1.0) == (latent == "uniform")


def test_a_path_is_straight_between_uniform_latents_and_round_between_normal_ones():
    ends = np.array([[1, 0, 0], [0, 1, 0]], "float32")
    for latent, length in (("uniform", np.sqrt(0.5)), ("normal", 1.0)):
        assert np.linalg.norm(make(latent=latent).interpolate(ends, 3)[1]) == pytest.approx(length, rel=1e-5)
