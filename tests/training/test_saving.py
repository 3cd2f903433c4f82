"""Steps go on while a checkpoint is written, and what is written is the game as it stood."""

import json
import threading

import numpy as np
import pytest
from small import Collector, variables

from multigan import hookimpl
from multigan.errors import RunFailedError
from multigan.runs import RunDirectory
from multigan.training import checkpoints
from multigan.training.checkpoints import steps_saved

pytestmark = pytest.mark.backends
# Seconds that a write waits for steps which must come, before the test fails.
LONG = 60.0


def hosts(run):
    """What the loop's state was at each checkpoint, without times."""
    found = {}
    for step in (20, 40):
        state = json.loads((run / "checkpoints" / f"step-{step:08d}" / "manifest.json").read_text())["host"]
        found[step] = {key: value for key, value in state.items() if key != "seconds"}
    return found


class Watch:
    """A plugin that knows which step was finished last, and which checkpoints were told of."""

    def __init__(self):
        self.step, self.saved, self.reached = 0, [], threading.Event()

    @hookimpl
    def step_finished(self, step):
        self.step = step
        if step >= 25:
            self.reached.set()

    @hookimpl
    def checkpoint_saved(self, step, path):
        self.saved.append((step, self.step, path.is_dir()))


def test_steps_go_on_while_a_checkpoint_is_written(train, tmp_path, monkeypatch):
    watch, whole, waited = Watch(), checkpoints.write_checkpoint, []

    def slow(folder, taken):
        if taken.step == 20:
            waited.append(watch.reached.wait(LONG))
        return whole(folder, taken)

    train(tmp_path / "straight", steps=40, log_every=15)
    monkeypatch.setattr(checkpoints, "write_checkpoint", slow)
    train(tmp_path / "run", steps=40, log_every=15, plugins={"watch": watch})
    assert waited == [True]
    assert [(step, there) for step, _, there in watch.saved] == [(20, True), (40, True)]
    assert watch.saved[0][1] >= 25
    for step in (20, 40):  # what came after the copy is not in it
        straight, found = variables(tmp_path / "straight", step), variables(tmp_path / "run", step)
        for name, value in straight.items():
            np.testing.assert_array_equal(found[name], value, err_msg=name)
    # Sums of the log go on as well: a log interval is not over at step 20.
    assert hosts(tmp_path / "run") == hosts(tmp_path / "straight")


@pytest.mark.once
def test_a_second_checkpoint_waits_for_the_first(train, tmp_path, monkeypatch):
    whole, busy, together = checkpoints.write_checkpoint, threading.Lock(), []

    def alone(folder, taken):
        together.append(busy.acquire(blocking=False))
        done = whole(folder, taken)
        busy.release()
        return done

    monkeypatch.setattr(checkpoints, "write_checkpoint", alone)
    train(tmp_path / "run", steps=12, checkpoint_every=1, sample_every=12)
    assert together == [True] * 12
    assert steps_saved(tmp_path / "run" / "checkpoints")[-1] == 12


@pytest.mark.once
def test_what_a_write_fails_by_ends_the_run_with_a_word(train, tmp_path, monkeypatch):
    whole = checkpoints.write_checkpoint

    def broken(folder, taken):
        if taken.step == 20:
            raise OSError(28, "No space left on device")
        return whole(folder, taken)

    monkeypatch.setattr(checkpoints, "write_checkpoint", broken)
    with pytest.raises(RunFailedError, match="the disk is full"):
        train(tmp_path / "run", steps=100000, checkpoint_every=10, display=Collector())
    assert steps_saved(tmp_path / "run" / "checkpoints") == [10]
    end = list(RunDirectory(tmp_path / "run").lines())[-1]
    assert (end["kind"], end["outcome"]) == ("end", "failed")
    assert "step 10" in end["message"]
