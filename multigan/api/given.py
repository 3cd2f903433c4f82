"""What a program asks for, as the texts that the command line takes."""

from __future__ import annotations

import operator
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.errors import UsageError
from multigan.recipe import load_object

if TYPE_CHECKING:
    from multigan.field import Field
    from multigan.trained.opening import Trained

__all__ = ["typed_values", "whole"]


@contextmanager
def typed_values(trained: Trained, asked: Mapping[str, Any]) -> Iterator[dict[str, list[str]]]:
    """Gives texts by flag or by field, as `multigan.trained.asking.ask` takes them.

    Arrays and pictures are files for as long as it is open, so that they are read as any other file is.

    Args:
        trained: the run.
        asked: by the name of a field, or of a flag without its dashes; None stands for nothing.

    Raises:
        UsageError: a value that the field's kind does not take.
    """
    from multigan.fields import asked_fields, find_kind

    fields = asked_fields(trained.game, trained.data)
    with tempfile.TemporaryDirectory(prefix="multigan-") as folder:
        found = {}
        for name, value in asked.items():
            if value is None:
                continue
            flag = f"--{name}"
            flagged = next((each for each in fields.values() if find_kind(each.kind).flag == flag), None)
            # What the run is not asked by is told by `ask`, with what it is.
            key = flag if name in ("input", "label", "condition") and (flagged or name not in fields) else name
            found[key] = _texts(value, flagged if key == flag else fields.get(name), Path(folder))
        yield found


def whole(value: Any, called: str, least: int) -> int:
    """Returns a whole number.

    Raises:
        UsageError: it is none, or less than `least`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{called}={value!r}: expected a whole number") from None
    if number < least:
        raise UsageError(f"{called}={number}: must be at least {least}")
    return number


def _texts(value: Any, field: Field | None, folder: Path) -> list[str]:
    from multigan.fields import find_kind

    kind = field and find_kind(field.kind)
    if kind and kind.write:
        return load_object(kind.write)(value, field, folder)
    several = value if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) else [value]
    return [str(each) for each in several]
