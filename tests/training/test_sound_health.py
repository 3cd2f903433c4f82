"""Health of sounds: what is measured on sets whose illness is known, and what is said of it."""

import json
import shlex

import numpy as np
import pytest
import tomli_w

from multigan.health import checks_of, findings, illnesses_of, pending
from multigan.health.doctor import diagnose
from multigan.health.gauge import open_gauge
from multigan.health.reference import Reference
from multigan.modalities.audio.findings import HEALTH
from multigan.recipe import DataInfo, Option, Recipe, resolve_options

RATE, LENGTH, CLASSES = 8000, 4096, ("kick", "hat", "tom")
TIME = np.arange(LENGTH) / RATE
LIMITS = {"silence": "silent", "clipping": "clipped", "dc-offset": "dc_offset", "single-tone": "tonal"}


def gauge_of(data, labels=None, classes=(), rate=RATE):
    facts = {"sample_rate": rate}
    info = DataInfo(name="", shape=data.shape[1:], classes=classes, facts=facts)
    return open_gauge("audio", Reference(data, labels), info)


def drums(count, seed=0, labels=None):
    """A low thump, a hiss and a falling tone, each with its own decay, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=count) if labels is None else labels
    sounds = np.empty((count, LENGTH, 1))
    for index, label in enumerate(labels):
        decay, base = np.exp(-TIME * rng.uniform(8, 30)), (rng.uniform(50, 90), 0, rng.uniform(200, 500))[label]
        body = np.sin(2 * np.pi * base * (TIME + 0.02 * np.exp(-20 * TIME)))
        sound = decay * (np.diff(rng.normal(size=LENGTH + 1)) if label == 1 else body)
        sounds[index, :, 0] = sound / abs(sound).max() * rng.uniform(0.6, 0.99)
    return sounds.astype("float32"), labels.astype("int32")


def sines(count, seed=0, level=0.5):
    frequencies = np.random.default_rng(seed).uniform(100, 2000, (count, 1))
    return (level * np.sin(2 * np.pi * frequencies * TIME))[..., None].astype("float32")


def noise(count, level, seed=0):
    return np.random.default_rng(seed).normal(0, level, (count, LENGTH, 1)).astype("float32")


@pytest.fixture(scope="module")
def gauge():
    return gauge_of(*drums(400), CLASSES)


FRESH = drums(128, seed=1)[0]
FIGURES = {"silent", "clipped", "dc_offset", "tonal"}


@pytest.mark.parametrize("change", [lambda x: x, lambda x: x + noise(128, 0.003), lambda x: 0.2 * x])
def test_fresh_sounds_are_well_whatever_their_loudness_and_with_some_noise_behind_them(gauge, change):
    figures = gauge.measure(change(FRESH)).figures
    assert figures["diversity"] == pytest.approx(1, abs=0.1)
    assert figures["nearest_distance"] == pytest.approx(1, abs=0.25)
    assert figures["recall"] > 0.6
    assert figures["classes_covered"] == 3
    assert {name: figures[name] for name in FIGURES} == pytest.approx(dict.fromkeys(FIGURES, 0), abs=0.02)
    assert gauge.count == 128


def test_quarter_of_silent_sounds_is_told_to_the_percent(gauge):
    faded = FRESH.copy()
    faded[::4] *= 1e-3
    assert gauge.measure(faded).figures["silent"] == pytest.approx(0.25)
    assert gauge.measure(FRESH * 0).figures["silent"] == 1
    assert gauge.measure(FRESH * 0).figures["tonal"] == 0


def test_clipped_values_and_offsets_are_counted_beyond_the_data_s(gauge):
    square = np.sign(sines(128))
    assert gauge.measure(square).figures["clipped"] == pytest.approx(1, abs=0.01)
    loud = np.clip(4 * FRESH, -1, 1)
    expected = (abs(loud) == 1).mean()
    assert gauge.measure(loud).figures["clipped"] == pytest.approx(expected, abs=0.001)
    loudness = np.sqrt((drums(400)[0] ** 2).mean(axis=(1, 2))).mean()
    assert gauge.measure(FRESH + 0.1).figures["dc_offset"] == pytest.approx(0.1 / loudness, rel=0.03)
    # The data's own share is no illness of samples.
    own = gauge_of(loud + 0.1).measure(loud + 0.1).figures
    assert {name: own[name] for name in FIGURES} == dict.fromkeys(FIGURES, 0)


def test_steady_tones_are_told_from_sounds_that_decay_and_from_what_the_data_are(gauge):
    assert gauge.measure(sines(128)).figures["tonal"] == 1
    whine = sines(1, seed=3).repeat(128, axis=0)
    assert gauge.measure(FRESH * 0.6 + 0.6 * whine).figures["tonal"] > 0.9, "over drums"
    assert gauge.measure(sines(128) * np.exp(-8 * TIME)[None, :, None]).figures["tonal"] == 0, "a decay"
    assert gauge.measure(noise(128, 0.2)).figures["tonal"] == 0
    assert gauge.measure(FRESH + 0.3).figures["tonal"] == 0, "an offset is none"
    tones = gauge_of(sines(200, seed=5))
    assert tones.measure(sines(128)).figures["tonal"] == 0
    assert tones.measure(sines(128)).figures["diversity"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("kinds", [1, 2, 5, 20])
def test_a_few_sounds_over_and_over_are_near_duplicates(gauge, kinds):
    few = drums(kinds, seed=2, labels=np.arange(kinds) % 3)[0][np.arange(128) % kinds] + noise(128, 0.003)
    assert gauge.measure(few).figures["nearest_distance"] < HEALTH.collapsed["nearest_distance"][0]


def test_noise_and_one_tone_are_all_alike(gauge):
    assert gauge.measure(noise(128, 0.2)).figures["diversity"] < HEALTH.collapsed["diversity"][0]
    assert gauge.measure(sines(1).repeat(128, axis=0) + noise(128, 0.01)).figures["diversity"] < 0.2


def test_classes_that_are_not_made_are_missing(gauge):
    measured = gauge.measure(drums(128, seed=4, labels=np.arange(128) % 2)[0])
    assert measured.missing == [2]
    assert measured.figures["classes_covered"] == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_told_by_diversity_alone(gauge, bad):
    broken = FRESH.copy()
    broken[3, 7] = bad
    figures = gauge.measure(broken).figures
    assert set(figures) == {"diversity"}
    assert np.isnan(figures["diversity"])


@pytest.mark.parametrize(("length", "rate", "channels"), [(4096, 48000, 1), (16384, 8000, 2)])
def test_short_and_stereo_sounds_are_measured(length, rate, channels):
    data = np.random.default_rng(0).normal(0, 0.1, (40, length, channels)).astype("float32")
    figures = gauge_of(data, rate=rate).measure(data).figures
    assert figures["diversity"] == 1
    assert {name: figures[name] for name in FIGURES} == dict.fromkeys(FIGURES, 0)


# What is said of it.

HEALTHY = {"diversity": 1.0, "recall": 0.5, "nearest_distance": 1.0, "silent": 0.0, "clipped": 0.001,
           "dc_offset": 0.01, "tonal": 0.0}  # fmt: skip


def log(steps=range(250, 5001, 250), **series):
    """Log lines with a measurement each; a figure is a value or a function of the step."""
    lines = []
    for step in steps:
        values = {name: value(step) if callable(value) else value for name, value in (HEALTHY | series).items()}
        health = {"discriminator/gradient_norm": 2.0, "generator/gradient_norm": 1.0} | values
        lines.append({"kind": "log", "step": step, "losses": {"generator/adversarial": 0.9}, "health": health})
    return lines


ILL = {"silence": {"silent": 0.5}, "clipping": {"clipped": 0.1}, "dc-offset": {"dc_offset": 1.0},
       "single-tone": {"tonal": 0.9}, "collapse": {"diversity": 0.1}}  # fmt: skip


def names(lines, modality="audio"):
    return [finding.name for finding in findings(lines, modality)]


def test_a_healthy_run_has_no_findings_and_all_is_looked_for():
    assert names(log()) == []
    assert set(LIMITS) == {illness.name for illness in HEALTH.illnesses} < set(checks_of("audio"))
    assert not set(LIMITS) & set(checks_of("images"))
    assert not set(LIMITS) & set(pending(log(), "audio"))
    assert set(LIMITS) < set(pending([], "audio"))
    assert not set(LIMITS) & set(pending([], "points"))


@pytest.mark.parametrize(("name", "figures"), ILL.items())
def test_each_illness_is_found_with_its_figure_but_not_in_the_first_steps(name, figures):
    [figure] = figures
    assert names(log(range(250, 2000, 250), **figures)) == []
    [finding] = findings(log(range(250, 2001, 250), **figures), "audio")
    assert (finding.name, finding.since) == (name, 250)
    assert finding.figures[figure][-1] == (2000, figures[figure])


@pytest.mark.parametrize("figure", ["silent", "clipped", "dc_offset", "tonal"])
def test_what_is_over_or_fades_is_no_finding(figure):
    assert names(log(**{figure: lambda step: 1.0 if step < 3500 else 0.0})) == []
    assert names(log(**{figure: lambda step: 1.0 / step * 2000})) == [], "it shrinks: the run is still learning"
    late = names(log(**{figure: lambda step: 0.0 if step <= 3000 else 1.0}))
    assert late == [next(name for name, limit in LIMITS.items() if limit == figure)]


def test_recall_that_noise_alone_moves_is_no_divergence_and_one_that_was_high_is():
    for best, found in ((0.3, []), (0.6, ["divergence"])):
        assert names(log(recall=lambda step, best=best: best if step < 2500 else 0.003)) == found


OPTIONS = {
    "upsample": Option(default="zeros", help="", choices=("zeros", "nearest")),
    **{
        name: Option(default=default, help="")
        for name, default in (
            ("post_filter", 0), ("phase_shuffle", 2), ("learning_rate", 1e-4), ("critic_steps", 5), ("ema", 0.0)
        )
    },
}  # fmt: skip


def run(tmp_path, options, **series):
    recipe = Recipe(
        name="waves",
        summary="",
        modality="audio",
        game="nowhere:Game",
        options=options,
        data="drums",
        references=("x",),
    )
    facts = {
        "recipe": "waves", "modality": "audio", "data": {"name": "drums", "count": 1000, "classes": list(CLASSES)},
        "options": {key: {"value": option.default, "origin": "default"} for key, option in options.items()},
        "settings": {"data": {"value": "drums", "origin": "recipe"}},
    }  # fmt: skip
    (tmp_path / "run.toml").write_text(tomli_w.dumps(facts))
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log(**series)))
    return recipe, diagnose(tmp_path, {"waves": recipe})


@pytest.mark.parametrize("name", LIMITS)
def test_the_doctor_explains_each_finding_and_its_commands_would_run(tmp_path, name):
    recipe, diagnosis = run(tmp_path, OPTIONS, **ILL[name])
    [finding] = diagnosis["findings"]
    assert finding["name"] == name
    assert finding["meaning"] == illnesses_of("audio")[name].meaning
    assert finding["treatments"]
    for treatment in finding["treatments"]:
        words = shlex.split(treatment["command"])
        given = dict(words[n + 1].split("=") for n, word in enumerate(words) if word == "-o")
        resolve_options(recipe.options, given, "waves")
        assert treatment["value"] != treatment["now"]
    assert {treatment.name for treatment in illnesses_of("audio")[name].treatments} >= {
        t["name"] for t in finding["treatments"]
    }


def test_a_tone_is_treated_by_up_sampling_first_and_only_by_options_that_are_there(tmp_path):
    _, diagnosis = run(tmp_path, OPTIONS, tonal=0.9)
    [finding] = diagnosis["findings"]
    assert finding["command"] == "multigan run --plugin waves -o upsample=nearest"
    assert [t["name"] for t in finding["treatments"]] == ["upsample", "post_filter", "phase_shuffle", "learning_rate"]
    few = {"phase_shuffle": OPTIONS["phase_shuffle"]}
    _, diagnosis = run(tmp_path, few, tonal=0.9)
    assert [t["name"] for t in diagnosis["findings"][0]["treatments"]] == ["phase_shuffle"]
