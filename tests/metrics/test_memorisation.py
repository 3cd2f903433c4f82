"""Samples that are copies of training data are found; fresh ones are not."""

import numpy as np
import pytest

from multigan.errors import UsageError
from multigan.metrics.memorisation import Training, memorisation

RNG = np.random.default_rng(0)
DATA = RNG.standard_normal((600, 6)).astype("float32")


def blocks(size=100):
    return lambda: ((start, DATA[start : start + size]) for start in range(0, len(DATA), size))


@pytest.fixture
def training():
    return Training(blocks(), DATA[::3], np.arange(0, 600, 3))


def test_nearest_is_brute_force_whatever_the_blocks():
    queries = RNG.standard_normal((40, 6)).astype("float32")
    table = np.linalg.norm(queries[:, None] - DATA[None], axis=2)
    for size in (600, 100, 7, 2):
        distances, positions = Training(blocks(size), DATA, None).nearest(queries, 3)
        np.testing.assert_array_equal(positions, np.argsort(table, axis=1)[:, :3])
        np.testing.assert_allclose(distances, np.sort(table, axis=1)[:, :3], rtol=1e-5)


def test_a_real_sample_is_not_its_own_neighbour(training):
    table = np.linalg.norm(DATA[::3, None] - DATA[None], axis=2)
    table[np.arange(200), np.arange(0, 600, 3)] = np.inf
    np.testing.assert_allclose(training.typical, table.min(axis=1), rtol=1e-5)
    copies = Training(blocks(), DATA[:200], None)
    assert not copies.typical.any(), "of other data nobody is left out: equal samples are copies"


def test_copies_score_one_fresh_data_the_quantile_and_noise_zero(training):
    fresh = RNG.standard_normal((2000, 6)).astype("float32")
    copies = memorisation(DATA[::3], DATA[:300] + 1e-6, training=training)
    assert copies["value"] == copies["closer"] == 1.0
    typical = memorisation(DATA[::3], fresh, training=training)
    assert typical["value"] == pytest.approx(0.05, abs=0.04)
    assert typical["closer"] == pytest.approx(0.5, abs=0.05)
    assert typical["real"] == pytest.approx(0.05)
    far = memorisation(DATA[::3], 5 * fresh[:500], training=training)
    assert far["value"] < 0.01
    assert far["closer"] < 0.1


def test_the_share_of_copies_is_told_and_the_copies_are_shown(training):
    mixed = RNG.standard_normal((200, 6)).astype("float32")
    mixed[::10] = DATA[5:25]
    found = memorisation(DATA[::3], mixed, training=training)
    assert 0.1 <= found["value"] < 0.25
    rows, nearest = found["pairs"]
    assert set(rows) <= set(range(0, 200, 10))
    assert nearest[:, 0].tolist() == [5 + row // 10 for row in rows]
    assert nearest.shape == (8, 3)


def test_too_few_real_samples_have_no_quantile(training):
    with pytest.raises(UsageError, match="at least 20 real samples, got 5"):
        memorisation(DATA[:5], DATA[:50], training=training)
