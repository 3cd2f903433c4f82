"""Shared fixtures. The backend is chosen by KERAS_BACKEND before anything imports Keras."""

import os
import signal
import sys
from pathlib import Path

import pytest

from multigan import modality

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Threads of OpenMP spin while they wait: with two workers on two cores scikit-learn's tasks take three times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Without bytecode every process that a test starts compiles Keras and TensorFlow again, which takes ten seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
sys.path.insert(0, str(Path(__file__).parent))

# A shell that starts the tests in the background, or nohup, has signals ignored, which every process below inherits.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Checks of `multigan.testing.Contract` whose answer is the same on every backend.
ONCE = ("import_light", "described", "options_are_read", "any_batch_size_trains")
# Where tests train. Workers begin there and end with files of short tests, so that none is left alone with a long one.
LONG = (
    "plugins/multigan-",
    "tests/api/",
    "tests/training/",
    "tests/plugins/",
    "tests/metrics/",
    "tests/test_",
    "tests/blocks/",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Marks what is shown once, and puts what takes long first where workers share the tests."""
    for item in items:
        if hasattr(item, "callspec") and item.callspec.params.get("check") in ONCE:
            item.add_marker("once")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next((n for n, place in enumerate(LONG) if item.nodeid.startswith(place)), 99))


@pytest.fixture(scope="session")
def forked():
    """Runs the command line in a process that need not import Keras: `forked(words, cwd=..., env=...)`."""
    from forked import Forks

    forks = Forks()
    yield forks.run
    forks.end()


@pytest.fixture(autouse=True)
def rooms(monkeypatch):
    """A modality that a test's plugin registers is known to that test alone."""
    modality.modalities()
    monkeypatch.setattr(modality, "_known", dict(modality._known))
