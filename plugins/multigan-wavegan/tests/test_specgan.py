"""SpecGAN keeps the contract, and its spectrograms are what they are said to be."""

import keras
import numpy as np
import pytest
from keras import ops
from multigan_wavegan import SPEC
from multigan_wavegan.specgan import BINS, SpecGAN, log_magnitudes, spectrogram_shape

from multigan import DataInfo, UsageError
from multigan.testing import ArraySource, Contract

pytestmark = pytest.mark.backends

RATE, LENGTH = 16_000, 4_096
SMALL = {"dim": 2, "critic_steps": 2, "iterations": 2}
VARIANTS = {
    "wgan-gp": (1, {"ema": 0.9}),
    "stereo, packed": (2, {"pack": 2, "loss": "dcgan"}),
    "asked": (1, {"conditional": True, "spectral_norm": True, "loss": "lsgan"}),
}


def sounds(count=24, channels=1):
    """Decaying tones with some noise, of two classes, and their labels."""
    draw, time = np.random.default_rng(0), np.arange(LENGTH) / RATE
    labels = np.arange(count) % 2
    pitch = np.where(labels, 2_000, 500) * draw.uniform(0.9, 1.1, count)
    waves = 0.5 * np.sin(2 * np.pi * pitch[:, None] * time) * np.exp(-10 * time)
    waves += 0.01 * draw.standard_normal(waves.shape)
    return np.stack([waves] * channels, axis=-1).astype("float32"), labels


def source(channels=1):
    samples, labels = sounds(channels=channels)
    return ArraySource(samples, "audio", labels=labels, facts={"sample_rate": RATE})


# On TensorFlow alone: every option of theirs is in another variant, or in the core's tests on every backend.
ONCE = {"stereo, packed"}
PARAMS = [pytest.param(name, marks=pytest.mark.once) if name in ONCE else name for name in VARIANTS]


@pytest.fixture(scope="module", params=PARAMS)
def contract(request):
    channels, options = VARIANTS[request.param]
    return Contract("specgan", options=SMALL | options, data=source(channels))


@pytest.mark.parametrize("check", Contract.CHECKS)
def test_contract(contract, check, tmp_path):
    contract.run(check, tmp_path)


def make(shape=(LENGTH, 1), **options):
    given = {key: option.default for key, option in SPEC.items()} | SMALL | options
    game = SpecGAN(DataInfo(name="test", shape=shape, field="audio", facts={"sample_rate": RATE}), **given)
    game.compile(jit=keras.backend.backend() == "jax")
    return game


def numpy(value):
    return ops.convert_to_numpy(value)


def test_a_tone_lies_in_its_bin():
    tone = np.sin(2 * np.pi * 2_000 * np.arange(LENGTH) / RATE)[None, :, None].astype("float32")
    levels = numpy(log_magnitudes(ops.convert_to_tensor(tone)))
    assert levels.shape == (1, LENGTH // 128, BINS, 1)
    assert (levels[0, 2:-2].argmax(axis=1) == 2_000 / (RATE / 256)).all()


def test_preparing_brings_every_bin_to_mean_nought_and_deviation_a_third():
    game, samples = make(), sounds()[0]
    game.prepare(source())
    levels = (numpy(log_magnitudes(ops.convert_to_tensor(samples))) - numpy(game.mean)) / numpy(game.deviation)
    assert np.allclose(levels.mean(axis=(0, 1, 3)), 0.0, atol=1e-3)
    assert np.allclose(levels.std(axis=(0, 1, 3)), 1.0, atol=1e-2)
    spectrograms = numpy(game.spectrograms(ops.convert_to_tensor(samples)))
    assert np.allclose(spectrograms, np.clip(levels / 3, -1, 1), atol=1e-5)


def test_sound_comes_back_from_its_spectrogram():
    game, (samples, _) = make(iterations=32), sounds(8)
    game.prepare(source())
    back = game.render(numpy(game.spectrograms(ops.convert_to_tensor(samples))))
    assert back.shape == samples.shape
    spectra = [np.abs(np.fft.rfft(one[..., 0], axis=1)) for one in (samples, back)]
    likeness = (spectra[0] * spectra[1]).sum(axis=1) / np.sqrt(
        (spectra[0] ** 2).sum(axis=1) * (spectra[1] ** 2).sum(axis=1)
    )
    assert likeness.min() > 0.7
    assert np.array_equal(back, game.render(numpy(game.spectrograms(ops.convert_to_tensor(samples)))))


@pytest.mark.once
@pytest.mark.parametrize(("length", "frames"), [(4_096, 32), (16_384, 128), (65_536, 512)])
def test_frames_halve_five_times(length, frames):
    assert spectrogram_shape((length, 2)) == (frames, 128, 2)


@pytest.mark.once
@pytest.mark.parametrize("length", [1_000, 0, 5_000])
def test_another_length_is_refused_with_the_nearest_one(length):
    with pytest.raises(UsageError, match="try -o length=4096"):
        make(shape=(length, 1))
