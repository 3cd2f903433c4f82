"""Whether data with some bad samples may be trained on, and what is said of its classes."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multigan.data.source import DataReport, UnreadableDataError
from multigan.data.spelling import INVISIBLE, listed, shorten
from multigan.data.tables import as_number

__all__ = ["class_notes", "judge"]

# How many skipped samples an error names.
NAMED = 3
# Names of classes that may say that there is none, in lower case.
DOUBTFUL = ("na", "n/a", "null", "none", "?")


def judge(report: DataReport, skip_bad: float, title: str, what: str, wrong: str) -> None:
    """Lets the data pass, or raises `UnreadableDataError` when more than the share `skip_bad` was skipped.

    Args:
        report: on the data.
        skip_bad: the option of this name.
        title: of the place.
        what: the samples are, e.g. `"images"`.
        wrong: what is said of skipped ones after "can", e.g. `"be read"`.
    """
    if report.used and len(report.skipped) <= skip_bad * report.found:
        return
    named = "; ".join(f"{name}: {reason}" for name, reason in report.skipped[:NAMED])
    more = f"; and {len(report.skipped) - NAMED:,} more" if len(report.skipped) > NAMED else ""
    if not report.used:
        raise UnreadableDataError(f"{title}: none of {report.found:,} {what} can {wrong} ({named}{more})", report)
    share = len(report.skipped) / report.found
    needed = math.ceil(share * 1000) / 1000
    raise UnreadableDataError(
        f"{title}: {len(report.skipped):,} of {report.found:,} {what} ({share:.1%}) cannot {wrong}, more than "
        f"skip_bad={skip_bad:g} allows ({named}{more}); mend or delete them, or leave them out by "
        f"-o skip_bad={needed:g}",
        report,
    )


def class_notes(labels: np.ndarray | None, classes: Sequence[str], what: str) -> list[str]:
    """Returns notes on how many samples each class has, for labels `(count,)` of those that are used.

    Classes without samples are told here, and left out by `multigan.data.labels.occurring`.
    """
    if labels is None or not len(labels):
        return []
    counts = np.bincount(labels, minlength=len(classes))
    empty = [name for name, count in zip(classes, counts, strict=True) if not count]
    few, many = counts[counts > 0].min(), counts.max()
    number = len(classes) - len(empty)
    whose = what.removesuffix("s") if many == 1 else what
    notes = [f"{number:,} class{'es' * (number != 1)} of {few:,}{'' if few == many else f' to {many:,}'} {whose}"]
    if number > 2 and 2 * number > len(labels):
        notes.append(f"nearly every one of the {what} has a class of its own: look whether these are classes")
    if doubtful := [name for name, count in zip(classes, counts, strict=True) if count and name.casefold() in DOUBTFUL]:
        told = f"{', '.join(doubtful)} {'is a class' if len(doubtful) == 1 else 'are classes'}"
        notes.append(f"{told} like any other: leave these {what} out if it means that they have no label")
    if empty:
        notes.append(
            f"{len(empty):,} class{'es' * (len(empty) != 1)} without {what}: left out ({listed(empty, NAMED)})"
        )
    there = [name for name, count in zip(classes, counts, strict=True) if count]
    if alike := _groups(there, _look):
        notes.append(f"classes that are written almost alike: {_joined(alike)}")
    if equal := _groups(there, _number):
        notes.append(f"classes that are one number, kept apart as they are written: {_joined(equal)}")
    return notes


def _groups(classes: Sequence[str], key: Callable[[str], Any]) -> list[list[str]]:
    """Returns groups of names of one key; those whose key is None are in none."""
    groups: dict[Any, list[str]] = {}
    for name in classes:
        groups.setdefault(key(name), []).append(name)
    return [group for of, group in groups.items() if of is not None and len(group) > 1]


def _look(name: str) -> str:
    """What is left of a name without differs by mistake: case, blanks, the invisible, Unicode's composition."""
    seen = "".join(character for character in name if character not in INVISIBLE)
    return unicodedata.normalize("NFKC", " ".join(seen.replace("_", " ").split())).casefold()


def _number(name: str) -> float | None:
    number = as_number(name)
    return number if number is not None and math.isfinite(number) else None


def _joined(groups: Sequence[Sequence[str]]) -> str:
    return "; ".join(" and ".join(map(shorten, group[:NAMED])) for group in groups[:NAMED])
