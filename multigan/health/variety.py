"""Judges what was measured on samples: all alike, or nothing of some of the data's classes.

The thresholds of collapse were placed by measurement, on scikit-learn's digits at 32 x 32 (`benchmarks/diversity.py`):

- Diversity (mean pairwise distance over the data's) of 64 samples, 2,000 draws each: real images 0.939 to 1.067, one
  picture repeated 0.098 to 0.105, two 0.211 to 0.781, five 0.614 to 1.006, ten 0.794 to 1.059. It tells a collapse to
  one or two pictures and no other.
- Nearest distance (median distance of a sample to its nearest other sample, over the data's; near duplicates betray a
  small support, arXiv 1706.08224) of 256 samples: docs/health.md has the table. With noise of 0.05 in a range of 2, two
  to a hundred pictures repeated stay below 0.06; with noise of 0.3, that a picture is full of, below 0.3 up to twenty;
  real images are above 0.9, means of two digits of a class above 0.7.

Diversity of runs: the plugin dcgan at width 16 makes recognisable digits of 16 x 16 at 0.75, and a small DCGAN in plain
PyTorch at 32 x 32 above 0.83; of the latter those that failed stayed below 0.62.

Sounds are compared by their log-mel statistics, where the white noise behind a generator's sounds brings them nearer to
one another (`benchmarks/sound_diversity.py`). Of 128 of the embedded drums diversity and nearest distance are 1.0; with
noise of -30 dB behind them 0.72 and 0.92, of -20 dB 0.44 and 0.62. One drum repeated and white noise have a diversity
below 0.1; one to twenty drums repeated over noise of -50 dB a nearest distance of 0.01 to 0.02.

Diversity of texts is of their sequences of tokens (`benchmarks/text_health.py`). Of 256 other texts of the data it is
0.94 and more; of a table of token pairs at a temperature of 0.7, 0.65 to 0.82, and of 0.3, below 0.27; of fifty texts
repeated below 0.27, and of one with a tenth of its tokens changed below 0.3.
"""

import math
from collections.abc import Mapping, Sequence

from multigan.health.lines import Seen, number, observed, since, window

__all__ = ["MEASUREMENTS", "collapse", "lost", "measured_lines", "missing_modes"]

MEASUREMENTS = 3  # at least so many in a window
# Nothing is said of a figure that is at its best and has grown by so much in the window: the run is still learning. A
# DCGAN on three digits as the channels of one image had 0.28, 0.46 and 0.60 up to step 1,000, and in the end 0.94.
RISING = 1.25
# A run that reached some recall and has lost nine tenths of it is past its best; healthy ones kept a third and more.
LOST_BELOW = 0.1
LOST_FROM = 0.1
# The noise behind sounds alone makes a recall of 0.41, at -40 dB, or of 0.06, at -30.
LOST_FROM_OF_SOUNDS = 0.5
# name: (below this it is a collapse, what the figure says); points have a recall of their own.
COLLAPSED: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "images": {"diversity": (0.6, "1 = as the data"), "nearest_distance": (0.3, "1 = as the data; near 0: duplicates")},
    "audio": {"diversity": (0.3, "1 = as the data"), "nearest_distance": (0.2, "1 = as the data; near 0: duplicates")},
    "text": {"diversity": (0.4, "1 = as the data")},
    # Of the data's points. A mode of eight that is all there leaves 0.1 and more.
    "points": {"diversity": (0.6, "1 = as the data"), "recall": (0.05, "share of the data that samples reach")},
}
NAMED = 12


def measured_lines(lines: Sequence[Mapping]) -> list[Mapping]:
    """The lines with a measurement of samples; those of step 1 or earlier are the untrained network's."""
    return [line for line in lines if "diversity" in line.get("health", {}) and line.get("step", 0) > 1]


def collapse(lines: Sequence[Mapping], modality: str, steps: int) -> Seen | None:
    """Samples that are all alike, or a few pictures, in every measurement of a window, and not ever less so."""
    measured = measured_lines(lines)
    recent = window(measured, MEASUREMENTS, steps)
    limits = COLLAPSED.get(modality, {"diversity": COLLAPSED["images"]["diversity"]})
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


def lost(lines: Sequence[Mapping], steps: int, modality: str = "images") -> Seen | None:
    """A recall that was there and is gone, in every measurement of the newest window."""
    measured = [line for line in measured_lines(lines) if "recall" in line["health"]]
    recent, known = window(measured, MEASUREMENTS, steps), observed(measured, "recall")
    best, step = max(((value, -step) for step, value in known if math.isfinite(value)), default=(0.0, 0))
    limit = LOST_BELOW * best
    if (
        best < (LOST_FROM_OF_SOUNDS if modality == "audio" else LOST_FROM)
        or not recent
        or not all(number(line["health"]["recall"]) < limit for line in recent)
    ):
        return None
    told = f"recall fell to {known[-1][1]:.2g}; it had been {best:.2f} at step {-step:,}"
    return Seen(told, since(measured, lambda line: number(line["health"]["recall"]) < limit), {"recall": known[-5:]})


def missing_modes(lines: Sequence[Mapping], modality: str, steps: int, classes: Sequence[str] = ()) -> Seen | None:
    """Classes of the data that no sample, or hardly one, belongs to, in every measurement of a window without progress.

    What counts as missing is told where it is measured (`multigan.health.gauge`). As long as more and more
    classes appear nothing is said.
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
    kind = "modes" if modality == "points" else "classes"
    told = f"{len(newest['missing'])} of {total} {kind} are missing: {_names(newest['missing'], classes)}"
    if any(set(line["missing"]) - set(newest["missing"]) for line in recent):
        told += "; others were missing in the measurements before: the samples move between them"
    told += f" (at step {newest['step']:,}, and some in every measurement since step "
    begun = since(measured, lambda line: bool(line["missing"]))
    figures = {"classes_covered": observed(measured, "classes_covered")[-5:]}
    return Seen(f"{told}{begun:,})", begun, figures)


def _names(indices: Sequence[int], classes: Sequence[str]) -> str:
    names = [str(classes[index]) if index < len(classes) else str(index) for index in indices]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
