"""GauGAN through the real command line: from maps and pictures to painted pictures."""

import json
import os
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

from multigan.testing import call, differences

TINY = ("-o", "width=2", "-o", "hidden=4", "-o", "critic_width=2", "-o", "latent_dim=4", "-o", "perceptual=0")
STEPS = ("--steps", 4, "--log-every", 2, "--sample-every", 4, "--checkpoint-every", 2, "--batch-size", 2)
CLASSES = "0 sea 0 0 200\n1 sand 230 210 120\n2 wood 20 100 30\n"


@pytest.fixture(scope="module", autouse=True)
def _no_variables():
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
            patch.delenv(name)
        yield


def drawn(path, numbers):
    Image.fromarray(np.asarray(numbers, np.uint8)).save(path)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Label maps of three classes and of none, and pictures of the same names."""
    place = tmp_path_factory.mktemp("pairs")
    for side in ("maps", "pictures", "painted"):
        (place / side).mkdir()
    for number in range(6):
        rng = np.random.default_rng(number)
        numbers = rng.choice([0, 1, 2, 255], (4, 4)).repeat(4, axis=0).repeat(4, axis=1)
        drawn(place / "maps" / f"p{number}.png", numbers)
        drawn(place / "pictures" / f"p{number}.png", rng.integers(0, 256, (16, 16, 3)))
    (place / "maps" / "classes.txt").write_text(CLASSES)
    drawn(place / "painted" / "alone.png", np.full((16, 16), 1))
    drawn(place / "painted" / "nothing.png", np.full((16, 16), 255))
    drawn(place / "painted" / "stripes.png", np.arange(33).repeat(40).reshape(33, 40) % 3)
    return place


def words_of(folders, *more):
    return ("run", "--plugin", "gaugan", "--data", folders / "maps", "--to", folders / "pictures", *more)


@pytest.fixture(scope="module")
def run(folders, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "whole"
    call(*words_of(folders, *TINY, *STEPS, "-o", "size=16", "--run-dir", path))
    return path


def test_a_run_that_goes_on_is_the_same_run(run, tmp_path):
    shutil.copytree(run, tmp_path / "part")
    shutil.rmtree(tmp_path / "part" / "checkpoints" / "step-00000004")
    call("run", "--resume", tmp_path / "part")
    assert not differences(run, tmp_path / "part")


def test_a_preview_shows_the_map_and_what_was_wanted_and_no_style_that_nobody_gave(run):
    with Image.open(run / "samples" / "step-00000004.png") as picture:
        assert picture.size[0] < 4 * 64 + 3 * 64


def test_painted_maps_of_any_size_and_of_one_class_alone_become_pictures(run, folders, tmp_path):
    out, said = call("sample", run, "--input", folders / "painted", "--out", tmp_path / "out", "--json")
    assert sorted(json.loads(out)["files"]) == ["alone.png", "nothing.png", "stripes.png"]
    assert "stripes" in said, "it was fitted to the size"
    for name in ("alone", "nothing", "stripes"):
        with Image.open(tmp_path / "out" / f"{name}.png") as picture:
            assert picture.size == (16, 16)


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def sampled(run, folders, place, *more):
    call("sample", run, "--input", folders / "painted" / "alone.png", "--out", place, *more)
    return pixels(place / "alone.png")


def test_a_style_is_that_of_a_seed_or_of_a_picture(run, folders, tmp_path):
    drawn(tmp_path / "dark.png", np.full((20, 30, 4), (10, 20, 60, 90)))
    drawn(tmp_path / "light.png", np.full((16, 16, 3), 230))
    one = sampled(run, folders, tmp_path / "1", "--seed", 1)
    dark = sampled(run, folders, tmp_path / "3", "--seed", 1, "--ask", f"style={tmp_path / 'dark.png'}")
    light = sampled(run, folders, tmp_path / "4", "--seed", 2, "--ask", f"style={tmp_path / 'light.png'}")
    again = sampled(run, folders, tmp_path / "5", "--seed", 1, "--ask", f"style={tmp_path / 'light.png'}")
    assert dark.shape == (16, 16, 3), "the style's transparency is no part of the picture"
    assert not np.array_equal(one, sampled(run, folders, tmp_path / "2", "--seed", 2))
    assert not np.array_equal(one, dark)
    assert not np.array_equal(light, dark)
    np.testing.assert_array_equal(light, again)


def test_many_maps_take_one_style_and_keep_their_names(run, folders, tmp_path):
    style = folders / "pictures" / "p0.png"
    words = ("--input", folders / "painted", "--ask", f"style={style}", "--out", tmp_path / "out", "--json")
    out, _ = call("sample", run, *words)
    assert sorted(json.loads(out)["files"]) == ["alone.png", "nothing.png", "stripes.png"]


def test_a_value_that_is_no_class_is_named_with_its_file(run, folders, tmp_path):
    shutil.copytree(folders / "maps", tmp_path / "maps")
    drawn(tmp_path / "maps" / "p3.png", np.full((16, 16), 7))
    words = ("--to", folders / "pictures", *TINY, *STEPS, "-o", "size=16")
    _, said = call(
        "run", "--plugin", "gaugan", "--data", tmp_path / "maps", *words, "--run-dir", tmp_path / "r", code=2
    )
    assert "p3.png: value 7 is no class: there are 0 to 2" in said
    assert not (tmp_path / "r").exists()
    _, said = call("sample", run, "--input", tmp_path / "maps" / "p3.png", "--out", tmp_path / "out", code=2)
    assert "value 7 is no class" in said
    assert "p3" in said


def test_pictures_without_maps_are_refused(folders, tmp_path):
    words = ("--data", folders / "pictures", *TINY, *STEPS, "--run-dir", tmp_path / "r")
    _, said = call("run", "--plugin", "gaugan", *words, code=2)
    assert "--data MAPS --to PICTURES" in said


def test_it_is_exported(run, tmp_path):
    call("export", run, "--format", "keras", "--out", tmp_path / "painter.keras")
    loaded = keras.saving.load_model(tmp_path / "painter.keras")
    assert [each.name for each in loaded.inputs] == ["z", "source", "style"]
    layers = [*loaded.layers, *(inner for each in loaded.layers for inner in getattr(each, "layers", ()))]
    assert len(layers) > 20
    assert not [each for each in layers if type(each).__module__.startswith("multigan")], "plain Keras loads it"


def test_it_paints_the_earth_when_it_is_told_nothing(tmp_path):
    call("run", "--plugin", "gaugan", *TINY, *STEPS, "--run-dir", tmp_path / "earth")
    assert 'name = "earth"' in (tmp_path / "earth" / "run.toml").read_text()
    assert (tmp_path / "earth" / "samples" / "step-00000004.png").exists()
