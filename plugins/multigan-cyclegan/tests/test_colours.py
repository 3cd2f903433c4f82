"""The map of colours that generators begin with: found without pairs, and without a network."""

import numpy as np
import pytest
from keras import ops
from multigan_cyclegan import colours
from multigan_cyclegan.colours import LinearColours, Patches, linear_maps
from multigan_cyclegan.networks import resnet_generator

WHOLE_SEARCH = True
# What three kinds of ground look like, how often each occurs, and how they look when their colours are turned.
GROUNDS = np.array([[-0.6, 0.2, -0.5], [0.3, 0.0, -0.4], [-0.5, -0.1, 0.3]])
QUICK = {"SEARCHES": 1, "TRIED": 20, "KEPT": 2, "FINALISTS": 1}
SHARES = [0.55, 0.3, 0.15]
TURN = np.array([[-0.2, -0.9, 0.3], [0.9, 0.0, 0.3], [0.1, 0.4, 0.9]])


def landscapes(seed, count=60, side=16, cell=4):
    """Squares of ground, with some noise."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(3, (count, side // cell, side // cell), p=SHARES).repeat(cell, 1).repeat(cell, 2)
    return GROUNDS[kinds] + rng.normal(0, 0.03, (count, side, side, 3))


def found(source, image, seed=0, **settings):
    rng = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setattr(colours, name, value)
        return linear_maps(*(Patches.of(pictures, 8000, rng) for pictures in (source, image)), rng)


def applied(found, pictures):
    return pictures @ found[:-1] + found[-1]


@pytest.mark.parametrize("seed", [0])
def test_colours_that_were_turned_are_found_without_pairs(seed):
    source, image = landscapes(1), landscapes(2) @ TURN
    there, back = found(source, image, seed, SEARCHES=1)
    wanted = landscapes(3) @ TURN
    assert np.abs(applied(there, landscapes(3)) - wanted).mean() < 0.12
    assert np.abs(applied(back, wanted) - landscapes(3)).mean() < 0.12
    assert np.abs(landscapes(3) - wanted).mean() > 0.3


def test_the_same_kind_is_left_alone():
    there, _ = found(landscapes(1), landscapes(2), SEARCHES=1)
    assert np.abs(applied(there, landscapes(3)) - landscapes(3)).mean() < 0.05


def test_it_is_the_same_for_the_same_seed():
    for one, other in zip(*(found(landscapes(1), landscapes(2) @ TURN, **QUICK) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_map_has_lost_is_not_made_up_on_the_way_back():
    """The inverse of a map that leaves a twentieth of one direction is twenty times as steep there, noise and all."""
    given = np.random.default_rng(0).uniform(-1, 1, (4000, 3))
    flat = np.vstack([np.diag([1.0, 1.0, 0.05]), np.zeros(3)])
    back = colours._undone(flat, given)
    noisy = applied(flat, given) + np.random.default_rng(1).normal(0, colours.UNSAID, given.shape)
    exact = np.vstack([np.diag([1.0, 1.0, 20.0]), np.zeros(3)])
    errors = [np.square(applied(way, noisy) - given).mean(axis=0) for way in (back, exact)]
    assert (errors[0] < errors[1]).all()
    assert errors[0][2] < given[:, 2].var()
    assert np.abs(back[:2, :2] - np.eye(2)).max() < 0.05


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_grey_and_flat_pictures_have_maps_too(channels):
    grey = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)).repeat(channels, axis=-1)
    for source, image in ((grey, grey**2), (np.zeros_like(grey), grey)):
        for each in found(source, image, **QUICK):
            assert each.shape == (channels + 1, channels)
            assert np.isfinite(each).all()


def test_patches_are_pixels_and_the_means_around_them():
    pictures = np.arange(2 * 20 * 32, dtype=float).reshape(2, 20, 32, 1)
    found = Patches.of(pictures, 50, np.random.default_rng(0))
    values = found.colours[..., 0]
    assert values.shape == (50, 5)
    for (pixel, *means), inside in zip(values, found.inside[..., 0], strict=True):
        number, row, column = (int(each) for each in np.unravel_index(int(pixel), (2, 20, 32)))
        assert means[0] == pixel, "a 32nd of 20 is one pixel"
        for mean, side in zip(means[1:], (1, 2, 10), strict=True):
            top, left = min(row // side, 20 // side - 1) * side, min(column // side, 32 // side - 1) * side
            patch = pictures[number, top : top + side, left : left + side]
            assert mean == pytest.approx(patch.mean(), abs=1e-3)
            assert side != 1 or {*inside[0]} == {*patch.flat}


def test_a_map_changes_contrasts_as_it_changes_pixels():
    pictures, twice = landscapes(1, 4), np.vstack([2 * TURN, [[0.1, 0.0, -0.1]]])
    clipped = np.clip(applied(twice, pictures), -1, 1)
    before, after = (Patches.of(each, 100, np.random.default_rng(0)) for each in (pictures, clipped))
    pixels, _, contrasts = np.split(before.seen(twice) - after.seen(), (3, 9), axis=1)
    assert np.abs(pixels).max() < 1e-5
    assert np.abs(contrasts).max() < 1e-5


@pytest.mark.backends
def test_a_generator_begins_with_its_map():
    network = resnet_generator(3, 3, 2, 1, colours=True, name="there")
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (1, 8, 12, 3)).astype("float32")
    np.testing.assert_allclose(ops.convert_to_numpy(network(x)), x, atol=0.05)
    layer = network.get_layer("there_colours")
    assert not layer.trainable_variables
    layer.map.assign(np.vstack([np.eye(3)[::-1], [[0.0, 0.1, 0.0]]]).astype("float32"))
    wanted = np.clip(x[..., ::-1] + [0.0, 0.1, 0.0], -0.98, 0.98)
    np.testing.assert_allclose(ops.convert_to_numpy(network(x)), wanted, atol=0.05)


@pytest.mark.backends
def test_a_saved_map_is_the_same():
    layer = LinearColours()
    x = np.random.default_rng(0).uniform(-1, 1, (1, 2, 2, 3)).astype("float32")
    again = LinearColours.from_config(layer.get_config())
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), ops.convert_to_numpy(again(x)))
