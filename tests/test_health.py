import json
import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multigan import health
from multigan.errors import UsageError
from multigan.health import diversity

STEPS = range(50, 2001, 50)


def log(steps=STEPS, **series):
    """Log lines; a series is a value or a function of the step; `__` stands for the slash; None leaves a value out."""
    lines = []
    for step in steps:
        values = {name.replace("__", "/"): value(step) if callable(value) else value for name, value in series.items()}
        lines.append({"kind": "log", "step": step, "losses": {"generator/adversarial": 0.9}})
        lines[-1]["health"] = {name: value for name, value in values.items() if value is not None}
    return lines


def findings(history, modality="images", classes=()):
    return health.findings(history, modality, classes)


def names(history):
    return [finding.name for finding in findings(history)]


HEALTHY = {
    "discriminator__accuracy_real": 0.85,
    "discriminator__accuracy_generated": 0.9,
    "discriminator__gradient_norm": 3.0,
    "generator__gradient_norm": 1.0,
    "diversity": lambda step: 0.95 if step % 250 == 0 else None,
}


def test_a_healthy_run_has_no_findings():
    assert findings(log(**HEALTHY)) == []
    assert findings([]) == []


def test_a_healthy_start_has_no_findings():
    """The first 800 steps of healthy runs: an unbeaten discriminator, and samples that are all alike."""
    early = HEALTHY | {
        "discriminator__accuracy_real": lambda step: 1.0 if step < 600 else 0.9,
        "discriminator__accuracy_generated": lambda step: 1.0 if step < 600 else 0.9,
        "diversity": lambda step: 0.4 if step < 700 else 0.84,
    }
    for end in range(20, 1501, 20):
        assert names(log(range(20, end + 1, 20), **early)) == []


def test_collapse_is_found_after_several_measurements_and_tells_when_it_was_better():
    fell = HEALTHY | {"diversity": lambda step: (0.95 if step <= 1000 else 0.2) if step % 250 == 0 else None}
    assert names(log(range(50, 1951, 50), **fell)) == []
    [finding] = findings(log(range(50, 2001, 50), **fell))
    assert finding.name == "collapse"
    assert "0.20, 0.20, 0.20" in finding.message
    assert "0.95 at step 250" in finding.message
    assert finding.advice == health.illnesses_of("images")["collapse"].advice


def test_collapse_that_never_was_better_says_so():
    [finding] = findings(log(**HEALTHY | {"diversity": 0.1}))
    assert "never reached 0.6" in finding.message


def test_what_grows_is_no_collapse_until_it_stops():
    """DCGAN on stacked digits: 0.28, 0.46 and 0.60 in its first 1,000 steps, and in the end every mode."""
    rising = HEALTHY | {"diversity": lambda step: min(0.14 * step / 250, 0.5) if step % 250 == 0 else None}
    for end in (750, 1000, 1250):
        assert names(log(range(50, end + 1, 50), **rising)) == []
    assert names(log(range(50, 2501, 50), **rising)) == ["collapse"], "it stays at 0.5"
    slow = HEALTHY | {"diversity": lambda step: 0.1 + step / 1e5 if step % 250 == 0 else None}
    assert names(log(range(50, 1251, 50), **slow)) == ["collapse"]
    fallen = HEALTHY | {"diversity": lambda step: {250: 0.9, 500: 0.1, 750: 0.15, 1000: 0.2, 1250: 0.25}.get(step)}
    assert names(log(range(50, 1501, 50), **fallen)) == ["collapse"], "below what it had been"


def test_dense_measurements_do_not_find_a_collapse_sooner():
    assert names(log(range(1, 1000), **HEALTHY | {"diversity": 0.1})) == []
    assert names(log(range(1, 1002), **HEALTHY | {"diversity": 0.1})) == ["collapse"]


def test_saturation_needs_a_window_not_a_line_and_goes_when_its_cause_does():
    perfect = HEALTHY | {"critic__accuracy_real": 1.0, "critic__accuracy_generated": 0.999}
    assert names(log(range(50, 951, 50), **perfect)) == []
    assert names(log(range(200, 1801, 200), **perfect)) == [], "1,800 steps but only nine lines"
    history = log(range(50, 1001, 50), **perfect)
    [finding] = findings(history)
    assert finding.name == "discriminator-saturated"
    assert "critic was right on 100.0% of the real and 99.9% of the generated" in finding.message
    assert names(history + log(range(1050, 2051, 50), **HEALTHY)) == []


def test_accuracy_on_one_side_only_is_no_saturation():
    assert names(log(**HEALTHY | {"discriminator__accuracy_real": 1.0})) == []


def test_starvation_is_relative_to_the_players_own_gradients():
    starved = HEALTHY | {"generator__gradient_norm": lambda step: 2.0 if step <= 500 else 1e-5}
    assert names(log(range(50, 1451, 50), **starved)) == []
    [finding] = findings(log(range(50, 1501, 50), **starved))
    assert finding.name == "generator-starved"
    assert "generator" in finding.message
    assert "discriminator" not in finding.message
    small = HEALTHY | {"generator__gradient_norm": 1e-5}
    assert names(log(**small)) == [], "a norm that always was small is the network's scale"
    assert names(log(**HEALTHY | {"generator__gradient_norm": 0.0})) == ["generator-starved"]


def test_an_early_spike_of_the_gradient_is_no_starvation():
    assert names(log(**HEALTHY | {"generator__gradient_norm": lambda step: 1e9 if step == 50 else 1.0})) == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, "nan", "-inf"])
def test_values_that_are_not_finite_are_found_and_named_wherever_they_are(bad):
    history = log(**HEALTHY)
    history[3]["losses"]["generator/adversarial"] = bad
    [finding] = findings(history)
    assert finding.name == "not-finite"
    assert f"generator/adversarial was {float(bad)} at step 200" in finding.message
    history = log(**HEALTHY | {"generator__gradient_norm": lambda step: bad if step == 2000 else 1.0})
    assert names(history) == ["not-finite"]
    history = log(**HEALTHY | {"diversity": lambda step: bad if step == 1000 else 0.1})
    assert names(history) == ["not-finite", "collapse"]


def test_abandoned_lines_and_other_kinds_of_lines_are_not_judged():
    abandoned = [line | {"abandoned": True} for line in log(**HEALTHY | {"diversity": math.nan})]
    assert findings([*abandoned, {"kind": "resume", "step": 0}, *log(**HEALTHY), {"kind": "end", "step": 2000}]) == []


def test_a_log_read_back_from_json_gives_the_same_findings():
    history = log(**HEALTHY | {"diversity": 0.1})
    assert findings(json.loads(json.dumps(history))) == findings(history)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["diversity", "a/accuracy_real", "a/accuracy_generated", "a/gradient_norm", "b/gradient_norm"]
            ),
            st.one_of(st.floats(), st.sampled_from(["nan", "inf", "-inf"]), st.none()),
        ),
        max_size=40,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_log_can_be_judged(records):
    history = [{"kind": "log", "step": 60 * (n + 1), "losses": {}, "health": h} for n, h in enumerate(records)]
    assert set(names(history)) <= set(health.illnesses_of("images"))


def measured(steps, **figures):
    """Log lines of a game on points, each with a measurement; a figure is a value or a function of the step."""
    lines = log(steps, **HEALTHY | {"diversity": 1.0})
    for line in lines:
        line |= {name: figure(line["step"]) if callable(figure) else figure for name, figure in figures.items()}
    return lines


def test_a_few_pictures_over_and_over_are_a_collapse_however_far_apart_they_are():
    few = HEALTHY | {"nearest_distance": lambda step: 0.05 if step % 250 == 0 else None}
    [finding] = findings(log(**few))
    assert (finding.name, finding.since) == ("collapse", 250)
    assert "nearest distance was 0.05, 0.05, 0.05" in finding.message
    assert finding.figures["nearest_distance"][-1] == (2000, 0.05)


def test_missing_modes_are_named():
    modes = [f"mode {n}" for n in range(8)]
    lines = measured(range(250, 1001, 250), shares=[0.2] * 5 + [0.0] * 3, missing=[5, 6, 7])
    [finding] = findings(lines, "points", modes)
    assert finding.name == "missing-modes"
    assert finding.message.startswith("3 of 8 modes are missing: mode 5, mode 6, mode 7 (at step 1,000")
    assert finding.since == 250
    assert names(lines[:1]) == []


def test_a_missing_mode_with_a_long_name_is_told_by_its_beginning():
    lines = measured(range(250, 1001, 250), shares=[0.5, 0.5, 0.0], missing=[2])
    [finding] = findings(lines, "points", ["a", "b", "x" * 5000])
    assert f"1 of 3 modes are missing: {'x' * 40}... (5,000 characters) (at step" in finding.message


def test_a_run_that_finds_more_and_more_modes_misses_none_yet():
    growing = measured(range(250, 1501, 250), shares=[0.1] * 8, missing=lambda step: list(range(7 - step // 250)))
    for end in range(1, len(growing) + 1):
        assert [f.name for f in findings(growing[:end], "points")] == []
    stuck = growing + measured(range(1750, 2501, 250), shares=[0.1] * 8, missing=[0])
    assert [f.name for f in findings(stuck, "points")] == ["missing-modes"]


def test_samples_that_wander_from_mode_to_mode_are_told_as_that():
    lines = measured(
        range(250, 2501, 250),
        shares=lambda step: [float(step // 250 % 4 == n) for n in range(4)],
        missing=lambda step: [n for n in range(4) if step // 250 % 4 != n],
    )
    missing, oscillation = findings(lines, "points")
    assert "the samples move between them" in missing.message
    assert oscillation.name == "oscillation"
    assert "100%, 100%, 100%, 100% of the samples moved" in oscillation.message


@pytest.mark.parametrize("period", [4.0, 7.3, 11.0])
def test_a_loss_that_swings_is_told_with_its_period(period):
    lines = log(range(50, 3001, 50), **HEALTHY)
    for line in lines:
        line["losses"]["generator/adversarial"] = 1.0 + math.sin(2 * math.pi * line["step"] / (50 * period))
    [finding] = findings(lines)
    assert finding.name == "oscillation"
    told = int(finding.message.split("about every ")[1].split(" ")[0])
    assert told == pytest.approx(50 * period, rel=0.06)


def test_losses_that_wander_or_tremble_do_not_swing():
    generator = numpy.random.default_rng(0)
    for steps in (generator.normal(size=60), numpy.cumsum(generator.normal(size=60)), 50 + numpy.sin(range(60))):
        lines = log(range(50, 3001, 50), **HEALTHY)
        for line, loss in zip(lines, steps, strict=True):
            line["losses"]["generator/adversarial"] = float(loss)
        assert findings(lines) == []


def test_a_loss_that_grows_without_bound_diverges_and_a_large_one_does_not():
    grows, large = (log(range(50, 2001, 50), **HEALTHY) for _ in range(2))
    for line in grows:
        line["losses"]["generator/adversarial"] = -((line["step"] / 100) ** 3)
    for line in large:
        line["losses"]["generator/adversarial"] = -5000.0
    [finding] = findings(grows)
    assert (finding.name, finding.since) == ("divergence", 1050)
    assert findings(large) == []


def test_a_recall_that_was_there_and_is_gone_is_divergence_and_a_third_of_it_is_not():
    for kept, found in ((0.05, ["divergence"]), (0.3, [])):
        recall = lambda step, kept=kept: (0.4 if step <= 1000 else 0.4 * kept) if step % 250 == 0 else None  # noqa: E731
        assert names(log(range(50, 2501, 50), **HEALTHY | {"recall": recall})) == found


def test_a_discriminator_that_is_right_but_not_sure_is_not_saturated():
    perfect = HEALTHY | {"critic__accuracy_real": 1.0, "critic__accuracy_generated": 1.0}
    for loss, found in ((0.4, []), (0.01, ["discriminator-saturated"])):
        lines = log(**perfect)
        for line in lines:
            line["losses"]["critic/adversarial"] = 1.4 if line["step"] <= 500 else loss
        assert names(lines) == found


def test_a_run_that_ended_by_nan_is_told_though_no_line_holds_it():
    end = {"kind": "end", "step": 2000, "outcome": "failed", "message": "nan at step 2001", "cause": "not-finite"}
    assert names([*log(**HEALTHY), end]) == ["not-finite"]
    assert names([*log(**HEALTHY), end, {"kind": "resume", "step": 1900}]) == []


def test_what_cannot_be_judged_yet_is_told_with_the_reason():
    everything = set(health.checks_of("images"))
    assert set(health.pending([], "images")) == everything
    early = health.pending(log(range(50, 501, 50), **HEALTHY), "images")
    assert set(early) == everything - {"not-finite"}
    assert "3 measurements of samples over 1,000 steps, and there are 2" in early["collapse"]
    own_size = "samples are not made of pictures of their size"
    assert health.pending(log(**HEALTHY), "images") == {
        "missing-modes": "the data has no labels",
        "one-output": "samples are not made of pictures or label maps",
        "returns-input": own_size,
        "inverted-colours": own_size,
    }


def pictures(count=64, kinds=64, seed=0):
    images = numpy.random.default_rng(seed).uniform(-1, 1, (kinds, 8, 8, 1)).astype("float32")
    return images[numpy.arange(count) % kinds]


def test_diversity_is_one_for_the_data_and_zero_for_one_picture():
    data = pictures()
    assert diversity(data, data) == 1.0
    assert diversity(pictures(kinds=1), data) == 0.0
    assert diversity(pictures(seed=1), data) == pytest.approx(1.0, abs=0.05)


def test_diversity_equals_its_definition():
    samples, data = pictures(10), pictures(7, seed=1)
    spread, expected = (
        numpy.mean([numpy.linalg.norm(a - b) for i, a in enumerate(x) for b in x[i + 1 :]]) for x in (samples, data)
    )
    assert diversity(samples, data) == pytest.approx(spread / expected, rel=1e-5)


@pytest.mark.parametrize("kinds", [2, 4, 8])
def test_k_pictures_repeated_are_as_diverse_as_the_pairs_that_differ(kinds):
    """Of n samples of k pictures, a share (1 - 1/k) n / (n - 1) of the pairs differ, by the same distance here."""
    corners = numpy.eye(kinds, dtype="float32")
    samples = corners[numpy.arange(64) % kinds]
    assert diversity(samples, corners) == pytest.approx((1 - 1 / kinds) * 64 / 63)


def test_diversity_of_many_is_bounded_repeatable_and_still_one_for_the_same_set():
    data = pictures(1000, kinds=1000)
    assert diversity(data, data, seed=3) == 1.0
    assert diversity(data, pictures(seed=1), seed=3) == diversity(data, pictures(seed=1), seed=3)
    assert diversity(data, pictures(seed=1), seed=3) != diversity(data, pictures(seed=1), seed=4)


def test_diversity_of_what_has_no_ratio():
    data, one = pictures(), pictures(kinds=1)
    assert diversity(one, one) == 1.0
    assert diversity(data, one) == math.inf
    broken = data.copy()
    broken[5, 0, 0, 0] = numpy.nan
    assert math.isnan(diversity(broken, data))


def test_diversity_refuses_too_few_samples_and_other_shapes():
    with pytest.raises(UsageError, match=r"at least 2 samples.*got 1"):
        diversity(pictures(1), pictures())
    with pytest.raises(UsageError, match="samples 8x8x1, reference 4x4x1"):
        diversity(pictures(), pictures()[:, :4, :4])
