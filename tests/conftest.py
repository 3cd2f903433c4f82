"""Shared fixtures. The backend is chosen by KERAS_BACKEND before anything imports Keras."""

import os
import signal
import sys

import pytest

from multigan import modality

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Without bytecode every process that a test starts compiles Keras and TensorFlow again, which takes ten seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell that starts the tests in the background, or nohup, has signals ignored, which every process below inherits.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def rooms(monkeypatch):
    """A modality that a test's plugin registers is known to that test alone."""
    modality.modalities()
    monkeypatch.setattr(modality, "_known", dict(modality._known))
