"""What is measured on samples, against answers that are known."""

import numpy as np
import pytest

from multigan.health.gauge import open_gauge
from multigan.health.reference import Reference
from multigan.recipe import DataInfo

NAMES = [str(n) for n in range(8)]


def gauge_of(modality, data, labels=None, classes=()):
    return open_gauge(
        modality, Reference(data, labels), DataInfo(name="", shape=data.shape[1:], classes=tuple(classes))
    )


def ring(count=2400, modes=8, sigma=0.01, seed=0):
    draw, labels = np.random.default_rng(seed), np.arange(count) % modes
    centres = np.stack([np.cos(labels * np.pi / 4), np.sin(labels * np.pi / 4)], axis=1)
    return (centres + draw.normal(0, sigma, (count, 2))).astype("float32"), labels.astype("int32")


@pytest.fixture(scope="module")
def gauge():
    return gauge_of("points", *ring(), NAMES)


def test_the_data_itself_is_whole(gauge):
    measured = gauge.measure(ring(seed=1)[0])
    assert measured.figures["diversity"] == pytest.approx(1.0, abs=0.05)
    assert measured.figures["recall"] > 0.95
    assert measured.figures["classes_covered"] == 8.0
    # Within three standard deviations of a two-dimensional Gaussian lies 1 - exp(-9 / 2) of it.
    assert measured.figures["high_quality"] == pytest.approx(1 - np.exp(-4.5), abs=0.01)
    assert measured.shares == pytest.approx([0.125] * 8, abs=0.01)
    assert measured.missing == []


@pytest.mark.parametrize("modes", [1, 3, 7])
def test_modes_that_are_not_made_are_missing_and_recall_falls_by_their_share(gauge, modes):
    measured = gauge.measure(ring(modes=modes, seed=1)[0])
    assert measured.missing == list(range(modes, 8))
    assert measured.figures["classes_covered"] == modes
    assert measured.figures["recall"] == pytest.approx(modes / 8, abs=0.05)


def test_blurred_samples_around_every_mode_miss_none(gauge):
    """Hardly one lies within three standard deviations, but all modes have samples near them."""
    blurred = gauge.measure(ring(count=2400, sigma=0.2, seed=1)[0][:400])
    assert blurred.figures["high_quality"] < 0.1
    assert blurred.missing == []
    assert gauge.measure(ring(modes=4, sigma=0.05, seed=1)[0]).missing == [4, 5, 6, 7]


def test_columns_of_other_units_count_the_same():
    points, labels = ring()
    stretched = points * np.array([1.0, 1000.0], "float32")
    figures = [
        gauge_of("points", data, labels, NAMES).measure(samples).figures["recall"]
        for data, samples in ((points, ring(modes=5, seed=1)[0]), (stretched, ring(modes=5, seed=1)[0] * [1.0, 1000.0]))
    ]
    assert figures[0] == pytest.approx(figures[1], abs=0.01)


def digits():
    from sklearn.datasets import load_digits

    data = load_digits()
    return (data.images[..., None] / 8 - 1).astype("float32"), data.target.astype("int32")


@pytest.fixture(scope="module")
def pictures():
    images, labels = digits()
    return images, labels, gauge_of("images", images[:1000], labels[:1000], map(str, range(10)))


def test_real_digits_are_diverse_and_whole(pictures):
    images, _, gauge = pictures
    figures = gauge.measure(images[-256:]).figures
    assert figures["diversity"] == pytest.approx(1.0, abs=0.05)
    assert figures["recall"] > 0.5
    assert figures["nearest_distance"] == pytest.approx(1.0, abs=0.12)
    assert figures["classes_covered"] == 10.0


@pytest.mark.parametrize("kinds", [2, 5, 10, 50])
def test_a_few_digits_over_and_over_are_near_duplicates(pictures, kinds):
    images, _, gauge = pictures
    noise = np.random.default_rng(0).normal(0, 0.05, (256, 8, 8, 1))
    samples = (images[-kinds:][np.arange(256) % kinds] + noise).astype("float32")
    figures = gauge.measure(samples).figures
    assert figures["nearest_distance"] < 0.3
    assert figures["recall"] < 0.1


def test_digits_of_some_classes_only_miss_the_others(pictures):
    images, labels, gauge = pictures
    measured = gauge.measure(images[labels < 7][-256:])
    assert measured.missing == [7, 8, 9]
    assert sum(measured.shares) == pytest.approx(1.0, abs=1e-3)


def test_classes_of_which_hardly_one_sample_is_expected_are_not_judged():
    """Ten samples of each of a hundred classes are too few to miss one by."""
    draw = np.random.default_rng(0)
    images, labels = draw.uniform(-1, 1, (2000, 4, 4, 1)).astype("float32"), np.arange(2000) % 1000
    gauge = gauge_of("images", images, labels, map(str, range(1000)))
    assert gauge.measure(images[:500]).missing == []


def test_the_same_data_gives_the_same_figures(pictures):
    images, labels, gauge = pictures
    again = gauge_of("images", images[:1000], labels[:1000], map(str, range(10)))
    assert again.measure(images[-256:]) == gauge.measure(images[-256:])


def test_what_is_not_finite_or_too_little_is_no_error(pictures):
    images, _, gauge = pictures
    broken = images[:256].copy()
    broken[3] = np.nan
    assert np.isnan(gauge.measure(broken).figures["diversity"])
    few = gauge_of("images", images[:3])
    assert set(few.measure(images[:64]).figures) == {"diversity"}
    flat = gauge_of("images", np.zeros((100, 4, 4, 1), "float32"))
    assert flat.measure(np.zeros((64, 4, 4, 1), "float32")).figures["diversity"] == 1.0
