"""SPADE is the plain norm with a scale and an offset that the map gives, and its networks are the paper's."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_gaugan.spade import encoded, modulated, painter, spade, widths_of
from multigan_gaugan.style import divergence, drawn, style_encoder

from multigan import InstanceNormalization, UsageError, input_grad

pytestmark = pytest.mark.backends


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def numpy(tensor):
    return ops.convert_to_numpy(ops.stop_gradient(ops.convert_to_tensor(tensor)))


def layer_of(norm, channels=3, classes=2, hidden=4):
    """SPADE as a network, and its last convolution, whose output is gamma and beta."""
    x, seen = keras.Input((None, None, channels)), keras.Input((None, None, classes))
    network = keras.Model([x, seen], spade(x, seen, hidden, norm))
    (last,) = [each for each in network.layers if getattr(each, "filters", 0) == 2 * channels]
    return network, last


def plain(x, norm):
    axes = (1, 2) if norm == "instance" else (0, 1, 2)
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_without_scale_and_offset_spade_is_the_plain_norm(norm):
    network, last = layer_of(norm)
    last.set_weights([0 * weight for weight in last.get_weights()])
    x = 3 + 5 * noise(2, 6, 4, 3)
    found = numpy(network([x, noise(2, 6, 4, 2, seed=1)], training=True))
    np.testing.assert_allclose(found, plain(x, norm), atol=2e-4)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_the_scale_is_one_more_than_gamma_and_the_offset_is_beta(norm):
    network, last = layer_of(norm)
    kernel, _ = last.get_weights()
    last.set_weights([0 * kernel, np.float32([1, 0.5, -1, 0.25, 0, 2])])
    x = noise(2, 6, 4, 3)
    found = numpy(network([x, noise(2, 6, 4, 2, seed=1)], training=True))
    np.testing.assert_allclose(found, plain(x, norm) * [2, 1.5, 0] + [0.25, 0, 2], atol=2e-4)


@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_the_norm_has_no_parameters_and_gamma_and_beta_share_a_convolution(norm):
    network, last = layer_of(norm, channels=3, classes=2, hidden=4)
    trained = [tuple(variable.shape) for variable in network.trainable_variables]
    assert sorted(trained) == sorted([(3, 3, 2, 4), (4,), (3, 3, 4, 6), (6,)])
    assert tuple(last.kernel.shape) == (3, 3, 4, 6)


def test_the_map_acts_where_it_is_and_two_pixels_around():
    """Two convolutions of three pixels; the features are the same everywhere else."""
    network, _ = layer_of("instance")
    x, seen = noise(1, 16, 16, 3), np.zeros((1, 16, 16, 2), "float32")
    seen[..., 0] = 1
    other = seen.copy()
    other[0, 8, 8] = (0, 1)
    apart = np.abs(numpy(network([x, seen])) - numpy(network([x, other]))).max(axis=-1)[0]
    rows, columns = np.nonzero(apart > 1e-6)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 10, 6, 10)


def test_a_style_moves_scale_and_offset_where_it_is_heard():
    x, seen, z = keras.Input((4, 4, 3)), keras.Input((4, 4, 2)), keras.Input((5,))
    network = keras.Model([x, seen, z], spade(x, seen, 4, "instance", z))
    given = noise(1, 4, 4, 3), noise(1, 4, 4, 2, seed=1)
    one, other = (numpy(network([*given, noise(1, 5, seed=seed)])) for seed in (2, 3))
    assert np.abs(one - other).max() > 1e-3
    (dense,) = [each for each in network.layers if isinstance(each, keras.layers.Dense)]
    dense.set_weights([0 * weight for weight in dense.get_weights()])
    one, other = (numpy(network([*given, noise(1, 5, seed=seed)])) for seed in (2, 3))
    np.testing.assert_array_equal(one, other)


def test_a_class_has_a_channel_and_none_has_zeros():
    given = np.array([[[0, 1], [2, 255]]], "int32")
    wanted = np.zeros((1, 2, 2, 3), "float32")
    wanted[0, 0, 0, 0] = wanted[0, 0, 1, 1] = wanted[0, 1, 0, 2] = 1
    assert np.array_equal(numpy(encoded(ops.convert_to_tensor(given), 3)), wanted)


@pytest.mark.once
def test_the_blocks_at_256_have_the_papers_widths():
    assert widths_of((256, 256), 64) == [1024, 1024, 1024, 512, 256, 128, 64]
    assert widths_of((64, 64), 16) == [256, 128, 64, 32, 16]
    assert widths_of((32, 64), 1) == [8, 4, 2, 1]
    assert widths_of((64, 64), 16, widest=8) == [128, 128, 64, 32, 16]


@pytest.mark.once
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("everywhere", [False, True])
def test_the_painter_has_the_parameters_that_are_counted_by_hand(everywhere, shared):
    """At 16 pixels three blocks of 4, 2 and 1 times the width; each new width has a short way of its own."""
    w, h, c, z = 3, 5, 2, 7
    how = {"norm": "instance", "everywhere": everywhere, "shared": shared}
    network = painter((16, 16), c, 3, width=w, hidden=h, latent_dim=z, **how)
    seen = 9 * c * h + h + (z * h if everywhere else 0)

    def modulation(channels):
        return (1 if shared else 9) * h * 2 * channels + 2 * channels + (0 if shared else seen)

    def block(given, made):
        between = min(given, made)
        ways = modulation(given) + 9 * given * between + modulation(between) + 9 * between * made
        short = (0 if shared else modulation(given)) + given * made if given != made else 0
        return ways + short + (seen if shared else 0)

    count = z * 16 * 4 * w + 16 * 4 * w + block(4 * w, 4 * w) + block(4 * w, 2 * w) + block(2 * w, w) + 9 * w * 3 + 3
    count += 9 * c * 4 * w + 4 * w if shared else 0
    assert sum(int(np.prod(variable.shape)) for variable in network.trainable_variables) == count


def test_inner_maps_hold_classes_that_stand_in_the_map():
    """They are made smaller by taking one pixel of each block: no mixture is ever seen."""
    from multigan_gaugan.spade import _reduced

    maps = np.random.default_rng(0).integers(0, 3, (1, 8, 8)).astype("int32")
    assert np.array_equal(numpy(_reduced(ops.convert_to_tensor(maps), 4)), maps[:, 2::4, 2::4])
    assert np.array_equal(numpy(_reduced(ops.convert_to_tensor(maps), 1)), maps)


def test_layers_that_share_what_they_see_have_the_same_scale_where_the_map_is_the_same():
    """Pixel by pixel: of two that see the same map around them, and are equal, equal ones are made."""
    x, seen = keras.Input((None, None, 3)), keras.Input((None, None, 4))
    network = keras.Model([x, seen], modulated(x, seen, "instance", kernel=1))
    given, map_of = noise(1, 6, 6, 3), np.broadcast_to(noise(4), (1, 6, 6, 4)).copy()
    once = numpy(network([given, map_of]))
    map_of[0, 2, 3] += 1
    apart = np.abs(numpy(network([given, map_of])) - once).max(axis=-1)[0]
    assert np.argwhere(apart > 1e-6).tolist() == [[2, 3]]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize("number", [0, 2, 255])
def test_a_map_of_one_class_alone_or_of_none_makes_a_finite_picture(norm, number, shared):
    how = {"norm": norm, "everywhere": True, "shared": shared}
    network = painter((16, 24), 3, 3, width=2, hidden=4, latent_dim=5, **how)
    maps = np.full((1, 16, 24), number, "int32")
    for training in (False, True):
        made = numpy(network([noise(1, 5), maps], training=training))
        assert made.shape == (1, 16, 24, 3)
        assert np.isfinite(made).all()
        assert 0 < np.abs(made).max() <= 1


@pytest.mark.once
def test_sizes_that_do_not_halve_are_refused_with_one_that_does():
    with pytest.raises(UsageError, match="images of 30 x 100 cannot be halved"):
        painter((30, 100), 3, 3, width=2, hidden=4, latent_dim=5, norm="instance", everywhere=True)


def test_the_divergence_is_that_of_normal_distributions():
    zeros = ops.zeros((3, 4))
    assert float(numpy(divergence(zeros, zeros))) == 0
    assert float(numpy(divergence(zeros + 2, zeros))) == pytest.approx(4 * 4 / 2)
    assert float(numpy(divergence(zeros, zeros + 1))) == pytest.approx(4 * (np.e - 2) / 2, rel=1e-5)
    mixed = divergence(ops.convert_to_tensor([[2.0], [0.0]]), ops.convert_to_tensor([[0.0], [1.0]]))
    assert float(numpy(mixed)) == pytest.approx((2 + (np.e - 2) / 2) / 2, rel=1e-5), "the mean over pictures"


def test_a_style_hands_its_gradient_to_its_mean_and_variance():
    mean, spread, drawn_by = (ops.convert_to_tensor(noise(2, 3, seed=seed)) for seed in range(3))
    to_mean = input_grad(lambda x: ops.sum(drawn(x, spread, drawn_by)), mean)
    to_spread = input_grad(lambda x: ops.sum(drawn(mean, x, drawn_by)), spread)
    np.testing.assert_allclose(numpy(to_mean), 1, atol=1e-6)
    np.testing.assert_allclose(
        numpy(to_spread), 0.5 * np.exp(0.5 * numpy(spread)) * numpy(drawn_by), rtol=1e-4, atol=1e-6
    )


def test_the_encoder_sees_how_light_a_picture_is():
    """The paper's instance norm would take that out."""
    network = style_encoder((16, 16, 3), 4, 6)
    dark, light = (numpy(network(np.full((1, 16, 16, 3), value, "float32"))[0]) for value in (-0.8, 0.8))
    assert np.abs(dark - light).max() > 0.01
    assert [tuple(each.shape) for each in network.outputs] == [(None, 6), (None, 6)]


def test_the_plain_norm_of_this_test_is_multigans():
    x = noise(2, 4, 4, 3)
    np.testing.assert_allclose(numpy(InstanceNormalization()(x)), plain(x, "instance"), atol=1e-4)
