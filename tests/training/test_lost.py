"""Files of a run that somebody took away: said, and never taken for a run that has not begun."""

import json
import shutil

import pytest
from small import Collector, facts_of

from multigan.errors import UsageError
from multigan.lost import lost_between, lost_checkpoints, lost_lines
from multigan.plugins import load_plugins
from multigan.report.page import write_report
from multigan.runlog import read_run
from multigan.runs import RunDirectory


def written(folder, *lines, scores=(), checkpoints=(), **settings):
    """A run with these lines, which logs every 10 steps and saves a checkpoint every 20."""
    run, facts = RunDirectory(folder), facts_of()
    values = {"checkpoint_every": 20, "log_every": 10} | settings
    facts["settings"] |= {key: {"value": value, "origin": "flag"} for key, value in values.items()}
    run.write_facts(facts)
    for path, told in ((run.log, lines), (run.scores, scores)):
        path.write_text("".join(json.dumps({"kind": "log"} | line) + "\n" for line in told))
    for step in checkpoints:
        (run.checkpoints / f"step-{step:08d}").mkdir(parents=True, exist_ok=True)
    return run


@pytest.mark.parametrize(
    ("lines", "scores", "step"),
    [
        ([], [], 0),
        # The log tells of a step before its checkpoint is there.
        ([{"step": 10}, {"step": 20}], [], 0),
        ([{"step": 10}, {"kind": "end", "outcome": "failed", "step": 13}], [], 0),
        ([{"step": 30, "abandoned": True}, {"kind": "resume", "step": 0}, {"step": 10}], [], 0),
        ([{"step": 20}, {"step": 30}], [], 30),
        ([{"kind": "end", "outcome": "interrupted", "step": 7}], [], 7),
        ([{"kind": "end", "outcome": "done", "step": 15}], [], 15),
        ([{"kind": "resume", "step": 5}], [], 5),
        ([], [{"step": 20, "metric": "m"}], 20),
    ],
)
def test_only_a_run_that_had_a_checkpoint_can_have_lost_them(tmp_path, lines, scores, step):
    assert lost_checkpoints(read_run(written(tmp_path, *lines, scores=scores).path)) == step
    assert lost_checkpoints(read_run(written(tmp_path, *lines, scores=scores, checkpoints=[20]).path)) == 0


def test_a_run_whose_checkpoints_are_gone_is_refused_and_left_as_it_is(train, trained, tmp_path):
    from multigan.trained.opening import Trained

    run = RunDirectory(tmp_path / "one")
    trained(run.path, 20)
    shutil.rmtree(run.checkpoints)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    said = "one/checkpoints: no checkpoint is there, though the run got to step 20; nothing was changed: put a copy"
    with pytest.raises(UsageError, match=said):
        train(run.path, resume=True, steps=40)
    with pytest.raises(UsageError, match=said):
        Trained(run.path, load_plugins(environ={}), warn=lambda line: None)
    assert before == {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    page = write_report(run.path).read_text()
    assert "Its checkpoints are gone" in page
    assert "--resume" not in page


def test_a_log_that_is_gone_or_ends_too_early_is_said_and_the_run_goes_on(train, trained, tmp_path):
    run = RunDirectory(tmp_path / "one")
    trained(run.path, 20)
    log = run.log.read_text()
    for step, there, end in ((30, "ends at step 10", log.index("\n") + 1), (40, "missing", None)):
        display = Collector()
        run.log.unlink() if end is None else run.log.write_text(log[:end])
        assert train(run.path, resume=True, steps=step, display=display).result.step == step
        lost = f"{there}; what was logged until step {step - 10} is lost, and the run goes on without it"
        assert [line for line in display.lines if "lost" in line] == [f"warning: {run.log}: {lost}"]
    display = Collector()
    train(run.path, resume=True, steps=50, display=display)
    assert not [line for line in display.lines if "lost" in line]


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        ([{"step": 10}, {"step": 20, "abandoned": True}], 20),
        ([{"step": 10}], 19),
        # A run that had no lines in this stretch, and got another `log_every` when it went on.
        ([{"kind": "resume", "step": 20}], 20),
    ],
)
def test_a_log_that_tells_what_it_should_is_whole(tmp_path, lines, step):
    run = written(tmp_path, *lines, checkpoints=[step])
    assert list(lost_lines(run, step)) == []


RESUME, AGAIN = {"kind": "resume", "step": 20}, {"step": 30, "abandoned": True}


@pytest.mark.parametrize(
    ("lines", "gone"),
    [
        ([], []),
        ([10, 20, 30], []),
        ([10, 20, 27], []),
        ([20, 30], [10]),
        ([10, 40, 50], [20, 30]),
        # Taken back, and taken again.
        ([10, 20, AGAIN, RESUME, 30, 40], []),
        ([10, 20, AGAIN, RESUME, 40], [30]),
        ([10, 20, AGAIN, {"kind": "recovery", "step": 20}, 30], []),
        # A resume writes a recovery again that the log had lost.
        ([10, 20, 30, 40, {"kind": "resume", "step": 40}, {"kind": "recovery", "step": 20}, 50], []),
        # Before the last resume it may have been another `log_every`, which the lines tell.
        ([5, 10, 15, 20, RESUME, 30], []),
        ([5, 15, 20, RESUME, 30], [10]),
        ([20, {"kind": "resume", "step": 40}, 50], []),
        ([7, 14, 20, RESUME, 30], []),
        # The end of what came before a resume: its checkpoint is younger than the lines of its step.
        ([5, 10, {"kind": "resume", "step": 20}, 30], [15, 20]),
    ],
)
def test_lines_that_are_gone_between_others_are_found(tmp_path, lines, gone):
    told = [{"step": line} if isinstance(line, int) else line for line in lines]
    assert lost_between(read_run(written(tmp_path, *told).path)) == gone


def test_a_run_shorter_than_its_log_lines_are_apart_misses_its_last_line(tmp_path):
    run = written(tmp_path, checkpoints=[20], steps=20, log_every=50)
    (told,) = lost_lines(run, 20)
    assert told.startswith(f"{run.log}: tells of no step; what was logged until step 20 is lost")
    run.log.unlink()
    (told,) = lost_lines(run, 20)
    assert told.startswith(f"{run.log}: missing; what was logged until step 20 is lost")
    # Stopped before its last step it has logged nothing yet.
    assert list(lost_lines(written(tmp_path, checkpoints=[20], steps=40, log_every=50), 20)) == []


def test_scores_that_are_gone_are_said_where_the_best_checkpoint_hangs_on_them(tmp_path):
    lines = [{"step": 20}, {"step": 40}]
    own = [{"step": 20, "metric": "recall", "value": 0.5, "by": "keep-best"}]
    run = written(tmp_path, *lines, scores=own, checkpoints=[20, 40], keep_best="recall")
    assert list(lost_lines(run, 40)) == []
    run.scores.unlink()
    (told,) = lost_lines(run, 40)
    assert told == f"{run.scores}: no recall of its checkpoints is there, so that none of them is kept as the best"
    assert list(lost_lines(written(tmp_path, *lines, checkpoints=[20, 40]), 40)) == []
