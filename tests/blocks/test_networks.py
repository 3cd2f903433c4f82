"""The shared networks: shapes, weights, what normalises them, and what is told to them."""

import itertools

import keras
import numpy as np
import pytest
from keras import layers, ops
from tiny import IMAGES, POINTS, normal, numpy

from multigan import (
    BatchNormalization,
    Condition,
    DataInfo,
    SpectralNormalization,
    UsageError,
    convolutional_critic,
    convolutional_generator,
    dense_critic,
    dense_generator,
    stage_sizes,
)

pytestmark = pytest.mark.backends

SMALLEST = {(64, 64): (4, 4), (32, 32): (4, 4), (28, 28): (7, 7), (48, 64): (3, 4), (128, 96): (4, 3), (8, 8): (4, 4)}
LABEL, VECTOR = Condition("label", 3), Condition("condition", 4)
ASKED = {LABEL: np.array([0, 2, 1, 2], "int32"), VECTOR: normal(4, 4)}


def run(network, *inputs):
    return numpy(network(inputs[0] if len(inputs) == 1 else list(inputs), training=False))


@pytest.mark.once
@pytest.mark.parametrize(("size", "smallest"), SMALLEST.items())
def test_sizes_halve_down_to_three_to_eight(size, smallest):
    sizes = stage_sizes(*size)
    assert sizes[0] == smallest
    assert sizes[-1] == size
    assert all(one == (a // 2, b // 2) for one, (a, b) in itertools.pairwise(sizes))
    shape = (*size, 2)
    assert convolutional_generator(shape, 5, width=2).output_shape == (None, *shape)
    assert convolutional_critic(shape, width=2).output_shape == (None, 1)


@pytest.mark.once
@pytest.mark.parametrize("size", [(50, 50), (7, 7), (4, 4), (17, 64), (1024, 16)])
def test_a_size_that_does_not_halve_is_refused_with_one_that_does(size):
    with pytest.raises(UsageError, match=r"try -o size=(\d+)") as caught:
        stage_sizes(*size)
    suggested = int(str(caught.value).rpartition("=")[2])
    assert stage_sizes(suggested, suggested)


@pytest.mark.once
def test_weights_start_as_in_dcgan():
    for network in (convolutional_generator((32, 32, 3), 100), convolutional_critic((32, 32, 3))):
        for variable in network.trainable_variables:
            value = numpy(variable.value)
            if variable.path.endswith("kernel"):
                assert value.mean() == pytest.approx(0.0, abs=0.001)
                assert value.std() == pytest.approx(0.02, abs=0.001)
            elif variable.path.endswith("gamma"):
                assert value.mean() == pytest.approx(1.0, abs=0.01)
                assert value.std() == pytest.approx(0.02, abs=0.01)
            else:
                assert (value == 0).all()


@pytest.mark.once
@pytest.mark.parametrize("norm", ["layer", "spectral", "none"])
def test_a_critic_without_batch_norm_can_learn_to_see_contrast(norm):
    """Without biases its scores would scale with the image, or be the same at every contrast."""
    critic = convolutional_critic((16, 16, 1), 4, norm=norm)
    for variable in critic.trainable_variables:
        if variable.path.endswith("bias"):
            variable.assign(ops.ones(variable.shape))
    images = normal(6, 16, 16, 1)
    full, half = run(critic, images), run(critic, 0.5 * images)
    for same in (full, 0.5 * full):
        assert np.abs(half - same).max() > 1e-3 * np.abs(full).max()


@pytest.mark.once
@pytest.mark.parametrize(
    ("norm", "kind", "count"),
    [
        ("batch", BatchNormalization, 2),
        ("layer", layers.GroupNormalization, 2),
        ("spectral", SpectralNormalization, 4),
        ("none", None, 0),
    ],
)
def test_a_critic_has_its_norm_and_no_other(norm, kind, count):
    """Three stages at 32 x 32: none on the first but the spectral one, which is on the last layer too."""
    kinds = (BatchNormalization, layers.BatchNormalization, layers.GroupNormalization, SpectralNormalization)
    found = [layer for layer in convolutional_critic((32, 32, 1), 2, norm=norm).layers if isinstance(layer, kinds)]
    assert [type(layer) for layer in found] == [kind] * count


@pytest.mark.once
def test_an_unknown_norm_is_refused():
    for build in (
        lambda: convolutional_critic((8, 8, 1), norm="group"),
        lambda: dense_critic(POINTS, [4], norm="group"),
    ):
        with pytest.raises(ValueError, match="'group': not one of batch, layer, spectral, none"):
            build()


@pytest.mark.once
def test_layer_norm_runs_over_all_positions_and_channels_of_a_sample():
    critic = convolutional_critic((16, 16, 1), 3, norm="layer")
    (norm,) = [layer for layer in critic.layers if isinstance(layer, layers.GroupNormalization)]
    inner = numpy(keras.Model(critic.input, norm.output)(normal(5, 16, 16, 1, scale=9.0)))
    np.testing.assert_allclose(inner.mean(axis=(1, 2, 3)), 0.0, atol=1e-4)
    np.testing.assert_allclose(inner.std(axis=(1, 2, 3)), 1.0, rtol=1e-2)


@pytest.mark.once
@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_every_kernel_under_spectral_norm_has_a_largest_singular_value_of_one(kind, projection):
    if kind == "dense":
        shape = (6,)
        critic = dense_critic(
            DataInfo(name="p", shape=shape), [8, 5], norm="spectral", condition=VECTOR, projection=projection
        )
    else:
        shape = (16, 16, 2)
        critic = convolutional_critic(shape, 3, norm="spectral", condition=VECTOR, projection=projection)
    for variable in critic.trainable_variables:
        # One singular value stands out, so that few iterations find it.
        variable.assign(variable.value + 2.0 * ops.std(variable.value))
    for _ in range(20):
        critic([normal(4, *shape), ASKED[VECTOR]], training=True)
    wrapped = [layer for layer in critic.layers if isinstance(layer, SpectralNormalization)]
    kernels = [variable for variable in critic.trainable_variables if variable.path.endswith("kernel")]
    assert len(wrapped) == len(kernels) == 3 + projection
    for layer in wrapped:
        # The output less the bias is linear in the kernel: how much smaller it is than the bare layer's is sigma.
        given = normal(1, *layer.input.shape[1:])
        bias = 0.0 if layer.layer.bias is None else numpy(layer.layer.bias)
        bare, divided = numpy(layer.layer(given)) - bias, numpy(layer(given, training=False)) - bias
        matrix = numpy(layer.layer.kernel)
        effective = matrix.reshape(-1, matrix.shape[-1]) * np.abs(divided).sum() / np.abs(bare).sum()
        assert np.linalg.norm(effective, 2) == pytest.approx(1.0, rel=2e-3)


@pytest.mark.once
@pytest.mark.parametrize("data", [POINTS, IMAGES], ids=["dense", "convolutional"])
def test_with_minibatch_stddev_a_sample_among_copies_of_itself_is_scored_otherwise(data):
    def build(minibatch_stddev):
        keras.utils.set_random_seed(0)
        if data is POINTS:
            return dense_critic(data, [16], minibatch_stddev=minibatch_stddev)
        return convolutional_critic(data.shape, 8, norm="none", minibatch_stddev=minibatch_stddev)

    mixed = normal(4, *data.shape, scale=3.0)
    copies = np.repeat(mixed[:1], 4, axis=0)
    for minibatch_stddev in (True, False):
        scores = [run(build(minibatch_stddev), batch)[0, 0] for batch in (mixed, copies)]
        assert np.isclose(*scores, rtol=1e-4, atol=1e-6) != minibatch_stddev


SCALED = DataInfo(name="points", shape=(2,), facts={"mean": (5.0, -100.0), "scale": (0.1, 30.0)})


# Squared, their deviations are less or more than float32 holds.
EXTREME = DataInfo(name="points", shape=(2,), facts={"mean": (3e-9, 2e25), "scale": (1e-9, 1e25)})


@pytest.mark.parametrize("data", [pytest.param(SCALED, marks=pytest.mark.once), EXTREME])
@pytest.mark.parametrize("pack", [1, 3])
def test_a_dense_critic_sees_points_in_units_of_their_mean_and_scale(pack, data):
    critics = [dense_critic(data, [7], pack=pack) for data in (data, POINTS)]
    critics[1].set_weights(critics[0].get_weights())
    points = np.tile(data.mean, (6, pack)) + np.tile(data.scale, (6, pack)) * normal(6, 2 * pack)
    own = (points - np.tile(data.mean, pack)) / np.tile(data.scale, pack)
    np.testing.assert_allclose(
        run(critics[0], points.astype("float32")), run(critics[1], own.astype("float32")), rtol=1e-3, atol=1e-4
    )


def test_a_dense_generator_makes_points_in_the_datas_units():
    generators = [dense_generator(data, 3, [8]) for data in (SCALED, POINTS)]
    generators[1].set_weights(generators[0].get_weights())
    z = normal(6, 3)
    expected = np.array(SCALED.mean) + np.array(SCALED.scale) * run(generators[1], z)
    np.testing.assert_allclose(run(generators[0], z), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.once
def test_images_end_between_minus_one_and_one():
    for network in (convolutional_generator((8, 8, 3), 4, 2), dense_generator(IMAGES, 4, [8])):
        for variable in network.trainable_variables:
            variable.assign(variable.value * 50.0)
        images = run(network, normal(20, 4))
        assert np.abs(images).max() <= 1.0
        assert images.min() < -0.9 < 0.9 < images.max()


@pytest.mark.once
def test_dense_networks_have_the_parameters_that_a_pencil_gives():
    def trained(network):
        return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)

    assert trained(dense_generator(POINTS, 2, [400] * 4)) == 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400 + 400 * 2 + 2
    assert trained(dense_generator(IMAGES, 9, [5], batch_norm=False)) == 9 * 5 + 5 + 5 * 64 + 64
    assert trained(dense_critic(POINTS, [200] * 3, pack=2, maxout=5)) == (4 + 1) * 1000 + 2 * 201 * 1000 + 201
    assert trained(dense_critic(IMAGES, [7], bias=False)) == 65 * 7 + 7
    assert trained(dense_critic(IMAGES, [7], norm="layer")) == 65 * 7 + 2 * 7 + 7 + 1


@pytest.mark.parametrize("condition", [LABEL, VECTOR], ids=["label", "vector"])
@pytest.mark.parametrize("network", ["dense", "convolutional"])
def test_a_generator_is_told_by_the_condition_beside_z(condition, network):
    """The same as one without a condition whose z is longer by the condition's entries."""
    build = {
        "dense": lambda size, condition: dense_generator(IMAGES, size, [6], condition=condition),
        "convolutional": lambda size, condition: convolutional_generator((8, 8, 1), size, 3, condition=condition),
    }[network]
    told, plain = build(5, condition), build(5 + condition.length, None)
    plain.set_weights(told.get_weights())
    z, asked = normal(4, 5), ASKED[condition]
    vectors = np.eye(3, dtype="float32")[asked] if condition is LABEL else asked
    np.testing.assert_allclose(run(told, z, asked), run(plain, np.concatenate([z, vectors], axis=1)), atol=1e-6)


@pytest.mark.parametrize("condition", [LABEL, VECTOR], ids=["label", "vector"])
def test_a_convolutional_critic_is_told_by_one_channel_for_each_entry(condition):
    told = convolutional_critic((8, 8, 1), 3, condition=condition)
    plain = convolutional_critic((8, 8, 1 + condition.length), 3)
    plain.set_weights(told.get_weights())
    images, asked = normal(4, 8, 8, 1), ASKED[condition]
    vectors = np.eye(3, dtype="float32")[asked] if condition is LABEL else asked
    maps = np.broadcast_to(vectors[:, None, None, :], (4, 8, 8, condition.length))
    np.testing.assert_allclose(run(told, images, asked), run(plain, np.concatenate([images, maps], axis=3)), atol=1e-6)


@pytest.mark.parametrize("condition", [LABEL, VECTOR], ids=["label", "vector"])
def test_a_dense_critic_is_told_beside_the_samples_entries(condition):
    told = dense_critic(POINTS, [6], condition=condition)
    plain = dense_critic(DataInfo(name="longer", shape=(2 + condition.length,)), [6])
    plain.set_weights(told.get_weights())
    points, asked = normal(4, 2), ASKED[condition]
    vectors = np.eye(3, dtype="float32")[asked] if condition is LABEL else asked
    np.testing.assert_allclose(
        run(told, points, asked), run(plain, np.concatenate([points, vectors], axis=1)), atol=1e-5
    )


@pytest.mark.once
def test_dropout_is_on_in_training_only():
    critic = dense_critic(POINTS, [50], dropout=0.5, input_dropout=0.5)
    points = normal(1, 2)
    trained = {float(numpy(critic(points, training=True))[0, 0]) for _ in range(8)}
    assert len(trained) > 4
    assert run(critic, points) == run(critic, points)
