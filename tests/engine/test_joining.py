"""Processes that make one program."""

import keras
import pytest

from multigan.engine import autodiff
from multigan.errors import RunFailedError

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(keras.backend.backend() != "jax", reason="only JAX joins processes"),
]


def test_processes_that_jax_did_not_join_are_told_before_each_trains_a_model_of_its_own(monkeypatch):
    import jax

    monkeypatch.setattr(jax.config, "update", lambda name, value: None)
    monkeypatch.setattr(jax.distributed, "initialize", lambda *arguments, **keywords: None)
    with pytest.raises(RunFailedError, match="worker 1: JAX counts 1 processes, and not 2: each would train a model"):
        autodiff.join("127.0.0.1:7000", 1, 2)
