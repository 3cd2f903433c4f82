"""What `multigan sample` draws and writes, in parts and on paths."""

import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

from multigan import Game
from multigan.errors import UsageError
from multigan.modalities.audio.files import read_sequence
from multigan.recipe import DataInfo
from multigan.runs import RunDirectory
from multigan.trained import sampling as drawing
from multigan.trained.sampling import draw

FACTS = {
    "audio": {"sample_rate": 8000},
    "text": {"vocabulary": 8, "end": -1},
    "points": {"mean": (), "scale": (), "origin": ()},
}
SHAPES = {"audio": (256, 1), "images": (4, 4, 1), "points": (2,)}
CLASSES = ("kick", "snare", "hat")


class Linear(Game):
    """A generator without a bias from latents (and a label, which it adds) to samples of any shape."""

    def __init__(self, shape, conditional=""):
        super().__init__()
        self.asks = (conditional,) if conditional else ()
        keras.utils.set_random_seed(0)
        z, label = keras.Input((3,)), keras.Input((), dtype="int32")
        x = keras.layers.Dense(int(np.prod(shape)), use_bias=False)(z)
        if conditional:
            x = x + 0.01 * keras.ops.expand_dims(keras.ops.cast(label, "float32"), -1)
        self.generator = keras.Model([z, label] if conditional else z, keras.layers.Reshape(shape)(x))
        self._jit = False

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        return (0.1 * np.random.default_rng(seed).standard_normal((count, 3))).astype("float32")


def trained(modality="audio", conditional=""):
    return SimpleNamespace(
        recipe=SimpleNamespace(modality=modality, name="linear"),
        game=Linear(SHAPES[modality], conditional),
        data=DataInfo(name="toys", shape=SHAPES[modality], classes=CLASSES, facts=FACTS.get(modality, {})),
        directory=RunDirectory("runs/a"),
    )


def test_samples_in_parts_are_those_of_the_seed_and_keep_their_numbers(tmp_path):
    run = trained()
    drawn = draw(run, tmp_path, 130, 5, format="npy")
    assert [path.name for path in drawn.files] == [f"{index:05d}.npy" for index in range(130)]
    np.testing.assert_array_equal([np.load(path) for path in drawn.files], run.game.sample(130, 5))
    assert (drawn.sequence, drawn.labels) == (None, None)
    with Image.open(drawn.preview) as picture:
        assert picture.width > 1000


def test_no_more_samples_are_held_than_a_part_and_the_preview(tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(drawing, "write_each", lambda out, samples, *rest, **facts: sizes.append(len(samples)) or [])
    draw(trained("images"), tmp_path, 200, 0)
    assert sizes == [64, 64, 64, 8]


def test_the_preview_of_many_has_some_of_every_class_and_calls_them_as_the_files(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(drawing, "write_samples", lambda path, samples, files, **facts: given.update(facts))
    drawn = draw(trained(conditional="label"), tmp_path, 90, 0)
    assert drawn.files[0].name == "00000-kick.wav"
    assert drawn.files[-1].name == "00089-hat.wav"
    assert sorted(np.bincount(given["labels"])) == [5, 5, 6]
    np.testing.assert_array_equal(drawn.labels[given["numbers"]], given["labels"])


def test_a_path_of_sounds_goes_from_key_to_key_and_is_one_file_too(tmp_path):
    run = trained()
    drawn = draw(run, tmp_path, 9, 5, keys=3, format="npy")
    sounds, keys = np.stack([np.load(path) for path in drawn.files]), run.game.sample(3, 5)
    np.testing.assert_allclose(sounds[[0, 4, 8]], keys, atol=1e-6)
    steps = np.linalg.norm(np.diff(sounds, axis=0), axis=(1, 2))
    assert steps.max() < 0.6 * np.linalg.norm(keys[1] - keys[0])
    assert drawn.sequence == tmp_path / "sequence.flac"
    np.testing.assert_allclose(read_sequence(drawn.sequence).sounds / 32767, sounds, atol=1e-4)


def test_a_path_keeps_one_class(tmp_path):
    run = trained(conditional="label")
    assert set(draw(run, tmp_path / "a", 70, 0, keys=2).labels) == {0}
    drawn = draw(run, tmp_path / "b", 6, 0, keys=2, typed={"--label": ["hat"]})
    assert drawn.files[5].name == "00005-hat.wav"
    assert read_sequence(drawn.sequence).names == ("hat",) * 6


def test_a_path_of_images_is_read_in_the_grid_row_by_row(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(drawing, "write_samples", lambda path, samples, files, **facts: shown.append(samples))
    run = trained("images")
    drawn = draw(run, tmp_path, 200, 1, keys=4)
    assert drawn.sequence is None
    [samples], keys = shown, run.game.sample(4, 1)
    assert len(samples) == 64
    np.testing.assert_allclose(samples[[0, 21, 42, 63]], keys, atol=0.05)
    np.testing.assert_allclose(samples[[0, 63]], keys[[0, 3]], atol=1e-6)


@pytest.mark.parametrize(
    ("modality", "conditional", "count", "wish", "message"),
    [
        ("points", "", 8, {}, "--interpolate: points have no order"),
        ("audio", "", 3, {}, "-n 3: fewer samples than the 4 latents of --interpolate; ask for at least 4"),
        ("audio", "label", 8, {"typed": {"--label": ["hat", "kick"]}}, "keeps to one class; give one --label"),
        ("audio", "label", 8, {"typed": {"--label": ["hatt"]}}, "did you mean hat"),
        ("audio", "", 8, {"typed": {"--label": ["hat"]}}, "takes no --label"),
        ("audio", "", 8, {"format": "png"}, "format png: sounds are written as wav, flac, ogg, npy"),
    ],
)
def test_a_path_that_cannot_be_is_told(tmp_path, modality, conditional, count, wish, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        draw(trained(modality, conditional), tmp_path, count, 0, keys=4, **wish)
    assert not list(tmp_path.iterdir())


class InTwoParts(Linear):
    """Latents by name, which are added up."""

    def __init__(self):
        super().__init__((4, 4, 1))
        one, other = keras.Input((3,), name="one"), keras.Input((3,), name="other")
        self.generator = keras.Model([one, other], self.generator(keras.layers.Add()([one, other])))

    def latents(self, count, seed):
        return {
            name: super(InTwoParts, self).latents(count, [seed, number]) for number, name in enumerate(("one", "other"))
        }


class Drawless(Linear):
    """The same sample for each class, whatever the seed."""

    def __init__(self):
        super().__init__((4, 4, 1))
        self.asks = ("label",)
        label = keras.Input((), dtype="int32")
        x = keras.layers.Reshape((1,))(keras.ops.cast(label, "float32"))
        self.generator = keras.Model(label, keras.layers.Reshape((4, 4, 1))(keras.layers.Dense(16)(x)))

    def latents(self, count, seed):
        return {}


def test_as_many_samples_are_written_as_are_asked_for_whatever_the_latents(tmp_path):
    for name, game in (("parts", InTwoParts()), ("none", Drawless())):
        run = trained("images")
        run.game = game
        drawn = draw(run, tmp_path / name, 100, 5, format="npy")
        assert len(drawn.files) == 100
        asked = None if drawn.labels is None else {"label": drawn.labels}
        np.testing.assert_array_equal([np.load(path) for path in drawn.files], game.sample(100, 5, asked))


def test_a_path_needs_latents(tmp_path):
    run = trained("images")
    run.game = Drawless()
    with pytest.raises(UsageError, match="--interpolate: linear draws no latents, so there is no path; leave it out"):
        draw(run, tmp_path, 9, 0, keys=4, typed={"--label": ["kick"]})
