import json
import subprocess
import sys

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multigan.errors import UsageError
from multigan.metrics import METRICS, evaluate
from multigan.metrics.images import NEIGHBOURS, diversity, precision, recall
from multigan.recipe import Metric


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
    assert precision(real, generated, 0) == pytest.approx(covered(real, generated))
    assert recall(real, generated, 0) == pytest.approx(covered(generated, real))


def test_a_known_line_of_points():
    """Reals at 0, 1, 2, 3 and 10: third neighbours at 3, 2, 2, 3 and 9."""
    real = numpy.array([0, 1, 2, 3, 10], dtype="float32").reshape(5, 1)
    generated = numpy.array([-3.5, -2.5, 5.5, 18.5, 19.5], dtype="float32").reshape(5, 1)
    assert precision(real, generated, 0) == pytest.approx(3 / 5)


def test_identical_sets_score_one():
    images = cluster(30, 0.0, 0)
    for metric in (precision, recall, diversity):
        assert metric(images, images.copy(), 0) == 1.0


def test_equal_pictures_meet_even_when_the_balls_have_no_size():
    """Five copies of each picture: every third neighbour is at distance zero, up to rounding."""
    generator = numpy.random.default_rng(0)
    images = generator.uniform(-1, 1, (6, 32, 32, 3)).astype("float32").repeat(5, axis=0)
    shuffled = images[generator.permutation(len(images))]
    assert precision(images, shuffled, 0) == 1.0
    assert recall(images, shuffled, 0) == 1.0
    one_level_away = shuffled.copy()
    one_level_away[:, 0, 0, 0] += 2 / 255
    assert precision(images, one_level_away, 0) == 0.0, "the allowance for rounding is no allowance for a difference"


def test_disjoint_sets_score_zero():
    real, generated = cluster(30, -0.9, 0), cluster(30, 0.9, 1)
    assert precision(real, generated, 0) == 0.0
    assert recall(real, generated, 0) == 0.0


def test_a_dropped_mode_costs_recall_not_precision():
    one, other = cluster(30, -0.5, 0), cluster(30, 0.5, 1)
    real = numpy.concatenate([one, other])
    assert precision(real, one, 0) == 1.0
    assert recall(real, one, 0) == 0.5
    assert precision(one, real, 0) == 0.5
    assert recall(one, real, 0) == 1.0


def test_one_picture_has_no_recall_and_no_diversity():
    real = cluster(30, 0.0, 0)
    generated = real[:1].repeat(30, axis=0)
    assert precision(real, generated, 0) == 1.0
    assert recall(real, generated, 0) == pytest.approx(1 / 30)
    assert diversity(real, generated, 0) == 0.0


def test_the_answer_does_not_depend_on_the_chunks(monkeypatch):
    real, generated = cluster(700, 0.0, 0), cluster(700, 0.005, 1)
    whole = precision(real, generated, 0), recall(real, generated, 0)
    assert 0 < whole[0] < 1
    monkeypatch.setattr("multigan.metrics.images.CHUNK_MEGABYTES", 0.05)
    assert (precision(real, generated, 0), recall(real, generated, 0)) == whole


@pytest.mark.parametrize(("metric", "needed"), [(precision, 4), (recall, 4), (diversity, 2)])
def test_too_few_images_are_an_error_that_says_how_many_are_needed(metric, needed):
    enough, few = cluster(needed, 0, 0), cluster(needed - 1, 0, 1)
    metric(enough, enough, 0)
    with pytest.raises(UsageError, match=f"at least {needed} real images, got {needed - 1}"):
        metric(few, enough, 0)
    with pytest.raises(UsageError, match=f"at least {needed} generated images, got {needed - 1}"):
        metric(enough, few, 0)


@pytest.mark.parametrize("metric", [precision, recall, diversity])
def test_values_that_are_not_finite_are_an_error_not_a_score(metric):
    good, bad = cluster(8, 0, 0), cluster(8, 0, 1)
    bad[2:4, 0, 0, 0] = [numpy.nan, numpy.inf]
    with pytest.raises(UsageError, match=r"2 of 8 generated images .* number 2"):
        metric(good, bad, 0)
    with pytest.raises(UsageError, match=r"2 of 8 real images .* number 2"):
        metric(bad, good, 0)


@pytest.mark.parametrize("metric", [precision, recall, diversity])
def test_images_of_another_shape_are_an_error(metric):
    with pytest.raises(UsageError, match="real 4x4x1, generated 2x4x1"):
        metric(cluster(8, 0, 0), cluster(8, 0, 1)[:, :2], 0)


def test_data_that_are_all_alike_have_no_diversity_to_compare_with():
    with pytest.raises(UsageError, match="all alike"):
        diversity(numpy.zeros((8, 2, 2, 1)), cluster(8, 0, 0)[:, :2, :2], 0)


def first_value(real, generated, seed):
    return float(generated[0, 0, 0, 0]) + seed


def test_evaluate_records_the_mean_the_deviation_and_all_that_is_needed_to_measure_again():
    metric = Metric(
        name="first", summary="", modality="images", compute=f"{__name__}:first_value", protocol="by hand", better="one"
    )
    sys.modules.setdefault(__name__, sys.modules[first_value.__module__])
    asked = []

    def generate(count, seed):
        asked.append((count, seed))
        return numpy.full((count, 2, 2, 1), seed, dtype="float32")

    [record] = evaluate([metric], numpy.zeros((9, 2, 2, 1)), generate, range(1, 4), step=500, count=6)
    assert asked == [(6, 1), (6, 2), (6, 3)], "each seed is sampled once"
    assert json.loads(json.dumps(record)) == record == {
        "step": 500, "metric": "first", "value": 4.0, "deviation": 2.0, "values": [2.0, 4.0, 6.0], "better": "one",
        "protocol": "by hand", "real": 9, "generated": 6, "seeds": [1, 2, 3], "references": [],
    }  # fmt: skip


def test_one_seed_has_no_deviation_and_none_is_an_error():
    real = cluster(20, 0, 0)
    records = evaluate(METRICS, real, lambda count, seed: cluster(count, 0, seed + 1), [0], step=1)
    assert [record["deviation"] for record in records] == [None, None, None]
    assert [record["generated"] for record in records] == [20, 20, 20]
    with pytest.raises(UsageError, match="at least one seed"):
        evaluate(METRICS, real, None, [], step=1)


def test_every_built_in_metric_names_its_feature_space_in_its_protocol():
    for metric in METRICS:
        assert "pixels" in metric.protocol
        assert metric.modality == "images"


def test_listing_the_metrics_imports_no_numpy():
    code = "import sys, multigan.metrics; sys.exit(bool({'numpy', 'sklearn', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
