"""Metrics of clips, on clips whose motion is known."""

import numpy as np
import pytest

from multigan.errors import UsageError
from multigan.metrics.extractors import Material, extractors_of, load_extractor
from multigan.modalities.clips import moving_digits
from multigan.modalities.clips.catalogue import METRICS
from multigan.modalities.clips.content import content_distance, looks
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


def test_what_a_frame_looks_like_does_not_hang_on_the_place():
    clip = np.random.default_rng(0).uniform(-1, 1, (1, 1, 12, 10, 3)).astype(np.float32)
    moved = np.concatenate([np.roll(clip, (n, 2 * n), axis=(2, 3)) for n in range(4)], axis=1)
    found = looks(moved)
    assert found.shape[:2] == (1, 4)
    assert found[0].std() > 1e-3
    np.testing.assert_allclose(found[0], np.repeat(found[0, :1], 4, axis=0), atol=1e-5)


def test_content_that_changes_is_told_from_content_that_moves(digits):
    clips = digits.batch(np.arange(len(digits)))["clip"]
    real, other = clips[::2], clips[1::2]
    value = {name: content_distance(real, made)["value"] for name, made in {
        "other": other,
        "frozen": frozen(other, 0),
        "swapped": np.concatenate([other[:, :8], np.roll(other, 1, axis=0)[:, 8:]], axis=1),
    }.items()}  # fmt: skip
    assert value["other"] == pytest.approx(1, abs=0.1)
    assert value["frozen"] < 1e-3
    assert value["swapped"] > 1.5, "half of a clip shows another digit"
    told = content_distance(real, other)
    assert told["value"] == pytest.approx(told["generated"] / told["real"])
    with pytest.raises(UsageError, match="the frames of the real clips are all alike"):
        content_distance(frozen(real, 0)[:1].repeat(4, axis=0), other)


def test_the_space_of_frames_sees_each_place_of_a_clip(digits):
    features = load_extractor("frame-pca-64", Material(digits, lambda: digits, modality="clips"))
    clips = digits.batch(np.arange(32))["clip"]
    own = features(clips)
    assert own.shape == (32, 64)
    # The second clip's second frame, and no other of it, is looked at.
    changed = clips.copy()
    changed[1, np.arange(16) != 1] = 0
    np.testing.assert_allclose(features(changed), own, atol=1e-5)
    changed[1, 1] = 0
    assert not np.allclose(features(changed)[1], own[1])


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
