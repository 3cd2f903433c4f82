"""One-sided label smoothing: the loss and its optimum, where densities are known."""

import math

import numpy as np
import pytest
from tiny import Given, batch_of, loss, make, numpy

from multigan import ADVERSARIAL_LOSSES, UsageError
from multigan.engine import autodiff
from multigan.engine.losses import SMOOTHED

pytestmark = pytest.mark.backends

CROSS_ENTROPY = ("non-saturating", "minimax")
S = 0.2
# Samples are in one of two places, written as unit vectors: a linear opponent has one score for each place.
LEFT, RIGHT = [1.0, 0.0], [0.0, 1.0]
REAL, FAKE = [LEFT, RIGHT, RIGHT, RIGHT], [LEFT, LEFT, LEFT, RIGHT]
P, Q = np.array([0.25, 0.75]), np.array([0.75, 0.25])


def game_with_scores(scores, **options):
    game = make(Given, **options)
    game.discriminator.trainable_variables[0].assign(np.reshape(scores, (2, 1)))
    return game, batch_of(REAL, fake=FAKE)


@pytest.mark.parametrize("name", CROSS_ENTROPY)
def test_the_target_of_real_samples_falls_and_that_of_generated_ones_stays(name):
    scores = np.array([0.7, -1.3])
    game, batch = game_with_scores(scores, loss=name, label_smoothing=S)
    d = 1 / (1 + np.exp(-scores))
    expected = -np.sum(P * ((1 - S) * np.log(d) + S * np.log(1 - d))) - np.sum(Q * np.log(1 - d))
    assert loss(game.opponent_loss(batch)) == {"adversarial": pytest.approx(expected, rel=1e-5)}


def test_with_least_squares_too():
    scores = np.array([0.7, -1.3])
    game, batch = game_with_scores(scores, loss="least-squares", label_smoothing=S)
    expected = 0.5 * np.sum(P * (scores - (1 - S)) ** 2) + 0.5 * np.sum(Q * scores**2)
    assert loss(game.opponent_loss(batch)) == {"adversarial": pytest.approx(expected, rel=1e-5)}


@pytest.mark.parametrize("smoothing", [0.0, S])
@pytest.mark.parametrize("name", sorted(SMOOTHED))
def test_the_best_opponent_is_the_papers(name, smoothing):
    """(1 - s) p / (p + q): arXiv 1606.03498, section 3.4; smoothing what is generated would put q above too."""
    best = (1 - smoothing) * P / (P + Q)
    scores = np.log(best / (1 - best)) if name in CROSS_ENTROPY else best
    game, batch = game_with_scores(scores, loss=name, label_smoothing=smoothing)
    slopes = []
    for shift in (-0.1, 0.0, 0.1):
        game.discriminator.trainable_variables[0].assign(np.reshape(scores + shift, (2, 1)))
        _, (slope,), _ = autodiff.value_and_grad(
            lambda: (game.opponent_loss(batch)["adversarial"], {}), game.player_variables("discriminator")
        )
        slopes.append(numpy(slope)[:, 0])
    below, at, above = slopes
    np.testing.assert_allclose(at, 0.0, atol=1e-6)
    assert (below < -1e-3).all()
    assert (above > 1e-3).all()


@pytest.mark.parametrize("name", sorted(SMOOTHED))
def test_the_generators_loss_is_not_smoothed(name):
    losses = []
    for smoothing in (0.0, S):
        game, batch = game_with_scores([0.4, -0.6], loss=name, label_smoothing=smoothing)
        losses.append(loss(game.generator_loss(batch)))
    assert losses[0] == losses[1]


@pytest.mark.parametrize("name", sorted(set(ADVERSARIAL_LOSSES) - SMOOTHED))
def test_losses_without_labels_refuse_smoothing(name):
    with pytest.raises(UsageError, match=f"the {name} loss has no labels; use least-squares or minimax or non-sat"):
        make(loss=name, label_smoothing=0.1)


@pytest.mark.parametrize(
    ("name", "border"),
    [("least-squares", 0.4), ("minimax", math.log(0.4 / 0.6)), ("non-saturating", math.log(0.4 / 0.6))],
)
def test_the_opponent_is_right_on_the_side_of_the_border_that_smoothing_moves(name, border):
    for shift, right in ((-0.01, (0.0, 1.0)), (0.01, (1.0, 0.0))):
        game, batch = game_with_scores([border + shift] * 2, loss=name, label_smoothing=S)
        game.opponent_loss(batch)
        accuracies = [game._observed[key] for key in ("accuracy_real", "accuracy_generated")]
        assert tuple(float(numpy(value)) for value in accuracies) == right


def test_a_wasserstein_critic_has_a_distance_and_no_accuracy():
    game, batch = game_with_scores([2.0, 1.0], loss="wasserstein")
    terms = loss(game.opponent_loss(batch))
    assert {name: float(numpy(value)) for name, value in game._observed.items()} == {"distance": pytest.approx(-0.5)}
    assert terms == {"adversarial": pytest.approx(0.5)}
