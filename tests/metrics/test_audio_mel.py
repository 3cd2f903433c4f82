"""Log-mel spectrograms, spectra and pitches against closed forms and librosa's own."""

import numpy as np
import pytest
from sounds import RATE, sine, white

from multigan.modalities.audio import mel
from multigan.modalities.audio.extractors.pitch import pitches
from multigan.modalities.audio.extractors.spectrum import shape_of
from multigan.modalities.audio.mel import BANDS, hop_of, log_mel, mel_filters, window_of

RATES = (8000, 11025, 16000, 22050, 44100, 48000)


@pytest.mark.parametrize("rate", RATES)
def test_the_filters_are_librosas_and_none_is_empty(rate):
    librosa = pytest.importorskip("librosa")
    theirs = librosa.filters.mel(sr=rate, n_fft=window_of(rate), n_mels=BANDS, norm=None)
    np.testing.assert_allclose(mel_filters(rate, window_of(rate)), theirs, atol=1e-6)
    assert theirs.sum(axis=1).min() > 0


def test_a_spectrogram_is_librosas_in_db_of_a_full_scale_sine():
    librosa = pytest.importorskip("librosa")
    sounds, window = white(3, length=5000), window_of(RATE)
    power = librosa.feature.melspectrogram(
        y=sounds[..., 0], sr=RATE, n_fft=window, hop_length=window // 4, n_mels=BANDS, norm=None
    )
    scale = (2 / np.hanning(window + 1)[:-1].sum()) ** 2
    theirs = 10 * np.log10(np.maximum(power * scale, 1e-8)).swapaxes(1, 2)
    np.testing.assert_allclose(log_mel(sounds, RATE), theirs, atol=1e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("length", [4096, 65536])
def test_a_sine_peaks_in_the_band_of_its_frequency_at_0_db(rate, length):
    edges = np.linspace(0, rate / 2, 1 + window_of(rate) // 2)
    filters = mel_filters(rate, window_of(rate))
    for band in (20, 50):
        frequency = float(edges[filters[band].argmax()])
        spectrogram = log_mel(sine(frequency, rate=rate, length=length, level=1.0), rate)
        assert spectrogram.shape == (1, 1 + length // hop_of(rate), BANDS)
        middle = spectrogram[0, spectrogram.shape[1] // 2]
        assert middle.argmax() == band
        assert middle[band] == pytest.approx(0, abs=2), "its neighbours in frequency are in the band as well"


def test_silence_is_the_floor_and_blocks_and_channels_change_nothing(monkeypatch):
    assert log_mel(np.zeros((2, 4096, 2)), RATE) == pytest.approx(-80)
    sounds = white(5)
    whole = log_mel(sounds, RATE)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(log_mel(sounds, RATE), whole)
    monkeypatch.setattr(mel, "BLOCK", 2)
    np.testing.assert_allclose(log_mel(sounds, RATE), whole, atol=1e-4)
    turned = np.concatenate([sounds, -sounds], axis=2)
    np.testing.assert_allclose(log_mel(turned, RATE), whole, atol=1e-4, err_msg="out of phase, and not lost")
    assert log_mel(np.zeros((0, 4096, 1)), RATE).shape == (0, 1 + 4096 // hop_of(RATE), BANDS)


def test_what_is_no_sound_is_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 4096\): expected \(count, length, channels\)"):
        log_mel(np.zeros((2, 4096)), RATE)
    with pytest.raises(ValueError, match="sample rate 0"):
        log_mel(np.zeros((2, 4096, 1)), 0)


def test_flatness_is_that_of_white_noise_and_of_a_sine():
    """Powers of noise are exponential: the geometric mean is exp(-Euler's constant) of the arithmetic one."""
    expected = np.exp(-np.euler_gamma)
    assert shape_of(white(20), RATE)[:, 0].mean() == pytest.approx(expected, abs=0.01)
    assert shape_of(white(20, channels=2), RATE)[:, 0].mean() == pytest.approx(expected, abs=0.01)
    assert shape_of(sine(440, 1500), RATE)[:, 0].max() < 1e-3
    short = white(20)
    short[:, 1000:] = 0
    assert shape_of(short, RATE)[:, 0].mean() == pytest.approx(expected, abs=0.06), "silence after it is not heard"
    assert shape_of(np.zeros((1, 4096, 1)), RATE).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("rate", RATES)
def test_the_share_of_high_frequencies_is_that_above_a_quarter_of_the_rate(rate):
    low, high, *noise = shape_of(np.concatenate([sine(rate / 5, rate / 3.5, rate=rate), white(20)]), rate)[:, 1]
    assert (low, high, np.mean(noise)) == pytest.approx((0, 1, 0.5), abs=0.02)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frequency", [55.0, 220.0, 987.8])
def test_a_pitch_is_found_to_a_cent(rate, frequency):
    time = np.arange(8192) / rate
    waves = [np.sin(2 * np.pi * frequency * time), np.sin(2 * np.pi * frequency * time) * np.exp(-4 * time)]
    waves.append(waves[0] + 0.4 * np.sin(4 * np.pi * frequency * time + 1) + 0.2)
    found = pitches(np.stack(waves)[..., None], rate)
    assert abs(1200 * np.log2(found[:, 0] / frequency)).max() < 1.5
    assert found[:, 1] == pytest.approx(1, abs=0.1)


def test_noise_and_silence_have_no_pitch():
    assert pitches(white(10), RATE)[:, 1].max() < 0.2
    assert pitches(np.zeros((1, 4096, 1)), RATE).tolist() == [[0, 0]]


def test_the_pitch_is_librosas():
    librosa = pytest.importorskip("librosa")
    sounds = sine(130.8, 392.0, rate=16000, length=8192)
    theirs = np.median(librosa.yin(sounds[..., 0], fmin=60, fmax=2000, sr=16000), axis=1)
    assert pitches(sounds, 16000)[:, 0] == pytest.approx(theirs, rel=0.003)
