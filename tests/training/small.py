"""What the training tests share: small settings, and how two runs are compared."""

import signal
from pathlib import Path

import numpy as np

from multigan import hookimpl
from multigan.progress import Progress

ROOT = Path(__file__).parents[2]
SMALL = {"size": "8", "width": "4", "ema": "0.9"}
EVERY = {"batch_size": 16, "log_every": 10, "sample_every": 20, "checkpoint_every": 20}
# Small enough for two cores: a step takes milliseconds.
FLAGS = [
    "--batch-size", "16", "--log-every", "10", "--sample-every", "20", "--checkpoint-every", "20",
    *[word for key, value in SMALL.items() for word in ("-o", f"{key}={value}")],
]  # fmt: skip
# A plugin that ends its process at a step, as `kill` does; the checkpoint that was begun before is whole by then.
KILL = """
import time

@hookimpl
def step_finished(run, step):
    if step == int(os.environ.get("KILL_AT", 0)):
        begun = (step - 1) - (step - 1) % run.settings["checkpoint_every"]
        while begun and not (run.directory.checkpoints / f"step-{begun:08d}").is_dir():
            time.sleep(0.01)
        os.kill(os.getpid(), int(os.environ["KILL_WITH"]))
"""


def facts_of(**changes):
    """What run.toml holds, as far as a run can be opened and resumed with it."""
    settings = {"seed": 0, "precision": "float32", "data": "digits", "steps": 40, "batch_size": 16}
    return {
        "plugin": "r", "recipe": "r", "started": "2026-01-01T10:00:00Z",
        "settings": {key: {"value": value, "origin": "flag"} for key, value in settings.items()},
        "data": {"name": "d", "shape": [8, 8, 1], "count": 9, "classes": [], "fingerprint": "f"},
        "options": {}, "versions": {},
        "machine": {"backend": "jax", "device": "cpu", "system": "Linux", "processor": "x86_64", "cpus": 2},
    } | changes  # fmt: skip


class Collector:
    """A display that remembers what was said."""

    work = Progress()

    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)

    def __getattr__(self, name):
        return lambda *arguments: None


def variables(directory, step):
    """A checkpoint's arrays."""
    with np.load(Path(directory) / "checkpoints" / f"step-{step:08d}" / "variables.npz", allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def log_without_times(directory):
    """The lines that count, without what a clock wrote."""
    from multigan.runs import RunDirectory

    clock = ("time", "seconds", "steps_per_second", "samples_per_second")
    lines = [line for line in RunDirectory(directory).lines() if line["kind"] == "log" and not line.get("abandoned")]
    return [{key: value for key, value in line.items() if key not in clock} for line in lines]


def assert_same_run(one, other, step):
    """Weights, optimizers, averages, seeds, samples and log are the same to the bit."""
    first, second = variables(one, step), variables(other, step)
    assert list(first) == list(second)
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)
    assert log_without_times(one) == log_without_times(other)
    samples = [{path.name: path.read_bytes() for path in (Path(run) / "samples").iterdir()} for run in (one, other)]
    assert samples[0] == samples[1]
    assert samples[0]


def stopper(step):
    """A plugin that asks for a stop at a step."""

    class Stop:
        @staticmethod
        @hookimpl
        def step_finished(step):
            if step == at:
                signal.raise_signal(signal.SIGTERM)

    at = step
    return Stop
