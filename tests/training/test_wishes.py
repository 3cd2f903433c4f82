"""A run is asked for a checkpoint, or to stop, by whoever looks at it."""

import pytest
from small import assert_same_run

from multigan import hookimpl
from multigan.errors import UsageError
from multigan.runs import WISHES, RunDirectory
from multigan.training.checkpoints import steps_saved


def asking(**wishes):
    """A plugin that asks for something at a step: `stop=33`."""

    class Ask:
        @staticmethod
        @hookimpl
        def step_finished(run, step):
            for what, at in wishes.items():
                if step == at:
                    run.directory.wish(what)

    return Ask


def test_a_run_that_is_asked_writes_a_checkpoint_goes_on_and_stops(train, tmp_path):
    run, straight = tmp_path / "run", tmp_path / "straight"
    done = train(run, steps=60, plugins={"asking": asking(checkpoint=33, stop=47)})
    assert (done.result.outcome, done.result.reason) == ("interrupted", "a request")
    assert done.result.step < 60
    extra = set(steps_saved(run / "checkpoints")) - {20, 40}
    assert any(33 <= step < 40 for step in extra)
    assert any(47 <= step < 60 for step in extra)
    assert not list(run.glob(".asked-*"))
    train(run, resume=True, steps=60)
    train(straight, steps=60)
    # What was asked for changes nothing of what is trained.
    assert_same_run(run, straight, 60)


def test_what_nobody_heard_is_forgotten(train, tmp_path):
    train(tmp_path / "run", steps=20)
    for what in WISHES:
        (tmp_path / "run" / f".asked-{what}").touch()
    done = train(tmp_path / "run", resume=True, steps=30)
    assert done.result.outcome == "done"


def test_a_run_that_nobody_trains_cannot_be_asked(tmp_path):
    directory = RunDirectory(tmp_path)
    with pytest.raises(UsageError, match="nobody to ask"):
        directory.wish("stop")
    assert not directory.busy()
    with directory.lock():
        assert RunDirectory(tmp_path).busy()
        with pytest.raises(UsageError, match="no run can be asked"):
            directory.wish("coffee")
        RunDirectory(tmp_path).wish("stop")
        assert directory.wishes() == ["stop"]
        assert directory.wishes() == []
