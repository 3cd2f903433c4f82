"""Shared fixtures. The backend is chosen by KERAS_BACKEND before anything imports Keras."""

import os
import signal

import pytest

from multigan import modality

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# A shell that starts the tests in the background, or nohup, has signals ignored, which every process below inherits.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def rooms(monkeypatch):
    """A modality that a test's plugin registers is known to that test alone."""
    modality.modalities()
    monkeypatch.setattr(modality, "_known", dict(modality._known))
