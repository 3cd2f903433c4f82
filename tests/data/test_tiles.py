"""Pictures of any size through a network: padding and tiles."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from multigan.modalities.images.tiles import in_tiles, padding, starts, windows

RNG = np.random.default_rng(0)


def smoothed(x, reach):
    """A local network: the mean of a window, whose edge is zeros, as a convolution pads."""
    from scipy.ndimage import uniform_filter

    size = 2 * reach + 1
    return uniform_filter(x, (0, size, size, 0), mode="constant")


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (3, 2), (16, 16), (17, 40)])
@pytest.mark.parametrize("multiple", [1, 4, 32])
def test_pictures_are_mirrored_until_their_sides_divide_and_cut_back(size, multiple):
    picture = RNG.uniform(size=(1, *size, 3))
    around = padding(size, multiple, (64, 64))
    padded = around.pad(picture)
    assert padded.shape[1:3] == around.padded
    assert all(side % multiple == 0 and side >= min(8, 64) for side in around.padded)
    assert np.array_equal(around.cut(padded), picture)
    larger = padded.repeat(2, axis=1).repeat(2, axis=2)
    assert np.array_equal(around.cut(larger, 2), picture.repeat(2, axis=1).repeat(2, axis=2))


def test_a_picture_that_divides_is_left_alone():
    around = padding((24, 40), 4, (16, 16))
    assert around.padded == (24, 40)
    picture = RNG.integers(0, 9, (1, 24, 40))
    assert around.pad(picture) is picture


@pytest.mark.parametrize(("length", "side", "multiple"), [(64, 64, 1), (65, 64, 1), (1000, 64, 4), (512, 64, 32)])
def test_tiles_cover_an_axis_and_overlap(length, side, multiple):
    begins = starts(length, side, 16, multiple)
    assert (begins[0], begins[-1]) == (0, max(0, length - side))
    assert all(start % multiple == 0 for start in begins[: -1 if length % multiple else None])
    assert all(0 < later - start <= side - 16 for start, later in pairwise(begins))
    for scale in (1, 2):
        total = np.zeros(length * scale)
        for start, window in zip(begins, windows(begins, side, length, scale), strict=True):
            total[start * scale : start * scale + len(window)] += window
        assert np.allclose(total, 1)


@pytest.mark.parametrize("size", [(40, 300), (200, 180), (64, 65)])
def test_a_local_network_gives_the_same_with_and_without_tiles(size):
    picture = RNG.uniform(-1, 1, (1, *size, 3)).astype(np.float32)
    for run in (lambda parts: parts[0], lambda parts: smoothed(parts[0], 2)):
        whole = in_tiles(run, [picture], [True], tile=1000)
        calls = Counter()

        def counted(parts, run=run, calls=calls):
            calls[parts[0].shape] += 1
            return run(parts)

        assert np.allclose(whole, in_tiles(counted, [picture], [True], tile=64), atol=1e-5)
        (number,) = calls.values()
        assert number > 1, "tiles of one size, so that one is compiled"


def test_tiles_of_a_network_that_makes_pictures_larger():
    picture = RNG.uniform(-1, 1, (1, 90, 130, 1)).astype(np.float32)

    def twice(parts):
        return parts[0].repeat(2, axis=1).repeat(2, axis=2)

    assert np.allclose(in_tiles(twice, [picture], [True], tile=64), twice([picture]), atol=1e-6)


def test_what_is_no_picture_goes_to_every_tile_and_masks_are_cut_alike():
    picture, mask = RNG.uniform(size=(1, 100, 100, 3)), RNG.uniform(size=(1, 100, 100, 1))
    code = np.array([[2.0]])

    def run(parts):
        code, picture, mask = parts
        return picture * mask + code[..., None, None]

    made = in_tiles(run, [code, picture, mask], [False, True, True], tile=48)
    assert np.allclose(made, picture * mask + 2, atol=1e-6)


def test_no_seam_shows_where_each_tile_has_a_brightness_of_its_own():
    """As of instance norm: a tile's own mean is taken off."""
    rows = np.linspace(-1, 1, 400)[:, None, None] * np.ones((400, 300, 1))
    picture = rows[None].astype(np.float32)
    made = in_tiles(lambda parts: parts[0] - parts[0].mean(), [picture], [True], tile=128)[0, ..., 0]
    # Side by side, tiles would part by 0.4 and more.
    assert np.abs(np.diff(made, axis=0)).max() < 0.08
    assert np.abs(np.diff(made, axis=1)).max() < 0.08
