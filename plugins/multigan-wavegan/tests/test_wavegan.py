"""WaveGAN keeps the contract, and has the networks, losses and phase shuffle of the paper."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from multigan_wavegan import WAVE
from multigan_wavegan.game import WaveGAN
from multigan_wavegan.layers import PhaseShuffle, StridedConv1D, TransposedConv1D
from multigan_wavegan.networks import LENGTHS, stride_plan, wave_critic, wave_generator

from multigan import Condition, DataInfo, UsageError
from multigan.testing import ArraySource, Contract

pytestmark = pytest.mark.backends

SMALL = {"dim": 2, "kernel": 9, "critic_steps": 2}
VARIANTS = {
    "wgan-gp": (1, {"ema": 0.9}),
    "stereo, packed": (2, {"pack": 2, "upsample": "nearest", "post_filter": 8, "instance_noise": 0.1}),
    "wgan": (1, {"loss": "wgan", "phase_shuffle": 0}),
    "dcgan": (1, {"loss": "dcgan", "shuffle_by": "sample", "spectral_norm": True}),
    "lsgan, asked": (2, {"loss": "lsgan", "conditional": True, "minibatch_stddev": True}),
}


def sounds(count=40, length=256, channels=1):
    """Decaying tones of two classes, and their labels."""
    draw, time = np.random.default_rng(0), np.arange(length) / 16_000
    labels = np.arange(count) % 2
    pitch = np.where(labels, 900, 300) * draw.uniform(0.9, 1.1, count)
    waves = np.sin(2 * np.pi * pitch[:, None] * time) * np.exp(-100 * time)
    return np.stack([waves] * channels, axis=-1).astype("float32"), labels


def source(length=256, channels=1):
    samples, labels = sounds(length=length, channels=channels)
    return ArraySource(samples, "audio", labels=labels, facts={"sample_rate": 16_000})


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"wgan", "dcgan"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    channels, options = VARIANTS[request.param]
    return Contract("wavegan", options=SMALL | options, data=source(channels=channels))


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def numpy(value):
    return ops.convert_to_numpy(value)


def make(shape=(256, 1), classes=(), **options):
    given = {key: option.default for key, option in WAVE.items()} | SMALL | options
    game = WaveGAN(
        DataInfo(name="test", shape=shape, classes=classes, field="audio", facts={"sample_rate": 16_000}), **given
    )
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


@pytest.mark.once
@pytest.mark.parametrize(
    ("length", "generator", "discriminator"),
    [(16_384, 19_065_345, 17_427_969), (65_536, 73_149_953, 69_875_201), (4_096, 5_130_241, 4_311_553)],
)
def test_parameters_are_counted_as_in_the_paper(length, generator, discriminator):
    assert parameters(wave_generator((length, 1), 100)) == generator
    assert parameters(wave_critic((length, 1))) == discriminator


@pytest.mark.once
@pytest.mark.parametrize("length", LENGTHS)
def test_strides_lead_from_sixteen_steps_to_the_length(length):
    strides = stride_plan(length)
    assert 16 * np.prod(strides) == length
    assert set(strides[:-1]) == {4}
    assert strides[-1] == (2 if length in (8_192, 32_768) else 4)


@pytest.mark.once
@pytest.mark.parametrize("length", [16_000, 16, 0, 16_385, 3 * 16_384])
def test_another_length_is_refused_with_the_nearest_one(length):
    with pytest.raises(UsageError, match=r"16,384.*try -o length=(4096|16384|32768|65536)"):
        make(shape=(length, 1))


@pytest.mark.parametrize(("size", "stride"), [(25, 4), (25, 2), (9, 4), (8, 4), (5, 4), (24, 3), (4, 4), (7, 2)])
@pytest.mark.parametrize("channels", [pytest.param(1, marks=pytest.mark.once), 5])
def test_convolutions_in_blocks_are_keras_own(size, stride, channels):
    x = np.random.default_rng(0).normal(size=(3, 24, channels)).astype("float32")
    for ours, kind in ((StridedConv1D, layers.Conv1D), (TransposedConv1D, layers.Conv1DTranspose)):
        layer = ours(6, size, strides=stride, padding="same", bias_initializer="random_normal")
        plain = kind(6, size, strides=stride, padding="same")
        found, _ = numpy(layer(x)), plain(x)
        plain.set_weights(layer.get_weights())
        assert np.allclose(found, numpy(plain(x)), atol=1e-5)


def test_phase_shuffle_shifts_all_samples_alike_or_each_by_its_own():
    x = np.tile(np.arange(1.0, 13.0, dtype="float32")[None, :, None], (64, 1, 1))
    expected = {}
    for shift in range(-2, 3):
        mirrored = np.pad(x[0, :, 0], 2, mode="reflect")
        expected[shift] = mirrored[2 - shift : 14 - shift]
    for by in ("batch", "sample"):
        layer, seen = PhaseShuffle(2, by, seed=0), set()
        for _ in range(20):
            shifted = numpy(layer(x, training=True))[:, :, 0]
            shifts = [next(s for s, row in expected.items() if np.array_equal(row, one)) for one in shifted]
            assert by == "sample" or len(set(shifts)) == 1
            seen |= set(shifts)
        assert seen == set(expected)
        assert by == "batch" or len(set(shifts)) > 1
        assert np.array_equal(numpy(layer(x, training=False)), x)


@pytest.mark.once
@pytest.mark.parametrize("n", [0, 2])
def test_phase_shuffle_follows_every_convolution_but_the_last(n):
    critic = wave_critic((1024, 1), 2, phase_shuffle=n)
    kinds = [type(layer) for layer in critic.layers if isinstance(layer, (StridedConv1D, PhaseShuffle))]
    assert kinds == (
        [StridedConv1D, PhaseShuffle, StridedConv1D, PhaseShuffle, StridedConv1D] if n else [StridedConv1D] * 3
    )


def test_the_filter_starts_as_nothing_and_keeps_the_channels_apart():
    plain, filtered = (wave_generator((256, 2), 4, 2, post_filter=length) for length in (0, 16))
    filtered.set_weights([*plain.get_weights(), filtered.get_weights()[-1]])
    z = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    assert np.allclose(numpy(filtered(z)), numpy(plain(z)), atol=1e-6)
    taps = filtered.get_layer("post_filter").kernel
    taps.assign(numpy(taps.value) * np.array([1.0, 0.0])[:, None])
    found = numpy(filtered(z))
    assert np.allclose(found[..., 0], numpy(plain(z))[..., 0], atol=1e-6)
    assert (found[..., 1] == 0).all()


@pytest.mark.parametrize(
    ("loss", "terms", "optimizer", "clipped"),
    [
        ("wgan-gp", {"adversarial", "penalty"}, "adam", False),
        ("wgan", {"adversarial"}, "rmsprop", True),
        ("dcgan", {"adversarial"}, "adam", False),
        ("lsgan", {"adversarial"}, "rmsprop", False),
    ],
)
def test_each_loss_is_the_references(loss, terms, optimizer, clipped):
    game = make(loss=loss, clip=0.001)
    batch = {"audio": ops.convert_to_tensor(sounds(8)[0])}
    assert set(game.opponent_loss(batch)) == terms
    assert type(game.player_optimizers["discriminator"]).__name__.lower() == optimizer
    game.run_turn(game.turns[0], {"audio": sounds(8)[0]})
    largest = max(np.abs(numpy(variable.value)).max() for variable in game.discriminator.trainable_variables)
    assert (largest <= 0.001 + 1e-7) == clipped


def test_latents_are_uniform_and_sounds_lie_within_one():
    game = make()
    z = game.latents(1000, 0)
    assert np.abs(z).max() <= 1
    assert z.std() == pytest.approx(1 / np.sqrt(3), rel=0.02)
    assert np.abs(game.sample(4, 0)).max() <= 1


def test_an_exported_generator_is_of_keras_own_layers(tmp_path):
    from multigan.trained.exporting import export_keras, verifier

    game = make(post_filter=8)
    path = export_keras(game, tmp_path / "wave.keras", verifier(game, "float32"))
    kinds = {type(layer) for layer in keras.saving.load_model(path).layers}
    assert layers.Conv1DTranspose in kinds
    assert all(kind.__module__.startswith("keras.") for kind in kinds)


@pytest.mark.once
def test_classes_are_asked_for_only_where_there_are_some():
    with pytest.raises(UsageError, match="labels of two classes"):
        make(conditional=True)
    game = make(conditional=True, classes=("kick", "snare"))
    assert game.conditional == "label"
    assert wave_critic((256, 1), 2, condition=Condition("label", 2)).inputs[1].dtype == "int32"
