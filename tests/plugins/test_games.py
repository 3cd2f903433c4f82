"""Games that translate pictures, or classify them, keep the contract as every recipe does."""

import os
from pathlib import Path

import numpy as np
import pytest

from multigan import Field
from multigan.testing import ArraySource, Contract

pytestmark = pytest.mark.backends

GAMES = Path(__file__).parents[1] / "games"
DRAW = np.random.default_rng(0)


def pictures(count, *shape):
    return DRAW.uniform(-1, 1, (count, *shape)).astype("float32")


def beside(count, *shape, **more):
    return {Field(name="source", kind="picture", shape=shape, **more): pictures(count, *shape)}


VARIANTS = {
    "unpaired": (
        "little-cyclegan",
        ArraySource(pictures(24, 8, 12, 3), beside=beside(20, 8, 12, 3, aligned=False)),
        {"blocks": 1},
    ),
    "paired, of odd sides": (
        "little-pix2pix",
        ArraySource(pictures(24, 13, 9, 1), beside=beside(24, 13, 9, 2)),
        {},
    ),
    "labelled": (
        "little-semisupervised",
        ArraySource(pictures(24, 16, 16, 1), labels=np.arange(24) % 3),
        {"labelled": 0.5},
    ),
    "several inputs": (
        "little-several",
        ArraySource(pictures(24, 8, 8, 1), labels=np.arange(24) % 3, beside=beside(24, 8, 8, 1)),
        {},
    ),
}


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"paired, of odd sides"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    recipe, data, options = VARIANTS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(GAMES)
        patch.setenv("PYTHONPATH", str(GAMES), prepend=os.pathsep)
        yield Contract(recipe, options={"width": 2, **options}, data=data, batch_size=4)


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)
