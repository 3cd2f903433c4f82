"""Processes that make one program."""

import os
import subprocess
import sys

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


DEALT = """
import jax, keras, numpy as np
from multigan.engine.autodiff import jax as own

def step(state, arrays):
    seed = keras.random.SeedGenerator(3)
    latents = keras.random.normal((8, 5), seed=seed)
    other = keras.random.normal((3, 5), seed=seed)
    return jax.numpy.sum(latents @ state[0]) + jax.numpy.mean(arrays[0]) + jax.numpy.sum(other), state

draw, texts, kept = jax.random.normal, [], jax.jit

def jit(function, **keywords):
    program = kept(function, **keywords)
    texts.append(lambda *arguments: program.lower(*arguments).compile().as_text())
    return program

own.jax.jit = jit
run = own._together(step, jax.devices())
told = texts[0]([np.ones((5, 7), "float32")], (np.ones((8, 2), "float32"),))
print("f32[4,5]" in told, "f32[8,5]" in told, "f32[3,5]" in told, jax.random.normal is draw)
"""


def test_draws_of_a_batch_are_dealt_out_and_no_others():
    environ = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", DEALT], env=environ, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False", "True", "True"], done.stderr
