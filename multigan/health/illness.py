"""What the health of one kind of samples is made of. Imports no framework and no room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from multigan.health.lines import Seen
from multigan.health.treatments import Treatment
from multigan.modality import find_modality, modalities

__all__ = ["Course", "Health", "Illness", "health_of"]


@dataclass(frozen=True)
class Course:
    """The course of a run, as far as it is judged.

    Args:
        lines: its log lines, none abandoned.
        recent: the newest of them, when there are enough for a judgement; empty before.
        end: what the log says of the run's end, when that is the last that it says.
        classes: names of the data's labels.
        health: of its modality.
    """

    lines: Sequence[Mapping]
    recent: Sequence[Mapping]
    end: Sequence[Mapping]
    classes: Sequence[str]
    health: Health

    @property
    def steps(self) -> int:
        """How many steps a window of measurements spans at least."""
        return self.health.steps


@dataclass(frozen=True, kw_only=True)
class Illness:
    """Something that a run can suffer from.

    Args:
        name: stable; it is written into logs.
        gravity: its place among findings, the smaller the graver. Those that all runs can have: `not-finite` 100,
            `divergence` 200, `collapse` 300, `missing-modes` 400, `generator-starved` 600,
            `discriminator-saturated` 700, `oscillation` 800.
        check: what is looked for, in words: "sounds that are one steady tone".
        advice: what to try, in a sentence without a full stop.
        meaning: what it is, in sentences.
        judge: tells what it sees in a run's course, or None.
        by: "samples", where a window of measurements is judged; "log", where one of log lines is; "" for all else.
        pending: tells of a run's log lines, none abandoned, why it cannot be judged by them; "" where it can. It is
            asked when the window that `by` names is there.
        treatments: options that treat it, the best first.
        last: treatments for when nothing else is left; after those of the room.
        recipes: others of the same modality that treat it by being another game.
    """

    name: str
    gravity: int
    check: str
    advice: str
    meaning: str
    judge: Callable[[Course], Seen | None]
    by: str = "samples"
    pending: Callable[[Sequence[Mapping]], str] = lambda lines: ""
    treatments: Sequence[Treatment] = ()
    last: Sequence[Treatment] = ()
    recipes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Health:
    """How the health of one kind of samples differs from that of others. `Health()` fits a kind that nobody knows.

    Args:
        steps: nothing is judged before a run has had so many: early on a healthy one is unwell.
        collapsed: figure: (below this the samples have collapsed, what the figure says).
        lost_from: a recall of so much that is lost is a divergence.
        classes: what the data's classes are called, `"modes"`.
        belongs: which samples a class's share counts: "... of the samples of step 5, the share" and this.
        illnesses: of its own. One that is called like one that all runs can have takes its place.
        treatments: of illnesses that all runs can have, by name: options that only its recipes have.
        values: option: what to try, where that is another value than for other kinds.
        needs: option: further options that have to come with it, where a recipe has them.
        figures: of its own that the report's summary has, beside diversity and recall.
        curves: of its own in the report, by the figure's name; as in `multigan.report.curves`.
        together: figure: whose curve's chart it is drawn in.
    """

    steps: int = 1000
    collapsed: Mapping[str, tuple[float, str]] = field(default_factory=lambda: {"diversity": (0.6, "1 = as the data")})
    lost_from: float = 0.1
    classes: str = "classes"
    belongs: str = "whose nearest neighbour in the data is of it."
    illnesses: Sequence[Illness] = ()
    treatments: Mapping[str, Sequence[Treatment]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    figures: Sequence[str] = ()
    curves: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    together: Mapping[str, str] = field(default_factory=dict)


def health_of(modality: str) -> Health:
    """Returns the `Health` of a modality; the plain one where it has none of its own, or its plugin is gone.

    Raises:
        UsageError: what its import string names cannot be imported.
    """
    known = modality in modalities() and find_modality(modality).health
    return find_modality(modality).load("health") if known else Health()
