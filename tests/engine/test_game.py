"""Turns: whose weights move, on which data, and what is refused."""

import keras
import numpy as np
import pytest
from games import PointGame, numpy, point_batch, ready, weights
from keras import ops

from multigan import Adam, Phase, ReplayPool, Turn, UsageError, clip_weights
from multigan.engine.turns import phase_at, updates_at

pytestmark = pytest.mark.backends


@pytest.fixture(autouse=True)
def _same_weights():
    keras.utils.set_random_seed(7)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_turn_changes_its_players_weights_and_nobody_elses_byte_for_byte(batch_norm):
    game = ready(PointGame(batch_norm=batch_norm))
    for turn, mine, other in (
        (game.turns[0], game.critic, game.generator),
        (game.turns[1], game.generator, game.critic),
    ):
        before_mine, before_other = weights(mine), weights(other)
        game.run_turn(turn, point_batch(0))
        for before, after in zip(before_other, weights(other), strict=True):
            np.testing.assert_array_equal(before, after)
        for before, after in zip(before_mine, weights(mine), strict=True):
            assert not np.array_equal(before, after)


def test_terms_and_observations_are_logged_by_player_and_name():
    game = ready(PointGame())
    record = game.run_turn(game.turns[0], point_batch(0))
    assert set(record["losses"]) == {"critic/real", "critic/generated"}
    assert set(record["health"]) == {"critic/gap", "critic/gradient_norm"}


def test_the_gradient_norm_is_that_of_the_sum_of_the_terms():
    class Linear(PointGame):
        def critic_loss(self, batch):
            return {"a": 3.0 * ops.sum(self.critic.layers[-1].bias), "b": 4.0 * ops.sum(self.critic.layers[0].bias[:1])}

    game = ready(Linear())
    record = game.run_turn(game.turns[0], point_batch(0))
    np.testing.assert_allclose(numpy(record["health"]["critic/gradient_norm"]), 5.0, rtol=1e-5)


def test_an_untracked_variable_that_a_loss_updates_is_an_error_that_names_it():
    stray = keras.Variable(np.zeros(()), name="stray_count")

    class Careless(PointGame):
        def critic_loss(self, batch):
            stray.assign(stray + 1.0)
            return super().critic_loss(batch)

    game = ready(Careless())
    with pytest.raises(ValueError, match=r"stray_count: updated but not tracked"):
        game.run_turn(game.turns[0], point_batch(0))


def test_an_untracked_variable_that_a_transform_updates_is_an_error_that_names_it():
    stray = keras.Variable(np.zeros(()), name="stray_clip")
    game = ready(PointGame())
    with pytest.raises(ValueError, match=r"stray_clip: updated but not tracked"):
        game.run_turn(Turn("critic", after=(lambda game: stray.assign(stray + 1.0),)), point_batch(0))


def test_weight_clipping_runs_after_every_update():
    game = ready(PointGame(learning_rate=0.5))
    game.run_turn(Turn("critic", after=(clip_weights("critic", 0.01),)), point_batch(0))
    largest = max(np.abs(value).max() for value in weights(game.critic))
    assert largest == np.float32(0.01)


def test_the_gradient_is_clipped_by_the_optimizers_norm():
    class Clipped(PointGame):
        def optimizers(self):
            return {name: keras.optimizers.SGD(1.0, global_clipnorm=0.001) for name in ("critic", "generator")}

    game = ready(Clipped())
    before = weights(game.critic)
    game.run_turn(game.turns[0], point_batch(0))
    moved = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(before, weights(game.critic), strict=True)))
    np.testing.assert_allclose(moved, 0.001, rtol=1e-3)


def test_a_loss_that_ignores_a_variable_leaves_it_where_it_was():
    class Partial(PointGame):
        def critic_loss(self, batch):
            return {"bias": ops.sum(self.critic.layers[-1].bias)}

    game = ready(Partial())
    before = weights(game.critic)
    game.run_turn(game.turns[0], point_batch(0))
    np.testing.assert_array_equal(before[0], weights(game.critic)[0])
    assert not np.array_equal(before[-1], weights(game.critic)[-1])


@pytest.mark.parametrize(
    ("terms", "error", "message"),
    [
        (lambda game: 1.0, TypeError, "dict of named loss terms"),
        (lambda game: {}, TypeError, "dict of named loss terms"),
        (lambda game: {"real": ops.ones((3,))}, ValueError, "real has shape"),
    ],
)
def test_a_loss_that_is_no_dict_of_scalars_is_refused(terms, error, message):
    class Odd(PointGame):
        def critic_loss(self, batch):
            return terms(self)

    game = ready(Odd())
    with pytest.raises(error, match=message):
        game.run_turn(game.turns[0], point_batch(0))


def test_a_player_without_optimizer_or_network_and_a_shared_variable_are_refused():
    class Forgetful(PointGame):
        def optimizers(self):
            return {"critic": keras.optimizers.Adam()}

    with pytest.raises(ValueError, match="no optimizer for the player generator"):
        Forgetful().compile()
    game = PointGame()
    game.turns = (Turn("criticc"),)
    with pytest.raises(ValueError, match="criticc"):
        game.compile()
    game = PointGame()
    game.critic = game.generator
    with pytest.raises(ValueError, match="belongs to two players"):
        game.compile()


def test_a_player_may_be_a_list_of_networks():
    class Pair(PointGame):
        turns = (Turn("both", loss="critic_loss"),)

        def __init__(self):
            super().__init__()
            self.both = [self.critic, self.generator]

        def optimizers(self):
            return {"both": keras.optimizers.SGD(0.1)}

    game = ready(Pair())
    before = weights(game.critic)
    game.run_turn(game.turns[0], point_batch(0))
    assert not np.array_equal(before[0], weights(game.critic)[0])


def test_the_moving_average_equals_its_recurrence():
    game = PointGame(batch_norm=True)
    game.keep_average("generator", 0.9)
    ready(game)
    expected = weights(game.generator)
    trained = {id(variable) for variable in game.generator.trainable_variables}
    for n in range(1, 13):
        game.run_turn(game.turns[1], point_batch(n))
        decay = np.float32(min(0.9, (1 + n) / (10 + n)))
        for index, (variable, now) in enumerate(zip(game.generator.weights, weights(game.generator), strict=True)):
            expected[index] = decay * expected[index] + (1 - decay) * now if id(variable) in trained else now
        for value, average in zip(expected, weights(game.averaged("generator")), strict=True):
            np.testing.assert_allclose(average, value, rtol=1e-5, atol=1e-6)
    assert game.sampler is game.averaged("generator")


def test_samples_come_from_the_average_and_do_not_depend_on_how_many_are_asked_for():
    game = PointGame()
    game.keep_average("generator", 0.99)
    ready(game)
    game.run_turn(game.turns[1], point_batch(0))
    many, few = game.sample(100, seed=3), game.sample(5, seed=3)
    np.testing.assert_array_equal(many[:5], few)
    expected = numpy(game.averaged("generator")(game.latents(5, 3), training=False))
    np.testing.assert_allclose(few, expected, rtol=1e-5, atol=1e-6)
    assert not np.array_equal(few, game.sample(5, seed=4))


def test_sampling_changes_no_state():
    game = PointGame(batch_norm=True)
    ready(game)
    before = [numpy(variable.value).copy() for variable in game.state()]
    game.sample(10, seed=0)
    for value, variable in zip(before, game.state(), strict=True):
        np.testing.assert_array_equal(value, numpy(variable.value))


def test_the_state_holds_networks_seeds_optimizers_averages_and_pools_once():
    class Pooled(PointGame):
        def __init__(self):
            super().__init__()
            self.pool = ReplayPool(20, (2,), self.seed)
            self.keep_average("generator", 0.9)

    game = Pooled()
    ready(game)
    held = {id(variable) for variable in game.state()}
    assert len(held) == len(game.state())
    wanted = [
        game.seed.state,
        game.pool.samples,
        game.pool.filled,
        *game.generator.weights,
        *game.averaged("generator").weights,
    ]
    wanted += [v for optimizer in game.player_optimizers.values() for v in optimizer.variables]
    assert {id(variable) for variable in wanted} <= held


def test_a_replay_pool_fills_first_and_then_exchanges_half():
    class Pooled(PointGame):
        def __init__(self):
            super().__init__()
            self.pool = ReplayPool(32, (2,), self.seed)

        def critic_loss(self, batch):
            self.observe(kept=ops.mean(ops.cast(self.pool(batch["point"])[:, 0] == batch["point"][:, 0], "float32")))
            return super().critic_loss(batch)

    game = ready(Pooled())
    kept = [float(numpy(game.run_turn(game.turns[0], point_batch(n))["health"]["critic/kept"])) for n in range(40)]
    assert kept[:2] == [1.0, 1.0]
    first = np.concatenate([point_batch(0)["point"], point_batch(1)["point"]])
    assert 0.4 < np.mean(kept[2:]) < 0.6
    stored = numpy(game.pool.samples.value)
    fed = {row.tobytes() for n in range(40) for row in point_batch(n)["point"]}
    assert all(row.tobytes() in fed for row in stored)
    assert not np.array_equal(stored, first)
    assert int(numpy(game.pool.filled.value)) == 32


def test_a_batch_larger_than_the_pool_is_refused():
    pool = ReplayPool(4, (2,), keras.random.SeedGenerator(0))
    with pytest.raises(UsageError, match="replay pool of 4 samples and batches of 5: make the pool"):
        pool(ops.zeros((5, 2)))


def test_repeat_may_depend_on_the_step_and_must_be_a_count():
    turn = Turn("critic", repeat=lambda step: 100 if step <= 25 or step % 500 == 0 else 5)
    assert [turn.updates(step) for step in (1, 25, 26, 499, 500)] == [100, 100, 5, 5, 100]
    with pytest.raises(ValueError, match="repeat at step 3"):
        Turn("critic", repeat=lambda step: -1).updates(3)


def test_phases_follow_each_other_and_the_last_takes_what_remains():
    first, second = Phase("likelihood", (Turn("a"),), steps=10), Phase("adversarial", (Turn("b"),))
    assert [phase_at((first, second), step).name for step in (1, 10, 11, 5000)] == [
        "likelihood", "likelihood", "adversarial", "adversarial",
    ]  # fmt: skip


def test_bf16_runs_and_stays_finite_with_float32_weights():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        game = ready(PointGame(batch_norm=True, learning_rate=0.001))
        for step in range(5):
            for turn in game.turns:
                record = game.run_turn(turn, point_batch(step))
                for kind in record.values():
                    assert all(
                        np.isfinite(numpy(value)) and str(numpy(value).dtype) == "float32" for value in kind.values()
                    )
        assert {str(value.dtype) for value in weights(game.generator)} == {"float32"}
        assert np.isfinite(game.sample(4, seed=0)).all()
    finally:
        keras.config.set_dtype_policy("float32")


def test_turns_compiled_together_do_what_they_do_alone():
    together, alone = ready(PointGame()), ready(PointGame())
    for own, other in zip(together.state(), alone.state(), strict=True):
        own.assign(numpy(other))
    for step in range(3):
        records = together.run_turns(together.turns, point_batch(step))
        expected = [alone.run_turn(turn, point_batch(step)) for turn in alone.turns]
        for record, single in zip(records, expected, strict=True):
            assert record["losses"].keys() == single["losses"].keys()
            for name, value in single["losses"].items():
                np.testing.assert_allclose(numpy(record["losses"][name]), numpy(value), rtol=1e-5)
    for own, other in zip(together.state(), alone.state(), strict=True):
        np.testing.assert_allclose(numpy(own), numpy(other), rtol=1e-4, atol=1e-6)


def test_updates_that_share_a_batch_are_grouped_unless_either_repeats():
    critic, generator, second = Turn("critic"), Turn("generator", fresh=False), Turn("second", fresh=False)
    often = Turn("critic", repeat=lambda step: 1 if step == 4 else 3)
    assert updates_at((critic, generator, second), 1) == [(critic, generator, second)]
    assert updates_at((critic, Turn("generator")), 1) == [(critic,), (Turn("generator"),)]
    assert updates_at((often, generator), 1) == [(often,), (often,), (often,), (generator,)]
    assert updates_at((often, generator), 4) == [(often, generator)]
    assert updates_at((generator, second), 1) == [(generator, second)]
    assert updates_at((Turn("critic", repeat=0), generator), 1) == [(generator,)]


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_is_that_of_keras(amsgrad):
    draw = np.random.default_rng(0)
    start, gradients = draw.normal(size=(4, 3)).astype("float32"), draw.normal(size=(5, 4, 3)).astype("float32")
    results = []
    for kind in (Adam, keras.optimizers.Adam):
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5)
        optimizer = kind(schedule, beta_1=0.5, beta_2=0.9, epsilon=1e-3, amsgrad=amsgrad, global_clipnorm=2.0)
        variable = keras.Variable(start)
        optimizer.build([variable])
        for gradient in gradients:
            optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        results.append([numpy(variable), *map(numpy, optimizer.variables)])
    for own, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-5, atol=1e-7)
