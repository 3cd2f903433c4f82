"""Metrics of clips, on clips whose motion is known."""

import numpy as np
import pytest

from multigan.errors import UsageError
from multigan.metrics.extractors import Material, extractors_of, load_extractor
from multigan.modalities.clips import moving_digits
from multigan.modalities.clips.catalogue import METRICS
from multigan.modalities.clips.controls import CONTROLS, frozen, played_backwards, shuffled
from multigan.modalities.clips.metrics import motion, motion_distance
from multigan.modalities.clips.motion import motion_energy
from multigan.recipe import load_object
from multigan.testing import ArraySource


@pytest.fixture(scope="module")
def digits():
    clips, labels, classes, rate = moving_digits.load()
    clips = (clips[::4, ..., None] / 127.5 - 1).astype(np.float32)
    return ArraySource(clips, "clips", labels=labels[::4], classes=classes, facts={"frame_rate": rate})


def energies(*levels):
    return np.array(levels, np.float32)[:, None]


def test_motion_energy_is_the_mean_difference_of_frames():
    clips = np.zeros((2, 3, 2, 2, 1), np.float32)
    clips[1, 1] = 0.5
    clips[1, 2, 0] = -0.5
    assert motion_energy(clips).tolist() == [0.0, pytest.approx((0.5 + 0.75) / 2)]
    [whole] = motion_energy(np.array([[[[[0]]], [[[200]]], [[[0]]]]], np.uint8))
    assert whole == 200, "bytes do not wrap"


def test_motion_is_a_ratio_and_the_distance_sees_that_half_is_frozen():
    real, half = energies(*[0.1] * 400), energies(*[0.0] * 200, *[0.2] * 200)
    told = motion(real, half)
    assert (told["value"], told["frozen"]) == (pytest.approx(1.0), 0.5)
    assert motion_distance(real, half) == pytest.approx(1.0, abs=1e-3)
    assert motion_distance(real, real) == 0
    assert motion_distance(real, 0 * real) == pytest.approx(1.0)
    for metric in (motion, motion_distance):
        with pytest.raises(UsageError, match="nothing moves in the real clips"):
            metric(0 * real, half)


def test_controls_change_nothing_but_time():
    clips = np.random.default_rng(0).random((5, 6, 3, 3, 2), np.float32)
    assert [control.name for control in CONTROLS] == ["real", "frozen", "shuffled", "reversed", "noise"]
    assert (motion_energy(frozen(clips, 0)) == 0).all()
    np.testing.assert_array_equal(frozen(clips, 0)[:, 0], clips[:, 3])
    np.testing.assert_array_equal(played_backwards(clips, 0)[:, 0], clips[:, -1])
    mixed = shuffled(clips, [0, 1])
    np.testing.assert_array_equal(np.sort(mixed, axis=1), np.sort(clips, axis=1))
    assert not np.array_equal(mixed, clips)
    np.testing.assert_array_equal(mixed, shuffled(clips, [0, 1]))


def test_the_space_of_changes_sees_time_and_that_of_pictures_does_not_see_a_still(digits):
    material = Material(digits, lambda: digits, modality="clips")
    clips = digits.batch(np.arange(len(digits)))["clip"]
    for name in ("clip-pca-64", "clip-changes"):
        features = load_extractor(name, material)
        own = features(clips)
        assert own.shape == (len(clips), 64)
        assert own.var(axis=0).mean() == pytest.approx(1, rel=0.05)
        assert features.facts["components"] == 64
    changes = load_extractor("clip-changes", material)
    assert np.ptp(changes(frozen(clips[:9], 0)), axis=0).max() < 1e-5, "all stills are alike"
    still = ArraySource(np.ones((4, 3, 2, 2, 1)), "clips")
    with pytest.raises(UsageError, match="are all alike, so they have no principal components"):
        load_extractor("clip-changes", Material(still, lambda: still, modality="clips"))


def test_the_classifier_tells_which_way_digits_move(digits, monkeypatch):
    from multigan.modalities.clips.extractors import local

    monkeypatch.setitem(local.SETTINGS, "steps", (60, 60))
    material = Material(digits, lambda: digits, modality="clips")
    judge = load_extractor("clip-local", material)
    assert judge.facts["held_out_accuracy"] > 0.6
    batch = digits.batch(np.arange(0, len(digits), 3))
    verdicts = judge.probabilities(judge(batch["clip"])).argmax(axis=1)
    assert (verdicts == batch["label"]).mean() > 0.7
    backwards = judge.probabilities(judge(played_backwards(batch["clip"], 0))).argmax(axis=1)
    assert ((batch["label"] + 4) % 8 == backwards).mean() > 0.6, "the opposite way"


def test_metrics_name_code_that_is_there():
    assert METRICS[0].name == "motion"
    for metric in METRICS:
        assert callable(load_object(metric.compute)), metric.name
    for extractor in extractors_of("clips").values():
        assert callable(load_object(extractor.load)), extractor.name
