"""FastCUT keeps the contract, and its contrast is the paper's."""

import math

import keras
import numpy as np
import pytest
from keras import ops
from multigan_cyclegan import FASTCUT
from multigan_cyclegan.fastcut import FastCUT, patch_contrast

from multigan import DataInfo, Field
from multigan.testing import ArraySource, Contract

DRAW = np.random.default_rng(0)
SOURCE = Field(name="source", kind="picture", shape=(12, 8, 3), aligned=False)
TINY = {"width": 2, "blocks": 2, "units": 6, "patches": 20}


def pictures(count, *shape):
    return DRAW.uniform(-1, 1, (count, *shape)).astype("float32")


@pytest.fixture(scope="module")
def contract():
    data = ArraySource(pictures(24, 12, 8, 3), beside={SOURCE: pictures(20, 12, 8, 3)})
    return Contract("fastcut", options=TINY, data=data, batch_size=2)


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(**options):
    defaults = {key: option.default for key, option in FASTCUT.items()} | TINY
    game = FastCUT(DataInfo(name="test", shape=(12, 8, 3), beside=(SOURCE,)), **defaults | options)
    game.plan(100, 2)
    game.compile(jit=False)
    return game


def test_the_contrast_of_features_that_match_is_what_the_temperature_leaves():
    """Of n places whose features are at right angles: log(1 + (n - 1) exp(-1 / t))."""
    features = np.tile(np.eye(5, dtype="float32"), (2, 1, 1))
    for temperature in (0.07, 1.0):
        expected = math.log1p(4 * math.exp(-1 / temperature))
        assert float(patch_contrast(features, features, temperature)) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    same = np.full((2, 5, 4), 0.5, "float32")
    assert float(patch_contrast(same, same)) == pytest.approx(math.log(5), rel=1e-5), "nothing is told apart"
    wrong = features[:, ::-1]
    assert float(patch_contrast(features, wrong, 1.0)) > float(patch_contrast(features, features, 1.0))


def test_negatives_are_of_the_same_picture():
    """Another picture of the batch changes nothing for the first one."""
    queries, keys = (keras.ops.normalize(pictures(2, 5, 4), axis=-1) for _ in range(2))
    both = [float(patch_contrast(queries[n : n + 1], keys[n : n + 1])) for n in range(2)]
    assert float(patch_contrast(queries, keys)) == pytest.approx(sum(both) / 2, rel=1e-5)


def test_no_gradient_goes_through_the_keys():
    from multigan import input_grad

    queries, keys = (ops.convert_to_tensor(pictures(2, 5, 4)) for _ in range(2))
    moved = ops.convert_to_numpy(input_grad(lambda x: patch_contrast(x, keys), queries))
    still = ops.convert_to_numpy(input_grad(lambda x: patch_contrast(queries, x) + 0 * ops.sum(x), keys))
    assert np.abs(moved).max() > 0
    assert np.abs(still).max() == 0


def test_five_layers_are_compared_and_small_maps_at_fewer_places():
    game = make()
    assert game.layers_seen == [(12, 8, 3), (6, 4, 4), (3, 2, 8), (3, 2, 8), (3, 2, 8)]
    assert game.places == [20, 20, 6, 6, 6]
    assert make(patches=256).places == [96, 24, 6, 6, 6]


def test_places_are_the_same_in_both_and_drawn_anew():
    game = make()
    map_ = ops.reshape(ops.arange(2 * 96.0), (2, 12, 8, 1))
    one, other = (ops.convert_to_numpy(each) for each in game._patches(map_, map_, 20))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one[0] + 96, one[1])
    assert len({*one[0].ravel()}) == 20
    again = ops.convert_to_numpy(game._patches(map_, map_, 20)[0])
    assert not np.array_equal(one, again)


def test_what_is_projected_has_length_one():
    game = make(units=256)
    made = ops.convert_to_numpy(game.projection[1](pictures(2, 7, 4)))
    assert made.shape == (2, 7, 256)
    np.testing.assert_allclose(np.linalg.norm(made, axis=-1), 1, rtol=1e-4)


def test_features_of_nothing_have_a_finite_gradient():
    from multigan import input_grad

    game = make()
    seen = ops.convert_to_numpy(input_grad(lambda x: game.projection[1](x), ops.zeros((2, 7, 4))))
    assert np.isfinite(seen).all()


def test_the_generator_gives_its_pictures_and_features_to_the_other_players():
    game = make()
    batch = {name: ops.convert_to_tensor(pictures(2, 12, 8, 3)) for name in ("source", "image")}
    made = ops.convert_to_numpy(game.generator(batch["source"], training=True))
    records = [game.update(turn, batch) for turn in game.turns]
    np.testing.assert_allclose(game.handed.take(), made, atol=1e-5)
    contrasts = [float(records[0]["losses"]["generator/contrast"]), float(records[2]["losses"]["projection/contrast"])]
    assert contrasts[0] == pytest.approx(contrasts[1], rel=1e-4), "the same features, before any update of theirs"
