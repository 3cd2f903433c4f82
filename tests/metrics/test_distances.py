"""Frechet and kernel distances against closed forms, naive computations and other people's."""

import numpy as np
import pytest

from multigan.errors import UsageError
from multigan.metrics.frechet import frechet, frechet_distance
from multigan.metrics.kernel import kernel_distance, squared_discrepancy
from multigan.metrics.streams import Gathered, Moments

RNG = np.random.default_rng(0)


def moments(features, sizes=(1000,)):
    whole, start = Moments(), 0
    while start < len(features):
        for size in sizes:
            whole.add(features[start : start + size])
            start += size
    return whole


def test_frechet_distance_of_two_gaussians_is_the_closed_form():
    """Commuting covariances diag(a), diag(b): |m|^2 + sum (sqrt a - sqrt b)^2."""
    a, b, shift = np.array([1.0, 4.0, 0.25]), np.array([9.0, 1.0, 0.25]), np.array([0.5, 0.0, -1.0])
    turn = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    one = RNG.standard_normal((200_000, 3)) * np.sqrt(a) @ turn.T
    other = (RNG.standard_normal((200_000, 3)) * np.sqrt(b) + shift) @ turn.T
    expected = shift @ shift + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum()
    assert frechet_distance(moments(one), moments(other)) == pytest.approx(expected, rel=0.01)
    assert frechet(one, other)["value"] == pytest.approx(expected, rel=0.01)


def test_frechet_distance_agrees_with_the_root_of_the_product_where_covariances_do_not_commute():
    from scipy.linalg import sqrtm

    one, other = RNG.standard_normal((500, 6)) @ RNG.standard_normal((6, 6)), RNG.standard_normal((400, 6))
    first, second = np.cov(one.T), np.cov(other.T)
    shift = one.mean(0) - other.mean(0)
    expected = shift @ shift + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet(one, other)["value"] == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_a_set_to_itself_is_zero_and_singular_covariances_are_noted():
    features = RNG.standard_normal((10, 20))
    result = frechet(features, features)
    assert result["value"] == pytest.approx(0, abs=1e-6)
    assert "10 samples for 20 features" in result["note"]
    assert "note" not in frechet(features[:, :5], features[:, :5])


def test_moments_do_not_depend_on_the_blocks_and_stand_far_from_zero():
    features = (1e4 + RNG.standard_normal((3000, 4))).astype("float32")
    for sizes in ((3000,), (7, 250, 1), (256,)):
        accumulated = moments(features, sizes)
        assert accumulated.count == 3000
        np.testing.assert_allclose(accumulated.mean, features.astype("float64").mean(0), rtol=1e-12)
        np.testing.assert_allclose(accumulated.covariance, np.cov(features.astype("float64").T), rtol=1e-8, atol=1e-10)


def test_moments_refuse_what_they_cannot_hold():
    with pytest.raises(UsageError, match="at least 2 samples, got 1"):
        _ = moments(np.zeros((1, 3))).covariance
    with pytest.raises(UsageError, match="choose a smaller extractor"):
        Moments().add(np.zeros((2, 5000)))


def test_kernel_distance_is_the_naive_unbiased_estimate_of_scikit_learn():
    from sklearn.metrics.pairwise import polynomial_kernel

    one, other = RNG.standard_normal((60, 5)), RNG.standard_normal((60, 5)) + 0.3
    inner = [polynomial_kernel(x, x, degree=3, gamma=1 / 5, coef0=1) for x in (one, other)]
    within = sum((k.sum() - np.trace(k)) / (60 * 59) for k in inner)
    between = polynomial_kernel(one, other, degree=3, gamma=1 / 5, coef0=1).mean()
    assert squared_discrepancy(one, other) == pytest.approx(within - 2 * between, rel=1e-12)
    assert kernel_distance(one, other, 3) == pytest.approx(within - 2 * between, rel=1e-12), "one subset: all of them"


def test_kernel_distance_is_unbiased_and_takes_the_mean_over_subsets(monkeypatch):
    monkeypatch.setattr("multigan.metrics.kernel.SUBSET", 50)
    estimates = [squared_discrepancy(*np.random.default_rng(seed).standard_normal((2, 50, 3))) for seed in range(400)]
    assert abs(np.mean(estimates)) < 3 * np.std(estimates) / 20, "the mean over many draws is zero within its error"
    one, other = RNG.standard_normal((400, 3)), RNG.standard_normal((300, 3)) + 1
    assert kernel_distance(one, other, 1) == kernel_distance(one, other, 1) != kernel_distance(one, other, 2)
    assert kernel_distance(one, other, 1) == pytest.approx(squared_discrepancy(one, other), rel=0.1)


@pytest.mark.parametrize("metric", [frechet, kernel_distance])
def test_too_few_samples_and_two_widths_are_errors(metric):
    with pytest.raises(UsageError, match="at least 2 generated samples, got 1"):
        metric(np.zeros((5, 3)), np.zeros((1, 3)), 0)
    with pytest.raises(UsageError, match="real 3, generated 4"):
        metric(np.zeros((5, 3)), np.zeros((5, 4)), 0)


def test_gathered_keeps_a_bounded_choice_and_the_moments_of_all():
    rows = np.arange(1000.0)[:, None]
    gathered = Gathered(1000, moments=True, kept=100)
    for start in range(0, 1000, 64):
        gathered.add(start, rows[start : start + 64])
    assert gathered.bound
    assert gathered.rows.shape == (100, 1)
    np.testing.assert_array_equal(gathered.rows[:, 0], gathered.positions)
    assert len(set(gathered.positions)) == 100
    assert 400 < gathered.positions.mean() < 600, "by lot, not the first ones"
    assert gathered.moments.mean == pytest.approx(499.5)


@pytest.mark.extra
def test_the_same_features_give_torch_fidelitys_values():
    torch = pytest.importorskip("torch")
    try:
        from torch_fidelity import metric_fid, metric_kid
    except (ImportError, RuntimeError) as error:  # its torchvision must fit the torch that is there
        pytest.skip(f"torch-fidelity: {error}")
    one, other = RNG.standard_normal((2, 300, 16)).astype("float32")
    other = other * 1.5 + 0.2
    theirs = metric_fid.fid_statistics_to_metric(
        *(metric_fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (one, other)), False
    )
    assert frechet(one, other)["value"] == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)
    theirs = metric_kid.kid_features_to_metric(
        *(torch.from_numpy(x) for x in (one, other)), kid_subsets=1, kid_subset_size=300, verbose=False
    )
    assert kernel_distance(one, other) == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-4)
