"""Judges texts, and the course of a policy that writes them.

The limits of what samples are were placed by measurement, on sets of 256 texts whose health is known
(`benchmarks/text_health.py`; docs/health.md has the table).

Diversity of texts is of their sequences of tokens (`benchmarks/text_health.py`). Of 256 other texts of the data it is
0.94 and more; of a table of token pairs at a temperature of 0.7, 0.65 to 0.82, and of 0.3, below 0.27; of fifty texts
repeated below 0.27, and of one with a tenth of its tokens changed below 0.3.

Rewards and entropy are judged in the adversarial phase alone: before it there is no reward, and entropy falls because
the policy learns.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from multigan.health.illness import Course, Health, Illness
from multigan.health.lines import Seen, observed, since, window
from multigan.health.opponents import WINDOW_LINES
from multigan.health.treatments import SLOWER
from multigan.health.variety import MEASUREMENTS, measured_lines
from multigan.modalities.text.treatments import BASELINE, FEWER, FORCING, POLICY_RATE, SLOWER_JUDGE, SMALLER
from multigan.runlog import number

__all__ = ["HEALTH", "REPEATED_BELOW"]

# Of the data's share of distinct texts. Other texts of the data, and tables of token pairs down to a temperature of
# 0.5, have 0.96 of it and more; a hundred texts repeated 0.39.
REPEATED_BELOW = 0.5
# Nothing is said of a figure that is at its best and has grown by so much in the window: the run is still learning.
RISING = 1.25
# Standard errors: 1 in 30,000 by chance.
BELOW_FLOOR = 4.0
# A reward is a probability. One that is nearly certain, and the same for all texts, tells no text from another. Set by
# what the policy gradient is made of, not by measurement: a hundredth of deviation is a hundredth of the gradient.
SURE = 0.05
ALIKE = 0.01
# Of the policy's entropy as the adversarial phase began. A table of token pairs has 0.55 to 0.61 of it at a temperature
# of 0.5 and 0.28 to 0.34 at 0.3, where diversity is below 0.27.
ENTROPY_BELOW = 0.4
BEGINNING = 3  # log lines
# The adversarial phase has few and long steps: SeqGAN's has 200 (arXiv 1609.05473).
POLICY_STEPS = 50


def _policy(lines: Sequence[Mapping], name: str) -> tuple[Sequence[Mapping], Sequence[Mapping]]:
    """The lines of the adversarial phase that observe `generator/NAME`, and the newest window of them, or none yet."""
    known = [
        line
        for line in lines
        if f"generator/{name}" in line.get("health", {})
        and (line.get("phase") == "adversarial" or "generator/reward" in line["health"])
    ]
    # The phase's own steps count, not those before it.
    begun = known[0].get("step", 0) if known else 0
    recent = window([{**line, "step": line.get("step", 0) - begun} for line in known], WINDOW_LINES, POLICY_STEPS)
    return known, known[len(known) - len(recent) :] if recent else ()


def _repeated(course: Course) -> Seen | None:
    measured, recent = _measured(course, "unique")
    if not recent or not all(_of(line, "unique") < REPEATED_BELOW for line in recent):
        return None
    known = observed(measured, "unique")
    values = [value for _, value in known]
    if values[-1] > RISING * _of(recent[0], "unique") and values[-1] >= max(values):
        return None
    begun = since(measured, lambda line: _of(line, "unique") < REPEATED_BELOW)
    told = (
        f"{values[-1]:.0%} as many different texts as in the data at step {known[-1][0]:,}, and fewer than "
        f"{REPEATED_BELOW:.0%} in every measurement since step {begun:,}"
    )
    return Seen(told, begun, {"unique": known[-5:]})


def _below_floor(course: Course) -> Seen | None:
    measured, recent = _measured(course, "below_floor")
    if not recent or not all(_of(line, "below_floor") >= BELOW_FLOOR for line in recent):
        return None
    known = observed(measured, "nll_oracle")
    begun = since(measured, lambda line: _of(line, "below_floor") >= BELOW_FLOOR)
    told = (
        f"NLL-oracle is {known[-1][1]:.2f} at step {known[-1][0]:,}, {_of(recent[-1], 'below_floor'):.0f} standard "
        f"errors below that of the oracle's own texts, and at least {BELOW_FLOOR:.0f} since step {begun:,}"
    )
    return Seen(told, begun, {"nll_oracle": known[-5:]})


def _saturated(course: Course) -> Seen | None:
    known, recent = _policy(course.lines, "reward")

    def useless(line):
        reward, deviation = _of(line, "generator/reward"), _of(line, "generator/reward_deviation")
        return deviation < ALIKE and (reward < SURE or reward > 1 - SURE)

    if not recent or not all(map(useless, recent)):
        return None
    begun = since(known, useless)
    told = (
        f"the reward is {_of(recent[-1], 'generator/reward'):.3f} for all texts alike, with a deviation of "
        f"{_of(recent[-1], 'generator/reward_deviation'):.4f}, since step {begun:,}"
    )
    names = ("generator/reward", "generator/reward_deviation")
    return Seen(told, begun, {name: observed(recent, name)[-5:] for name in names})


def _certain(course: Course) -> Seen | None:
    known, recent = _policy(course.lines, "entropy")
    if not recent:
        return None
    name = "generator/entropy"
    first = median(_of(line, name) for line in known[:BEGINNING])
    limit = ENTROPY_BELOW * first
    if not all(_of(line, name) < limit for line in recent):
        return None
    values = [_of(line, name) for line in recent]
    if values[-1] > RISING * values[0] and values[-1] >= max(values):
        return None
    begun = since(known, lambda line: _of(line, name) < limit)
    told = (
        f"the policy's entropy fell to {values[-1]:.2g} nats a token (the adversarial phase began with {first:.2g}), "
        f"and has been below {ENTROPY_BELOW:.0%} of that since step {begun:,}"
    )
    return Seen(told, begun, {name: observed(recent, name)[-5:]})


def _measured(course, figure):
    measured = [line for line in measured_lines(course.lines) if figure in line["health"]]
    return measured, window(measured, MEASUREMENTS, course.steps)


def _unknown(lines) -> str:
    known = any("below_floor" in line["health"] for line in measured_lines(lines))
    return "" if known else "no known network wrote the data"


def _few(lines, series) -> str:
    known, recent = _policy(lines, series)
    if recent:
        return ""
    few = f"it takes {WINDOW_LINES} log lines of the adversarial phase over {POLICY_STEPS} steps, and there "
    return few + f"{'is' if len(known) == 1 else 'are'} {len(known)} that observe the {series} (see --log-every)"


def _of(line, name):
    """A line's value; one that the line does not have, or that is no number, fulfils nothing."""
    return number(line["health"].get(name))


HEALTH = Health(
    # Texts of a network that has learnt nothing yet are as varied as can be, and adversarial phases of texts are short.
    steps=50,
    collapsed={"diversity": (0.4, "1 = as the data")},
    illnesses=(
        Illness(
            name="repeated-texts",
            gravity=510,
            check="texts that come again and again",
            advice="look at the samples; if a few texts come again and again, sample from a checkpoint before, and "
            "start again with more likelihood training between rounds or a reward that is centred by a "
            "baseline",
            meaning="The generator writes a few texts over and over: the reward of what it writes best outweighs "
            "everything that it does not write any more.",
            judge=_repeated,
            treatments=(FORCING, POLICY_RATE, BASELINE, SLOWER),
        ),
        Illness(
            name="below-floor",
            gravity=520,
            check="texts that are likelier than the oracle's own",
            advice="texts that the oracle holds likelier than its own are a few likely ones: look at unique and "
            "self-BLEU, and do not take the NLL for quality",
            meaning="The network that wrote the data holds the samples likelier than its own texts. That is no "
            "quality: its likeliest text, repeated, scores best of all. The samples have lost diversity.",
            judge=_below_floor,
            pending=_unknown,
            treatments=(FORCING, POLICY_RATE, BASELINE),
        ),
        Illness(
            name="reward-saturated",
            gravity=530,
            check="a reward that is the same for all texts",
            advice="the discriminator is sure of every text, and a reward that is the same for all moves nothing: "
            "weaken it (fewer updates, fewer filters, a lower learning rate) or centre the reward by a "
            "baseline",
            meaning="Every text earns the same, next to nothing or all. A policy gradient compares rewards: there is "
            "nothing to compare, and what is learnt is noise.",
            judge=_saturated,
            by="",
            pending=lambda lines: _few(lines, "reward"),
            treatments=(FEWER, SMALLER, SLOWER_JUDGE, BASELINE),
        ),
        Illness(
            name="entropy-collapse",
            gravity=540,
            check="a policy that hardly chooses any more",
            advice="the policy hardly chooses any more, and what it does not try it cannot learn: lower its learning "
            "rate, mix in likelihood training, and sample from a checkpoint before the fall",
            meaning="The policy is nearly certain of every next token. It writes what it has written before, and no "
            "reward can teach it what it never tries.",
            judge=_certain,
            by="",
            pending=lambda lines: _few(lines, "entropy"),
            treatments=(POLICY_RATE, FORCING, BASELINE),
        ),
    ),
    treatments={"collapse": (FORCING, POLICY_RATE), "discriminator-saturated": (FEWER, SLOWER_JUDGE)},
)
