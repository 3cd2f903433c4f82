"""Mixing, neighbours and truncation, in closed form."""

from types import SimpleNamespace

import numpy as np
import pytest
from multigan_studio.latents import are_normal, around, at, joined, mixed, same_form, truncated
from scipy.stats import kstest, truncnorm


def linear(keys, count):
    """A path of one straight line, of arrays or of several by name."""
    if isinstance(keys, dict):
        return {name: linear(array, count) for name, array in keys.items()}
    share = np.linspace(0, 1, count)[:, None]
    return (1 - share) * keys[:1] + share * keys[1:]


GAME = SimpleNamespace(interpolate=linear)
CORNERS = [np.array([[x, y]], float) for y in (0, 1) for x in (0, 1)]


@pytest.mark.parametrize(("across", "down"), [(0, 0), (1, 0), (0, 1), (1, 1), (0.25, 0.5), (0.6, 0.9)])
def test_a_mixture_of_four_is_at_its_place(across, down):
    np.testing.assert_allclose(mixed(GAME, CORNERS, across, down), [[across, down]], atol=1e-3)


def test_a_mixture_of_two_lies_between_them_also_of_several_latents():
    left, right = ({"z": np.zeros((1, 2)), "style": np.full((1, 3), value)} for value in (1.0, 3.0))
    found = mixed(GAME, [left, right], 0.5)
    np.testing.assert_allclose(found["style"], np.full((1, 3), 2.0))
    assert {name: array.shape for name, array in found.items()} == {"z": (1, 2), "style": (1, 3)}


def test_neighbours_begin_with_the_one_and_go_a_share_of_the_way():
    others = np.arange(8.0).reshape(4, 2)
    found = around(GAME, np.array([[10.0, 10.0]]), others, 4, 0.2)
    np.testing.assert_allclose(found, [[10, 10], *(0.8 * 10 + 0.2 * others[1:])], atol=1e-2)


def test_truncated_latents_are_of_the_truncated_distribution_in_the_same_order():
    z = np.random.default_rng(0).standard_normal(20_000)
    found = truncated({"z": z}, 0.7)["z"]
    assert np.abs(found).max() < 0.7
    assert (np.argsort(found) == np.argsort(z)).all()
    assert kstest(found, truncnorm(-0.7, 0.7).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("draw", "normal"),
    [
        (lambda rng, n: rng.standard_normal((n, 4)).astype("float32"), True),
        (lambda rng, n: {"z": rng.standard_normal((n, 4)), "w": rng.standard_normal((n, 2))}, True),
        (lambda rng, n: {"z": rng.standard_normal((n, 4)), "w": rng.random((n, 2))}, False),
        (lambda rng, n: rng.uniform(-1, 1, (n, 4)), False),
        (lambda rng, n: rng.uniform(-(3**0.5), 3**0.5, (n, 4)), False),
        (lambda rng, n: rng.integers(0, 2, (n, 4)), False),
        (lambda rng, n: {}, False),
    ],
)
def test_normal_latents_are_told_from_others(draw, normal):
    game = SimpleNamespace(latents=lambda count, seed: draw(np.random.default_rng(seed), count))
    assert are_normal(game) == normal


def test_latents_are_taken_apart_and_put_together():
    several = {"z": np.arange(6).reshape(3, 2), "w": np.arange(3)[:, None]}
    again = joined([at(several, row) for row in range(3)])
    assert all((again[name] == several[name]).all() for name in several)


def test_the_form_of_latents_is_compared():
    z = np.zeros((2, 3))
    assert same_form(z, np.ones((5, 3)))
    assert not same_form(z, np.zeros((2, 4)))
    assert not same_form(z, {"z": z})
    assert same_form({"z": z}, {"z": z})
