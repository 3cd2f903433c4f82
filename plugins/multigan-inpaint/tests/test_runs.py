"""Runs of inpainting by the real command line, from files to files."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from multigan.testing import call, differences

SMALL = ("perceptual=0", "width=2", "critic_width=2", "blocks=1", "r1=0")
SIDE = 16


def pixels_of(path):
    return np.asarray(Image.open(path))


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    place = tmp_path_factory.mktemp("photos")
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"p{number}.png")
    return place


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs") / "whole"
    options = [word for option in SMALL for word in ("-o", option)]
    every = ("--batch-size", 2, "--checkpoint-every", 2, "--sample-every", 4, "--log-every", 2)
    call("run", "--plugin", "inpaint", "--data", photos, "--steps", 4, "--run-dir", place, *every, *options)
    return place


@pytest.fixture(scope="module")
def hole():
    found = np.zeros((SIDE, SIDE), bool)
    found[2:9, 5:12] = True
    return found


def test_what_is_transparent_is_filled_and_the_rest_of_the_file_stays(run, photos, hole, tmp_path):
    whole = pixels_of(photos / "p3.png")
    alpha = np.where(hole, 0, 255).astype(np.uint8)[..., None]
    Image.fromarray(np.concatenate([whole, alpha], axis=-1)).save(tmp_path / "scratched.png")
    call("sample", run, "--input", tmp_path / "scratched.png", "--out", tmp_path / "out")
    made = pixels_of(tmp_path / "out" / "scratched.png")
    np.testing.assert_array_equal(made[~hole], whole[~hole])
    assert (made[hole] != whole[hole]).any()


def test_a_mask_of_ones_own_is_the_hole(run, photos, hole, tmp_path):
    Image.fromarray(np.where(hole, 255, 0).astype(np.uint8)).save(tmp_path / "mask.png")
    call("sample", run, "--input", photos, "--ask", f"mask={tmp_path / 'mask.png'}", "--out", tmp_path / "out")
    for path in photos.iterdir():
        whole, made = pixels_of(path), pixels_of(tmp_path / "out" / path.name)
        np.testing.assert_array_equal(made[~hole], whole[~hole])
        assert (made[hole] != whole[hole]).any()


def test_a_mask_is_the_hole_however_the_picture_is_given(run, photos, hole, tmp_path):
    Image.fromarray(np.where(hole, 255, 0).astype(np.uint8)).save(tmp_path / "mask.png")
    given = ("--ask", f"source={photos / 'p3.png'}", "--ask", f"mask={tmp_path / 'mask.png'}")
    call("sample", run, *given, "--out", tmp_path / "out")
    whole, made = pixels_of(photos / "p3.png"), pixels_of(tmp_path / "out" / "p3.png")
    np.testing.assert_array_equal(made[~hole], whole[~hole])
    assert (made[hole] != whole[hole]).any()


def test_pictures_without_holes_of_their_own_need_masks_unless_somebody_tries_it_out(run, photos, tmp_path):
    _, said = call("sample", run, "--input", photos, "--out", tmp_path / "out", code=2)
    assert "give masks, white where the hole is (--ask mask=FILE_OR_FOLDER)" in said
    assert not (tmp_path / "out").exists()
    call("sample", run, "--input", photos, "--out", tmp_path / "out", "--ask", "mask=random")
    whole, made = pixels_of(photos / "p3.png"), pixels_of(tmp_path / "out" / "p3.png")
    changed = (whole != made).any(axis=-1)
    assert 0 < changed.mean() <= 0.5
    _, said = call("sample", run, "--input", photos, "--as-is", "--ask", "mask=random", code=2)
    assert "--as-is: nothing is made of what is given to this run" in said


def test_a_second_place_is_refused_as_what_inpaint_makes_itself(photos, tmp_path):
    words = ("--data", photos, "--to", photos, "--run-dir", tmp_path / "r")
    _, said = call("run", "--plugin", "inpaint", *words, code=2)
    assert "inpaint draws holes into whole pictures by itself, and needs no others; leave out --to" in said
    assert not (tmp_path / "r").exists()


def test_an_export_says_what_has_to_be_imported_to_load_it(run, tmp_path):
    out, said = call("export", run, "--out", tmp_path / "filler.keras", "--json")
    assert json.loads(out)["imports"] == ["multigan_inpaint.smooth", "multigan_inpaint.spectrum"]
    assert "before Keras loads it, import multigan_inpaint.smooth, multigan_inpaint.spectrum" in said


def test_a_run_that_goes_on_is_the_same_run(run, tmp_path):
    shutil.copytree(run, tmp_path / "part")
    shutil.rmtree(tmp_path / "part" / "checkpoints" / "step-00000004")
    call("run", "--resume", tmp_path / "part")
    assert not differences(run, tmp_path / "part")


def test_pictures_without_holes_are_refused_with_the_mend(photos, tmp_path):
    _, said = call(
        "run", "--plugin", "inpaint", "--data", photos, "-o", "make=blur", "--run-dir", tmp_path / "r", code=2
    )
    assert "no holes to fill; add -o make=mask" in said


def test_what_goes_in_is_not_replaced_by_what_is_made(run, tmp_path):
    for folder in ("pictures", "masks"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (SIDE, SIDE), "white").save(tmp_path / folder / "a.png")
    picture, masks = tmp_path / "pictures" / "a.png", tmp_path / "masks"
    for out in (picture.parent, masks):
        before = (out / "a.png").read_bytes()
        _, said = call("sample", run, "--input", picture, "--ask", f"mask={masks}", "--out", out, "--overwrite", code=2)
        assert "choose another folder" in said
        assert (out / "a.png").read_bytes() == before
