"""Values that are not finite send a run back, with lower learning rates, as often as it may."""

import signal

import numpy as np
import pytest
from small import Collector, assert_same_run

from multigan import Recipe, hookimpl
from multigan.errors import RunFailedError
from multigan.runs import RunDirectory
from multigan.training.checkpoints import load_checkpoint, steps_saved

RATE = 2e-4


class Fragile:
    """A plugin with recipes whose loss is nan from a generator's update on, unless its learning rate is low enough."""

    @hookimpl
    def register_recipes(self):
        for name in ("once", "twice", "early"):
            yield Recipe(name=name, summary="s", modality="images", game=f"{__name__}:{name}", data="digits")


def _fragile(update, bearable):
    import keras
    from keras import ops
    from multigan_dcgan import OPTIONS
    from multigan_dcgan.game import DCGAN

    class Game(DCGAN):
        def __init__(self, data, *, seed=0):
            super().__init__(data, seed=seed, **{key: option.default for key, option in OPTIONS.items()} | {"width": 4})
            self.count = keras.Variable(0.0, trainable=False, name="count")

        def generator_loss(self, batch):
            self.count.assign(self.count + 1.0)
            terms = super().generator_loss(batch)
            rate = ops.cast(self.player_optimizers["generator"].learning_rate, "float32")
            breaks = ops.logical_and(self.count > update - 0.5, rate > bearable * RATE)
            terms["adversarial"] = ops.where(breaks, float("nan"), terms["adversarial"])
            return terms

    return Game


def once(data, *, seed):
    return _fragile(27, 0.6)(data, seed=seed)


def twice(data, *, seed):
    return _fragile(27, 0.3)(data, seed=seed)


def early(data, *, seed):
    return _fragile(7, 0.6)(data, seed=seed)


@pytest.fixture
def fragile(train):
    def run(directory, recipe, **flags):
        options = {} if flags.get("resume") else {"size": "8"}
        return train(directory, recipe=recipe, options=options, **{"plugins": {"fragile": Fragile()}, **flags})

    return run


def kinds(directory, kind):
    return [line for line in RunDirectory(directory).lines() if line["kind"] == kind]


def test_a_run_goes_back_and_on_with_half_the_learning_rates(fragile, tmp_path):
    display = Collector()
    finished = fragile(tmp_path / "one", "once", steps=60, recover=2, log_every=5, display=display)
    assert (finished.result.outcome, finished.run.recoveries) == ("done", 1)
    [line] = kinds(tmp_path / "one", "recovery")
    assert (line["step"], line["failed"], line["number"], line["rates"]) == (20, 27, 1, 0.5)
    told = "recovery 1 of 2: the loss generator/adversarial is nan at step 27; back to step 20, "
    told += "learning rates times 0.5"
    assert told in display.lines
    logged = kinds(tmp_path / "one", "log")
    assert [line["step"] for line in logged if line.get("abandoned")] == [25]
    assert [line["step"] for line in logged if not line.get("abandoned")] == list(range(5, 61, 5))
    game = finished.run.game
    assert [float(optimizer.learning_rate) for optimizer in game.player_optimizers.values()] == pytest.approx(
        [RATE / 2] * 2
    )
    assert (
        "Recovery 1: the loss generator/adversarial is nan at step 27" in (tmp_path / "one" / "report.html").read_text()
    )


def test_rates_fall_further_with_every_recovery_and_the_number_is_bounded(fragile, tmp_path):
    with pytest.raises(RunFailedError, match=r"nan at step 27 after 1 recovery; the last good checkpoint is step 20"):
        fragile(tmp_path / "one", "twice", steps=60, recover=1)
    finished = fragile(tmp_path / "two", "twice", steps=60, recover=2)
    assert finished.run.recoveries == 2
    assert [line["rates"] for line in kinds(tmp_path / "two", "recovery")] == [0.5, 0.25]


def test_before_the_first_checkpoint_a_run_goes_back_to_its_initial_weights(fragile, tmp_path):
    finished = fragile(tmp_path / "one", "early", steps=20, recover=1)
    assert [line["step"] for line in kinds(tmp_path / "one", "recovery")] == [0]
    assert (finished.result.step, steps_saved(tmp_path / "one" / "checkpoints")) == (20, [0, 20])


def test_a_resume_after_a_recovery_keeps_its_rates_and_their_number(fragile, tmp_path):
    """Stopped at step 33, after the recovery; the rest is bit-identical to the run that was not stopped."""
    fragile(tmp_path / "two", "once", steps=60, recover=1)

    class Stop:
        @staticmethod
        @hookimpl
        def step_finished(run, step):
            if step == 33 and run.recoveries:
                signal.raise_signal(signal.SIGTERM)

    plugins = {"fragile": Fragile(), "stop": Stop}
    stopped = fragile(tmp_path / "one", "once", steps=60, recover=1, plugins=plugins)
    assert stopped.result.outcome == "interrupted"
    resumed = fragile(tmp_path / "one", "once", resume=True)
    assert (resumed.run.recoveries, resumed.result.outcome) == (1, "done")
    assert_same_run(tmp_path / "one", tmp_path / "two", 60)


def test_a_kill_right_after_a_recovery_costs_neither(fragile, tmp_path):
    fragile(tmp_path / "one", "once", steps=40, recover=1, keep_checkpoints=9)
    point = load_checkpoint(tmp_path / "one" / "checkpoints", 20)
    assert point.host["recoveries"] == 1
    rates = [float(value) for path, value in point.variables if path.endswith("learning_rate") and value]
    assert rates == pytest.approx([RATE / 2] * 2)


def test_a_schedule_is_scaled_as_a_rate_is(environ):
    import keras
    from multigan_dcgan import OPTIONS
    from multigan_dcgan.game import DCGAN

    from multigan import DataInfo

    options = {key: option.default for key, option in OPTIONS.items()} | {"width": 4, "decay_steps": 100}
    game = DCGAN(DataInfo(name="d", shape=(8, 8, 1)), seed=0, **options)
    game.compile()
    batch = {"image": np.zeros((4, 8, 8, 1), "float32")}
    game.run_turns(game.turns, batch)
    optimizer = game.player_optimizers["generator"]
    before = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    for factor in (0.5, 0.25):  # of what was compiled, not of one another
        game.scale_rates(factor)
        assert float(keras.ops.convert_to_numpy(optimizer.learning_rate)) == pytest.approx(factor * before)
    game.run_turns(game.turns, batch)
    kernel = game.generator.trainable_variables[0]
    old = keras.ops.convert_to_numpy(kernel.value).copy()
    game.scale_rates(0.0)
    game.run_turns(game.turns, batch)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(kernel.value), old)
