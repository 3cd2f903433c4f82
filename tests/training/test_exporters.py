"""What is exported makes the game's samples: of latents, and of latents and what is asked for."""

import importlib.util
import subprocess
import sys
from functools import cache

import keras
import numpy as np
import pytest

from multigan.backend import quiet_libraries
from multigan.errors import RunFailedError
from multigan.testing import ArraySource, Contract
from multigan.trained.exporting import export_keras, export_onnx, export_savedmodel, verifier

DRAW = np.random.default_rng(0)
ANGLES = DRAW.uniform(0, 6, (64, 1))
ON_IT = 1000.0 + 50.0 * np.concatenate([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
ARC = ArraySource(
    ON_IT,
    "points",
    conditions=ANGLES,
    facts={"mean": tuple(ON_IT.mean(axis=0).tolist()), "scale": tuple(ON_IT.std(axis=0).tolist())},
)
GAMES = {
    "dcgan": ("dcgan", "", {"width": 4, "size": "8", "ema": 0.9}),
    "labels": ("cgan", "", {"width": 4, "size": "8"}),
    "vectors, dense": (
        "cgan",
        ArraySource(DRAW.uniform(-1, 1, (64, 8, 8, 2)), conditions=DRAW.normal(size=(64, 5))),
        {"width": 1, "network": "dense"},
    ),
    "points": ("gan-points", "", {"generator_units": "8,6", "critic_units": "8"}),
    "points by vector": ("cgan-points", ARC, {"width": 1, "ema": 0.9}),
}
CLASSES = {"labels": 10}
ON_TENSORFLOW = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a format of TensorFlow's")
WITH_ONNX = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="needs the extra onnx, which CI adds to the backends"
)
FORMATS = [
    pytest.param(export_keras, ".keras", id="keras"),
    pytest.param(export_savedmodel, "", id="savedmodel", marks=ON_TENSORFLOW),
    pytest.param(export_onnx, ".onnx", id="onnx", marks=[ON_TENSORFLOW, WITH_ONNX, pytest.mark.extra]),
]


@cache
def trained(name):
    """A game after three steps, with inputs and its samples of them."""
    recipe, data, options = GAMES[name]
    contract = Contract(recipe, options=options, data=data)
    game, *_ = contract.played
    asked = contract.asked(game, 7)
    return game, [game.latents(7, 5), *asked.values()], game.sample(7, 5, asked)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize(("export", "suffix"), FORMATS)
def test_an_export_is_compared_with_the_game_on_all_its_inputs(export, suffix, name, tmp_path):
    game, _, samples = trained(name)
    differences, check = [], verifier(game, "float32", CLASSES.get(name, 2))
    with quiet_libraries():
        written = export(game, tmp_path / f"model{suffix}", lambda function: differences.append(check(function)))
    assert written.exists()
    (difference,) = differences
    assert difference <= 1e-4 * max(1.0, np.abs(samples).max())


LOAD = """
import pathlib, sys, numpy, keras
for path in pathlib.Path().glob("*.keras"):
    model = keras.saving.load_model(path)
    given = numpy.load(path.with_suffix(".npz"))
    inputs = [keras.ops.convert_to_tensor(given[name]) for name in sorted(given.files)]
    images = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    numpy.save(path.with_suffix(".npy"), keras.ops.convert_to_numpy(images))
assert not any(name.split(".")[0].startswith("multigan") for name in sys.modules)
"""


def test_keras_exports_load_without_multigan_and_make_the_same_samples(tmp_path):
    for name in GAMES:
        game, inputs, _ = trained(name)
        export_keras(game, tmp_path / f"{name}.keras", verifier(game, "float32", CLASSES.get(name, 2)))
        np.savez(tmp_path / f"{name}.npz", *inputs)
    subprocess.run([sys.executable, "-c", LOAD], check=True, cwd=tmp_path, capture_output=True)
    for name in GAMES:
        *_, samples = trained(name)
        tolerance = 1e-4 * max(1.0, np.abs(samples).max())
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), samples, atol=tolerance)


@pytest.mark.parametrize("name", ["labels", "vectors, dense"])
def test_an_export_that_forgets_what_it_is_asked_for_is_refused(name):
    game, *_ = trained(name)
    verify = verifier(game, "float32", CLASSES.get(name, 2))
    assert verify(game.generate) == 0.0
    with pytest.raises(RunFailedError, match="differs from the game"):
        verify(lambda inputs: game.generate([inputs[0], np.roll(inputs[1], 1, axis=0)]))


def test_points_far_from_zero_are_compared_by_their_size():
    game, *_ = trained("points by vector")
    verify = verifier(game, "float32")
    assert verify(lambda inputs: game.generate(inputs) + 0.01) == pytest.approx(0.01, rel=0.1)
    with pytest.raises(RunFailedError):
        verify(lambda inputs: game.generate(inputs) + 1.0)


def mirroring(channels=3):
    """A translator of any size that divides by 4: with mirrored edges, a norm of the whole picture and strides."""
    from multigan import InstanceNormalization
    from multigan.engine.drawing import Drawing

    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, None, channels), name="source")
    x = keras.ops.pad(inputs, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="reflect")
    x = InstanceNormalization()(keras.layers.Conv2D(4, 7)(x))
    for _ in range(2):
        x = keras.layers.Conv2D(4, 3, 2, padding="same")(x)
    for _ in range(2):
        x = keras.layers.Conv2DTranspose(4, 3, 2, padding="same")(x)

    class Translator(Drawing):
        name, asks, multiple = "translator", ("source",), 4
        sampler = keras.Model(inputs, keras.layers.Conv2D(channels, 3, padding="same")(x))

        def latents(self, count, seed):
            return {}

    return Translator()


@pytest.mark.parametrize(("export", "suffix"), [FORMATS[0], FORMATS[2]])
def test_what_takes_any_size_is_exported_so_and_compared_at_two_sizes(export, suffix, tmp_path):
    game, seen = mirroring(), []
    compare = verifier(game, "float32")

    def verify(function):
        return compare(lambda inputs: seen.append(inputs.shape[1:3]) or function(inputs))

    with quiet_libraries():
        export(game, tmp_path / f"model{suffix}", verify)
    assert len(set(seen)) == 2
    assert all(side % 4 == 0 for size in seen for side in size)


def test_a_model_that_is_fixed_to_one_size_is_not_taken_for_the_game():
    game = mirroring()
    right = game.generate_one

    def fixed(inputs):
        return right([inputs]) if inputs.shape[1:3] == (64, 64) else np.zeros((2, 64, 64, 3))

    with pytest.raises(RunFailedError, match="the exported model gives shape"):
        verifier(game, "float32")(fixed)
