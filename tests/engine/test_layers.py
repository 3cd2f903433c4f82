"""Layers and augmentation against NumPy."""

import keras
import numpy as np
import pytest
from games import numpy
from keras import layers, ops

from multigan import (
    BatchNormalization,
    InstanceNormalization,
    LeakyReLU,
    MinibatchStandardDeviation,
    SpectralNormalization,
    diff_augment,
    input_grad,
)
from multigan.engine import autodiff

pytestmark = pytest.mark.backends

DRAW = np.random.default_rng(0)
INPUTS = {
    "dense": (layers.Dense(6), DRAW.normal(size=(4, 5)).astype("float32")),
    "convolution": (layers.Conv2D(6, 3, padding="same"), DRAW.normal(size=(2, 5, 5, 3)).astype("float32")),
    "transposed": (layers.Conv2DTranspose(6, 4, 2, padding="same"), DRAW.normal(size=(2, 5, 5, 3)).astype("float32")),
}


def spectral(kind):
    layer, inputs = INPUTS[kind]
    layer = type(layer).from_config(layer.get_config())
    wrapped = SpectralNormalization(layer)
    wrapped.build(inputs.shape)
    draw = np.random.default_rng(1)
    layer.kernel.assign(draw.normal(size=layer.kernel.shape))
    layer.bias.assign(draw.normal(size=layer.bias.shape))
    return wrapped, inputs


def matrix_of(layer):
    axis = -2 if "Transpose" in type(layer).__name__ else -1
    kernel = np.moveaxis(numpy(layer.kernel), axis, -1)
    return kernel.reshape(-1, kernel.shape[-1])


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_wrapped_layer_with_plain_weights_makes_the_same_alone(kind, bias):
    wrapped, inputs = spectral(kind)
    if not bias:
        layer = type(wrapped.layer).from_config(wrapped.layer.get_config() | {"use_bias": False})
        layer.build(inputs.shape)
        layer.kernel.assign(wrapped.layer.kernel)
        wrapped = SpectralNormalization(layer)
        wrapped.build(inputs.shape)
    wrapped(inputs, training=True)
    alone = type(wrapped.layer).from_config(wrapped.layer.get_config())
    alone.build(inputs.shape)
    alone.set_weights(wrapped.plain_weights())
    np.testing.assert_allclose(numpy(alone(inputs)), numpy(wrapped(inputs, training=False)), rtol=1e-4, atol=1e-5)


def test_batch_normalisation_is_keras_own_in_value_gradient_and_running_statistics():
    inputs = DRAW.normal(2.0, 3.0, size=(6, 5, 4, 3)).astype("float32")
    weight = DRAW.normal(size=(6, 5, 4, 3)).astype("float32")
    ours, theirs = BatchNormalization(momentum=0.9), layers.BatchNormalization(momentum=0.9)
    results = []
    for layer in (ours, theirs):
        layer.build(inputs.shape)
        layer.gamma.assign([0.5, -1.0, 2.0])
        layer.beta.assign([1.0, 0.0, -3.0])
        points = keras.Variable(inputs)

        def loss(layer=layer, points=points):
            return ops.sum(ops.tanh(layer(points.value, training=True)) * ops.convert_to_tensor(weight)), {}

        (value, _), gradients, updates = autodiff.value_and_grad(loss, [points, layer.gamma, layer.beta])
        moved = {variable.path.split("/")[-1]: numpy(new) for variable, new in updates}
        results.append([numpy(value), *map(numpy, gradients), moved["moving_mean"], moved["moving_variance"]])
        results[-1].append(numpy(ops.stop_gradient(layer(inputs, training=False))))
    for mine, reference in zip(*results, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("kind", INPUTS)
def test_spectral_normalisation_divides_the_kernel_by_its_largest_singular_value(kind):
    wrapped, inputs = spectral(kind)
    for _ in range(200):
        wrapped(inputs, training=True)
    kernel, sigma = numpy(wrapped.layer.kernel).copy(), np.linalg.norm(matrix_of(wrapped.layer), 2)
    output = numpy(wrapped(inputs, training=False))
    np.testing.assert_array_equal(kernel, numpy(wrapped.layer.kernel))
    wrapped.layer.kernel.assign(kernel / sigma)
    np.testing.assert_allclose(output, numpy(wrapped.layer(inputs)), rtol=1e-3, atol=1e-4)


def test_spectral_normalisation_gives_the_gradient_of_its_formula():
    """d/dW sum(x W / (u' W v)) with u and v held fixed; the same numbers on every backend."""
    wrapped, inputs = spectral("dense")
    weight, u0 = numpy(wrapped.layer.kernel).astype("float64"), numpy(wrapped.u).astype("float64")
    v = weight @ u0
    v /= np.linalg.norm(v)
    u = weight.T @ v
    u /= np.linalg.norm(u)
    sigma = (v.T @ weight @ u).item()
    upstream = inputs.astype("float64").T @ np.ones((4, 6))
    expected = upstream / sigma - (upstream * weight).sum() / sigma**2 * (v @ u.T)

    def loss():
        return ops.sum(wrapped(inputs, training=True) - wrapped.layer.bias), {}

    (value, _), (gradient,), updates = autodiff.value_and_grad(loss, [wrapped.layer.kernel])
    np.testing.assert_allclose(numpy(value), (inputs @ weight).sum() / sigma, rtol=1e-4)
    np.testing.assert_allclose(numpy(gradient), expected, rtol=1e-3, atol=1e-4)
    assert [variable is wrapped.u for variable, _ in updates] == [True]
    np.testing.assert_allclose(numpy(updates[0][1]), u, rtol=1e-4, atol=1e-5)


def test_spectral_normalisation_assigns_nothing_at_inference():
    wrapped, inputs = spectral("dense")
    before = numpy(wrapped.u).copy()
    wrapped(inputs, training=False)
    np.testing.assert_array_equal(before, numpy(wrapped.u))


def test_spectral_normalisation_refuses_activations_and_layers_without_a_kernel():
    with pytest.raises(ValueError, match="layer of its own"):
        SpectralNormalization(layers.Dense(3, activation="relu"))
    with pytest.raises(ValueError, match="needs a layer with a kernel"):
        SpectralNormalization(layers.Flatten()).build((2, 3))


def test_instance_normalisation_has_zero_mean_and_unit_deviation_in_each_channel_of_each_sample():
    inputs = DRAW.normal(3.0, 2.0, size=(2, 7, 5, 3)).astype("float32")
    expected = (inputs - inputs.mean((1, 2), keepdims=True)) / np.sqrt(inputs.var((1, 2), keepdims=True) + 1e-5)
    layer = InstanceNormalization()
    np.testing.assert_allclose(numpy(layer(inputs)), expected, rtol=1e-3, atol=1e-4)
    assert layer.weights == []


def test_minibatch_standard_deviation_appends_each_groups_mean_deviation():
    inputs = DRAW.normal(size=(8, 3, 3, 2)).astype("float32")
    output = numpy(MinibatchStandardDeviation(group_size=4)(inputs))
    np.testing.assert_array_equal(output[..., :2], inputs)
    for group in range(2):  # samples group, group + 2, group + 4, group + 6
        expected = inputs[group::2].std(axis=0).mean()
        np.testing.assert_allclose(output[group::2, ..., 2], expected, rtol=1e-4)


def test_minibatch_standard_deviation_is_zero_for_a_collapsed_batch():
    output = numpy(MinibatchStandardDeviation()(np.ones((4, 3, 3, 2), "float32")))
    np.testing.assert_allclose(output[..., 2], 0.0, atol=1e-3)


@pytest.mark.parametrize(
    "layer",
    [SpectralNormalization(layers.Dense(3)), InstanceNormalization(), MinibatchStandardDeviation(2), LeakyReLU(0.3)],
)
def test_layers_survive_saving(layer, tmp_path):
    shape = (4, 4, 2)
    network = keras.Sequential([keras.Input(shape), layer])
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    inputs = DRAW.normal(size=(2, *shape)).astype("float32")
    np.testing.assert_allclose(numpy(network(inputs)), numpy(loaded(inputs)), rtol=1e-5, atol=1e-6)


def test_leaky_relu_is_keras_own_in_value_and_gradient():
    inputs = DRAW.normal(size=(4, 5)).astype("float32")
    results = []
    for layer in (LeakyReLU(0.3), layers.LeakyReLU(0.3)):
        gradient = input_grad(lambda x, layer=layer: ops.sin(layer(x)), ops.convert_to_tensor(inputs))
        results.append([numpy(layer(inputs)), numpy(gradient)])
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


def test_leaky_relus_second_derivative_is_zero():
    """Of sum(f(x)^2 / 2) the first derivative is f f', and the second f'^2, without a term of f''."""
    inputs = ops.convert_to_tensor(np.array([[-2.0, -0.5, 0.5, 3.0]], "float32"))
    layer, slopes = LeakyReLU(0.2), np.array([[0.2, 0.2, 1.0, 1.0]])
    np.testing.assert_allclose(numpy(input_grad(lambda x: input_grad(layer, x), inputs)), 0.0)
    twice = input_grad(lambda x: input_grad(lambda y: 0.5 * ops.square(layer(y)), x), inputs)
    np.testing.assert_allclose(numpy(twice), slopes**2, rtol=1e-5)


def images():
    return DRAW.uniform(-1, 1, size=(64, 16, 12, 3)).astype("float32")


def test_translation_shifts_by_up_to_an_eighth_and_fills_with_zeros():
    batch = np.ones((200, 16, 16, 1), "float32")
    shifted = numpy(diff_augment(batch, "translation", keras.random.SeedGenerator(0)))[..., 0]
    rows, columns = shifted.max(axis=2).sum(axis=1), shifted.max(axis=1).sum(axis=1)
    assert set(rows) == set(columns) == {14.0, 15.0, 16.0}
    assert set(np.unique(shifted)) == {0.0, 1.0}


def test_translation_moves_whole_pixels():
    batch = images()
    moved = numpy(diff_augment(batch, "translation", keras.random.SeedGenerator(0)))
    for before, after in zip(batch, moved, strict=True):
        shifts = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3)]
        padded = [np.roll(np.pad(before, ((2, 2), (2, 2), (0, 0))), s, (0, 1))[2:-2, 2:-2] for s in shifts]
        assert any(np.allclose(after, candidate, atol=1e-6) for candidate in padded)


def test_cutout_blanks_one_window_of_at_most_half_of_each_side():
    batch = np.ones((300, 16, 12, 1), "float32")
    cut = numpy(diff_augment(batch, "cutout", keras.random.SeedGenerator(0)))[..., 0]
    holes = cut == 0
    assert holes.any(axis=2).sum(axis=1).max() == 8
    assert holes.any(axis=1).sum(axis=1).max() == 6
    areas = holes.sum(axis=(1, 2))
    windows = holes.any(axis=2).sum(axis=1) * holes.any(axis=1).sum(axis=1)
    np.testing.assert_array_equal(areas, windows)
    assert (areas > 0).mean() > 0.95


def test_colour_changes_keep_what_they_are_made_of():
    batch = images()
    changed = numpy(diff_augment(batch, "color", keras.random.SeedGenerator(0)))
    shift = changed.mean(axis=(1, 2, 3)) - batch.mean(axis=(1, 2, 3))
    assert np.abs(shift).max() <= 0.5 + 1e-5
    assert shift.std() > 0.2
    grey, grey_changed = batch.mean(axis=3), changed.mean(axis=3)
    contrast = grey_changed.std(axis=(1, 2)) / grey.std(axis=(1, 2))
    assert contrast.min() >= 0.5 - 1e-3
    assert contrast.max() <= 1.5 + 1e-3


def test_gradients_flow_through_the_whole_policy():
    gradient = numpy(
        input_grad(
            lambda x: diff_augment(x, "color,translation,cutout", keras.random.SeedGenerator(0)),
            ops.convert_to_tensor(images()),
        )
    )
    assert np.isfinite(gradient).all()
    assert (np.abs(gradient).max(axis=(1, 2, 3)) > 0).all()


@pytest.mark.parametrize("policy", ["color", "translation", "cutout", "color,translation,cutout"])
def test_a_clips_frames_are_changed_by_one_draw_each_as_an_image(policy):
    """A frame of an augmented clip is what the same seed makes of that frame alone."""
    clips = DRAW.uniform(-1, 1, size=(8, 3, 16, 12, 4)).astype("float32")
    changed = numpy(diff_augment(clips, policy, keras.random.SeedGenerator(5), 0.8))
    assert changed.shape == clips.shape
    assert (np.abs(changed - clips).max(axis=(1, 2, 3, 4)) > 1e-3).sum() >= 4
    for frame in range(3):
        alone = numpy(diff_augment(clips[:, frame], policy, keras.random.SeedGenerator(5), 0.8))
        np.testing.assert_allclose(changed[:, frame], alone, atol=1e-5)


def test_what_stands_still_in_a_clip_stands_still_when_it_is_augmented():
    still = np.repeat(images()[:, None], 4, axis=1)
    changed = numpy(diff_augment(still, "color,translation,cutout", keras.random.SeedGenerator(0)))
    np.testing.assert_allclose(changed, np.repeat(changed[:, :1], 4, axis=1), atol=1e-5)
    between = np.abs(changed[1:] - changed[:-1]).max(axis=(1, 2, 3, 4))
    assert between.min() > 1e-2, "another clip has another draw"


def test_gradients_reach_every_frame_of_an_augmented_clip():
    clips = ops.convert_to_tensor(DRAW.uniform(-1, 1, size=(16, 3, 8, 8, 2)).astype("float32"))
    gradient = numpy(
        input_grad(lambda x: diff_augment(x, "color,translation,cutout", keras.random.SeedGenerator(0)), clips)
    )
    assert np.isfinite(gradient).all()
    assert (np.abs(gradient).max(axis=(2, 3, 4)) > 0).all()


def test_what_is_neither_an_image_nor_a_clip_is_refused():
    with pytest.raises(ValueError, match="neither images nor clips"):
        diff_augment(np.zeros((4, 2), "float32"), "color", keras.random.SeedGenerator(0))


def test_an_empty_policy_changes_nothing_and_an_unknown_name_is_refused():
    batch = images()
    np.testing.assert_array_equal(numpy(diff_augment(batch, "", keras.random.SeedGenerator(0))), batch)
    with pytest.raises(ValueError, match="'blur'"):
        diff_augment(batch, "color,blur", keras.random.SeedGenerator(0))
