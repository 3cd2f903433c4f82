"""Runs on a Ray cluster: two nodes of this machine, each with an address of its own on the loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest
from small import ROOT

from multigan.testing.runs import differences
from multigan.training.crew import free_port

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif(find_spec("jax") is None or sys.platform != "linux", reason="needs JAX, and Linux's loopback"),
]

# Seconds that a test waits for what must come, before it fails.
LONG = 120.0
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


def until(ready, what):
    """Waits for what must come."""
    end = time.monotonic() + LONG
    while not (found := ready()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


def listens(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


class Nodes:
    """Nodes of a cluster, each as the processes of one `ray start`, which are a group."""

    def __init__(self, folder, environ):
        self.folder, self.environ, self.groups = folder, environ, {}
        self.head, self.port = "127.0.0.2", free_port("")

    @property
    def address(self):
        return f"{self.head}:{self.port}"

    def start(self, host):
        """Begins to start a node with one CPU; the first is the head."""
        if host == self.head:
            # Short: Ray's sockets lie in it.
            where = ["--head", "--port", self.port, "--temp-dir", self.folder, "--include-dashboard=false"]
            where += ["--ray-client-server-port", free_port("")]
        else:
            where = ["--address", self.address]
        where += ["--node-ip-address", host, "--num-cpus", 1, "--num-gpus", 0, "--object-store-memory", 80_000_000]
        where += ["--min-worker-port", 0, "--max-worker-port", 0, "--disable-usage-stats"]
        self.groups[host] = subprocess.Popen(
            [Path(sys.executable).with_name("ray"), "start", *map(str, where)],
            env=self.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def started(self, host):
        """Waits until a node has started."""
        assert self.groups[host].wait(LONG) == 0

    def raylet(self, host):
        """The process of a node that Ray knows it by."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, rest = stat.read_text().partition(") ")
            except OSError:
                continue
            if name.endswith("(raylet") and int(rest.split()[2]) == self.groups[host].pid:
                return int(stat.parent.name)
        raise AssertionError(f"{host} has no raylet")

    def stop(self):
        for process in self.groups.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """What nodes and commands run in."""
    site = tmp_path_factory.mktemp("site")
    info = site / "holding-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: holding\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[multigan]\nholding = holding_plugin\n")
    (site / "holding_plugin.py").write_text(dedent(HOLD).format(stop=STOP, long=LONG))
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MULTIGAN_", "RAY_", "KERAS_"))}
    paths = [site, ROOT, ROOT / "plugins" / "multigan-dcgan" / "src"]
    return kept | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "RAY_USAGE_STATS_ENABLED": "0",
        # What is compiled runs for some steps.
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path_factory.mktemp("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }


@pytest.fixture(scope="module")
def nodes(environ, tmp_path_factory):
    """A head and another node, with a CPU each."""
    folder = Path(f"/tmp/mg-{os.getpid()}")
    nodes = Nodes(folder, environ)
    try:
        nodes.start(nodes.head)
        until(lambda: listens(nodes.head, nodes.port), "the head node does not listen")
        nodes.start("127.0.0.3")
        nodes.started(nodes.head)
        nodes.started("127.0.0.3")
        yield nodes
    finally:
        nodes.stop()
        subprocess.run(["rm", "-rf", folder], check=True)


@pytest.fixture
def begin(environ, tmp_path):
    """Starts the command line, with `stderr` in a file."""
    begun = []

    def run(*words):
        errors = tmp_path / f"stderr-{len(begun)}"
        with open(errors, "wb") as talk:
            process = subprocess.Popen(
                [sys.executable, "-m", "multigan", "run", *map(str, words)],
                env=environ, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=talk,
            )  # fmt: skip
        process.errors = errors
        begun.append(process)
        return process

    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def ended(process):
    """The exit code, and what was said."""
    code = process.wait(LONG)
    return code, process.errors.read_text()


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
