"""What goes wrong is said, and the last good checkpoint survives."""

import errno

import numpy as np
import pytest
from small import Collector, variables

from multigan import hookimpl
from multigan.errors import RunFailedError, UsageError
from multigan.recipe import Recipe
from multigan.runs import RunDirectory
from multigan.training.checkpoints import steps_saved


def end(directory):
    return list(RunDirectory(directory).lines())[-1]


class Doomed:
    """A plugin with a recipe whose loss, or weights, stop being numbers."""

    @hookimpl
    def register_recipes(self):
        for kind in ("loss", "weight"):
            yield Recipe(
                name=f"doomed-{kind}",
                summary="Fails",
                modality="images",
                game=f"{__name__}:doomed_{kind}",
                data="digits",
            )


def _doomed(kind):
    import keras
    from keras import ops
    from multigan_dcgan import OPTIONS
    from multigan_dcgan.game import DCGAN

    from multigan import Turn

    class Game(DCGAN):
        def __init__(self, data, *, seed=0):
            super().__init__(data, seed=seed, **{key: option.default for key, option in OPTIONS.items()} | {"width": 4})
            self.count = keras.Variable(0.0, trainable=False, name="count")
            if kind == "weight":  # every loss up to this step is finite
                self.turns = (self.turns[0], Turn("generator", fresh=False, after=(spoil,)))

        def generator_loss(self, batch):
            self.count.assign(self.count + 1.0)
            terms = super().generator_loss(batch)
            if kind == "loss":
                terms["adversarial"] = ops.where(self.count > 26.5, float("nan"), terms["adversarial"])
            return terms

    def spoil(game):
        kernel = game.generator.trainable_variables[0]
        kernel.assign(ops.where(game.count > 39.5, float("inf"), kernel))

    return Game


def doomed_loss(data, *, seed):
    return _doomed("loss")(data, seed=seed)


def doomed_weight(data, *, seed):
    return _doomed("weight")(data, seed=seed)


def test_a_loss_that_is_nan_stops_the_run_at_the_last_good_checkpoint(train, tmp_path):
    with pytest.raises(RunFailedError, match=r"loss generator/adversarial is nan at step 27; .*step 20") as caught:
        train(tmp_path / "one", recipe="doomed-loss", options={"size": "8"}, steps=100, plugins={"doomed": Doomed()})
    assert f"--resume {tmp_path / 'one'}" in str(caught.value)
    assert steps_saved(tmp_path / "one" / "checkpoints") == [20]
    assert all(np.isfinite(value).all() for value in variables(tmp_path / "one", 20).values())
    assert (end(tmp_path / "one")["outcome"], "nan at step 27" in end(tmp_path / "one")["message"]) == ("failed", True)
    assert "nan" in (tmp_path / "one" / "report.html").read_text()


def test_weights_that_are_not_finite_never_become_a_checkpoint(train, tmp_path):
    with pytest.raises(RunFailedError, match=r"is not finite after step 40; .*step 20"):
        train(
            tmp_path / "one",
            recipe="doomed-weight",
            options={"size": "8"},
            steps=60,
            sample_every=50,
            plugins={"doomed": Doomed()},
        )
    assert steps_saved(tmp_path / "one" / "checkpoints") == [20]


def test_a_full_disk_is_reported_as_that_and_the_last_good_checkpoint_survives(train, tmp_path, monkeypatch):
    from multigan.training import checkpoints

    whole = np.savez

    def fills_up(file, **arrays):
        if "00000040" in file.name:
            file.write(b"x" * 1000)
            raise OSError(errno.ENOSPC, "No space left on device", file.name)
        whole(file, **arrays)

    monkeypatch.setattr(checkpoints.np, "savez", fills_up)
    with pytest.raises(RunFailedError, match=r"disk is full .*; the last good checkpoint is step 20"):
        train(tmp_path / "one", steps=60)
    assert [path.name for path in (tmp_path / "one" / "checkpoints").iterdir()] == ["step-00000020"]
    monkeypatch.setattr(checkpoints.np, "savez", whole)
    assert train(tmp_path / "one", resume=True).result.step == 60


def test_bad_data_leaves_no_run_directory(train, tmp_path):
    with pytest.raises(UsageError, match="nowhere"):
        train(tmp_path / "one", data=str(tmp_path / "nowhere"))
    assert not (tmp_path / "one").exists()


class Watcher:
    """Counts the run hooks, and raises where it is told to."""

    def __init__(self, raise_at=None):
        self.calls, self.raise_at = [], raise_at

    @hookimpl
    def run_started(self, run):
        self.calls.append(("run_started", run.step))

    @hookimpl
    def step_finished(self, run, step, logs):
        self.calls.append(("step_finished", step, sorted(logs)))
        if step == self.raise_at:
            raise RuntimeError("watcher is tired")

    @hookimpl
    def samples_produced(self, run, step, samples):
        self.calls.append(("samples_produced", step, samples.shape, [path.name for path in run.preview]))
        assert all(path.is_file() for path in run.preview)

    @hookimpl
    def log_written(self, step, line):
        self.calls.append(("log_written", step, sorted(line["losses"])))
        line["losses"].clear()  # a copy: the log keeps its own

    @hookimpl
    def checkpoint_saved(self, step, path):
        self.calls.append(("checkpoint_saved", step, path.name))

    @hookimpl
    def run_finished(self, run, error):
        self.calls.append(("run_finished", run.step, run.outcome, error))


def test_observers_see_every_step_in_order_and_the_end_once(train, tmp_path):
    watcher = Watcher()
    finished = train(tmp_path / "one", steps=20, plugins={"watcher": watcher})
    names = ["discriminator/accuracy_generated", "discriminator/accuracy_real", "discriminator/adversarial"]
    names += ["discriminator/gradient_norm", "generator/adversarial", "generator/gradient_norm"]
    assert watcher.calls == [
        ("run_started", 0),
        *(("step_finished", step, names) for step in range(1, 11)),
        ("log_written", 10, ["discriminator/adversarial", "generator/adversarial"]),
        *(("step_finished", step, names) for step in range(11, 21)),
        ("samples_produced", 20, (64, 8, 8, 1), ["step-00000020.png"]),
        ("log_written", 20, ["discriminator/adversarial", "generator/adversarial"]),
        ("checkpoint_saved", 20, "step-00000020"),
        ("run_finished", 20, "done", None),
    ]
    assert not finished.observer_failed
    assert sorted(finished.result.last["losses"]) == ["discriminator/adversarial", "generator/adversarial"]


def test_an_observer_that_raises_is_named_once_and_detached_while_training_goes_on(train, tmp_path):
    watcher, display = Watcher(raise_at=3), Collector()
    finished = train(tmp_path / "one", steps=20, plugins={"watcher": watcher}, display=display)
    assert finished.observer_failed
    assert finished.result.step == 20
    (line,) = [line for line in display.lines if "tired" in line]
    assert line.startswith(
        "warning: plugin watcher failed in step_finished and is detached: RuntimeError: watcher is tired"
    )
    assert [call[0] for call in watcher.calls] == ["run_started", *["step_finished"] * 3, "run_finished"]


def test_strict_lets_an_observers_error_end_the_run(train, tmp_path):
    watcher = Watcher(raise_at=3)
    with pytest.raises(
        RunFailedError, match=r"plugin watcher failed in step_finished: RuntimeError: .*tired \(.*:\d+\)"
    ) as caught:
        train(tmp_path / "one", steps=20, plugins={"watcher": watcher}, strict=True)
    assert "mend it, or go on without --strict; no checkpoint yet" in str(caught.value)
    assert "doctor" not in str(caught.value), "which knows nothing of plugins"
    assert watcher.calls[-1][::2] == ("run_finished", "failed")
    assert end(tmp_path / "one")["outcome"] == "failed"


def test_a_failing_observer_gives_exit_code_3(command, tmp_path):
    done = command(
        "run", "--plugin", "dcgan", "--steps", "5", "-o", "size=8", "-o", "width=4", "--batch-size", "16",
        watcher="@hookimpl\ndef run_started(run):\n    raise ValueError('no room')\n",
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("no room") == 1
    assert (tmp_path / "runs" / "dcgan-1" / "report.html").exists()


def test_max_minutes_stops_in_good_order(train, tmp_path):
    finished = train(tmp_path / "one", steps=10**6, max_minutes=0.0001)
    assert (finished.result.outcome, finished.result.reason) == ("interrupted", "the time limit")
    assert steps_saved(tmp_path / "one" / "checkpoints")[-1] == finished.result.step


def test_a_fault_in_the_report_is_said_once_and_ends_nothing(train, tmp_path, monkeypatch):
    from multigan.training import loop

    def broken(directory):
        raise KeyError("figure")

    monkeypatch.setattr(loop, "write_report", broken)
    display = Collector()
    assert train(tmp_path / "one", steps=40, display=display).result.outcome == "done"
    assert len([line for line in display.lines if "report.html could not be written: KeyError: 'figure'" in line]) == 1
