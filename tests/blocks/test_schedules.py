"""Options that follow the run: in closed form, by steps, images and shares, and inside the compiled step."""

import math

import numpy as np
import pytest
from tiny import IMAGES, POINTS, Given, Tiny, batch_of, kernel, make, normal, numpy

from multigan import UsageError
from multigan.schedule import Schedule, parse_schedules

pytestmark = pytest.mark.backends


class Twice(Tiny):
    opponent_updates = 2


def planned(steps, batch_size, kind=Tiny, data=POINTS, **options):
    """As `make`, of a run of so many steps."""

    class Planned(kind):
        def compile(self, **more):
            self.plan(steps, batch_size)
            super().compile(**more)

    return make(Planned, data, **options)


def rate_after(game, player, updates):
    game.player_optimizers[player].iterations.assign(updates)
    return float(numpy(game.player_optimizers[player].learning_rate))


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r1 linear to 0.1", {"r1": Schedule(0.1)}),
        ("r1 cosine to 0 from 50%", {"r1": Schedule(0.0, "cosine", 50.0, 100.0, "%")}),
        (
            "ema linear to 0.99 until 2000 steps ; r2 linear to 1 from 1k images until 0.2M images",
            {
                "ema": Schedule(0.99, "linear", 0.0, 2000.0, "steps"),
                "r2": Schedule(1.0, "linear", 1000.0, 200_000.0, "images"),
            },
        ),
        ("", {}),
    ],
)
def test_words_are_read(text, expected):
    assert parse_schedules(text) == expected


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("r1 to 0", "expected NAME linear|cosine to VALUE"),
        ("r1 quick to 0", "expected NAME linear|cosine to VALUE"),
        ("r1 linear to much", "much is no number"),
        ("r1 linear to nan", "nan is no number"),
        ("r1 linear to -1", "-1 is no number from 0"),
        ("r1 linear to 0 from soon", "soon is no moment such as 50%"),
        ("r1 linear to 0 from 60% until 50%", "ends before it begins"),
        ("r1 linear to 0 until 150%", "a run ends at 100%"),
        ("r1 linear to 0 from 10 steps until 50%", "of one unit"),
        ("r1 linear to 0; r1 linear to 1", "r1 has two schedules"),
    ],
)
def test_what_cannot_be_read_is_told(text, message):
    with pytest.raises(UsageError) as caught:
        parse_schedules(text)
    assert message in str(caught.value)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schedule": "beta_1 linear to 0"}, "beta_1 does not follow a run; what does: learning_rate,"),
        ({"schedule": "learning_rate linear to 0", "decay_steps": 5}, "decay_steps is a schedule of learning_rate"),
        ({"schedule": "critic_learning_rate linear to 0"}, "critic_learning_rate is 0"),
        ({"schedule": "augment_probability linear to 0"}, "augment_probability does not follow a run"),
    ],
)
def test_schedules_that_cannot_be_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        make(**options)


@pytest.mark.parametrize(("kind", "updates"), [(Tiny, 1), (Twice, 2)])
@pytest.mark.parametrize(
    "moments",
    [
        pytest.param("from 25% until 75%", marks=pytest.mark.once),
        "from 50 steps until 150 steps",
        pytest.param("from 400 images until 1200 images", marks=pytest.mark.once),
    ],
)
def test_rates_stay_then_fall_whatever_the_unit_and_the_number_of_updates(kind, updates, moments):
    game = planned(200, 8, kind, learning_rate=0.02, schedule=f"learning_rate linear to 0.01 {moments}")
    for step, share in ((0, 1.0), (50, 1.0), (100, 0.75), (150, 0.5), (200, 0.5), (900, 0.5)):
        assert rate_after(game, "generator", step) == pytest.approx(0.02 * share, rel=1e-5)
        assert rate_after(game, "discriminator", updates * step) == pytest.approx(0.02 * share, rel=1e-5)


def test_a_cosine_leaves_and_reaches_its_values_slowly():
    game = planned(100, 4, learning_rate=0.02, schedule="learning_rate cosine to 0")
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        expected = 0.02 * (0.5 + 0.5 * math.cos(math.pi * share))
        assert rate_after(game, "generator", round(100 * share)) == pytest.approx(expected, abs=1e-8)


def test_the_opponents_own_rate_stays_where_the_generators_falls():
    game = planned(10, 4, learning_rate=0.02, critic_learning_rate=0.04, schedule="learning_rate linear to 0")
    assert rate_after(game, "discriminator", 10) == pytest.approx(0.04)
    assert rate_after(game, "generator", 10) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.once
def test_a_share_of_a_run_needs_a_run():
    with pytest.raises(UsageError, match=r"call plan\(steps, batch_size\)"):
        make(schedule="learning_rate linear to 0")


def test_a_penalty_grows_from_nothing_inside_the_compiled_step():
    game = planned(8, 8, Given, learning_rate=0.0, schedule="r1 linear to 4 from 2 steps until 6 steps")
    batch = {"point": normal(8, 2), "fake": normal(8, 2)}
    terms = [float(numpy(game.run_turn(game.turns[0], batch)["losses"]["discriminator/r1"])) for _ in range(9)]
    assert terms[:3] == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(np.array(terms[3:]) / terms[-1], [0.25, 0.5, 0.75, 1.0, 1.0, 1.0], rtol=1e-5)


def test_noise_grows_where_there_was_none():
    game = planned(8, 8, Given, schedule="instance_noise linear to 0.4 until 8 steps")
    game.player_optimizers["discriminator"].iterations.assign(4)
    game.opponent_loss(batch_of(np.zeros((5000, 2)), fake=np.zeros((5000, 2))))
    assert [view.std() for view in game.seen] == pytest.approx([0.2, 0.2], rel=0.03)


def test_an_averages_decay_follows_the_run():
    game = planned(8, 8, learning_rate=0.1, schedule="ema linear to 0.2 until 4 steps")
    average = kernel(game, "generator").astype("float64")
    batch = {"point": normal(8, 2)}
    for update in range(1, 7):
        for turn in game.turns:
            game.run_turn(turn, batch)
        decay = min(0.2 * min(update / 4, 1.0), (1 + update) / (10 + update))
        average = decay * average + (1 - decay) * kernel(game, "generator")
    z = game.latents(4, 0)
    np.testing.assert_allclose(game.sample(4, 0), z @ average, rtol=1e-4, atol=1e-5)


def test_so_many_images_are_augmented_as_the_probability_says():
    game = planned(
        8,
        8,
        Given,
        IMAGES,
        augment="color",
        augment_probability=1.0,
        schedule="augment_probability linear to 0.5 until 4 steps",
    )
    images = np.full((2000, 8, 8, 1), 0.25)
    for step, share in ((0, 1.0), (2, 0.75), (4, 0.5)):
        game.player_optimizers["discriminator"].iterations.assign(step)
        game.looks.clear() if hasattr(game, "looks") else None
        game.opponent_loss(batch_of(images, fake=images))
        changed = (np.abs(game.seen[0] - 0.25) > 1e-6).any(axis=(1, 2, 3)).mean()
        assert changed == pytest.approx(share, abs=0.05)


def test_a_game_of_any_kind_follows_the_run_it_was_planned_for():
    following = Schedule(0.0, begin=50.0).following(2e-4, (20, 4))
    assert [round(float(following(step)), 8) for step in (0, 10, 15, 20, 30)] == [2e-4, 2e-4, 1e-4, 0.0, 0.0]
    twice = Schedule(0.0, begin=50.0).following(2e-4, (20, 4), lambda step: 2 * step)
    assert (twice.begin, twice.end) == (20, 40)
    with pytest.raises(UsageError, match="plan"):
        Schedule(0.0).following(2e-4, None)
