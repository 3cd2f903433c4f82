"""Reading a log's lines: figures, windows over them, and since when something holds."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from multigan.runlog import number

__all__ = ["Seen", "live_lines", "non_finite", "observed", "players", "series", "since", "span", "window"]


@dataclass(frozen=True)
class Seen:
    """What a judge saw: a sentence, since which step it has been so, and the figures behind it, by series."""

    message: str
    since: int | None = None
    figures: Mapping[str, list[tuple[int, float]]] = field(default_factory=dict)


def live_lines(history: Iterable[Mapping]) -> list[Mapping]:
    """The log lines proper, without those that a resume or a recovery took back."""
    return [line for line in history if line.get("kind", "log") == "log" and not line.get("abandoned")]


def non_finite(lines: Iterable[Mapping]) -> dict[str, list[tuple[int, float]]]:
    """Returns, for each logged series that has any, the steps and values that are not finite."""
    found = {}
    for line in lines:
        for name, value in (*line.get("losses", {}).items(), *line.get("health", {}).items()):
            if not math.isfinite(value := number(value)):
                found.setdefault(name, []).append((line.get("step", 0), value))
    return found


def window(lines: Sequence[Mapping], count: int, steps: int) -> Sequence[Mapping]:
    """The newest lines, at least `count`, that span at least `steps`, or none when the log is too short for that."""
    for start in range(len(lines) - count, -1, -1):
        before = lines[start - 1].get("step", 0) if start else 0
        if lines[-1].get("step", 0) - before >= steps:
            return lines[start:]
    return ()


def series(lines: Iterable[Mapping], name: str, table: str = "health") -> list[float]:
    """The values of one series, where lines have it."""
    return [number(line[table][name]) for line in lines if name in line.get(table, {})]


def observed(lines: Iterable[Mapping], name: str, table: str = "health") -> list[tuple[int, float]]:
    """The steps and values of one series."""
    return [(line.get("step", 0), number(line[table][name])) for line in lines if name in line.get(table, {})]


def players(lines: Iterable[Mapping], observation: str) -> list[str]:
    """The players that an observation is logged of."""
    names = dict.fromkeys(name for line in lines for name in line.get("health", {}))
    return [name.removesuffix(f"/{observation}") for name in names if name.endswith(f"/{observation}")]


def since(lines: Sequence[Mapping], holds: Callable[[Mapping], bool]) -> int | None:
    """The step of the first of the newest lines that all fulfil `holds`; None when the newest does not."""
    first = None
    for line in reversed(lines):
        if not holds(line):
            break
        first = line.get("step", 0)
    return first


def span(lines: Sequence[Mapping]) -> str:
    """Where a window lies, for a sentence."""
    return f"in the log lines of steps {lines[0].get('step', 0):,} to {lines[-1].get('step', 0):,}"
