"""A kill, at whatever place, costs nothing but the steps since the last checkpoint."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small import FLAGS, KILL, Collector, assert_same_run, log_without_times, stopper

from multigan import hookimpl
from multigan.errors import UsageError
from multigan.runs import RunDirectory
from multigan.training.checkpoints import steps_saved


def test_a_kill_at_every_file_operation_costs_nothing(tmp_path):
    script = Path(__file__).with_name("kill_everywhere.py")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
    done = subprocess.run(
        [sys.executable, script, tmp_path],
        env=environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["operations"]) > 90
    assert sum("step-00000008.new" in operation for operation in told["operations"]) == 1  # a recovery's checkpoint
    assert told["wrong"] == {}


def test_a_run_that_was_killed_after_its_last_checkpoint_is_ended_by_a_resume(command, tmp_path):
    run = tmp_path / "run"
    killed = command(
        "run", "--plugin", "dcgan", "--steps", "20", "--run-dir", run, *FLAGS,
        watcher="@hookimpl\ndef checkpoint_saved():\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    assert [line["kind"] for line in RunDirectory(run).lines()] == ["log", "log"]
    watcher = "@hookimpl\ndef run_started(run):\n    print('started at', run.step)\n"
    resumed = command("run", "--resume", run, watcher=watcher)
    assert resumed.returncode == 0, resumed.stderr
    assert "started at 20" in resumed.stderr
    assert [line["kind"] for line in RunDirectory(run).lines()] == ["log", "log", "resume", "end"]
    assert "No end is recorded" not in (run / "report.html").read_text()
    again = command("run", "--resume", run)
    assert again.returncode == 0
    assert "already at step 20" in again.stderr
    assert "--steps 40" in again.stderr
    assert [line["kind"] for line in RunDirectory(run).lines()] == ["log", "log", "resume", "end"]


def test_a_stop_at_what_becomes_the_last_step_leaves_what_a_straight_run_leaves(train, tmp_path):
    step = train(tmp_path / "one", steps=60, plugins={"stop": stopper(33)}).result.step
    assert train(tmp_path / "one", resume=True, steps=step).result.outcome == "done"
    train(tmp_path / "two", steps=step)
    assert_same_run(tmp_path / "one", tmp_path / "two", step)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_before_the_first_step_is_told_and_leaves_nothing(command, tmp_path, name):
    stopped = command(
        "run", "--plugin", "dcgan", "--data", "slow", "--run-dir", tmp_path / "made" / "run",
        watcher="from multigan import DataSource\n"
        "@hookimpl\ndef register_datasets():\n"
        "    yield DataSource(name='slow', summary='s', modality='images', load='watcher_plugin:load')\n"
        f"def load():\n    os.kill(os.getpid(), signal.{name})\n",
    )  # fmt: skip
    assert stopped.returncode == 130
    assert stopped.stderr.splitlines()[-1] == f"multigan: error: interrupted by {name}"
    assert not (tmp_path / "made").exists()


def test_sighup_is_an_orderly_stop_unless_it_is_ignored(command, tmp_path):
    flags = ["run", "--plugin", "dcgan", "--steps", "30", *FLAGS, "--run-dir"]
    told = {"KILL_AT": "13", "KILL_WITH": str(int(signal.SIGHUP))}
    stopped = command(*flags, tmp_path / "one", watcher=KILL, **told)
    assert stopped.returncode == 130, stopped.stderr
    assert steps_saved(tmp_path / "one" / "checkpoints")[-1] in (13, 14)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert command(*flags, tmp_path / "two", watcher=KILL, **told).returncode == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("left", [[".lock"], [".lock", ".run.toml.99999999.tmp"], []])
def test_a_kill_before_run_toml_leaves_a_folder_that_a_new_run_takes(train, tmp_path, left):
    (tmp_path / "one").mkdir()
    for name in left:
        (tmp_path / "one" / name).touch()
    if left:
        with pytest.raises(UsageError, match=r"no run has begun there; start one with: multigan run"):
            train(tmp_path / "one", resume=True)
    assert train(tmp_path / "one", steps=1).result.outcome == "done"
    assert not list((tmp_path / "one").glob("*.tmp"))


def test_what_a_kill_left_half_written_goes_with_the_next_resume(train, trained, tmp_path):
    trained(tmp_path / "one", 20)
    run = tmp_path / "one"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = [run / f".report.html.{dead.pid}.tmp", run / ".log.jsonl.tmp"]
    left += [run / "samples" / f".step-00000020.png.{dead.pid}", run / f".report.html.{dead.pid}"]
    kept = [run / f".report.html.{os.getppid()}.tmp", run / ".lock", run / "notes.txt", run / ".hidden"]
    for path in left + kept:
        path.touch()
    train(run, resume=True, steps=21)
    assert [path.exists() for path in left] == [False] * len(left)
    assert [path.exists() for path in kept] == [True] * len(kept)


def test_a_second_new_run_in_one_folder_is_refused_while_the_first_reads_its_data(train, tmp_path):
    refused = []

    class Rival:
        @staticmethod
        @hookimpl
        def register_datasets():
            from multigan import DataSource

            yield DataSource(name="rival", summary="s", modality="images", load=f"{__name__}:read")

    def read():
        import numpy as np

        with pytest.raises(UsageError) as caught:
            train(tmp_path / "one", steps=1)
        refused.append(str(caught.value))
        return np.zeros((64, 8, 8, 1), "uint8") + np.arange(64, dtype="uint8")[:, None, None, None], None, ()

    globals()["read"] = read
    assert train(tmp_path / "one", steps=20, data="rival", plugins={"rival": Rival}).result.step == 20
    assert refused == [f"{tmp_path / 'one'}: in use by another process; wait for it, or choose another --run-dir"]
    assert RunDirectory(tmp_path / "one").facts()["data"]["name"] == "rival"


def test_a_resume_that_is_refused_for_its_folder_takes_nothing_away(train, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError, match="not a run directory"):
        train(tmp_path / "one", resume=True)
    with pytest.raises(UsageError, match="not empty"):
        train(tmp_path / "one", steps=1)
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) in (["photo.jpg"], [".lock", "photo.jpg"])
    with pytest.raises(UsageError, match="no such run directory"):
        train(tmp_path / "two", resume=True)
    assert not (tmp_path / "two").exists()


def test_a_resume_on_another_machine_or_version_says_that_exactness_ends(train, trained, tmp_path):
    trained(tmp_path / "one", 20)
    facts = RunDirectory(tmp_path / "one").facts()
    display = Collector()
    train(tmp_path / "one", resume=True, steps=21, display=display)
    assert not [line for line in display.lines if "bit for bit" in line]
    facts["machine"] |= {"cpus": 97, "backend": "theano"}
    facts["versions"]["keras"] = "3.0.0"
    RunDirectory(tmp_path / "one").write_facts(facts)
    train(tmp_path / "one", resume=True, steps=22, display=display)
    (told,) = [line for line in display.lines if "bit for bit" in line]
    assert "from step 21 on" in told
    assert all(word in told for word in ("backend theano, now", "CPUs 97, now", "keras 3.0.0, now"))
    resumes = [line for line in RunDirectory(tmp_path / "one").lines() if line["kind"] == "resume"]
    assert [len(line.get("changed", ())) for line in resumes] == [0, 3]


def test_the_report_is_written_at_the_start_and_the_end_and_seldom_between(train, tmp_path, monkeypatch):
    from multigan.training import loop

    clock, written = [0.0], []

    def monotonic():
        clock[0] += 0.01
        return clock[0]

    def write_report(directory):
        clock[0] += 10.0
        written.append(len(log_without_times(directory)))

    monkeypatch.setattr(loop.time, "monotonic", monotonic)
    monkeypatch.setattr(loop, "write_report", write_report)
    train(tmp_path / "one", steps=60, log_every=1, checkpoint_every=1, sample_every=60)
    # The first checkpoint is whole at the first step or at the second, which waits for it.
    assert written in ([1, 60], [2, 60])


def test_a_reader_who_leaves_ends_the_printing_and_not_the_run(tmp_path):
    words = [sys.executable, "-m", "multigan", "run", "--plugin", "dcgan", "--steps", "30", *FLAGS, "--log-every", "1"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
    process = subprocess.Popen([*words, "--run-dir", tmp_path / "run"], stderr=subprocess.PIPE, env=environ)
    assert process.stderr.readline()
    process.stderr.close()
    assert process.wait(timeout=300) == 0
    assert list(RunDirectory(tmp_path / "run").lines())[-1]["outcome"] == "done"


def test_a_recoverys_line_that_a_kill_cost_comes_from_its_checkpoint(tmp_path):
    run = RunDirectory(tmp_path)
    first, second = ({"kind": "recovery", "step": 8, "number": number} for number in (1, 2))
    run.append(first)
    assert run.missing([first, second]) == [second]
    run.append(second)
    assert run.missing([first, second]) == []
    run.abandon_after(4)
    assert run.missing([first, second]) == [first, second]


def test_two_runs_are_one_whatever_interrupted_them_and_not_otherwise(train, trained, tmp_path):
    from multigan.testing import differences

    train(tmp_path / "one", steps=60, plugins={"stop": stopper(33)})
    train(tmp_path / "one", resume=True)
    trained(tmp_path / "two", 60)
    assert differences(tmp_path / "one", tmp_path / "two") == []
    # A process that was lost before the first checkpoint: its end stands at step 0, where the resume begins.
    lost = {"kind": "end", "step": 0, "outcome": "failed", "message": "worker 1 has gone", "time": ""}
    log = (tmp_path / "one" / "log.jsonl").read_text()
    (tmp_path / "one" / "log.jsonl").write_text(json.dumps(lost) + "\n" + log)
    assert differences(tmp_path / "one", tmp_path / "two") == []
    train(tmp_path / "three", steps=60, seed=1)
    assert {"log", "sample step-00000060.png"} <= set(differences(tmp_path / "one", tmp_path / "three"))
