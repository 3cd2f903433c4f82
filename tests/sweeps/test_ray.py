"""Sweeps on a Ray cluster of two nodes of this machine: they find what a sweep on this machine finds."""

import json
import os
import signal
import subprocess
import sys
from textwrap import dedent

import pytest
from ray_nodes import LONG, commands, ended, environ_of, two_nodes, until

from multigan.devices import cores
from multigan.testing import differences

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's loopback"),
]

STEPS, STOP = 20, 12
WORDS = [
    "gan-points", "--over", "learning_rate=1e-3,2e-4", "--seeds", 2, "--metric", "recall(points)", "-n", 64, "--draws",
    1, "--steps", STEPS, "--batch-size", 16, "--log-every", 10, "--checkpoint-every", 5, "--sample-every", 20, "-o",
    "generator_units=8", "-o", "critic_units=8", "-o", "maxout=0", "--device", "cpu", "--json",
]  # fmt: skip
NAMES = [f"learning_rate={rate},seed={seed}" for seed in (0, 1) for rate in ("0.001", "0.0002")]
# A plugin that keeps runs that are named in a folder at a step, once, until a signal comes, or they are let go.
HOLD = """
    import select, signal, socket
    from pathlib import Path
    from multigan import hookimpl

    @hookimpl
    def step_finished(run, step):
        place = Path(run.directory.path).absolute()
        root = place.parents[2]
        hold = root / f"hold {{place.name}}"
        if step == {stop} and hold.exists():
            hold.unlink()
            told, wakes = socket.socketpair()
            wakes.setblocking(False)
            signal.set_wakeup_fd(wakes.fileno())
            (root / f"held {{place.name}}").touch()
            while not select.select([told], [], [], 0.05)[0] and not (root / "go").exists():
                pass
            signal.set_wakeup_fd(-1)
"""


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """What nodes and commands run in."""
    plugin = dedent(HOLD).format(stop=STOP)
    return environ_of(tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("compiled"), "gan", plugin)


@pytest.fixture(scope="module")
def nodes(environ):
    """A head and another node, with a CPU each."""
    with two_nodes(environ) as nodes:
        yield nodes


@pytest.fixture
def begin(environ, tmp_path):
    """Starts `multigan sweep`."""
    with commands(environ, tmp_path, "sweep") as begin:
        yield begin


@pytest.fixture(scope="module")
def local(environ, tmp_path_factory):
    """The same sweep on this machine, each run on one core; its folder, and what it found."""
    folder = tmp_path_factory.mktemp("local")
    done = subprocess.run(
        [sys.executable, "-m", "multigan", "sweep", *map(str, WORDS), "--out", "s", "--jobs", str(len(cores()))],
        env=environ, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * LONG, check=True,
    )  # fmt: skip
    return folder / "s", json.loads(done.stdout)


def found(process):
    """What a sweep found, and the text of it."""
    table = json.loads(process.stdout.read())
    return {key: value for key, value in table.items() if key not in ("sweep", "page")}


def alike(folder, local):
    for name in NAMES:
        assert differences(local / "runs" / name, folder / "runs" / name) == []


def test_two_nodes_find_what_this_machine_does(nodes, begin, local, tmp_path):
    process = begin(*WORDS, "--out", "s", "--ray", nodes.address)
    code, said = ended(process)
    assert code == 0, said
    assert "4 runs, 0 done; 2 at a time" in said
    assert found(process) == {key: value for key, value in local[1].items() if key not in ("sweep", "page")}
    alike(tmp_path / "s", local[0])
    assert [path.name for path in (tmp_path / "s").glob(".multigan-*")] == []


def held(process, folder, names):
    """Waits until runs are held."""
    until(lambda: all((folder / f"held {name}").exists() for name in names) or process.poll() is not None, "not held")
    assert process.poll() is None, process.errors.read_text()


def test_a_sweep_goes_on_when_it_was_stopped_and_when_a_node_is_lost(nodes, begin, local, tmp_path):
    for name in NAMES:
        (tmp_path / f"hold {name}").touch()
    process = begin(*WORDS, "--out", "s", "--ray", nodes.address)
    held(process, tmp_path, NAMES[:2])
    process.send_signal(signal.SIGTERM)
    code, said = ended(process)
    assert code == 130, said
    assert "0 of 4 runs are done; go on with: multigan sweep --resume s" in said
    for name in NAMES[:2]:
        assert (tmp_path / "s" / "runs" / name / "checkpoints" / f"step-{STOP + 1:08d}").is_dir()
    process = begin("--resume", "s", "--json", "--ray", nodes.address)
    held(process, tmp_path, NAMES[2:])
    os.kill(nodes.raylet("127.0.0.3"), signal.SIGKILL)
    until(lambda: "; restart 1 of 3" in process.errors.read_text() or process.poll() is not None, "no restart")
    (tmp_path / "go").touch()
    nodes.start("127.0.0.4")
    code, said = ended(process)
    assert code == 0, said
    assert said.count("; restart ") == 1
    assert found(process)["rows"] == local[1]["rows"]
    alike(tmp_path / "s", local[0])


def test_a_cluster_without_room_is_told(nodes, begin, tmp_path):
    import ray

    ray.init(nodes.address, log_to_driver=False)
    try:

        @ray.remote(num_cpus=1)
        class Busy:
            def here(self):
                return True

        busy = [Busy.remote() for _ in range(2)]
        assert all(ray.get([each.here.remote() for each in busy], timeout=LONG))
        process = begin(*WORDS, "--out", "s", "--ray", nodes.address, "--ray-timeout", 2)
        code, said = ended(process)
    finally:
        ray.shutdown()
    assert code == 2, said
    assert "2 CPUs, 0 free on 2 nodes, and each run takes one, after 2 s; wait for what else runs there" in said
    assert f"go on with: multigan sweep --resume s --ray {nodes.address}" in said
