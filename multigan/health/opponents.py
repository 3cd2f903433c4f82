"""Judges the players by what each one observes: a discriminator that is never wrong, a player without gradient.

The thresholds were placed by measurement on six runs of a small DCGAN in plain PyTorch on scikit-learn's digits, batch
64, a log line every 20 steps. Three made digits (learning rates of 0.0002; of 0.005 for the generator; of 0.01 for
both), for 1,500 to 2,000 steps. Three failed in 1,500 steps: a discriminator with ten times the learning rate and three
updates a step, on the non-saturating and on the minimax loss, and the minimax loss alone.
"""

import math
from collections.abc import Mapping, Sequence

from multigan.health.lines import Seen, observed, players, series, since, span
from multigan.runlog import number

__all__ = ["WINDOW_LINES", "saturated", "starved"]

# Nothing is judged by one log line: a window has at least so many. Early on a healthy run is unwell. One of ours had a
# discriminator that was right on 100% of both for 180 of its first 220 steps; the plugin dcgan at width 16 had 97% to
# 100% for 550 steps, and diversity 0.07 at step 250, 0.42 at 500, 0.84 at 750 and 0.92 in the end.
WINDOW_LINES = 10
# The mean over a window, on both. The runs that made digits, and the plugin's, had windows of 0.95 at most; those that
# failed had windows of 0.997 and more.
SATURATED_ABOVE = 0.99
# And its loss, against its largest so far (at least 1: about what a coin has, whatever the loss), where it is logged:
# being right is not being sure. The plugin dcgan at width 16 on digits of 16 x 16 was right on 99.7% from step 1,500 to
# 2,000 at a loss of 0.4, with samples as good as before; the minimax loss against ten times the rate left 0.0001.
SURE_BELOW = 0.15

# Every norm in the window, against the player's largest so far. In runs that made digits the windows' largest stayed
# above 0.07 of it; in the run on the minimax loss against the strong discriminator it was 0.00007 for the generator and
# 0.00003 for the discriminator (what a perfect discriminator leaves to the minimax loss decays by orders of magnitude:
# arXiv 1701.04862, figure 2).
STARVED_FRACTION = 1e-3
# In the same runs healthy norms were above 0.1 and starved ones below 0.0001: an early spike alone is no finding.
STARVED_BELOW = 0.01
# Below this, each weight's gradient is smaller than Keras's Adam epsilon, and steps vanish: no history is needed.
STARVED_ALWAYS = 1e-7


def saturated(lines: Sequence[Mapping], recent: Sequence[Mapping]) -> Seen | None:
    """A player that is right on nearly every real and every generated sample, over a window."""
    told, figures, begun = [], {}, []
    for player in players(recent, "accuracy_real"):
        names = [f"{player}/accuracy_{kind}" for kind in ("real", "generated")]
        columns = [series(recent, name) for name in names]
        if min(map(len, columns)) < WINDOW_LINES:
            continue
        means = [sum(values) / len(values) for values in columns]
        if min(means) >= SATURATED_ABOVE and _sure(lines, recent, f"{player}/adversarial"):
            told.append(f"{player} was right on {means[0]:.1%} of the real and {means[1]:.1%} of the generated samples")
            figures |= {name: observed(recent, name)[-5:] for name in names}
            begun.append(
                since(lines, lambda line, names=names: all(_least(line, name) >= SATURATED_ABOVE for name in names))
            )
    if not told:
        return None
    first = min((step for step in begun if step is not None), default=recent[0].get("step", 0))
    return Seen(f"{' and '.join(told)} {span(recent)}", first, figures)


def starved(lines: Sequence[Mapping], recent: Sequence[Mapping]) -> Seen | None:
    """A player whose gradient has all but vanished, over a window."""
    told, figures, begun = [], {}, []
    for player in players(recent, "gradient_norm"):
        name = f"{player}/gradient_norm"
        values = series(recent, name)
        if len(values) < WINDOW_LINES or not all(map(math.isfinite, values)):
            continue
        highest = max(filter(math.isfinite, series(lines, name)))
        limit = max(min(STARVED_FRACTION * highest, STARVED_BELOW), STARVED_ALWAYS)
        if max(values) < limit:
            told.append(f"the gradient norm of {player} was at most {max(values):.1e} (once {highest:.1e})")
            figures[name] = observed(recent, name)[-5:]
            begun.append(since(lines, lambda line, name=name, limit=limit: _least(line, name) < limit))
    return Seen(f"{' and '.join(told)} {span(recent)}", min(begun), figures) if told else None


def _sure(lines, recent, loss):
    """Whether a player's loss has all but vanished; so is what nobody logs."""
    known, now = (list(map(abs, series(part, loss, "losses"))) for part in (lines, recent))
    return not now or sum(now) / len(now) < SURE_BELOW * max([1.0, *filter(math.isfinite, known)])


def _least(line, name):
    """A line's value; one that the line does not have fulfils nothing."""
    return number(line.get("health", {}).get(name))
