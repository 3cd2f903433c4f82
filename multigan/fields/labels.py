"""Labels as a person asks for them: classes by name or number."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from multigan.data.spelling import listed
from multigan.data.tables import as_number
from multigan.errors import UsageError
from multigan.field import Field, Given, typed_as
from multigan.recipe import suggest

__all__ = ["choose", "parse"]

KNOWN = 20  # classes that an error lists


def parse(
    given: Sequence[str], field: Field, called: str = "--label", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns the classes that are named, int32, each once, in the classes' order.

    Args:
        given: names of classes; or their numbers from 0, where the names are not numbers themselves.
        field: its classes.
        called: what gave them, for errors.
        beside: is not looked at.

    Raises:
        UsageError: a class that is not there.
    """
    return Given(np.array(sorted({_class(name, field.classes, called) for name in given}), np.int32))


def choose(field: Field, kept: np.ndarray | None, count: int) -> np.ndarray:
    """Returns every class in turn, by class: int32 `(count,)`."""
    return np.sort(np.arange(count) % len(field.classes)).astype(np.int32)


def _class(name: str, classes: Sequence[str], called: str) -> int:
    if name in classes:
        return classes.index(name)
    numbered = all(as_number(known) is not None for known in classes)
    if not numbered and name.isdecimal() and int(name) < len(classes):
        return int(name)
    known = listed(classes, KNOWN)
    told = typed_as(called, shlex.quote(name))
    raise UsageError(f"{told}: no such class{suggest(name, classes)} (classes: {known})")
