"""Runs of pix2pix by the real command line, from files to files."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from multigan.testing import call, differences

SMALL = ("--plugin", "pix2pix", "-o", "width=2", "--sample-every", "4", "--checkpoint-every", "4", "--log-every", "4")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """`a` goes in, `b` is made: negatives of the same names; one picture of each has no partner."""
    place = tmp_path_factory.mktemp("pairs")
    for side in "abm":
        (place / side).mkdir()
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
        drawn = Image.fromarray(pixels).resize((20, 20), Image.Resampling.BICUBIC)
        drawn.save(place / "a" / f"p{number}.png")
        Image.fromarray(255 - np.asarray(drawn)).save(place / "b" / f"p{number}.png")
        numbers = np.random.default_rng(number).choice([0, 1, 2, 255], (20, 20)).astype(np.uint8)
        Image.fromarray(numbers).save(place / "m" / f"p{number}.png")
    (place / "a" / "p5.png").rename(place / "a" / "other.png")
    return place


@pytest.fixture(scope="module")
def run(folders, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "whole"
    _, said = call(
        "run", *SMALL, "--data", folders / "a", "--to", folders / "b", "--steps", 8, "-o", "size=16", "--run-dir", place
    )
    for side, name in (("a", "other.png"), ("b", "p5.png")):
        assert f"1 of {folders / side} (first {name})" in said
    return place


def test_pairs_are_found_by_name_and_a_folder_is_translated(run, folders, tmp_path):
    assert (run / "samples" / "step-00000008.png").exists()
    call("sample", run, "--input", folders / "a", "--out", tmp_path / "out")
    names = sorted(path.name for path in folders.joinpath("a").iterdir())
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != "preview.png") == names


def test_a_run_that_goes_on_is_the_same_run(run, folders, tmp_path):
    words = ("run", *SMALL, "--data", folders / "a", "--to", folders / "b", "-o", "size=16")
    # The rate follows the whole run, so half of one is one that lost its end, and not a shorter one.
    call(*words, "--steps", 8, "--run-dir", tmp_path / "part")
    shutil.rmtree(tmp_path / "part" / "checkpoints" / "step-00000008")
    call("run", "--resume", tmp_path / "part")
    assert not differences(run, tmp_path / "part")


def test_label_maps_become_pictures(folders, tmp_path):
    words = ("--data", folders / "m", "--to", folders / "b", "-o", "maps=true", "-o", "size=16", "--steps", 2)
    call("run", *SMALL, *words, "--run-dir", tmp_path / "r")
    out, _ = call("sample", tmp_path / "r", "--input", folders / "m" / "p0.png", "--out", tmp_path / "s", "--json")
    assert json.loads(out)["files"] == ["p0.png"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "size=100"), "choose a size such as -o size=96x96"),
        (("-o", "size=16", "-o", "pairs="), "its pictures are not paired with those that go in; give pairs"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_first_step(words, message, folders, tmp_path):
    data = ("--data", folders / "a", "--to", folders / "b")
    _, said = call("run", *SMALL, *data, *words, "--steps", 2, "--run-dir", tmp_path / "r", code=2)
    assert message in said
    assert not (tmp_path / "r").exists()
