"""Several processes that train one run are one process; whatever happens to one of them, the run goes on."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from textwrap import dedent

import numpy as np
import pytest
from small import ROOT, assert_same_run, log_without_times, variables

from multigan.api.workers import cores_of
from multigan.runs import RunDirectory
from multigan.testing import differences
from multigan.training.checkpoints import steps_saved

pytestmark = pytest.mark.extra

pytest.importorskip("jax")

TINY = ["--log-every", "1", "--sample-every", "10", "--checkpoint-every", "5", "--steps", "10", "--device", "cpu"]
SMALL = ["-o", "size=8", "-o", "width=4"]
# What of the engine sees a whole batch at once: batch statistics; a penalty and several updates a step; pools, two
# domains and a batch that not even every process has a row of; pairs of real and generated samples; scores of a batch.
CASES = {
    "batch norm": ["--plugin", "dcgan", "--batch-size", "16", *SMALL, "-o", "ema=0.9"],
    "penalty": ["--plugin", "wgan-gp", "--batch-size", "16", *SMALL],
    "pools": [
        "--plugin", "cyclegan", "--batch-size", "4", "-o", "size=16", "-o", "width=4", "-o", "blocks=1",
        "-o", "pool=6",
    ],
    "relativistic": ["--plugin", "dcgan", "--batch-size", "16", *SMALL, "-o", "loss=relativistic"],
    "deviation of a batch": [
        "--plugin", "dcgan", "--batch-size", "16", *SMALL, "-o", "loss=relativistic-paired", "-o", "spectral_norm=true",
        "-o", "minibatch_stddev=true",
    ],
}  # fmt: skip
# A plugin that sends a signal to one of the workers when the leader has finished a step, or tells how they compute.
SEND = """
from pathlib import Path

@hookimpl
def step_finished(step):
    parent = os.getppid()
    workers = [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    if step == int(os.environ.get("SEND_AT", 0)):
        os.kill([*workers, parent][int(os.environ["SEND_TO"])], int(os.environ["SEND_WITH"]))
    if step == 1 and "TELL" in os.environ:
        told = [[sorted(os.sched_getaffinity(each)), os.sched_getscheduler(each)] for each in workers]
        Path(os.environ["TELL"]).write_text(json.dumps(told))
"""
PARENT = "-1"


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """The environment of the commands; what JAX has compiled once is not compiled again."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MULTIGAN_", "KERAS_"))}
    paths = os.pathsep.join(map(str, [ROOT, *ROOT.glob("plugins/*/src")]))
    cache = {
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path_factory.mktemp("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return {"PYTHONPATH": paths, "COLUMNS": "200"} | cache | kept | {"PYTHONPATH": paths}


@pytest.fixture(scope="module")
def multigan(environ):
    """Runs a command in a process of its own: `multigan(*words, **variables)`."""

    def run(*words, cwd=None, **more):
        return subprocess.run(
            [sys.executable, "-m", "multigan", *map(str, words)],
            env=environ | more, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def run_of(multigan, tmp_path_factory):
    """Returns a straight run of a case with as many workers, each trained once."""
    known = {}

    def trained(case, workers):
        if (case, workers) not in known:
            place = tmp_path_factory.mktemp("straight") / "run"
            words = CASES[case] + TINY + ["--run-dir", place, "--workers", workers]
            done = multigan("run", *words, *(["--backend", "jax"] if workers == 1 else []))
            assert done.returncode == 0, done.stderr
            known[case, workers] = place
        return known[case, workers]

    return trained


@pytest.fixture
def watched(tmp_path, environ):
    """The environment's PYTHONPATH with the plugin that sends signals."""
    info = tmp_path / "site" / "watcher-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[multigan]\nwatcher = watcher_plugin\n")
    (tmp_path / "site" / "watcher_plugin.py").write_text("from multigan import hookimpl\nimport json, os\n" + SEND)
    return os.pathsep.join([str(tmp_path / "site"), environ["PYTHONPATH"]])


def numbers(run):
    """All losses of a run, in order."""
    return {f"{line['step']} {key}": value for line in log_without_times(run) for key, value in line["losses"].items()}


@pytest.mark.parametrize("case", CASES)
def test_two_workers_are_one(run_of, case):
    one, two = run_of(case, 1), run_of(case, 2)
    losses, others = numbers(one), numbers(two)
    assert list(losses) == list(others)
    assert len(losses) >= 20
    np.testing.assert_allclose([*others.values()], [*losses.values()], rtol=1e-4, atol=1e-5)
    found = variables(two, 10)
    for name, value in variables(one, 10).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-3, atol=1e-5, err_msg=name)
    assert RunDirectory(two).facts()["machine"]["workers"] == 2


def test_four_workers_are_one(run_of):
    one, four = run_of("batch norm", 1), run_of("batch norm", 4)
    np.testing.assert_allclose([*numbers(four).values()], [*numbers(one).values()], rtol=1e-4, atol=1e-5)


def test_a_resume_with_as_many_is_exact_to_the_bit(multigan, run_of, watched, tmp_path):
    straight, run = run_of("pools", 2), tmp_path / "run"
    sent = {"SEND_AT": "5", "SEND_TO": PARENT, "SEND_WITH": str(int(signal.SIGTERM))}
    words = [*CASES["pools"], *TINY, "--run-dir", run, "--workers", "2"]
    stopped = multigan("run", *words, PYTHONPATH=watched, **sent)
    assert stopped.returncode == 130, stopped.stderr
    assert 5 <= steps_saved(run / "checkpoints")[-1] < 10
    resumed = multigan("run", "--resume", run)
    assert resumed.returncode == 0, resumed.stderr
    assert_same_run(straight, run, 10)


def test_another_number_is_told_on_resume(multigan, tmp_path):
    run = tmp_path / "run"
    words = [*CASES["batch norm"], *TINY, "--run-dir", run, "--workers", "2", "--steps", "5"]
    assert multigan("run", *words).returncode == 0
    resumed = multigan("run", "--resume", run, "--steps", "10", "--workers", "1")
    assert resumed.returncode == 0, resumed.stderr
    assert "2, now 1" in " ".join(resumed.stderr.split())
    assert steps_saved(run / "checkpoints")[-1] == 10


@pytest.mark.parametrize(("victim", "name"), [("0", "worker 0"), ("1", "worker 1")])
def test_a_worker_that_is_killed_ends_all_and_the_run_goes_on(multigan, run_of, watched, tmp_path, victim, name):
    run = tmp_path / "run"
    words = [*CASES["batch norm"], *TINY, "--run-dir", run, "--workers", "2"]
    sent = {"SEND_AT": "7", "SEND_TO": victim, "SEND_WITH": str(int(signal.SIGKILL))}
    killed = multigan("run", *words, PYTHONPATH=watched, **sent)
    assert killed.returncode == 1
    assert name in killed.stderr
    assert "--resume" in killed.stderr
    assert "Traceback" not in killed.stderr
    resumed = multigan("run", "--resume", run)
    assert resumed.returncode == 0, resumed.stderr
    assert differences(run_of("batch norm", 2), run) == []


@pytest.mark.parametrize("whom", [PARENT, "1"])
def test_a_signal_to_any_ends_all_in_good_order(multigan, run_of, watched, tmp_path, whom):
    run = tmp_path / "run"
    # Long enough that the signal is seen before the end, wherever it comes from.
    words = [*CASES["batch norm"], *TINY, "--run-dir", run, "--workers", "2", "--steps", "100000"]
    sent = {"SEND_AT": "7", "SEND_TO": whom, "SEND_WITH": str(int(signal.SIGTERM))}
    stopped = multigan("run", *words, PYTHONPATH=watched, **sent)
    assert stopped.returncode == 130, stopped.stderr
    end = list(RunDirectory(run).lines())[-1]
    assert (end["kind"], end["outcome"]) == ("end", "interrupted")
    assert "SIGTERM" in end["message"]
    assert steps_saved(run / "checkpoints")[-1] == end["step"]


def test_what_a_worker_raises_is_told(multigan, tmp_path):
    done = multigan("run", *CASES["batch norm"], *TINY, "--workers", "2", "--data", tmp_path / "none")
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="of Linux")
def test_workers_do_not_take_cores_from_one_another(multigan, watched, tmp_path):
    told = tmp_path / "told.json"
    words = [*CASES["batch norm"], *TINY, "--run-dir", tmp_path / "run", "--workers", "2"]
    done = multigan("run", *words, PYTHONPATH=watched, TELL=str(told))
    assert done.returncode == 0, done.stderr
    expected = [sorted(cores or os.sched_getaffinity(0)) for cores in cores_of(2)]
    assert json.loads(told.read_text()) == [[cores, os.SCHED_BATCH] for cores in expected]


@pytest.mark.parametrize(
    ("machine", "count", "shares"),
    [
        ({0, 1}, 2, [{0}, {1}]),
        ({1, 3, 5, 7, 9}, 2, [{1, 3}, {5, 7, 9}]),
        ({0, 1, 2}, 3, [{0}, {1}, {2}]),
        ({0, 1}, 3, [set(), set(), set()]),
    ],
)
def test_cores_are_dealt_out_to_workers(monkeypatch, machine, count, shares):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: machine, raising=False)
    assert cores_of(count) == shares


def test_workers_that_something_else_starts_are_the_same_run(environ, run_of, tmp_path):
    run, port = tmp_path / "run", _port()
    words = [*CASES["batch norm"], *TINY, "--run-dir", str(run), "--workers", "2"]
    words += ["--coordinator", f"127.0.0.1:{port}", "--json"]
    with _started(environ, *words, "--process", "1") as second, _started(environ, *words, "--process", "0") as first:
        (said, told), (nothing, _) = first.communicate(timeout=600), second.communicate(timeout=600)
        assert first.returncode == 0, told
        assert second.returncode == 0
    assert json.loads(said)["step"] == 10
    assert nothing == ""
    assert differences(run_of("batch norm", 2), run) == []


def test_python_trains_with_workers(environ, run_of, tmp_path):
    run = tmp_path / "run"
    told = """
        import sys, multigan
        lines = []
        run = multigan.train("dcgan", batch_size=16, steps=10, log_every=1, sample_every=10, checkpoint_every=5,
            options={"size": 8, "width": 4, "ema": 0.9}, device="cpu", workers=2, quiet=True, run_dir=sys.argv[1],
            on_progress=lines.append)
        print(len(lines), run.step)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(told), str(run)], env=environ, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["10", "10"]
    assert differences(run_of("batch norm", 2), run) == []


def _port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def _started(environ, *words):
    process = subprocess.Popen(
        [sys.executable, "-m", "multigan", "run", *map(str, words)],
        env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
