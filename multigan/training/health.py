"""What a run's log tells about its health: samples that are all alike, players that cannot learn, values not finite.

Every threshold was placed by measurement. Two kinds were made:

- Diversity of 64 samples against scikit-learn's digits at 32 x 32, 2,000 draws each, `benchmarks/diversity.py`:

  | 64 samples | mean | deviation | lowest | highest | below 0.7 |
  |---|---|---|---|---|---|
  | real images | 1.001 | 0.017 | 0.939 | 1.067 | 0.0% |
  | 1 picture repeated, with noise | 0.101 | 0.001 | 0.098 | 0.105 | 100.0% |
  | 2 pictures repeated | 0.561 | 0.089 | 0.211 | 0.781 | 96.8% |
  | 5 pictures repeated | 0.835 | 0.058 | 0.614 | 1.006 | 1.5% |
  | 10 pictures repeated | 0.929 | 0.040 | 0.794 | 1.059 | 0.0% |

- Six runs of a small DCGAN in plain PyTorch on the same digits, batch 64, a log line every 20 steps. Three made digits
  (learning rates of 0.0002; of 0.005 for the generator; of 0.01 for both), for 1,500 to 2,000 steps. Three failed in
  1,500 steps: a discriminator with ten times the learning rate and three updates a step, on the non-saturating and on
  the minimax loss, and the minimax loss alone.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from multigan.metrics.diversity import diversity

__all__ = ["ADVICE", "Finding", "diversity", "findings", "non_finite", "number"]

# Finds samples of one picture always, of two mostly, of five hardly ever; no false alarm in 2,000 draws of real images.
# The runs that made digits stayed above 0.83 from step 300 on, those that failed stayed below 0.62.
COLLAPSE_BELOW = 0.7
COLLAPSE_MEASUREMENTS = 3

# Nothing is judged by one log line: a window has at least so many lines (or measurements) and spans at least so many
# steps. Early on a healthy run is unwell. One of ours had a discriminator that was right on 100% of both for 180 of its
# first 220 steps; the plugin dcgan at width 16 had 97% to 100% for 550 steps, and diversity 0.07 at step 250, 0.42 at
# 500, 0.84 at 750 and 0.92 in the end.
WINDOW_LINES = 10
WINDOW_STEPS = 1000
# The mean over a window, on both. The runs that made digits, and the plugin's, had windows of 0.95 at most; those that
# failed had windows of 0.997 and more.
SATURATED_ABOVE = 0.99

# Every norm in the window, against the player's largest so far. In runs that made digits the windows' largest stayed
# above 0.07 of it; in the run on the minimax loss against the strong discriminator it was 0.00007 for the generator and
# 0.00003 for the discriminator (what a perfect discriminator leaves to the minimax loss decays by orders of magnitude:
# arXiv 1701.04862, figure 2).
STARVED_FRACTION = 1e-3
# In the same runs healthy norms were above 0.1 and starved ones below 0.0001: an early spike alone is no finding.
STARVED_BELOW = 0.01
# Below this, each weight's gradient is smaller than Keras's Adam epsilon, and steps vanish: no history is needed.
STARVED_ALWAYS = 1e-7

ADVICE = {
    "collapse": "look at the samples; if they are one or a few pictures, start again with a lower learning rate for "
    "the generator, a larger batch, or a penalised loss (R1, gradient penalty), and sample from a checkpoint before "
    "the fall meanwhile; if they never were diverse, train longer first",
    "discriminator-saturated": "an opponent that is never wrong teaches little: lower its learning rate, penalise it "
    "(R1, arXiv 1801.04406), smooth its labels (arXiv 1606.03498), or augment small data (arXiv 2006.10738)",
    "generator-starved": "a player without gradient stands still: use the non-saturating or the hinge loss in place of "
    "the minimax loss, and weaken the opponent (lower learning rate, fewer updates a step)",
    "not-finite": "start again with a lower learning rate, clipped gradients, or float32 in place of bf16: from the "
    "last checkpoint the same steps would lead to the same place",
}


@dataclass(frozen=True)
class Finding:
    """Something that a look at the log found: a stable name, what was seen, and what to try."""

    name: str
    message: str
    advice: str


def findings(history: Iterable[Mapping]) -> list[Finding]:
    """Judges a run by its log so far.

    Args:
        history: the log's objects in their order (see `multigan.runs`); kinds other than `log` and abandoned lines are
            left out. Values that are not finite may be floats or the strings `"nan"`, `"inf"`, `"-inf"`.

    Returns:
        At most one finding of each name: `collapse`, `discriminator-saturated`, `generator-starved` (both name the
        players, whatever they are called) and `not-finite`. All but the last are judged by the newest lines only, so
        that a finding goes when its cause does.
    """
    lines = [line for line in history if line.get("kind", "log") == "log" and not line.get("abandoned")]
    window = _window(lines, WINDOW_LINES)
    found = {
        "not-finite": _not_finite(lines),
        "collapse": _collapse(lines),
        "discriminator-saturated": _saturated(window),
        "generator-starved": _starved(lines, window),
    }
    return [Finding(name, message, ADVICE[name]) for name, message in found.items() if message]


def number(value: object) -> float:
    """Returns a logged value as a float; what is not a number at all is `nan`."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def non_finite(lines: Iterable[Mapping]) -> dict[str, list[tuple[int, float]]]:
    """Returns, for each logged series that has any, the steps and values that are not finite."""
    found = {}
    for line in lines:
        for name, value in (*line.get("losses", {}).items(), *line.get("health", {}).items()):
            if not math.isfinite(value := number(value)):
                found.setdefault(name, []).append((line.get("step", 0), value))
    return found


def _window(lines: Sequence[Mapping], count: int) -> Sequence[Mapping]:
    """The newest lines, at least `count`, that span a window's steps, or none when the log is too short for that."""
    for start in range(len(lines) - count, -1, -1):
        before = lines[start - 1].get("step", 0) if start else 0
        if lines[-1].get("step", 0) - before >= WINDOW_STEPS:
            return lines[start:]
    return ()


def _series(lines: Iterable[Mapping], name: str) -> list[float]:
    return [number(line["health"][name]) for line in lines if name in line.get("health", {})]


def _players(lines: Iterable[Mapping], observation: str) -> list[str]:
    names = dict.fromkeys(name for line in lines for name in line.get("health", {}))
    return [name.removesuffix(f"/{observation}") for name in names if name.endswith(f"/{observation}")]


def _span(window: Sequence[Mapping]) -> str:
    return f"in the log lines of steps {window[0].get('step', 0):,} to {window[-1].get('step', 0):,}"


def _not_finite(lines: Sequence[Mapping]) -> str:
    found = non_finite(lines)
    if not found:
        return ""
    told = [f"{name} was {values[0][1]} at step {values[0][0]:,}" for name, values in found.items()]
    more = f" and {len(told) - 3} more series" if len(told) > 3 else ""
    return ", ".join(told[:3]) + more


def _collapse(lines: Sequence[Mapping]) -> str:
    # Samples of step 1 or earlier are the untrained network's.
    measured = [line for line in lines if "diversity" in line.get("health", {}) and line.get("step", 0) > 1]
    recent = _series(_window(measured, COLLAPSE_MEASUREMENTS), "diversity")
    if not recent or not all(value < COLLAPSE_BELOW for value in recent):
        return ""
    values = ", ".join(f"{value:.2f}" for value in recent[-COLLAPSE_MEASUREMENTS:])
    told = f"diversity was {values} in the last measurements up to step {measured[-1]['step']:,} (1 = as the data)"
    known = [(number(line["health"]["diversity"]), -line["step"]) for line in measured]
    best, step = max(pair for pair in known if math.isfinite(pair[0]))
    if best >= COLLAPSE_BELOW:
        return f"{told}; it had been {best:.2f} at step {-step:,}"
    return f"{told}; it never reached {COLLAPSE_BELOW}"


def _saturated(window: Sequence[Mapping]) -> str:
    told = []
    for player in _players(window, "accuracy_real"):
        series = [_series(window, f"{player}/accuracy_{kind}") for kind in ("real", "generated")]
        if min(map(len, series)) >= WINDOW_LINES:
            means = [sum(values) / len(values) for values in series]
            if min(means) >= SATURATED_ABOVE:
                told.append(
                    f"{player} was right on {means[0]:.1%} of the real and {means[1]:.1%} of the generated samples"
                )
    return f"{' and '.join(told)} {_span(window)}" if told else ""


def _starved(lines: Sequence[Mapping], window: Sequence[Mapping]) -> str:
    told = []
    for player in _players(window, "gradient_norm"):
        name = f"{player}/gradient_norm"
        values = _series(window, name)
        if len(values) < WINDOW_LINES or not all(map(math.isfinite, values)):
            continue
        highest = max(filter(math.isfinite, _series(lines, name)))
        if max(values) < max(min(STARVED_FRACTION * highest, STARVED_BELOW), STARVED_ALWAYS):
            told.append(f"the gradient norm of {player} was at most {max(values):.1e} (once {highest:.1e})")
    return f"{' and '.join(told)} {_span(window)}" if told else ""
