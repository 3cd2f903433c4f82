"""Writes a trained generator for other tools. Each format is read back and compared with the game before it counts as
written.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from multigan.engine.game import Game
from multigan.engine.sampling import parts_of
from multigan.errors import RunFailedError, UsageError

__all__ = ["export_keras", "export_onnx", "export_savedmodel", "verifier"]

# Another runtime orders its sums in another way. Relative to the largest entry, where that is over one.
TOLERANCE = {"float32": 1e-4, "bf16": 5e-2}
# Of pictures for a network that takes any size, before they are rounded up to what it divides.
SIDES = (64, 64), (32, 48)


def verifier(game: Game, precision: str, classes: int = 2) -> Callable[[Callable], float]:
    """Returns `verify(function)`: runs an exported model on inputs and compares it with the game.

    The inputs are latents `(16, ...)`, or for a conditional game a list of them and conditions, as its sampler takes;
    for a sampler that takes any size, pictures of two sizes. `verify` returns the largest absolute difference.

    Args:
        game: what was exported.
        precision: that it was trained in, "float32" or "bf16".
        classes: how many there are to ask for.

    Raises:
        RunFailedError: by `verify`, where the difference is over the tolerance.
    """
    if _takes_any_size(game):
        # Two pictures for each shape, and no sizes alike: what is fixed somewhere in a file shows.
        sets = [_inputs(game, 2, classes, sides) for sides in SIDES]
        known = [(inputs, np.concatenate([game.generate_one(one) for one in _one_by_one(inputs)])) for inputs in sets]
    else:
        inputs = _inputs(game, 16, classes)
        known = [(inputs, game.generate(inputs))]

    def verify(function: Callable) -> float:
        return max(_difference(function, inputs, expected, TOLERANCE[precision]) for inputs, expected in known)

    return verify


def _difference(function, inputs, expected, tolerance) -> float:
    allowed = tolerance * max(1.0, float(np.max(np.abs(expected))))
    given = np.asarray(function(inputs), dtype="float32")
    if given.shape != expected.shape:
        raise RunFailedError(f"the exported model gives shape {given.shape}, the game {expected.shape}")
    difference = float(np.max(np.abs(given - expected)))
    if not difference <= allowed:
        raise RunFailedError(f"the exported model differs from the game by {difference:.2g} (allowed: {allowed:.0e})")
    return difference


def export_keras(game: Game, path: Path, verify: Callable) -> Path:
    """Writes a `.keras` file that plain Keras loads, without multigan as long as the sampler has only Keras layers."""
    _inference_copy(game).save(path)
    loaded = keras.saving.load_model(path)
    verify(lambda inputs: keras.ops.convert_to_numpy(loaded(_tensors(inputs), training=False)))
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
    verify(lambda inputs: keras.ops.convert_to_numpy(loaded(_tensors(inputs))))
    return path


def export_onnx(game: Game, path: Path, verify: Callable) -> Path:
    """Writes an ONNX file; the batch size stays free, and the sides of pictures where the sampler takes any.

    Raises:
        UsageError: the backend is JAX, and jax2onnx is not installed; or PyTorch, and sides are to stay free.
    """
    if keras.backend.backend() == "jax" and importlib.util.find_spec("jax2onnx") is None:
        raise UsageError(
            "format onnx: on JAX it needs jax2onnx; add --backend tensorflow or torch (runs load on every one)"
        )
    if keras.backend.backend() == "torch" and _takes_any_size(game):
        raise UsageError(
            "format onnx: of a network that takes any size it needs TensorFlow; add --backend tensorflow (runs load on "
            "every backend)"
        )
    import onnxruntime

    sampler = _inference_copy(game)
    sampler.export(str(path), format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [argument.name for argument in session.get_inputs()]
    verify(lambda inputs: session.run(None, dict(zip(names, _parts(inputs), strict=True)))[0])
    return path


def _inference_copy(game: Game) -> keras.Model:
    """The sampler alone, free of the game's optimizer and names."""
    copies = []

    def plain(layer):
        made = _plain(layer)
        if getattr(layer, "weights", ()):  # of operations there are none
            copies.append((layer, made))
        return made

    copy = keras.models.clone_model(game.sampler, clone_function=plain, recursive=True)
    for layer, other in copies:
        other.set_weights(layer.plain_weights() if hasattr(layer, "plain_weights") else layer.get_weights())
    copy(_tensors(_inputs(game, 1)), training=False)  # the exporters of Keras take their signature from a call
    return copy


def _inputs(game: Game, count: int, classes: int = 2, sides: tuple[int, int] = SIDES[0]):
    """What the sampler takes: an array, or a list of latents and of what is asked for."""
    drawn = parts_of(game.latents(count, 0), {})
    asked = []
    free = [-(-side // game.multiple) * game.multiple for side in sides]
    for given in game.sampler.inputs[len(drawn) :]:
        lengths = iter(free)
        shape = [count, *(next(lengths, free[-1]) if side is None else side for side in given.shape[1:])]
        if "int" in keras.backend.standardize_dtype(given.dtype):
            values = (np.arange(np.prod(shape, dtype=int)) % classes).reshape(shape)
        else:
            values = np.random.default_rng(1).uniform(-1, 1, shape)  # as pictures are, and codes
        asked.append(values.astype(given.dtype))
    return [*drawn, *asked] if len(drawn) + len(asked) > 1 else [*drawn, *asked][0]


def _takes_any_size(game: Game) -> bool:
    return any(None in given.shape[1:] for given in game.sampler.inputs)


def _one_by_one(inputs) -> list[list]:
    parts = _parts(inputs)
    return [[part[number : number + 1] for part in parts] for number in range(len(parts[0]))]


def _parts(inputs) -> list:
    return inputs if isinstance(inputs, list) else [inputs]


def _tensors(inputs):
    return keras.tree.map_structure(keras.ops.convert_to_tensor, inputs)


def _plain(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy of a layer; one of ours that only computes faster becomes the layer of Keras that it names as `plain`, and
    one that has `plain_weights` the layer that it wraps.
    """
    if hasattr(layer, "plain_weights"):
        layer = layer.layer
    return getattr(layer, "plain", type(layer)).from_config(layer.get_config())
