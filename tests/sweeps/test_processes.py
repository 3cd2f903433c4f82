"""Runs as processes: one that fails, all that are stopped, and what is done already. The processes are false ones."""

import os
import select
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from multigan.api.host import Host
from multigan.devices import gpus
from multigan.progress import Progress
from multigan.sweeps import call as calls
from multigan.sweeps.folder import Folder
from multigan.sweeps.places import Here
from multigan.sweeps.plan import Plan
from multigan.sweeps.processes import Processes
from multigan.sweeps.slots import Slot, default_jobs, slots
from multigan.training.interrupts import Interrupts

PLAN = Plan("gan-points", {"pack": (1, 2)}, (0, 1), metrics=("recall(points)",), count=64, settings={"steps": 4})
FAILS = "pack=2,seed=0"


def processes(folder, fake, how=lambda job: "done", places=2):
    here = Here(folder, [Slot()] * places, lambda job: fake(folder, job, how(job)))
    return Processes(folder, here, lambda job: 4)


def test_a_run_that_fails_is_named_and_does_not_stop_the_others(tmp_path, fake):
    folder = Folder(tmp_path)
    how = {"pack=2,seed=0": "fails", "pack=1,seed=1": "crashes"}
    with Interrupts() as interrupts:
        runner = processes(folder, fake, lambda job: how.get(job.name, "done"))
        ended = {e.job.name: e.reason for e in runner.run(PLAN.jobs(), 0, interrupts, Progress())}
    assert ended == {
        "pack=1,seed=0": "",
        "pack=2,seed=0": "the loss is not finite",
        "pack=1,seed=1": "its process was ended by SIGKILL",
        "pack=2,seed=1": "",
    }


def test_a_stop_ends_the_runs_in_good_order_and_starts_no_more(tmp_path, fake, monkeypatch):
    folder = Folder(tmp_path)

    first, second = (job.name for job in PLAN.jobs()[:2])

    class Stop(Progress):
        def part(self, what, done=0, total=0):
            if all((tmp_path / f"ready-{name}").exists() for name in (first, second)):
                interrupts.ask("SIGINT")

    monkeypatch.setattr("multigan.sweeps.processes.TELL", 0.0)
    ended = []
    with Interrupts() as interrupts:
        runner = processes(folder, fake, lambda job: "lingers" if job.name == second else "waits")
        for each in runner.run(PLAN.jobs(), 0, interrupts, Stop()):
            ended.append((each.job.name, each.stopped))
            (tmp_path / "go").touch()  # only now has the second run an end, while the first one's place is free
    assert ended == [(first, True), (second, True)]
    assert sorted((tmp_path / "started").read_text().split()) == sorted([first, second])
    assert (tmp_path / f"asked-{first}").exists()


def test_runs_know_when_whoever_started_them_was_killed(tmp_path, fake):
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(os.getcwd())!r})
from pathlib import Path
from multigan.progress import Progress
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Plan
from multigan.sweeps.places import Here
from multigan.sweeps.processes import Processes
from multigan.sweeps.slots import Slot
from multigan.training.interrupts import Interrupts
folder = Folder(Path({str(tmp_path)!r}))
class Kill(Progress):
    def part(self, what, done=0, total=0):
        if (folder.path / "ready-pack=1,seed=0").exists():
            os.kill(os.getpid(), signal.SIGKILL)
import multigan.sweeps.processes as module
module.TELL = 0.0
words = {[sys.executable, "-S", str(tmp_path / "fake.py"), str(tmp_path)]!r}
runner = Processes(folder, Here(folder, [Slot()], lambda job: [*words, job.name, "waits"]), lambda job: 4)
list(runner.run(Plan("r", {{"pack": (1,)}}, (0,)).jobs(), 0, Interrupts(), Kill()))
"""
    os.mkfifo(tmp_path / "orphaned")
    told = os.open(tmp_path / "orphaned", os.O_RDONLY | os.O_NONBLOCK)
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert select.select([told], [], [], 60)[0]
    assert os.read(told, 99) == b"pack=1,seed=0"
    os.close(told)


def swept(folder, fake, monkeypatch, plan, how="done", **further):
    """Does a sweep of false runs; returns it and the names of those that were started."""
    monkeypatch.setattr(calls, "command", lambda folder, job, blocked: fake(folder, job, how))
    (folder / "started").unlink(missing_ok=True) if folder.exists() else None
    done = calls.run_sweep(Host(quiet=True), plan, folder, 1, **further)
    started = folder / "started"
    return done, started.read_text().split() if started.exists() else []


def test_what_is_done_is_not_done_again(tmp_path, fake, monkeypatch):
    folder = tmp_path / "s"
    failed, started = swept(folder, fake, monkeypatch, PLAN, "fails")
    assert (len(failed.failed), len(started), failed.table.done) == (4, 4, 0)
    Folder(folder).write_result("pack=1,seed=0", {"records": []})
    done, started = swept(folder, fake, monkeypatch, None)
    assert started == ["pack=2,seed=0", "pack=1,seed=1", "pack=2,seed=1"]
    assert (done.failed, done.table.done) == ({}, 4)
    _, started = swept(folder, fake, monkeypatch, PLAN)
    assert started == []
    _, started = swept(folder, fake, monkeypatch, None, seeds=3)
    assert started == ["pack=1,seed=2", "pack=2,seed=2"]
    more = replace(PLAN, over={"pack": (1, 2, 4)}, seeds=(0, 1, 2))
    _, started = swept(folder, fake, monkeypatch, more)
    assert started == ["pack=4,seed=0", "pack=4,seed=1", "pack=4,seed=2"]


def test_half_a_result_is_none(tmp_path):
    folder = Folder(tmp_path)
    folder.write_result("a", {"records": []})
    assert folder.result("a") == {"records": []}
    for content in ("", '{"records": [', "[]", "{}"):
        (tmp_path / "results" / "a.json").write_text(content)
        assert folder.result("a") is None


def test_a_folder_of_something_else_is_left_alone(tmp_path, fake, monkeypatch):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(calls.UsageError, match="what it holds is no sweep; choose a new name"):
        swept(tmp_path, fake, monkeypatch, PLAN)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fake.py", "letter.txt"]


def test_two_processes_do_not_share_a_sweep(tmp_path, fake, monkeypatch):
    folder = tmp_path / "s"
    with Folder(folder).lock(), pytest.raises(calls.UsageError, match="in use by another process"):
        swept(folder, fake, monkeypatch, PLAN)


def test_cores_and_gpus_are_dealt_out(monkeypatch):
    monkeypatch.setattr("multigan.sweeps.slots.cores", lambda: [0, 1, 2, 5])
    assert [sorted(slot.cpus) for slot in slots(2, 2, [])] == [[0, 1], [2, 5]]
    assert [sorted(slot.cpus) for slot in slots(3, 2, [])] == [[0, 1], [2, 5], [0, 1]]
    monkeypatch.setattr("multigan.sweeps.slots._memory", lambda: 6 << 30)
    assert [default_jobs(runs, []) for runs in (1, 9)] == [1, 3]
    assert [default_jobs(runs, ["0", "1"]) for runs in (1, 9)] == [1, 2]
    alone, shared = slots(1, 1, ["3"]), slots(2, 1, ["3"])
    assert alone[0].environ == {"CUDA_VISIBLE_DEVICES": "3"}
    assert shared[1].environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_only_visible_gpus_are_given():
    assert gpus("", {"CUDA_VISIBLE_DEVICES": "2, 5"}) == ["2", "5"]
    assert gpus("", {"CUDA_VISIBLE_DEVICES": "2,-1,5"}) == ["2"]
    assert gpus("", {"CUDA_VISIBLE_DEVICES": ""}) == []
    assert gpus("cpu", {"CUDA_VISIBLE_DEVICES": "2"}) == []
