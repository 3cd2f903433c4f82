"""Values that follow a run: constant, then linear or cosine to another value, over steps, samples seen, or a share of
the run. Imports no framework until a schedule is used.

Time is counted in a player's own updates, which its optimizer keeps and every checkpoint holds: a run that is resumed
goes on at the value where it was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multigan.errors import UsageError
from multigan.option import Option, suggest

if TYPE_CHECKING:
    from multigan.engine.following import Following

__all__ = ["Schedule", "check_schedules", "parse_schedules"]

_ENTRY = re.compile(
    r"(?P<name>\w+)\s+(?P<shape>\w+)\s+to\s+(?P<last>\S+)(?:\s+from\s+(?P<begin>.+?))?(?:\s+until\s+(?P<end>.+?))?"
)
_MOMENT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<scale>[kM]?)\s*(?P<unit>%|steps?|images?)")
_SCALES = {"": 1, "k": 1_000, "M": 1_000_000}
_SHAPES = ("linear", "cosine")


@dataclass(frozen=True)
class Schedule:
    """How one value changes; where it begins is the value's own.

    Args:
        last: the value at the end, and after it.
        shape: "linear", or "cosine", which leaves the first value and reaches the last one slowly.
        begin, end: when, in `unit`; before the beginning the value stays.
        unit: "%" of the run's steps, "steps", or "images", samples of the data seen by then.
    """

    last: float
    shape: str = "linear"
    begin: float = 0.0
    end: float = 100.0
    unit: str = "%"

    def steps(self, planned: tuple[int, int] | None) -> tuple[float, float]:
        """Returns begin and end in steps of a run.

        Args:
            planned: how many steps it takes, and the samples of its batches; None where that is not known.

        Raises:
            UsageError: it is not known, and the unit needs it.
        """
        if self.unit == "steps":
            return self.begin, self.end
        if planned is None:
            raise UsageError("a schedule in % or images needs a run: call plan(steps, batch_size) before compile()")
        total, batch = planned
        scale = total / 100 if self.unit == "%" else 1 / batch
        return self.begin * scale, self.end * scale

    def following(
        self,
        first: float,
        planned: tuple[int, int] | None,
        updates_until: Callable[[int], int] | None = None,
    ) -> Following:
        """Returns the value as a function of a player's updates.

        Args:
            first: the value before it begins.
            planned: as in `steps`; a game's `planned`.
            updates_until: how many updates the player has had after a step; None: one a step.

        Raises:
            UsageError: as `steps`.
        """
        from multigan.engine.following import Following

        begin, end = self.steps(planned)
        if updates_until:
            begin, end = updates_until(round(begin)), updates_until(round(end))
        return Following(first, self.last, begin, end, self.shape)


def parse_schedules(text: str) -> dict[str, Schedule]:
    """Reads `"NAME SHAPE to VALUE from MOMENT until MOMENT; ..."` and returns each name's schedule.

    SHAPE is `linear` or `cosine`; a MOMENT is `50%`, `2000 steps` or `200k images`. Without `from` it is from the
    beginning, without `until` to the end of the run.

    Raises:
        UsageError: what cannot be read; says what is expected.
    """
    found: dict[str, Schedule] = {}
    for entry in filter(None, map(str.strip, text.split(";"))):
        match = _ENTRY.fullmatch(entry)
        if not match or match["shape"] not in _SHAPES:
            raise UsageError(
                f'schedule={entry}: expected NAME linear|cosine to VALUE [from MOMENT] [until MOMENT], such as "r1 '
                'linear to 0.1 until 50%"'
            )
        if match["name"] in found:
            raise UsageError(f"schedule={text}: {match['name']} has two schedules; give it one")
        found[match["name"]] = _schedule(entry, match)
    return found


def check_schedules(text: str, options: Mapping[str, Option], values: Mapping[str, Any]) -> None:
    """Refuses schedules that a recipe's options cannot follow; what `Option.check` of an option `schedule` names.

    Args:
        text: as for `parse_schedules`.
        options: of the recipe; those with `follows` may have a schedule.
        values: of all of them.

    Raises:
        UsageError: what cannot be read, is no such option, or goes beyond the option's bounds.
    """
    known = [name for name, option in options.items() if option.follows]
    for name, schedule in parse_schedules(text).items():
        if name not in known:
            raise UsageError(
                f"schedule: {name} does not follow a run{suggest(name, known)}; what does: {', '.join(known)}"
            )
        options[name].parse(name, schedule.last, f"schedule: the end of {name}")


def _schedule(entry: str, match: re.Match) -> Schedule:
    last = _number(match["last"])
    if last is None or last < 0:
        raise UsageError(f"schedule={entry}: {match['last']} is no number from 0")
    begin, begin_unit = _moment(entry, match["begin"]) if match["begin"] else (0.0, "")
    end, unit = _moment(entry, match["end"]) if match["end"] else (100.0, "%")
    if begin_unit and begin and begin_unit != unit:
        raise UsageError(f"schedule={entry}: from and until are of one unit; give both in %, in steps or in images")
    if begin >= end:
        raise UsageError(f"schedule={entry}: it ends before it begins")
    if unit == "%" and end > 100:
        raise UsageError(f"schedule={entry}: a run ends at 100%")
    return Schedule(last, match["shape"], begin, end, unit)


def _moment(entry: str, text: str) -> tuple[float, str]:
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        raise UsageError(f"schedule={entry}: {text} is no moment such as 50%, 2000 steps or 200k images")
    unit = match["unit"] if match["unit"] == "%" else match["unit"].rstrip("s") + "s"
    return float(match["number"]) * _SCALES[match["scale"]], unit


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
