"""Sweeps of real runs: stopped, killed and gone on with, they find what straight runs find."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import multigan
from multigan.sweeps import worker
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Plan, write_plan
from multigan.testing import call, differences

# A sweep of two runs of points, each of which takes a blink once its process has begun.
WORDS = [
    "gan-points", "--over", "learning_rate=1e-3,2e-4", "--seeds", "1", "--metric", "recall(points)", "-n", "64",
    "--draws", "2", "--steps", "40", "--batch-size", "16", "--log-every", "10", "--checkpoint-every", "20",
    "--sample-every", "20", "-o", "generator_units=8", "-o", "critic_units=8", "-o", "maxout=0",
]  # fmt: skip
NAMES = ["learning_rate=0.001,seed=0", "learning_rate=0.0002,seed=0"]
# Ends whoever started the run, at a step, and waits until the run is told to stop, too.
WATCHER = """
from multigan import hookimpl
import os, signal, time

@hookimpl
def step_finished(step):
    if step == int(os.environ.get("AT", 0)):
        interrupts = signal.getsignal(signal.SIGTERM).__self__
        os.kill(os.getppid(), int(os.environ["WITH"]))
        while not interrupts.reason:
            time.sleep(0.01)
"""
OPTIONS = {"generator_units": "8", "critic_units": "8", "maxout": 0}


def sweep(environ, folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "multigan", "sweep", *words, "--jobs", "1"],
        env=environ, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip


@pytest.fixture
def straight(tmp_path):
    """Trains and scores the sweep's runs one by one, in this process."""
    flags = ["--steps", 40, "--batch-size", 16, "--log-every", 10, "--checkpoint-every", 20, "--sample-every", 20, "-q"]
    options = [word for key, value in OPTIONS.items() for word in ("-o", f"{key}={value}")]
    for rate, name in zip(("1e-3", "2e-4"), NAMES, strict=True):
        path = tmp_path / "straight" / name
        call("run", "--plugin", "gan-points", "--run-dir", path, *flags, *options, "-o", f"learning_rate={rate}")
        call("evaluate", path, "--metric", "recall(points)", "-n", 64, "--seeds", 2, "-q")
    return tmp_path / "straight"


def test_a_sweep_that_is_stopped_and_killed_finds_what_straight_runs_find(tmp_path, environ, straight):
    folder = tmp_path / "s"
    stopped = sweep(environ(WATCHER, AT="15", WITH=str(signal.SIGINT.value)), tmp_path, *WORDS, "--out", "s")
    assert stopped.returncode == 130, stopped.stderr
    assert "0 of 2 runs are done; go on with: multigan sweep --resume s" in stopped.stderr
    # The hook hears of a step while the next one is computed.
    assert multigan.open(folder / "runs" / NAMES[0]).step == 16
    # The first run is past that step: the second one kills.
    killed = sweep(environ(WATCHER, AT="12", WITH=str(signal.SIGKILL.value)), tmp_path, *WORDS, "--out", "s")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = sweep(environ(WATCHER), tmp_path, "--resume", "s", "--json")
    assert done.returncode == 0, done.stderr
    assert "2 runs, 1 done" in done.stderr
    for name in NAMES:
        assert differences(folder / "runs" / name, straight / name) == []
    found = json.loads(done.stdout)
    values = {name: multigan.open(straight / name).scores[-1]["value"] for name in NAMES}
    rows = {row["runs"]["0"]: row["scores"]["recall(points)"]["mean"] for row in found["rows"]}
    assert rows == values
    assert list(rows.values()) == sorted(values.values(), reverse=True)
    assert "64 generated and 64 real samples of ring" in found["protocols"]["recall(points)"]
    assert (folder / "sweep.html").is_file()
    # A program's same sweep has nothing left to do.
    small = {"batch_size": 16, "log_every": 10, "checkpoint_every": 20, "sample_every": 20, "seeds": 1, "draws": 2}
    again = multigan.sweep(
        "gan-points", {"learning_rate": [1e-3, 2e-4]}, steps=40, metrics="recall(points)", count=64, options=OPTIONS,
        out=folder, quiet=True, **small,
    )  # fmt: skip
    assert {row.runs[0]: row.scores["recall(points)"].mean for row in again.table.rows} == values
    with pytest.raises(multigan.UsageError, match="a sweep with batch_size 16, now 8"):
        multigan.sweep(
            "gan-points", {"learning_rate": [1e-3, 2e-4]}, steps=40, metrics="recall(points)", count=64,
            options=OPTIONS, out=folder, quiet=True, **{**small, "batch_size": 8},
        )  # fmt: skip


@pytest.fixture
def begun(tmp_path):
    """A sweep's folder, whose runs are to be done in this process: `begun(**changes)` of the plan."""

    def make(**changes):
        small = {"steps": 4, "batch_size": 16, "log_every": 2}
        plan = Plan("gan-points", {"pack": (1,)}, (0,), ("recall(points)",), 64, 1, settings=small, options=OPTIONS)
        folder = Folder(tmp_path / "s")
        folder.path.mkdir()
        write_plan(folder.path, Plan(**{**vars(plan), **changes}))
        return folder

    return make


def test_a_run_leaves_its_scores(begun):
    folder = begun()
    assert worker.main([str(folder.path), "pack=1,seed=0"]) == 0
    result = folder.result("pack=1,seed=0")
    [record] = result["records"]
    assert (result["step"], result["seed"], record["metric"], record["generated"]) == (4, 0, "recall(points)", 64)
    # Trained, but not scored when a kill came: it is not trained again.
    folder.write_result("pack=1,seed=0", {})
    before = Path(folder.run("pack=1,seed=0"), "log.jsonl").read_bytes()
    assert worker.main([str(folder.path), "pack=1,seed=0"]) == 0
    assert Path(folder.run("pack=1,seed=0"), "log.jsonl").read_bytes() == before
    assert folder.result("pack=1,seed=0")["records"][0]["value"] == record["value"]


def test_a_run_that_cannot_be_built_says_why_last(begun, capfd):
    folder = begun(settings={"steps": 4, "batch_size": 200_000})
    assert worker.main([str(folder.path), "pack=1,seed=0"]) == 2
    last = capfd.readouterr().err.splitlines()[-1]
    assert last.startswith("multigan: error: ring: 100,000 samples, fewer than one batch of 200,000")
    assert folder.result("pack=1,seed=0") is None


def test_a_fault_is_told_in_a_line_after_its_traceback(begun, capfd, monkeypatch):
    folder = begun()
    monkeypatch.setattr(worker, "_train", lambda *arguments: 1 / 0)
    assert worker.main([str(folder.path), "pack=1,seed=0"]) == 1
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert err.splitlines()[-1] == "multigan: error: ZeroDivisionError: division by zero"


def test_a_program_is_told_what_it_got_wrong():
    with pytest.raises(multigan.UsageError, match=r"sweep\(\) takes no step; did you mean steps\?"):
        multigan.sweep("gan-points", {"pack": [1]}, step=4)
    with pytest.raises(multigan.UsageError, match="over: pack=12: give a list of values"):
        multigan.sweep("gan-points", {"pack": "12"}, steps=4)
    with pytest.raises(multigan.UsageError, match="over is empty"):
        multigan.sweep("gan-points", {}, steps=4)
