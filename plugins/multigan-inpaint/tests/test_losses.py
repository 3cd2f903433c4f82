"""The gate, the composite and the losses, in closed form."""

import numpy as np
import pytest
from keras import ops
from multigan_inpaint.gated import SCALE, gate
from multigan_inpaint.inputs import composite, masked
from multigan_inpaint.losses import apart, patched_critic, patches_of

pytestmark = pytest.mark.backends

DRAW = np.random.default_rng(0)


def pictures(*shape):
    return DRAW.uniform(-1, 1, shape).astype("float32")


def numpy(x):
    return ops.convert_to_numpy(x)


def test_a_gate_is_elu_times_sigmoid():
    x = np.array([[1.0, -1.0, 0.0, 100.0]], "float32")
    expected = [1.0 * 0.5, (np.exp(-1.0) - 1.0) * 1.0]
    np.testing.assert_allclose(numpy(gate(ops.convert_to_tensor(x)))[0], expected, rtol=1e-6)


def test_a_gate_keeps_the_variance_of_what_kernels_of_our_scale_make():
    x = DRAW.standard_normal((1000, 200)).astype("float32")
    assert SCALE * np.square(numpy(gate(ops.convert_to_tensor(x)))).mean() == pytest.approx(1.0, abs=0.02)


def test_the_distance_is_the_mean_over_the_places_alone():
    image, made = np.zeros((2, 2, 2, 3), "float32"), np.zeros((2, 2, 2, 3), "float32")
    made[0, 0, 0] = 1.0, 2.0, -3.0
    made[1] = 5.0
    where = np.zeros((2, 2, 2, 1), "float32")
    where[0, 0] = 1  # two places, of which one is off by 2 in the mean
    assert float(apart(made, image, where)) == pytest.approx(1.0)
    assert float(apart(made, image, 1 - where)) == pytest.approx(5.0 * 4 / 6)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_place_and_all_places_give_a_number(share):
    image, made = pictures(1, 4, 4, 3), pictures(1, 4, 4, 3)
    where = np.full((1, 4, 4, 1), share, "float32")
    expected = share * np.abs(made - image).mean()
    assert float(apart(made, image, where)) == pytest.approx(expected, rel=1e-6)


def test_a_patch_is_on_a_hole_where_any_of_its_pixels_is():
    mask = np.zeros((1, 8, 8, 1), "float32")
    mask[0, 3, 4] = 1
    np.testing.assert_array_equal(numpy(patches_of(mask, 2))[0, ..., 0], [[0, 1], [0, 0]])


def test_patches_outside_of_holes_are_real_ones():
    real, fake, holes = (np.float32([each]) for each in ([1.0, 2.0, 0.3], [0.5, -0.7, 0.1], [1.0, 0.0, 0.0]))

    def softplus(x):
        return np.log1p(np.exp(x))

    known = (softplus(0.7) + softplus(-0.1)) / 2
    expected = (np.mean(softplus(-real)) + known) / 2 + softplus(0.5)
    assert float(patched_critic(real, fake, holes)) == pytest.approx(expected, rel=1e-6)


def test_outside_of_the_hole_the_picture_stays_to_the_bit():
    source, made, mask = pictures(2, 8, 8, 3), pictures(2, 8, 8, 3), np.zeros((2, 8, 8, 1), "float32")
    mask[:, 2:5, 3:7] = 1
    made[:, 0] = np.nan  # nothing of it comes through, neither as a number nor as none
    found, hole = numpy(composite(source, mask, made)), np.broadcast_to(mask == 1, source.shape)
    np.testing.assert_array_equal(found[~hole], source[~hole])
    np.testing.assert_array_equal(found[hole], made[hole])


def test_nothing_of_what_stands_in_the_hole_is_seen():
    source, mask = pictures(1, 4, 4, 2), np.zeros((1, 4, 4, 1), "float32")
    mask[0, 1] = 1
    source[0, 1] = np.nan
    seen = numpy(masked(source, mask))
    assert seen.shape == (1, 4, 4, 3)
    np.testing.assert_array_equal(seen[0, 1], [[0, 0, 1]] * 4)
    np.testing.assert_array_equal(seen[0, 0, :, :2], source[0, 0])
