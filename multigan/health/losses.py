"""Judges the course of losses and gradients: not finite, growing without bound, swinging from side to side."""

import cmath
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median

from multigan.health.lines import Seen, non_finite, observed
from multigan.health.variety import lost, measured_lines
from multigan.runlog import number

__all__ = ["diverged", "not_finite", "oscillating", "period"]

# Losses and gradient norms of healthy runs lay below 100. Those of a Wasserstein critic that nothing bounds (dcgan at
# width 16 on digits, learning rates of 0.001) went from 200 to 3,600 in 1,500 steps: scores grow as a power of the step
# (arXiv 1704.00028, section 3).
DIVERGED_ABOVE = 1e3
# Against the run's first fifth: what always was large is another scale. And not on the way back.
DIVERGED_GROWTH = 3.0
RECEDING = 0.8
FIFTH = 5

# A periodogram of the newest lines, without their straight trend. One period that holds most of the variance, and that
# was seen three times, is a swing and no wandering: of 2,000 random walks of 40 lines 0.2% had a period of such weight,
# of white noise none. Simultaneous or alternating gradients of a game circle its equilibrium (arXiv 1705.10461).
OSCILLATION_LINES = 30
OSCILLATION_NEWEST = 60
OSCILLATION_SHARE = 0.65
# Peak to peak against the loss's size: a tremor is no finding.
OSCILLATION_SWING = 0.5

# Half the sum of the differences of the classes' shares, from one measurement to the next. Of 256 independent samples
# of ten equal classes it is 0.11 on average and 0.21 at most in 2,000 draws; of 2,500 of eight modes 0.03 and 0.07.
MOVING_ABOVE = 0.3
MOVING_MEASUREMENTS = 4


def not_finite(lines: Sequence[Mapping], ends: Iterable[Mapping] = ()) -> Seen | None:
    """A logged value that is not finite, or a run that ended by one."""
    found = non_finite(lines)
    if found:
        told = [f"{name} was {values[0][1]} at step {values[0][0]:,}" for name, values in found.items()]
        more = f" and {len(told) - 3} more series" if len(told) > 3 else ""
        first = min(values[0][0] for values in found.values())
        return Seen(", ".join(told[:3]) + more, first, {name: values[:5] for name, values in found.items()})
    for line in ends:
        if line.get("cause") == "not-finite":
            return Seen(str(line.get("message", "")), line.get("step", 0))
    return None


def diverged(lines: Sequence[Mapping], recent: Sequence[Mapping], steps: int, lost_from: float) -> Seen | None:
    """A loss or gradient norm that grew without bound, or a recall of `lost_from` or more that is gone."""
    told, figures, begun = [], {}, []
    if not recent:
        return None
    names = [("losses", name) for line in recent[-1:] for name in line.get("losses", {})]
    names += [("health", n) for line in recent[-1:] for n in line.get("health", {}) if n.endswith("/gradient_norm")]
    for table, name in names:
        known = [(step, abs(value)) for step, value in observed(lines, name, table) if math.isfinite(value)]
        if len(known) < 2 * FIFTH:
            continue
        part = len(known) // FIFTH
        first, before, now = (
            median(value for _, value in stretch) for stretch in (known[:part], known[-2 * part : -part], known[-part:])
        )
        if now > max(DIVERGED_ABOVE, DIVERGED_GROWTH * first, RECEDING * before):
            told.append(f"{name} grew to {now:.3g} in size (it began at {first:.3g})")
            figures[name] = known[-5:]
            begun.append(next(step for step, value in known if value > DIVERGED_ABOVE))
    more = f" and {len(told) - 3} more series" if len(told) > 3 else ""
    told = [", ".join(told[:3]) + more] if told else []
    if gone := lost(lines, steps, lost_from):
        told.append(gone.message)
        begun.append(gone.since)
        figures |= gone.figures
    return Seen("; ".join(told), min(begun), figures) if told else None


def oscillating(lines: Sequence[Mapping], steps: int) -> Seen | None:
    """A loss with one dominant period, or samples that move from class to class between measurements."""
    told, figures, begun = [], {}, []
    newest = lines[-OSCILLATION_NEWEST:]
    if newest and newest[-1].get("step", 0) - newest[0].get("step", 0) >= steps:
        for name in newest[-1].get("losses", {}):
            known = [(step, value) for step, value in observed(newest, name, "losses") if math.isfinite(value)]
            found = period([value for _, value in known]) if len(known) >= OSCILLATION_LINES else None
            if found:
                width = (known[-1][0] - known[0][0]) / (len(known) - 1)
                low, high = min(value for _, value in known), max(value for _, value in known)
                told.append(f"{name} swings between {low:.3g} and {high:.3g} about every {found * width:,.0f} steps")
                figures[name] = known[-5:]
                begun.append(known[0][0])
    moving = _moving(lines)
    if moving:
        told.append(moving.message)
        begun.append(moving.since)
        figures |= moving.figures
    return Seen("; ".join(told), min(begun), figures) if told else None


def period(values: Sequence[float]) -> float | None:
    """The period, in values, of a series that is mostly one swing; None for any other series."""
    count = len(values)
    middle, times = fmean(values), [index - (count - 1) / 2 for index in range(count)]
    slope = sum(t * v for t, v in zip(times, values, strict=True)) / sum(t * t for t in times)
    rest = [value - middle - slope * t for t, value in zip(times, values, strict=True)]
    total = sum(value * value for value in rest)
    size = fmean(abs(value) for value in values)
    if total <= 0 or max(rest) - min(rest) < OSCILLATION_SWING * size:
        return None
    # Half-steps of the frequency, so that a swing need not fit the window a whole number of times.
    best, power = 0.0, 0.0
    for half in range(6, count):  # three times in the window, or oftener; no faster than every other value
        frequency = half / 2
        turn = [cmath.exp(-2j * math.pi * frequency * index / count) for index in range(count)]
        amplitude = abs(sum(value * t for value, t in zip(rest, turn, strict=True)))
        share = 2 * amplitude**2 / (count * total)
        if share > power:
            best, power = frequency, share
    return count / best if power >= OSCILLATION_SHARE else None


def _moving(lines):
    measured = [line for line in measured_lines(lines) if line.get("shares")]
    pairs = list(itertools.pairwise(measured))[-MOVING_MEASUREMENTS:]
    if len(pairs) < MOVING_MEASUREMENTS:
        return None
    moved = [(after["step"], _distance(before["shares"], after["shares"])) for before, after in pairs]
    if min(value for _, value in moved) < MOVING_ABOVE:
        return None
    shares = ", ".join(f"{value:.0%}" for _, value in moved)
    told = f"{shares} of the samples moved to other classes between the last measurements"
    return Seen(told, pairs[0][0]["step"], {"moved": moved})


def _distance(one, other):
    return 0.5 * sum(abs(number(a) - number(b)) for a, b in zip(one, other, strict=False))
