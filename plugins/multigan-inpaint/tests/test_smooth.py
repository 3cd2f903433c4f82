"""Holes that are filled smoothly, as a network's first guess."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_inpaint.fourier import fourier_generator
from multigan_inpaint.gated import gated_generator
from multigan_inpaint.smooth import SmoothFill, smooth_fill

pytestmark = pytest.mark.backends


def hole(height=16, width=12, rows=slice(5, 10), columns=slice(4, 8)):
    mask = np.zeros((1, height, width, 1), "float32")
    mask[:, rows, columns] = 1
    return mask


def filled(source, mask, **options):
    return ops.convert_to_numpy(smooth_fill(ops.convert_to_tensor(source), ops.convert_to_tensor(mask), **options))


def test_one_colour_is_filled_with_itself_up_to_the_edge_of_the_picture():
    colour = np.array([-0.5, 0.25, 1.0], "float32")
    picture, mask = np.broadcast_to(colour, (1, 16, 12, 3)), hole(columns=slice(0, 8))
    np.testing.assert_allclose(filled(picture * (1 - mask), mask), picture, atol=1e-6)


def test_the_narrowest_blur_is_the_mean_of_the_neighbours():
    """Of a hole of one pixel on a line; the taps weigh 1, 2 and 1, and the middle one is not known."""
    picture = np.zeros((1, 1, 5, 1), "float32")
    picture[0, 0, :, 0] = [9, 0.2, 9, 0.6, 9]
    mask = hole(1, 5, slice(0, 1), slice(2, 3))
    assert filled(picture, mask, rounds=0)[0, 0, 2, 0] == pytest.approx(0.4, abs=1e-6)


def test_a_slope_goes_on_in_the_hole():
    slope = np.broadcast_to(np.linspace(-1, 1, 32, dtype="float32")[:, None, None], (1, 32, 32, 1))
    mask = hole(32, 32, slice(12, 20), slice(12, 20))
    mean = np.abs(slope[mask == 1]).mean()
    short = [np.abs(filled(slope, mask, rounds=rounds) - slope)[mask == 1].mean() for rounds in (0, 8, 32)]
    assert 0.5 * mean > short[0] > short[1] > short[2]
    assert short[2] < 0.1 * mean


def test_the_surface_at_the_end_is_the_biharmonic_one():
    from skimage.restoration import inpaint_biharmonic

    rows, columns = np.mgrid[:16, :16] / 8 - 1
    picture = (rows**2 - 0.5 * rows * columns).astype("float32")[None, ..., None]
    mask = hole(16, 16, slice(6, 10), slice(6, 10))
    wanted = inpaint_biharmonic(picture[0], mask[0, ..., 0] == 1, channel_axis=-1)
    np.testing.assert_allclose(filled(picture, mask, rounds=400)[0], wanted, atol=1e-3)


def test_outside_of_the_hole_nothing_changes_and_what_stands_in_it_does_not_matter():
    source, mask = np.random.default_rng(0).uniform(-1, 1, (1, 16, 12, 3)).astype("float32"), hole()
    one, other = filled(source, mask), filled(np.where(mask == 1, np.float32("nan"), source), mask)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one[0, :5], source[0, :5])


def test_where_nothing_is_known_it_is_nought():
    mask = np.ones((1, 16, 12, 1), "float32")
    assert not filled(np.ones((1, 16, 12, 3), "float32"), mask).any()


@pytest.mark.parametrize(
    "network",
    [lambda start: fourier_generator(3, 2, 1, 1, start), lambda start: gated_generator(3, 2, 2, 16, start)],
    ids=["fourier", "gated"],
)
def test_a_network_that_starts_smooth_begins_with_the_smooth_fill(network):
    source, mask = np.random.default_rng(0).uniform(-0.9, 0.9, (1, 16, 16, 3)).astype("float32"), hole(16, 16)
    guess = ops.convert_to_numpy(SmoothFill()([source, mask]))
    made = ops.convert_to_numpy(keras.tree.flatten(network("smooth")([source, mask]))[-1])
    np.testing.assert_allclose(made, guess, atol=0.02)
    made = ops.convert_to_numpy(keras.tree.flatten(network("empty")([source, mask]))[-1])
    assert np.abs(made - guess)[0, 5:10, 4:8].mean() > 0.1
