"""What a run's log tells about its health: samples that are all alike or miss a part of the data, players that cannot
learn, losses that grow, swing or are not finite, and what only the samples of one modality suffer from. docs/health.md
has it in words; thresholds stand where they are used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from multigan.health.common import COMMON
from multigan.health.illness import Course, Health, Illness, health_of
from multigan.health.lines import live_lines, non_finite, window
from multigan.health.opponents import WINDOW_LINES
from multigan.health.variety import MEASUREMENTS, measured_lines
from multigan.metrics.diversity import diversity

__all__ = [
    "Course",
    "Finding",
    "Health",
    "Illness",
    "checks_of",
    "diversity",
    "findings",
    "health_of",
    "illnesses_of",
    "non_finite",
    "pending",
]


def illnesses_of(modality: str) -> dict[str, Illness]:
    """What runs of a modality can suffer from, by name, the gravest first."""
    every = {illness.name: illness for illness in (*COMMON, *health_of(modality).illnesses)}
    return dict(sorted(every.items(), key=lambda entry: entry[1].gravity))


def checks_of(modality: str) -> dict[str, str]:
    """What is looked for in a modality's runs, in words, by the finding's name."""
    return {name: illness.check for name, illness in illnesses_of(modality).items()}


@dataclass(frozen=True)
class Finding:
    """Something that a look at the log found.

    Args:
        name: stable, that of an `Illness`.
        message: what was seen.
        advice: what to try.
        since: the step since which it has been so, where that can be told.
        figures: the newest values behind it, `(step, value)`, by series.
    """

    name: str
    message: str
    advice: str
    since: int | None = None
    figures: Mapping[str, list[tuple[int, float]]] = field(default_factory=dict)


def findings(history: Iterable[Mapping], modality: str, classes: Sequence[str] = ()) -> list[Finding]:
    """Judges a run by its log so far.

    Args:
        history: the log's objects in their order (see `multigan.runs`); lines of other kinds than `log` are left out,
            but for an `end` by a value that is not finite, and so are abandoned ones. Values that are not finite may be
            floats or the strings `"nan"`, `"inf"`, `"-inf"`.
        modality: of the recipe.
        classes: names of the data's labels, for the message.

    Returns:
        At most one finding of each of `illnesses_of`, the gravest first. All but `not-finite` are judged by the newest
        lines, so that a finding goes when its cause does.
    """
    history, health = list(history), health_of(modality)
    lines = live_lines(history)
    end = [line for line in history[-1:] if line.get("kind") == "end"]
    course = Course(lines, window(lines, WINDOW_LINES, health.steps), end, classes, health)
    judged = [(illness, illness.judge(course)) for illness in illnesses_of(modality).values()]
    return [Finding(illness.name, s.message, illness.advice, s.since, s.figures) for illness, s in judged if s]


def pending(history: Iterable[Mapping], modality: str) -> dict[str, str]:
    """What cannot be judged yet, or not at all, and why: a sentence by the name of each illness that it holds for."""
    lines, steps, known = live_lines(history), health_of(modality).steps, illnesses_of(modality)
    waiting = {} if lines else {"not-finite": "nothing was logged yet"}
    if not window(lines, WINDOW_LINES, steps):
        short = f"it takes {WINDOW_LINES} log lines over {steps:,} steps"
        waiting |= {name: short for name, illness in known.items() if illness.by == "log"}
    measured = measured_lines(lines)
    if not window(measured, MEASUREMENTS, steps):
        few = f"it takes {MEASUREMENTS} measurements of samples over {steps:,} steps, and there "
        few += f"{'is' if len(measured) == 1 else 'are'} {len(measured)} (see --sample-every)"
        waiting |= {name: few for name, illness in known.items() if illness.by == "samples"}
    for name in dict.fromkeys((*(illness.name for illness in COMMON), *known)):  # those that all runs can have first
        if name not in waiting and (reason := known[name].pending(lines)):
            waiting[name] = reason
    return waiting
