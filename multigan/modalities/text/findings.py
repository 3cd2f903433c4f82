"""Judges texts, and the course of a policy that writes them.

The limits of what samples are were placed by measurement, on sets of 256 texts whose health is known
(`benchmarks/text_health.py`; docs/health.md has the table).

Rewards and entropy are judged in the adversarial phase alone: before it there is no reward, and entropy falls because
the policy learns.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from multigan.health.lines import Seen, number, observed, since, window
from multigan.health.opponents import WINDOW_LINES
from multigan.health.variety import MEASUREMENTS, measured_lines

__all__ = ["POLICY", "POLICY_STEPS", "TEXT_LIMITS", "policy_lines", "text_findings"]

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

# What is judged on samples, and what on the policy.
TEXT_LIMITS = ("repeated-texts", "below-floor")
POLICY = ("reward-saturated", "entropy-collapse")


def text_findings(lines: Sequence[Mapping], steps: int) -> dict[str, Seen | None]:
    """What each finding of texts saw, None where there was nothing; a log without such figures has none.

    Args:
        lines: of the log.
        steps: that a window of measurements spans at least.
    """
    return {
        "repeated-texts": _repeated(lines, steps),
        "below-floor": _below_floor(lines, steps),
        "reward-saturated": _saturated(lines),
        "entropy-collapse": _certain(lines),
    }


def policy_lines(lines: Sequence[Mapping], name: str) -> tuple[Sequence[Mapping], Sequence[Mapping]]:
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


def _repeated(lines, steps) -> Seen | None:
    measured, recent = _measured(lines, steps, "unique")
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


def _below_floor(lines, steps) -> Seen | None:
    measured, recent = _measured(lines, steps, "below_floor")
    if not recent or not all(_of(line, "below_floor") >= BELOW_FLOOR for line in recent):
        return None
    known = observed(measured, "nll_oracle")
    begun = since(measured, lambda line: _of(line, "below_floor") >= BELOW_FLOOR)
    told = (
        f"NLL-oracle is {known[-1][1]:.2f} at step {known[-1][0]:,}, {_of(recent[-1], 'below_floor'):.0f} standard "
        f"errors below that of the oracle's own texts, and at least {BELOW_FLOOR:.0f} since step {begun:,}"
    )
    return Seen(told, begun, {"nll_oracle": known[-5:]})


def _saturated(lines) -> Seen | None:
    known, recent = policy_lines(lines, "reward")

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


def _certain(lines) -> Seen | None:
    known, recent = policy_lines(lines, "entropy")
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


def _measured(lines, steps, figure):
    measured = [line for line in measured_lines(lines) if figure in line["health"]]
    return measured, window(measured, MEASUREMENTS, steps)


def _of(line, name):
    """A line's value; one that the line does not have, or that is no number, fulfils nothing."""
    return number(line["health"].get(name))
