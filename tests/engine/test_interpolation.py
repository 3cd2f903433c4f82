"""Paths through latents, and the samples that lie on them."""

import numpy as np
import pytest
from games import PointGame, numpy, ready

from multigan.engine.interpolation import linear, spherical
from multigan.errors import UsageError


def keys(*vectors):
    return np.array(vectors, "float32")


@pytest.mark.parametrize("path", [linear, spherical])
def test_a_path_begins_and_ends_at_its_keys_and_visits_those_between(path):
    given = np.random.default_rng(0).standard_normal((4, 5, 2)).astype("float32")
    points = path(given, 10)
    assert (points.shape, points.dtype) == ((10, 5, 2), np.float32)
    np.testing.assert_array_equal(points[::3], given)
    between = path(given, 8)
    np.testing.assert_array_equal(between[[0, -1]], given[[0, -1]])
    assert len(np.unique(between, axis=0)) == 8


def test_a_linear_path_takes_even_steps_and_stays_in_the_cube():
    points = linear(keys([-1, 1], [1, 0]), 5)
    np.testing.assert_allclose(points, [[-1, 1], [-0.5, 0.75], [0, 0.5], [0.5, 0.25], [1, 0]], atol=1e-7)


def test_a_spherical_path_turns_by_even_angles_and_its_length_goes_evenly():
    points = spherical(keys([2, 0], [0, 4]), 4)
    angles = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    np.testing.assert_allclose(angles, [0, 30, 60, 90], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), [2, 8 / 3, 10 / 3, 4], rtol=1e-6)


def test_the_middle_of_two_normal_latents_is_as_far_out_as_they_are():
    given = np.random.default_rng(1).standard_normal((2, 100)).astype("float32")
    lengths = [np.linalg.norm(path(given, 3)[1]) for path in (linear, spherical)]
    assert lengths[0] < 8 < 9 < lengths[1]


@pytest.mark.parametrize("end", [[3, 0], [-1, 0], [0, 0]])
def test_keys_that_give_no_plane_are_joined_by_a_line(end):
    np.testing.assert_allclose(spherical(keys([1, 0], end), 3)[1], np.add([1, 0], end) / 2, atol=1e-6)


@pytest.mark.parametrize(("number", "count"), [(1, 5), (3, 1)])
def test_a_path_without_extent_is_refused(number, count):
    with pytest.raises(ValueError, match=f"{count} latents through {number} keys"):
        linear(np.zeros((number, 2)), count)


@pytest.mark.backends
def test_samples_of_latents_are_those_of_their_seed_whole_or_in_parts():
    game = ready(PointGame())
    latents = game.latents(100, 3)
    whole = game.sample_at(latents)
    np.testing.assert_array_equal(whole, game.sample(100, seed=3))
    np.testing.assert_array_equal(whole, np.concatenate([game.sample_at(latents[:64]), game.sample_at(latents[64:])]))
    np.testing.assert_allclose(whole, numpy(game.generator(latents, training=False)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(game.interpolate(latents[:2], 5), spherical(latents[:2], 5))


def test_a_condition_that_does_not_belong_is_told():
    game = ready(PointGame())
    with pytest.raises(UsageError, match="takes no condition"):
        game.sample_at(game.latents(2, 0), np.zeros(2))
