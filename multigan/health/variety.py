"""Judges what was measured on samples: all alike, or nothing of some of the data's classes.

From which figure on samples have collapsed is told by each room's `Health`.
"""

import math
from collections.abc import Mapping, Sequence

from multigan.data.spelling import shorten
from multigan.health.lines import Seen, observed, since, window
from multigan.runlog import number

__all__ = ["MEASUREMENTS", "collapse", "lost", "measured_lines", "missing_modes"]

MEASUREMENTS = 3  # at least so many in a window
# Nothing is said of a figure that is at its best and has grown by so much in the window: the run is still learning. A
# DCGAN on three digits as the channels of one image had 0.28, 0.46 and 0.60 up to step 1,000, and in the end 0.94.
RISING = 1.25
# A run that reached some recall and has lost nine tenths of it is past its best; healthy ones kept a third and more.
LOST_BELOW = 0.1
NAMED = 12


def measured_lines(lines: Sequence[Mapping]) -> list[Mapping]:
    """The lines with a measurement of samples; those of step 1 or earlier are the untrained network's."""
    return [line for line in lines if "diversity" in line.get("health", {}) and line.get("step", 0) > 1]


def collapse(lines: Sequence[Mapping], steps: int, limits: Mapping[str, tuple[float, str]]) -> Seen | None:
    """Samples that are all alike, or a few pictures, in every measurement of a window, and not ever less so.

    Args:
        lines: of the log.
        steps: that the window spans at least.
        limits: figure: (below this the samples have collapsed, what the figure says).
    """
    measured = measured_lines(lines)
    recent = window(measured, MEASUREMENTS, steps)
    told, figures, begun = [], {}, []
    for name, (limit, meaning) in limits.items():
        have = [line for line in recent if name in line["health"]]
        if len(have) < MEASUREMENTS or not all(number(line["health"][name]) < limit for line in have):
            continue
        known = observed(measured, name)
        if _rising([value for _, value in known], number(have[0]["health"][name])):
            continue
        values = ", ".join(f"{value:.2f}" for _, value in known[-MEASUREMENTS:])
        best, step = max((value, -step) for step, value in known if math.isfinite(value))
        before = f"it had been {best:.2f} at step {-step:,}" if best >= limit else f"it never reached {limit}"
        title = name.replace("_", " ")
        told.append(f"{title} was {values} in the last measurements up to step {known[-1][0]:,} ({meaning}); {before}")
        figures[name] = known[-5:]
        with_it = [line for line in measured if name in line["health"]]
        begun.append(since(with_it, lambda line, name=name, limit=limit: number(line["health"][name]) < limit))
    return Seen("; ".join(told), min(begun), figures) if told else None


def _rising(values: Sequence[float], first: float) -> bool:
    """Whether a series is at its best, and well above what it was at the start of the window."""
    return values[-1] > RISING * first and values[-1] >= max(filter(math.isfinite, values))


def lost(lines: Sequence[Mapping], steps: int, least: float) -> Seen | None:
    """A recall of `least` or more that was there and is gone, in every measurement of the newest window."""
    measured = [line for line in measured_lines(lines) if "recall" in line["health"]]
    recent, known = window(measured, MEASUREMENTS, steps), observed(measured, "recall")
    best, step = max(((value, -step) for step, value in known if math.isfinite(value)), default=(0.0, 0))
    limit = LOST_BELOW * best
    if best < least or not recent or not all(number(line["health"]["recall"]) < limit for line in recent):
        return None
    told = f"recall fell to {known[-1][1]:.2g}; it had been {best:.2f} at step {-step:,}"
    return Seen(told, since(measured, lambda line: number(line["health"]["recall"]) < limit), {"recall": known[-5:]})


def missing_modes(
    lines: Sequence[Mapping], steps: int, classes: Sequence[str] = (), called: str = "classes"
) -> Seen | None:
    """Classes of the data that no sample, or hardly one, belongs to, in every measurement of a window without progress.

    What counts as missing is told where it is measured (`multigan.health.classes`). As long as more and more
    classes appear nothing is said.

    Args:
        lines: of the log.
        steps: that the window spans at least.
        classes: their names.
        called: what they are called themselves.
    """
    measured = [line for line in measured_lines(lines) if "missing" in line]
    recent = window(measured, MEASUREMENTS, steps)
    if not recent or not all(line["missing"] for line in recent):
        return None
    counts = [len(line["missing"]) for line in measured]
    before, now = counts[: -len(recent)], counts[-len(recent) :]
    # With nothing to compare with, the window's own first measurement is what the last one should be better than.
    if min(now) < min(before, default=now[0]) and now[-1] == min(now):
        return None
    newest = recent[-1]
    total = len(newest.get("shares", ())) or len(classes)
    told = f"{len(newest['missing'])} of {total} {called} are missing: {_names(newest['missing'], classes)}"
    if any(set(line["missing"]) - set(newest["missing"]) for line in recent):
        told += "; others were missing in the measurements before: the samples move between them"
    told += f" (at step {newest['step']:,}, and some in every measurement since step "
    begun = since(measured, lambda line: bool(line["missing"]))
    figures = {"classes_covered": observed(measured, "classes_covered")[-5:]}
    return Seen(f"{told}{begun:,})", begun, figures)


def _names(indices: Sequence[int], classes: Sequence[str]) -> str:
    names = [shorten(str(classes[index])) if index < len(classes) else str(index) for index in indices]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
