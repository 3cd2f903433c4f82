"""Health of clips: what is measured on sets whose illness is known, and what is said of it."""

import numpy as np
import pytest

from multigan.health import checks_of, findings, illnesses_of
from multigan.health.gauge import open_gauge
from multigan.health.reference import Reference
from multigan.modalities.clips import moving_digits
from multigan.modalities.clips.controls import frozen, played_backwards, shuffled
from multigan.modalities.clips.findings import HEALTH
from multigan.recipe import DataInfo

LIMITS = {"frozen": ("frozen", 0.25), "flicker": ("motion", 2.0)}


def digits(seed, every):
    clips, labels, classes, _ = moving_digits.load(seed)
    return (clips[::every, ..., None] / 127.5 - 1).astype(np.float32), labels[::every], classes


@pytest.fixture(scope="module")
def gauge():
    data, labels, classes = digits(0, 4)
    info = DataInfo(name="", shape=data.shape[1:], classes=classes, facts={"frame_rate": 10.0})
    return open_gauge("clips", Reference(data, labels), info)


@pytest.fixture(scope="module")
def fresh():
    return digits(1, 12)[0]


def noisy(clips, level, frames=16):
    draw = np.random.default_rng(0).normal(0, level, (len(clips), frames, *clips.shape[2:]))
    return np.clip(clips + draw, -1, 1).astype(np.float32)


@pytest.mark.parametrize(
    "change",
    [
        lambda clips: clips,
        lambda clips: played_backwards(clips, 0),
        lambda clips: noisy(clips, 0.02),
        lambda clips: noisy(clips, 0.2, frames=1),
        lambda clips: np.repeat(clips[:, 4:12], 2, axis=1),
    ],
)
def test_fresh_clips_are_well(gauge, fresh, change):
    figures = gauge.measure(change(fresh)).figures
    assert figures["diversity"] > HEALTH.collapsed["diversity"][0]
    assert figures["nearest_distance"] > HEALTH.collapsed["nearest_distance"][0]
    assert figures["frozen"] == 0
    assert 0.4 < figures["motion"] < 1.6


@pytest.mark.parametrize(
    ("illness", "change"),
    [
        ("frozen", lambda clips: frozen(clips, 0)),
        ("frozen", lambda clips: np.concatenate([frozen(clips[::2], 0), clips[1::2]])),
        ("frozen", lambda clips: frozen(clips, 0) + 0.1 * (clips - frozen(clips, 0))),
        ("flicker", lambda clips: noisy(clips, 0.1)),
        ("flicker", lambda clips: shuffled(clips, 0)),
    ],
)
def test_ill_clips_are_beyond_the_limit(gauge, fresh, illness, change):
    figure, limit = LIMITS[illness]
    assert gauge.measure(change(fresh)).figures[figure] > limit


def test_few_clips_over_and_over_are_a_collapse(gauge, fresh):
    few = noisy(np.repeat(fresh[:4], 32, axis=0), 0.01)
    assert gauge.measure(few).figures["nearest_distance"] < HEALTH.collapsed["nearest_distance"][0]


def test_one_way_of_moving_for_all_misses_the_other_classes(gauge):
    clips, labels, _ = digits(1, 1)
    told = gauge.measure(clips[labels == 0][:128])
    assert told.shares[0] > 0.5
    assert set(told.missing) >= {2, 3, 4, 5, 6}, "all that do not move to the right"
    assert not gauge.measure(digits(1, 12)[0]).missing


def test_what_is_not_finite_or_stands_still_is_told():
    still = np.repeat(np.random.default_rng(0).random((20, 1, 4, 4, 1), np.float32), 5, axis=1)
    gauge = open_gauge("clips", Reference(still), DataInfo(name="", shape=still.shape[1:]))
    assert "motion" not in gauge.measure(still).figures, "there is nothing to compare with"
    assert np.isnan(gauge.measure(still * np.nan).figures["diversity"])


@pytest.mark.parametrize("name", LIMITS)
def test_an_illness_is_found_when_it_stays_and_not_while_it_goes(name):
    figure, limit = LIMITS[name]

    def said(*values):
        health = [{"diversity": 1.0, figure: value} for value in values]
        lines = [
            {"kind": "log", "step": 500 * number, "losses": {}, "health": own} for number, own in enumerate(health, 1)
        ]
        return [finding.name for finding in findings(lines, "clips")]

    assert name in checks_of("clips")
    assert said(*[1.2 * limit] * 4) == [name]
    assert said(1.2 * limit, 1.2 * limit, 0.9 * limit) == []
    assert said(4 * limit, 2.5 * limit, 1.2 * limit) == [], "the run is still learning"
    assert said(1.2 * limit, 1.2 * limit) == []
    assert illnesses_of("clips")[name].treatments
