"""Metrics of nearest neighbours against brute force, by hand, and other people's."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multigan.errors import UsageError
from multigan.metrics.diversity import diversity_metric as diversity
from multigan.metrics.neighbours import NEIGHBOURS, coverage, density, precision, recall


def cluster(count, centre, seed):
    """Images of 4 x 4 around a level, near one another."""
    noise = numpy.random.default_rng(seed).normal(0, 0.01, (count, 4, 4, 1))
    return (centre + noise).astype("float32")


def covered(centres, others, k=NEIGHBOURS):
    """Brute force: the share of `others` within the ball of some centre to its k-th nearest other centre."""
    hits = 0
    radii = [
        sorted(numpy.linalg.norm(a - b) for j, b in enumerate(centres) if j != i)[k - 1] for i, a in enumerate(centres)
    ]
    for other in others:
        hits += any(numpy.linalg.norm(other - c) <= r + 1e-4 for c, r in zip(centres, radii, strict=True))
    return hits / len(others)


@given(
    st.integers(4, 14),
    st.integers(4, 14),
    st.integers(0, 10_000),
)
@settings(max_examples=30, deadline=None)
def test_precision_and_recall_equal_brute_force(real_count, generated_count, seed):
    # Whole numbers: distances that are equal are equal, and two that differ do so by more than rounding.
    generator = numpy.random.default_rng(seed)
    real = generator.integers(0, 4, (real_count, 2, 3, 1)).astype("float32")
    generated = generator.integers(1, 6, (generated_count, 2, 3, 1)).astype("float32")
    assert precision(real, generated) == pytest.approx(covered(real, generated))
    assert recall(real, generated) == pytest.approx(covered(generated, real))


@given(st.integers(7, 14), st.integers(7, 14), st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_density_and_coverage_equal_brute_force(real_count, generated_count, seed):
    generator = numpy.random.default_rng(seed)
    real, generated = generator.integers(0, 5, (real_count, 4)), generator.integers(1, 6, (generated_count, 4))
    radii = [sorted(numpy.linalg.norm(a - b) for j, b in enumerate(real) if j != i)[4] for i, a in enumerate(real)]
    table = numpy.array(
        [[numpy.linalg.norm(g - r) <= d + 1e-4 for r, d in zip(real, radii, strict=True)] for g in generated]
    )
    assert density(real, generated) == pytest.approx(table.sum() / (5 * generated_count))
    assert coverage(real, generated) == pytest.approx(table.any(axis=0).mean())


@pytest.mark.extra
def test_the_same_features_give_prdcs_and_torch_fidelitys_values():
    real, generated = numpy.random.default_rng(0).standard_normal((2, 200, 8)).astype("float32")
    generated *= 0.8
    try:
        from prdc import compute_prdc
    except ImportError as error:
        pytest.skip(f"prdc: {error}")
    theirs = compute_prdc(real, generated, 5)
    ours = {f.__name__: f(real, generated, 5) for f in (precision, recall, density, coverage)}
    assert ours == pytest.approx(theirs)


def test_an_outlier_raises_recall_but_not_coverage():
    """One sample far away has a ball that reaches over all data (arXiv 2002.09797, figure 3)."""
    real = cluster(30, 0.5, 0)
    generated = numpy.concatenate([cluster(6, -0.5, 1), cluster(1, 40.0, 2)])
    assert recall(real, generated) == 1.0
    assert coverage(real, generated) == 0.0


def test_a_known_line_of_points():
    """Reals at 0, 1, 2, 3 and 10: third neighbours at 3, 2, 2, 3 and 9."""
    real = numpy.array([0, 1, 2, 3, 10], dtype="float32").reshape(5, 1)
    generated = numpy.array([-3.5, -2.5, 5.5, 18.5, 19.5], dtype="float32").reshape(5, 1)
    assert precision(real, generated) == pytest.approx(3 / 5)


def test_identical_sets_score_one():
    images = cluster(30, 0.0, 0)
    for metric in (precision, recall, diversity, coverage):
        assert metric(images, images.copy()) == 1.0


def test_equal_pictures_meet_even_when_the_balls_have_no_size():
    """Five copies of each picture: every third neighbour is at distance zero, up to rounding."""
    generator = numpy.random.default_rng(0)
    images = generator.uniform(-1, 1, (6, 32, 32, 3)).astype("float32").repeat(5, axis=0)
    shuffled = images[generator.permutation(len(images))]
    assert precision(images, shuffled) == 1.0
    assert recall(images, shuffled) == 1.0
    one_level_away = shuffled.copy()
    one_level_away[:, 0, 0, 0] += 2 / 255
    assert precision(images, one_level_away) == 0.0, "the allowance for rounding is no allowance for a difference"


def test_disjoint_sets_score_zero():
    real, generated = cluster(30, -0.9, 0), cluster(30, 0.9, 1)
    assert precision(real, generated) == 0.0
    assert recall(real, generated) == 0.0


def test_a_dropped_mode_costs_recall_not_precision():
    one, other = cluster(30, -0.5, 0), cluster(30, 0.5, 1)
    real = numpy.concatenate([one, other])
    assert precision(real, one) == 1.0
    assert recall(real, one) == 0.5
    assert precision(one, real) == 0.5
    assert recall(one, real) == 1.0


def test_one_picture_has_no_recall_and_no_diversity():
    real = cluster(30, 0.0, 0)
    generated = real[:1].repeat(30, axis=0)
    assert precision(real, generated) == 1.0
    assert recall(real, generated) == pytest.approx(1 / 30)
    assert diversity(real, generated, 0) == 0.0


def test_the_answer_does_not_depend_on_the_chunks(monkeypatch):
    real, generated = cluster(700, 0.0, 0), cluster(700, 0.005, 1)
    whole = [metric(real, generated) for metric in (precision, recall, density, coverage)]
    assert all(value > 0 for value in whole)
    monkeypatch.setattr("multigan.metrics.neighbours.CHUNK_MEGABYTES", 0.05)
    assert [metric(real, generated) for metric in (precision, recall, density, coverage)] == whole


@pytest.mark.parametrize(
    ("metric", "needed"), [(precision, 4), (recall, 4), (density, 6), (coverage, 6), (diversity, 2)]
)
def test_too_few_samples_are_an_error_that_says_how_many_are_needed(metric, needed):
    enough, few = cluster(needed, 0, 0), cluster(needed - 1, 0, 1)
    metric(enough, enough)
    with pytest.raises(UsageError, match=f"{metric.__name__[:6]}.*at least {needed} real samples, got {needed - 1}"):
        metric(few, enough)
    with pytest.raises(UsageError, match=f"{metric.__name__[:6]}.*at least {needed} generated samples, got"):
        metric(enough, few)


@pytest.mark.parametrize("metric", [precision, recall, density, coverage, diversity])
def test_samples_of_another_shape_are_an_error(metric):
    with pytest.raises(UsageError, match="real 4x4x1, generated 2x4x1"):
        metric(cluster(8, 0, 0), cluster(8, 0, 1)[:, :2])


def test_data_that_are_all_alike_have_no_diversity_to_compare_with():
    with pytest.raises(UsageError, match="all alike"):
        diversity(numpy.zeros((8, 2, 2, 1)), cluster(8, 0, 0)[:, :2, :2])
