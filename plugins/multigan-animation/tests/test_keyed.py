"""Clips made of key frames keep the contract, keep the key frames, and have as many frames as are asked for."""

import numpy as np
import pytest
from keras import ops
from multigan_animation import NEXT, TWEEN
from multigan_animation.between import times
from multigan_animation.keyed import Next, Tween

from multigan import DataInfo, Field, UsageError
from multigan.testing import Contract

SMALL = {"width": 4, "critic_width": 4, "codes": 6}
DATA = {"size": "8", "frames": 4}


@pytest.fixture(scope="module", params=["tween", "next"])
def contract(request):
    motion = {"motion_dim": 3} if request.param == "next" else {}
    return Contract(request.param, options={**SMALL, **DATA, **motion})


@pytest.mark.backends
@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(kind, shape=(5, 8, 8, 2), keys=None, **options):
    keys = kind.keys if keys is None else keys
    beside = (Field(name="keys", kind="keyframes", shape=(keys, *shape[1:])),) if keys else ()
    data = DataInfo(name="test", shape=shape, field="clip", classes=("left", "right"), beside=beside)
    defaults = {key: option.default for key, option in (TWEEN if kind is Tween else NEXT).items()} | SMALL
    game = kind(data, **defaults | options)
    game.plan(100, 4)
    game.compile()
    return game


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


@pytest.mark.backends
@pytest.mark.parametrize("frames", [3, 5, 9])
def test_the_key_frames_stay_as_they_are_and_there_is_any_number_between(frames):
    game, keys = make(Tween), noise(3, 2, 8, 8, 2)
    with game.lasting(frames):
        made = game.sample(3, 0, {"keys": keys})
    assert made.shape == (3, frames, 8, 8, 2)
    np.testing.assert_array_equal(made[:, 0], keys[:, 0])
    np.testing.assert_array_equal(made[:, -1], keys[:, 1])
    middle = made[:, 1:-1]
    assert np.abs(middle - keys[:, :1]).min(axis=(0, 2, 3, 4)).max() < np.inf
    if frames == 9:  # every second place of nine is a place of five
        np.testing.assert_allclose(made[:, ::2], game.sample(3, 0, {"keys": keys}), atol=1e-5)


@pytest.mark.backends
def test_a_frame_is_made_of_key_frames_and_of_what_is_new_by_their_shares():
    game, keys = make(Tween), noise(3, 2, 8, 8, 2)
    last = game.generator.get_layer("draw").layers[-1]
    while not last.weights:  # activations follow it
        last = game.generator.get_layer("draw").layers[game.generator.get_layer("draw").layers.index(last) - 1]
    kernel, bias = last.get_weights()
    assert bias.shape == (2 + 3,), "two channels, and the shares of two key frames and of what is new"
    new = np.arctanh(0.5)
    for shares in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.3, 0.5]):
        told = np.log(np.maximum(shares, 1e-30))
        last.set_weights([0 * kernel, np.array([new, -new, *told], bias.dtype)])
        made = ops.convert_to_numpy(game.generator(keys, training=False))
        wanted = shares[0] * keys[:, 0] + shares[1] * keys[:, 1] + shares[2] * np.array([0.5, -0.5])
        np.testing.assert_allclose(made[:, 1:-1], np.repeat(wanted[:, None], 3, axis=1), atol=1e-5)


@pytest.mark.backends
def test_what_follows_a_frame_begins_with_it_and_a_longer_clip_begins_as_a_shorter_one():
    game, keys = make(Next, motion_dim=3), noise(2, 1, 8, 8, 2)
    asked = {"keys": keys, "label": np.array([0, 1], "int32")}
    made = game.sample(2, 4, asked)
    np.testing.assert_array_equal(made[:, 0], keys[:, 0])
    with game.lasting(8):
        longer = game.sample(2, 4, asked)
    np.testing.assert_allclose(longer[:, :5], made, atol=1e-5)
    assert np.abs(game.sample(2, 5, asked)[:, 1:] - made[:, 1:]).max() > 1e-4, "another seed, another motion"


def test_a_frames_place_is_told_alike_from_both_ends():
    told = times(5)
    assert told.shape == (5, 8)
    assert told[:, 0].tolist() == [-1, -0.5, 0, 0.5, 1]
    np.testing.assert_allclose(told[:, 2], np.cos(2 * np.pi * np.linspace(0, 1, 5)), atol=1e-6)
    np.testing.assert_allclose(told[:, 2], told[::-1, 2], atol=1e-6)
    np.testing.assert_allclose(times(9)[::2], told, atol=1e-6)


def test_the_distance_from_the_truth_in_closed_form():
    game = make(Tween, l1=7.0)
    clips = noise(4, 5, 8, 8, 2)
    batch = {"clip": ops.convert_to_tensor(clips), "keys": ops.convert_to_tensor(clips[:, [0, -1]])}
    made = game.fake(batch)
    game.fake = lambda batch: made
    terms = game.generator_loss(batch)
    assert list(terms) == ["clips", "frames", "l1"]
    wanted = 7 * np.abs(ops.convert_to_numpy(made) - clips).mean()
    assert float(terms["l1"]) == pytest.approx(wanted, rel=1e-5)
    assert list(make(Tween, l1=0.0).generator_loss(batch | {"label": None})) == ["clips", "frames"]


@pytest.mark.parametrize(("kind", "keys", "told"), [(Tween, 1, "ends"), (Next, 2, "first"), (Tween, 0, "ends")])
def test_clips_without_their_key_frames_are_refused(kind, keys, told):
    with pytest.raises(UsageError, match=f"test: its clips lack the key frames .* -o keys={told}"):
        make(kind, keys=keys)
