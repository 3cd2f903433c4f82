"""Runs on a Ray cluster: two nodes of this machine, each with an address of its own on the loopback."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from textwrap import dedent

import pytest
from ray_nodes import LONG, commands, ended, environ_of, two_nodes, until

from multigan.testing.runs import differences
from multigan.training.crew import free_port

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(find_spec("jax") is None or sys.platform != "linux", reason="needs JAX, and Linux's loopback"),
]

STEPS, STOP = 20, 12
FLAGS = [
    "--plugin", "dcgan", "--data", "digits", "--steps", STEPS, "--batch-size", 16, "--log-every", 10,
    "--sample-every", 20, "--checkpoint-every", 5, "-o", "size=8", "-o", "width=4", "--workers", 2, "--device", "cpu",
]  # fmt: skip
# A plugin that says when the leader has taken a step, and keeps it there once, until a signal comes.
HOLD = """
    import select, signal, socket
    from pathlib import Path
    from multigan import hookimpl

    @hookimpl
    def step_finished(run, step):
        place = Path(run.directory.path).absolute().parent
        if step == {stop} and (place / "hold").exists():
            (place / "hold").unlink()
            (place / "held").touch()
            told, wakes = socket.socketpair()
            wakes.setblocking(False)
            signal.set_wakeup_fd(wakes.fileno())
            select.select([told], [], [], {long})
            signal.set_wakeup_fd(-1)
"""


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """What nodes and commands run in."""
    plugin = dedent(HOLD).format(stop=STOP, long=LONG)
    return environ_of(tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("compiled"), "dcgan", plugin)


@pytest.fixture(scope="module")
def nodes(environ):
    """A head and another node, with a CPU each."""
    with two_nodes(environ) as nodes:
        yield nodes


@pytest.fixture
def begin(environ, tmp_path):
    """Starts `multigan run`."""
    with commands(environ, tmp_path, "run") as begin:
        yield begin


def held(process, folder):
    """Waits until the leader is held."""
    until(lambda: (folder / "held").exists() or process.poll() is not None, "the leader never came to the step")
    assert process.poll() is None, process.errors.read_text()


@pytest.fixture(scope="module")
def local(environ, tmp_path_factory):
    """The same run of two processes that Ray has not placed."""
    folder = tmp_path_factory.mktemp("local")
    subprocess.run(
        [sys.executable, "-m", "multigan", "run", *map(str, FLAGS), "--run-dir", "run"],
        env=environ, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONG, check=True,
    )  # fmt: skip
    return folder / "run"


def test_two_nodes_train_what_two_processes_of_this_machine_do(nodes, begin, local, tmp_path):
    code, said = ended(begin(*FLAGS, "--run-dir", "run", "--ray", nodes.address))
    assert code == 0, said
    assert f"done: {STEPS} steps" in said
    assert "step 10/20" in said
    assert differences(local, tmp_path / "run") == []


def test_a_signal_to_the_command_lets_the_leader_write_a_checkpoint(nodes, begin, tmp_path):
    (tmp_path / "hold").touch()
    process = begin(*FLAGS, "--run-dir", "run", "--ray", nodes.address)
    held(process, tmp_path)
    process.send_signal(signal.SIGTERM)
    code, said = ended(process)
    assert code == 130, said
    assert f"stopped by SIGTERM after step {STOP + 1}" in said
    assert "go on with: multigan run --resume run" in said
    assert (tmp_path / "run" / "checkpoints" / f"step-{STOP + 1:08d}").is_dir()


def test_a_run_goes_on_from_its_checkpoint_when_a_node_is_lost(nodes, begin, local, tmp_path):
    (tmp_path / "hold").touch()
    process = begin(*FLAGS, "--run-dir", "run", "--ray", nodes.address)
    held(process, tmp_path)
    os.kill(nodes.raylet("127.0.0.3"), signal.SIGKILL)
    until(lambda: "; restart 1 of 3" in process.errors.read_text() or process.poll() is not None, "no restart")
    assert process.poll() is None, process.errors.read_text()
    nodes.start("127.0.0.4")
    code, said = ended(process)
    assert code == 0, said
    assert f"done: {STEPS} steps" in said
    assert said.count("; restart ") == 1
    assert differences(local, tmp_path / "run") == []


def test_workers_that_have_no_room_are_refused_with_what_is_there(nodes, begin, tmp_path):
    words = [word if word != 2 else 4 for word in FLAGS]
    code, said = ended(begin(*words, "--run-dir", "run", "--ray", nodes.address, "--ray-timeout", 2))
    assert code == 2, said
    assert "and each of 4 workers takes one, after 2 s; give --workers" in said
    assert not (tmp_path / "run").exists()


def test_an_address_without_a_cluster_is_refused(begin):
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    code, said = ended(begin(*FLAGS, "--ray", address))
    assert code == 2, said
    assert f"--ray {address}: no Ray cluster there (Connection refused)" in said
