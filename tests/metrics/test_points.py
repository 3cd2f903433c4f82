"""Metrics of points, by hand."""

import numpy as np
import pytest
from toys import Source

from multigan.errors import UsageError
from multigan.modalities.points.metrics import (
    Modes,
    estimate_modes,
    high_quality,
    mode_statistics,
    modes,
    modes_of,
    reverse_kl,
    sliced_wasserstein,
)

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def test_a_mode_is_captured_by_one_point_within_three_sigma():
    points = np.array([[0.0, 2.99], [0.1, 0.0], [10.0, 3.01], [0.0, 10.0]])
    captured, quality, divergence = mode_statistics(points, SQUARE, 1.0)
    assert captured.tolist() == [0, 2], "the third point is too far out for its mode"
    assert quality == 0.75
    # Two points for the first mode, one for each of two others, none for the last: every point counts.
    assert divergence == pytest.approx(0.5 * np.log(0.5 / 0.25))


def test_reverse_kl_is_zero_for_the_data_s_shares_and_log_n_for_one_mode():
    shares = np.array([0.5, 0.25, 0.125, 0.125])
    points = SQUARE[[0, 0, 0, 0, 1, 1, 2, 3]]
    assert mode_statistics(points, SQUARE, 1.0, shares)[2] == 0.0
    assert mode_statistics(SQUARE[:1], SQUARE, 1.0)[2] == pytest.approx(np.log(4))


def test_the_exact_modes_of_ring_and_grid_fit_their_data():
    from multigan.modalities.points.synthetic import grid, ring

    for load, name, count in ((ring, "ring", 8), (grid, "grid", 25)):
        points, labels, classes = load()
        source = Source(points[:20_000], labels[:20_000], classes, name=name, key="point")
        exact = modes_of(source)
        assert exact.exact
        told = modes(points, points[:2500], modes=exact)
        assert told == {"value": count, "of": count, "missing": []}
        assert high_quality(points, points[:2500], modes=exact)["value"] == pytest.approx(0.989, abs=0.01)
        assert reverse_kl(points, points[:2500], modes=exact)["value"] < 0.02
        source.name = "my.csv"
        estimated = modes_of(source)
        assert not estimated.exact
        assert estimated.sigma == pytest.approx(exact.sigma, rel=0.02)
        np.testing.assert_allclose(estimated.centres, exact.centres, atol=0.02)
        captured, *_ = mode_statistics(points[:2500], estimated.centres, estimated.sigma)
        assert len(captured) == count


def test_missing_modes_are_named():
    known = Modes(SQUARE, 1.0, np.full(4, 0.25), ("sw", "se", "nw", "ne"))
    assert modes(SQUARE, SQUARE[[0, 3]], modes=known) == {"value": 2.0, "of": 4.0, "missing": ["se", "nw"]}


def test_points_without_labels_or_without_spread_have_no_modes():
    with pytest.raises(UsageError, match="sliced-wasserstein"):
        modes_of(Source(SQUARE, key="point"))
    with pytest.raises(UsageError, match="all alike"):
        estimate_modes(SQUARE, np.arange(4), ("a", "b", "c", "d"))


def test_sliced_wasserstein_of_a_shift_is_its_length_over_the_root_of_the_dimensions():
    """A shift s moves the projection on u by s.u; the mean of (s.u)^2 over directions is |s|^2 / columns."""
    points = np.random.default_rng(0).standard_normal((500, 3))
    distances = [sliced_wasserstein(points, points + np.array([3.0, 0.0, 0.0]), seed) for seed in range(20)]
    assert np.mean(np.square(distances)) == pytest.approx(3.0, rel=0.05)
    assert sliced_wasserstein(points, np.random.default_rng(1).permutation(points)) == pytest.approx(0.0, abs=1e-12)
    assert sliced_wasserstein(points, points.repeat(2, axis=0)) < 0.05
    with pytest.raises(UsageError, match="at least 2 real samples, got 1"):
        sliced_wasserstein(points[:1], points)
