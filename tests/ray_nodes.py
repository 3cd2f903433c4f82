"""A Ray cluster for tests: two nodes of this machine, each with an address of its own on the loopback."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from multigan.training.crew import free_port

ROOT = Path(__file__).parents[1]
# Seconds that a test waits for what must come, before it fails.
LONG = 120.0


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


@contextlib.contextmanager
def two_nodes(environ):
    """Yields a head and another node, with a CPU each."""
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


def environ_of(site, compiled, name, plugin):
    """Returns what nodes and commands run in.

    Args:
        site: a folder, which is made one with a plugin.
        compiled: a folder for what JAX has compiled.
        name: of one of this repository's plugins.
        plugin: the source of the other one.
    """
    info = site / "holding-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: holding\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[multigan]\nholding = holding_plugin\n")
    (site / "holding_plugin.py").write_text(plugin)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MULTIGAN_", "RAY_", "KERAS_"))}
    paths = [site, ROOT, ROOT / "plugins" / f"multigan-{name}" / "src"]
    return kept | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "RAY_USAGE_STATS_ENABLED": "0",
        # What is compiled runs for some steps.
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
        "JAX_COMPILATION_CACHE_DIR": str(compiled),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }


@contextlib.contextmanager
def commands(environ, folder, *first):
    """Yields what starts the command line, with `stderr` in a file; what still runs at the end is killed."""
    begun = []

    def run(*words):
        errors = folder / f"stderr-{len(begun)}"
        with open(errors, "wb") as talk:
            process = subprocess.Popen(
                [sys.executable, "-m", "multigan", *first, *map(str, words)],
                env=environ, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=talk,
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
