"""The registered points are what their descriptions say."""

import numpy as np
import pytest

from multigan.builtin import DATASETS
from multigan.data import open_source
from multigan.modalities.points.synthetic import GRID_SIGMA, RING_SIGMA, grid_centres, ring_centres


def opened(name):
    return open_source(name, "points", {}, {dataset.name: dataset for dataset in DATASETS})


def test_the_centres_are_exact():
    ring, grid = ring_centres(), grid_centres()
    np.testing.assert_allclose(np.hypot(*ring.T), 1)
    np.testing.assert_allclose(ring[[0, 2, 4]], [[1, 0], [0, 1], [-1, 0]], atol=1e-15)
    assert {tuple(centre) for centre in grid} == {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}


@pytest.mark.parametrize(("name", "centres", "sigma"), [("ring", ring_centres(), 0.01), ("grid", grid_centres(), 0.05)])
def test_every_mode_has_an_equal_share_around_its_centre(name, centres, sigma):
    assert {"ring": RING_SIGMA, "grid": GRID_SIGMA}[name] == sigma
    source = opened(name)
    points, labels = source.batch(np.arange(len(source))).values()
    assert np.bincount(labels).tolist() == [100_000 // len(centres)] * len(centres)
    offsets = points - centres[labels]
    assert abs(offsets.std() / sigma - 1) < 0.01
    for mode, centre in enumerate(centres):
        assert np.abs(offsets[labels == mode].mean(axis=0)).max() < 5 * sigma / np.sqrt(100_000 / len(centres))
        assert source.classes[mode] == f"({centre[0]:.2f}, {centre[1]:.2f})".replace("-0.00", "0.00")
    # The head of the data is no mode's own: a slice of it has them all.
    assert len(set(labels[:500].tolist())) == len(centres)


def test_the_roll_is_a_spiral_with_noise_and_has_no_labels():
    source = opened("swiss-roll")
    points = source.batch(np.arange(len(source)))["point"] * 7.5
    assert source.classes == ()
    # On the spiral the radius is the angle, up to whole turns.
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    off = (radius - angle + np.pi) % (2 * np.pi) - np.pi
    assert abs(off.std() - 0.25) < 0.02
    assert 1.5 * np.pi - 1.5 < radius.min() < radius.max() < 4.5 * np.pi + 1.5


def test_the_same_points_every_time():
    assert opened("ring").fingerprint == opened("ring").fingerprint
    assert len({opened(name).fingerprint for name in ("ring", "grid", "swiss-roll")}) == 3
