"""Writes a trained generator for other tools. Each format is read back and compared with the game before it counts as
written.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from multigan.engine.game import Game
from multigan.engine.layers import BatchNormalization
from multigan.errors import RunFailedError, UsageError

__all__ = ["export_keras", "export_onnx", "export_savedmodel", "verifier"]

# Another runtime orders its sums in another way; samples are of order one.
TOLERANCE = {"float32": 1e-4, "bf16": 5e-2}


def verifier(game: Game, precision: str) -> Callable[[Callable], float]:
    """Returns `verify(function)`: runs an exported model on latents and compares it with the game.

    `verify` returns the largest absolute difference.

    Raises:
        RunFailedError: by `verify`, where the difference is over the tolerance.
    """
    latents = game.latents(16, 0)
    expected = game.generate(latents)

    def verify(function: Callable) -> float:
        given = np.asarray(function(latents), dtype="float32")
        if given.shape != expected.shape:
            raise RunFailedError(f"the exported model gives shape {given.shape}, the game {expected.shape}")
        difference = float(np.max(np.abs(given - expected)))
        if not difference <= TOLERANCE[precision]:
            raise RunFailedError(
                f"the exported model differs from the game by {difference:.2g} (allowed: {TOLERANCE[precision]:.0e})"
            )
        return difference

    return verify


def export_keras(game: Game, path: Path, verify: Callable) -> Path:
    """Writes a `.keras` file that plain Keras loads, without multigan as long as the sampler has only Keras layers."""
    _inference_copy(game).save(path)
    loaded = keras.saving.load_model(path)
    verify(lambda latents: keras.ops.convert_to_numpy(loaded(latents, training=False)))
    return path


def export_savedmodel(game: Game, path: Path, verify: Callable) -> Path:
    """Writes a TensorFlow SavedModel folder with a `serve` function.

    Raises:
        UsageError: the backend is not TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            "format savedmodel: needs the TensorFlow backend; add --backend tensorflow (runs load on every backend)"
        )
    sampler = _inference_copy(game)
    sampler.export(str(path), format="tf_saved_model", verbose=False)
    loaded = keras.layers.TFSMLayer(str(path), call_endpoint="serve")
    verify(lambda latents: keras.ops.convert_to_numpy(loaded(latents)))
    return path


def export_onnx(game: Game, path: Path, verify: Callable) -> Path:
    """Writes an ONNX file; the batch size stays free.

    Raises:
        UsageError: the backend is JAX, and jax2onnx is not installed.
    """
    if keras.backend.backend() == "jax" and importlib.util.find_spec("jax2onnx") is None:
        raise UsageError(
            "format onnx: on JAX it needs jax2onnx; add --backend tensorflow or torch (runs load on every one)"
        )
    import onnxruntime

    sampler = _inference_copy(game)
    sampler.export(str(path), format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (argument,) = session.get_inputs()
    verify(lambda latents: session.run(None, {argument.name: latents})[0])
    return path


def _inference_copy(game: Game) -> keras.Model:
    """The sampler alone, free of the game's optimizer and names."""
    sampler = game.sampler
    copy = keras.models.clone_model(sampler, clone_function=_plain)
    copy.set_weights(sampler.get_weights())
    copy(game.latents(1, 0), training=False)  # the exporters of Keras take their input's signature from a call
    return copy


def _plain(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy of a layer; a batch normalisation of ours becomes Keras' own, which does the same."""
    kind = keras.layers.BatchNormalization if isinstance(layer, BatchNormalization) else type(layer)
    return kind.from_config(layer.get_config())
