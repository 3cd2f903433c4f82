"""Health of texts: what is measured on sets whose illness is known, and what is said of it."""

import json
import shlex

import numpy as np
import pytest
import tomli_w

from multigan.health import checks_of, findings, illnesses_of, pending
from multigan.health.doctor import diagnose
from multigan.health.gauge import open_gauge
from multigan.health.reference import Reference
from multigan.modalities.text.findings import HEALTH, REPEATED_BELOW
from multigan.modalities.text.oracle import Oracle
from multigan.recipe import DataInfo, Option, Recipe, resolve_options

LENGTH, VOCABULARY = 12, 60
POLICY = ("reward-saturated", "entropy-collapse")
TABLE = np.random.default_rng(0).dirichlet(np.full(VOCABULARY, 0.1), size=VOCABULARY)


def texts(count, seed=0, temperature=1.0):
    """Chains of tokens, each by the one before, that end at token 0; the data at temperature 1."""
    rng = np.random.default_rng(seed)
    sharp = TABLE ** (1 / temperature)
    sharp = np.cumsum(sharp / sharp.sum(axis=1, keepdims=True), axis=1)
    rows = np.zeros((count, LENGTH), np.int32)
    rows[:, 0] = rng.integers(1, VOCABULARY, count)
    for place in range(1, LENGTH):
        drawn = (rng.random((count, 1)) > sharp[rows[:, place - 1]]).sum(axis=1).clip(max=VOCABULARY - 1)
        rows[:, place] = np.where(rows[:, place - 1] == 0, 0, drawn)
    return rows


def gauge_of(data, **facts):
    return open_gauge("text", Reference(data), DataInfo(name="", shape=data.shape[1:], facts=facts))


@pytest.fixture(scope="module")
def gauge():
    return gauge_of(texts(2500), end=0)


FRESH = texts(256, seed=1)


def test_fresh_texts_are_well(gauge):
    measured = gauge.measure(FRESH)
    assert measured.figures == pytest.approx({"diversity": 1, "recall": 1, "unique": 1}, abs=0.06)
    assert (measured.shares, measured.missing) == ([], [])
    assert gauge.count == 256


def test_what_follows_a_text_s_end_is_no_part_of_it(gauge):
    noise = np.where(np.cumsum(FRESH == 0, axis=1) > 1, 7, FRESH)
    assert (noise != FRESH).any()
    assert gauge.measure(noise) == gauge.measure(FRESH)
    other = gauge_of(texts(2500), end=-1)
    assert other.measure(noise) != other.measure(FRESH), "where none ends all count"


@pytest.mark.parametrize(("kinds", "diversity"), [(1, 0.02), (5, 0.07), (64, 0.45)])
def test_texts_that_are_repeated_are_counted(gauge, kinds, diversity):
    figures = gauge.measure(FRESH[np.arange(256) % kinds]).figures
    own = len(np.unique(texts(2500)[np.linspace(0, 2499, 256).astype(int)], axis=0))
    assert figures["unique"] == pytest.approx(len(np.unique(FRESH[:kinds], axis=0)) / own, abs=1e-4)
    assert figures["unique"] < REPEATED_BELOW
    assert figures["diversity"] < diversity


def test_diversity_falls_with_temperature_and_only_a_hard_fall_is_a_collapse(gauge):
    values = [gauge.measure(texts(256, 2, heat)).figures["diversity"] for heat in (1.0, 0.8, 0.5, 0.1)]
    assert values == sorted(values, reverse=True)
    limit = HEALTH.collapsed["diversity"][0]
    assert values[1] > limit + 0.2
    assert values[-1] < limit


def test_tokens_that_are_never_written_are_missed(gauge):
    half = np.where(FRESH > VOCABULARY // 2, 1, FRESH)
    assert gauge.measure(half).figures["recall"] < 0.75
    assert gauge.measure(FRESH[:1].repeat(256, axis=0)).figures["recall"] < 0.2


def test_texts_without_words_and_few_texts_are_measured(gauge):
    empty = gauge.measure(np.zeros((256, LENGTH), np.int32)).figures
    assert empty["diversity"] == 0
    assert empty["unique"] < 0.01
    few = gauge_of(texts(3), end=0)
    assert few.measure(FRESH).figures["diversity"] > 0
    assert few.measure(texts(3)).figures["unique"] == 1
    single = gauge_of(np.zeros((4, 1), np.int32), end=0)
    assert single.measure(np.zeros((4, 1), np.int32)).figures == {"diversity": 1.0, "recall": 1.0, "unique": 1.0}


def test_an_oracle_s_floor_is_told_in_standard_errors():
    oracle = Oracle(30, 8, 10, seed=0)
    gauge = gauge_of(oracle.sample(1000, 0), oracle=oracle.identity)
    fresh = gauge.measure(oracle.sample(256, 1)).figures
    assert abs(fresh["below_floor"]) < 3
    likely = oracle.sample(2000, 2)
    likely = likely[np.argsort(oracle.log_likelihood(likely))[-256:]]
    found = gauge.measure(likely).figures
    assert found["nll_oracle"] == pytest.approx(-oracle.log_likelihood(likely).mean() / 10, abs=1e-4)
    assert found["nll_oracle"] < fresh["nll_oracle"]
    assert found["below_floor"] > 10
    assert gauge.measure(np.random.default_rng(0).integers(30, size=(256, 10))).figures["below_floor"] < -10


# What is said of it.

SAMPLES = {"diversity": 0.9, "recall": 0.95, "unique": 0.98, "nll_oracle": 3.6, "below_floor": -5.0}
PLAY = {"generator/reward": 0.3, "generator/reward_deviation": 0.1, "generator/entropy": 2.5}


def log(pretraining=500, end=800, every=10, **series):
    """Log lines of a run with a phase of likelihood and one of policy gradients; a figure is a value or a function of
    the step; `__` stands for the slash.
    """
    given, lines = {name.replace("__", "/"): value for name, value in series.items()}, []
    for step in range(every, end + 1, every):
        phase = "likelihood" if step <= pretraining else "adversarial"
        values = {"generator/entropy": 6.0 - 3.0 * min(1, step / 500), **SAMPLES}
        values |= PLAY if phase == "adversarial" else {}
        values |= {name: value for name, value in given.items() if name in values}
        values = {name: value(step) if callable(value) else value for name, value in values.items()}
        health = {"generator/gradient_norm": 1.0} | values
        lines.append({"kind": "log", "step": step, "phase": phase, "losses": {"generator/policy": 0.9}})
        lines[-1]["health"] = health
    return lines


def after(step, value, before):
    return lambda now: value if now > step else before


ILL = {
    "repeated-texts": {"unique": after(500, 0.2, 0.98)},
    "below-floor": {"below_floor": after(500, 9.0, -5.0), "nll_oracle": after(500, 2.9, 3.6)},
    "reward-saturated": {"generator__reward": 0.001, "generator__reward_deviation": 0.0005},
    "entropy-collapse": {"generator__entropy": after(600, 0.3, 2.5)},
    "collapse": {"diversity": after(500, 0.2, 0.9)},
}


def names(lines):
    return [finding.name for finding in findings(lines, "text")]


def test_a_healthy_run_has_no_findings_and_all_is_looked_for():
    assert names(log()) == []
    own = {illness.name for illness in HEALTH.illnesses}
    assert own == {"repeated-texts", "below-floor", *POLICY}
    assert own < set(checks_of("text"))
    assert not own & set(checks_of("images"))
    assert not own & set(pending(log(), "text"))
    assert own < set(pending([], "text"))
    assert not own & set(pending([], "images"))


@pytest.mark.parametrize(("name", "series"), ILL.items())
def test_each_illness_is_found_when_it_has_lasted_and_goes_with_its_cause(name, series):
    [finding] = findings(log(**series), "text")
    assert finding.name == name
    assert finding.since in (510, 610)
    figure = next(iter(finding.figures))
    assert finding.figures[figure][-1][0] == 800
    assert names(log(end=540, **series)) == []
    well = log(end=1200)
    assert names([*log(**series), *well[80:]]) == []


def test_nothing_is_said_of_rewards_and_entropy_before_the_adversarial_phase():
    assert names(log(pretraining=800, generator__entropy=lambda step: 6.0 / step)) == []
    waiting = pending(log(pretraining=800), "text")
    assert set(waiting) >= set(POLICY)
    assert "10 log lines of the adversarial phase over 50 steps, and there are 0" in waiting["reward-saturated"]
    assert "are 4" in pending(log(end=540), "text")["entropy-collapse"]
    assert "entropy-collapse" in pending(log(end=511, every=1), "text"), "ten lines, but of ten steps"
    assert "entropy-collapse" not in pending(log(end=560, every=1), "text")


def test_what_learns_is_not_ill():
    """Entropy falls while likelihood is learnt, the policy sharpens somewhat, texts become more varied again."""
    assert names(log(generator__entropy=lambda step: 6.0 - 4.0 * min(1, step / 800))) == []
    assert names(log(end=640, unique=lambda step: max(0.02, (step - 500) / 350))) == []
    assert names(log(generator__reward=0.01, generator__reward_deviation=0.03)) == [], "low, but telling"
    assert names(log(generator__reward=0.5, generator__reward_deviation=0.0)) == [], "the control of equal rewards"
    assert names(log(generator__reward="nan", generator__reward_deviation=0.0)) == ["not-finite"]


def test_a_network_that_nobody_knows_has_no_floor():
    lines = log()
    for line in lines:
        del line["health"]["below_floor"], line["health"]["nll_oracle"]
    assert names(lines) == []
    assert pending(lines, "text")["below-floor"] == "no known network wrote the data"


OPTIONS = {
    "baseline": Option(default="none", help="", choices=("none", "mean", "learned")),
    **{
        name: Option(default=default, help="", minimum=0)
        for name, default in (
            ("teacher_forcing", 0), ("learning_rate", 0.01), ("adversarial_learning_rate", 0.0),
            ("discriminator_updates", 15), ("discriminator_learning_rate", 1e-4), ("filters", 1.0),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ILL)
def test_the_doctor_explains_each_finding_and_its_commands_would_run(tmp_path, name):
    recipe = Recipe(name="poet", summary="", modality="text", game="nowhere:Game", options=OPTIONS, data="pydoc")
    facts = {
        "recipe": "poet", "modality": "text", "data": {"name": "pydoc", "count": 1000, "classes": []},
        "options": {key: {"value": option.default, "origin": "default"} for key, option in OPTIONS.items()},
        "settings": {"data": {"value": "pydoc", "origin": "recipe"}},
    }  # fmt: skip
    (tmp_path / "run.toml").write_text(tomli_w.dumps(facts))
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log(**ILL[name])))
    [finding] = diagnose(tmp_path, {"poet": recipe})["findings"]
    assert (finding["name"], finding["meaning"]) == (name, illnesses_of("text")[name].meaning)
    assert finding["treatments"]
    for treatment in finding["treatments"]:
        words = shlex.split(treatment["command"])
        given = dict(words[n + 1].split("=") for n, word in enumerate(words) if word == "-o")
        resolve_options(recipe.options, given, "poet")
        assert treatment["value"] != treatment["now"]
    known = (*illnesses_of("text")[name].treatments, *HEALTH.treatments.get(name, ()), *illnesses_of("text")[name].last)
    assert {treatment.name for treatment in known} >= {t["name"] for t in finding["treatments"]}
