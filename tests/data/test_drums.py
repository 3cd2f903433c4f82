"""The synthesised drums: the same everywhere, within bounds, and five kinds that can be told apart."""

import hashlib

import numpy as np
import pytest

from multigan.data import modality_of
from multigan.modalities.audio import drums
from multigan.modalities.audio.mel import log_mel


@pytest.fixture(scope="module")
def loaded():
    return drums.load()


def test_shape_labels_and_range(loaded):
    sounds, labels, classes, rate = loaded
    assert (sounds.shape, sounds.dtype, rate) == ((2_000, 16_384), np.float32, 16_000)
    assert classes == ("kick", "snare", "hat", "tom", "clap")
    assert np.bincount(labels).tolist() == [400] * 5
    peaks = np.abs(sounds).max(axis=1)
    assert peaks.max() <= 1
    assert 0.5 <= peaks.min() < 0.52
    assert np.abs(sounds[:, -1]).max() == 0, "none ends in a click"
    assert np.abs(sounds.mean(axis=1)).max() < 0.01


def test_the_sounds_are_the_same_on_every_machine(loaded):
    steps = np.rint(loaded[0] * 32767).astype("<i2")
    assert np.abs(steps[::40] / 32767 - loaded[0][::40]).max() < 1e-7, "whole steps of 16 bits"
    assert hashlib.sha256(steps.tobytes()).hexdigest()[:16] == "df69fdf95dcf3999"


def test_no_two_are_alike(loaded):
    assert len({sound.tobytes() for sound in loaded[0]}) == 2_000


def test_each_kind_is_told_from_the_others_by_its_nearest_neighbour(loaded):
    sounds, labels = loaded[0][::20], loaded[1][::20]
    features = log_mel(sounds[..., None], 16_000).reshape(len(sounds), -1)
    distances = ((features[:, None] - features[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (labels[distances.argmin(axis=1)] == labels).all()


def test_pitch_and_duration_are_what_the_kinds_promise(loaded):
    sounds, labels, classes, rate = loaded
    spectra = np.abs(np.fft.rfft(sounds[::8])) ** 2
    frequencies = np.fft.rfftfreq(sounds.shape[1], 1 / rate)
    centre = (spectra * frequencies).sum(axis=1) / spectra.sum(axis=1)
    strongest = frequencies[spectra.argmax(axis=1)]
    kind = {name: labels[::8] == number for number, name in enumerate(classes)}
    assert (strongest[kind["kick"]] < 80).mean() > 0.9, "but for a few whose fall is slow"
    assert 75 < strongest[kind["tom"]].min() < strongest[kind["tom"]].max() < 360
    assert centre[kind["hat"]].min() > 3_000
    assert 800 < centre[kind["clap"]].min() < centre[kind["clap"]].max() < 3_500
    energy = np.cumsum(sounds[::8] ** 2, axis=1)
    length = (energy < 0.99 * energy[:, -1:]).sum(axis=1) / rate
    hats = np.sort(length[kind["hat"]])
    closed = (hats < 0.1).mean()
    assert 0.5 < closed < 0.8
    assert hats[-1] > 0.4


def test_it_is_registered_and_opens(heard):
    from multigan.builtin import DATASETS

    assert modality_of("drums", {dataset.name: dataset for dataset in DATASETS}) == "audio"
    source = heard("drums")
    assert (len(source), source.shape, source.sample_rate, source.in_memory) == (2_000, (16_384, 1), 16_000, True)
    assert source.classes == ("kick", "snare", "hat", "tom", "clap")


def test_the_hits_that_are_held_out_are_others_of_the_same_kinds(loaded):
    sounds, labels, classes, rate = drums.load_held_out()
    assert (labels == loaded[1]).all()
    assert (classes, rate) == loaded[2:]
    assert not {sound.tobytes() for sound in sounds} & {sound.tobytes() for sound in loaded[0]}
