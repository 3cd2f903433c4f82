"""Runs of a few steps, trained by a program's call in the tests' own process."""

import os

import numpy as np
import pytest
from PIL import Image

import multigan

SMALL = {"steps": 4, "batch_size": 8, "log_every": 2, "sample_every": 2, "checkpoint_every": 2, "quiet": True}
RUNS = {
    "dcgan": ("dcgan", "digits", {"size": 16, "width": 4}),
    "cgan": ("cgan", "ring", {}),
    "blur": ("pix2pix", "pictures", {"make": "blur", "size": 16, "width": 2}),
    "pix2pix": ("pix2pix", "pictures", {"make": "grey", "size": 16, "width": 2}),
}


@pytest.fixture(scope="session", autouse=True)
def no_variables():
    """The environment says nothing of runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of sixteen small pictures in colour."""
    folder = tmp_path_factory.mktemp("api") / "pictures"
    folder.mkdir()
    for number in range(16):
        pixels = np.random.default_rng(number).integers(0, 256, (24, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"p{number:02d}.png")
    return folder


@pytest.fixture(scope="session")
def paths(pictures, tmp_path_factory):
    """Where runs lie, by name; each is trained once, when it is asked for."""
    place, found = tmp_path_factory.mktemp("runs"), {}

    def path(name):
        if name not in found:
            recipe, data, options = RUNS[name]
            data = pictures if data == "pictures" else data
            found[name] = multigan.train(recipe, data, options=options, run_dir=place / name, **SMALL).path
        return found[name]

    return path


@pytest.fixture(scope="session")
def kept():
    """Runs that are open, by name."""
    return {}


@pytest.fixture
def run(paths, kept):
    """Returns a run by its name, opened once."""

    def opened(name):
        if name not in kept:
            kept[name] = multigan.open(paths(name), quiet=True)
        return kept[name]

    return opened
