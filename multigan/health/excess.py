"""Judges a figure of which samples have more than they should, or less: whatever a room measures of its own."""

from collections.abc import Callable

from multigan.health.illness import Course
from multigan.health.lines import Seen, observed, since, window
from multigan.health.variety import MEASUREMENTS, measured_lines
from multigan.runlog import number

__all__ = ["excess", "shortage"]

# Nothing is said of a figure that is at its best and has shrunk by so much in the window: the run is still learning.
FALLING = 0.8
# The same of a figure that grows.
RISING = 1.25


def excess(figure: str, limit: float, words: str) -> Callable[[Course], Seen | None]:
    """Returns what judges a figure: it is an illness where it is at `limit` or above in every measurement of a window.

    Args:
        figure: that a room's gauge measures.
        limit: of it.
        words: that tell its newest value, `"{:.0%} more of the sounds are silent than in the data"`.
    """
    return lambda course: _above(course, figure, limit, words)


def _above(course: Course, figure: str, limit: float, words: str) -> Seen | None:
    measured = [line for line in measured_lines(course.lines) if figure in line["health"]]
    recent = window(measured, MEASUREMENTS, course.steps)
    if not recent or not all(number(line["health"][figure]) >= limit for line in recent):
        return None
    known = observed(measured, figure)
    values = [value for _, value in known]
    if values[-1] < FALLING * number(recent[0]["health"][figure]) and values[-1] <= min(values):
        return None
    begun = since(measured, lambda line: number(line["health"][figure]) >= limit)
    told = (
        f"{words.format(values[-1])} at step {known[-1][0]:,}, and {limit:g} or more in every measurement since step "
    )
    return Seen(f"{told}{begun:,}", begun, {figure: known[-5:]})


def shortage(figure: str, limit: float, words: str) -> Callable[[Course], Seen | None]:
    """Returns what judges a figure: it is an illness where it is at `limit` or below in every measurement of a window.

    Nothing is said of one that is at its best, and has grown in the window: by a quarter, or, from below 0, to half.

    Args:
        figure: that a room's gauge measures.
        limit: of it.
        words: that tell its newest value, `"samples differ from what went in by {:.0%} of what the data do"`.
    """
    return lambda course: _below(course, figure, limit, words)


def _below(course: Course, figure: str, limit: float, words: str) -> Seen | None:
    measured = [line for line in measured_lines(course.lines) if figure in line["health"]]
    recent = window(measured, MEASUREMENTS, course.steps)
    if not recent or not all(number(line["health"][figure]) <= limit for line in recent):
        return None
    known = observed(measured, figure)
    values, first = [value for _, value in known], number(recent[0]["health"][figure])
    if values[-1] >= max(values) and values[-1] > (RISING * first if first > 0 else first / 2):
        return None
    begun = since(measured, lambda line: number(line["health"][figure]) <= limit)
    told = f"{words.format(values[-1])} at step {known[-1][0]:,}, and {limit:g} or less in every measurement"
    return Seen(f"{told} since step {begun:,}", begun, {figure: known[-5:]})
