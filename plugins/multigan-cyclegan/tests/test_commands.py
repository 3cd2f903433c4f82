"""CycleGAN through the real command line."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from multigan.testing import call

TINY = ("-o", "width=2", "-o", "blocks=1", "-o", "size=8")
STEPS = ("--steps", 4, "--log-every", 2, "--sample-every", 2, "--checkpoint-every", 2)


@pytest.fixture(scope="module", autouse=True)
def _no_variables():
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Four steps of CycleGAN on its digits."""
    path = tmp_path_factory.mktemp("runs") / "whole"
    call("run", "--plugin", "cyclegan", "--run-dir", path, *TINY, *STEPS, "-o", "pool=2")
    return path


def weights(path):
    (folder,) = (path / "checkpoints").glob("step-00000004")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in (".npz", ".h5")}


def test_a_run_that_goes_on_ends_as_the_one_that_was_not_stopped_pools_and_all(run, tmp_path):
    halves = tmp_path / "halves"
    shutil.copytree(run, halves)
    shutil.rmtree(halves / "checkpoints" / "step-00000004")
    call("run", "--resume", halves)
    whole = weights(run)
    assert whole
    assert weights(halves) == whole


def test_a_preview_shows_the_right_answers_to_what_is_held_out(run):
    with Image.open(run / "samples" / "step-00000004.png") as picture:
        wide = picture.size[0]
    assert wide == 2 * (4 * 64 + 3 * 4) + 16, "source, output, way back, wanted, in two blocks"


def test_samples_are_called_like_what_they_are_made_of(run, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        pixels = np.random.default_rng(len(name)).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / f"{name}.png")
    out, _ = call("sample", run, "--input", tmp_path / "in", "--out", tmp_path / "out", "--json")
    assert json.loads(out)["files"] == ["one.png", "two.png"]


def folders(place, first, second):
    """Two folders of so many pictures."""
    for name, count in (("a", first), ("b", second)):
        (place / name).mkdir()
        for number in range(count):
            Image.new("RGB", (8, 8), (number * 40, 90, 120)).save(place / name / f"{number}.png")
    return ("--data", place / "a", "--to", place / "b", "--run-dir", place / "run", *TINY, *STEPS, "--batch-size", 1)


@pytest.mark.parametrize(
    ("counts", "told"),
    [((0, 3), "a: "), ((3, 0), "b: "), ((1, 3), "a: 1 picture that goes in"), ((3, 1), "b: only one of its images is")],
)
def test_domains_without_pictures_or_with_one_are_refused_by_their_names(counts, told, tmp_path):
    _, said = call("run", "--plugin", "cyclegan", *folders(tmp_path, *counts), code=2)
    assert f"{tmp_path}/{told}" in said
    assert not (tmp_path / "run").exists()


def test_sizes_that_4_does_not_divide_are_refused_with_the_nearest(tmp_path):
    _, said = call("run", "--plugin", "cyclegan", *folders(tmp_path, 3, 3), "-o", "size=10x17", code=2)
    assert "-o size=8x16" in said
