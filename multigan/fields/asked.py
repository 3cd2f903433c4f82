"""Which fields a game is asked by, and what is asked for where nobody chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from multigan.errors import UsageError
from multigan.field import Field, Kind
from multigan.fields.kinds import KINDS
from multigan.modality import modalities
from multigan.recipe import DataInfo, load_object, suggest

__all__ = ["Rows", "Streamed", "asked_fields", "chosen", "find_kind", "first_samples", "is_usual", "label_of", "spread"]


class Streamed:
    """Values that are read when they are asked for, such as the pictures of a folder: a kind of field may give such.

    They are indexed as an array `(count, *shape)` is. What else one has is its room's own matter, see
    `multigan.modality.Modality.translate`. A subclass has `__len__` and `take`.
    """

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns some values, `(len(rows), *shape)`; raises `DataError` for what cannot be read."""
        raise NotImplementedError(f"{type(self).__name__} must define take()")

    def __getitem__(self, key) -> np.ndarray:
        first, *rest = key if isinstance(key, tuple) else (key,)
        rows = np.arange(len(self))[first]
        values = self.take(np.atleast_1d(rows))
        return values[(slice(None), *rest)] if np.ndim(rows) else values[(0, *rest)]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self[:], dtype)


class Rows:
    """Values in an order of their own, read when they are asked for: `rows[10:20]` is ten of them.

    Args:
        values: `(some, *shape)`, or what reads them by an array of indices.
        order: which of them stands at each place, `(count,)`.
    """

    def __init__(self, values, order: np.ndarray):
        self.values, self.order = values, order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, part) -> np.ndarray:
        return np.asarray(self.values[self.order[part]])

    @property
    def streamed(self) -> bool:
        """Whether they are a `Streamed`."""
        return isinstance(self.values, Streamed)


def asked_fields(game, data: DataInfo) -> dict[str, Field]:
    """Returns the fields that a game is asked by, by name, in the order of its `asks`.

    Args:
        game: its `asks` name fields of the data, or of its own `fields`.
        data: what it was built for.

    Raises:
        UsageError: a field that neither has.
    """
    known = data.fields | {field.name: field for field in game.fields}
    for name in game.asks:
        if name not in known:
            told = ", ".join(known) or "none"
            raise UsageError(
                f"{type(game).__name__} is asked by {name}, which its data have not{suggest(name, known)} "
                f"(fields: {told})"
            )
    return {name: known[name] for name in game.asks}


def find_kind(name: str) -> Kind:
    """Returns a kind by its name: of the core, or of a modality.

    Raises:
        UsageError: there is none.
    """
    known = {kind.name: kind for kind in KINDS}
    for room in modalities().values():
        for kind in room.kinds:
            known.setdefault(kind.name, kind)
    if name not in known:
        raise UsageError(f"no kind of field is called {name}{suggest(name, known)} (known: {', '.join(known)})")
    return known[name]


def label_of(game, data: DataInfo) -> str:
    """Returns the name of the first field that a game is asked by and that names classes; "" where there is none."""
    known = data.fields | {field.name: field for field in game.fields}
    return next((name for name in game.asks if name in known and known[name].kind == "label"), "")


def first_samples(asked: Mapping[str, Field] | None) -> list[str | int]:
    """Returns the flags by which somebody draws the first samples of a run.

    Args:
        asked: the fields that its game is asked by, see `multigan.facts.asked_by`.
    """
    made_of = any(find_kind(field.kind).flag == "--input" for field in (asked or {}).values())
    return ["--input", "FILE_OR_FOLDER"] if made_of else ["-n", 64, "--seed", 7]


def chosen(
    fields: dict[str, Field], kept: Callable[[str], np.ndarray | None], count: int
) -> dict[str, np.ndarray] | None:
    """Returns what `count` samples are asked for where nobody chose, by field; None where they are asked for nothing.

    Args:
        fields: of `asked_fields`.
        kept: `kept(name)` returns values that the data have of a field, `(some, *shape)`, or None. Row n of one field
            belongs to row n of another; where several are asked for, they are of the same rows.
        count: of samples.

    Raises:
        ValueError: the data have none of a field that needs some.
    """
    found, rows = {}, {name: values for name in fields if (values := kept(name)) is not None and len(values)}
    together = [name for name in rows if fields[name].aligned]
    if len(together) > 1:
        least = min(len(rows[name]) for name in together)
        rows |= {name: rows[name][:least] for name in together}
    for name, field in fields.items():
        kind, values = find_kind(field.kind), rows.get(name)
        if len(together) > 1 and name in together:
            found[name] = values[np.arange(count) % len(values)]
        elif kind.choose:
            found[name] = load_object(kind.choose)(field, values, count)
        elif values is None:
            raise ValueError(f"there is no {name} to ask for")
        else:
            found[name] = values[np.arange(count) % len(values)]
    return found or None


def is_usual(values, field: Field) -> bool:
    """Says whether values of a field, `(count, *shape)`, are what it has where nobody chose."""
    return bool(field.usual) and bool(np.all(np.asarray(values) == np.float32(field.usual)))


def spread(values, count: int, kind: Kind) -> Rows:
    """Returns what somebody gave for `count` samples: each value in turn, or one value's samples together where the
    kind is sorted.
    """
    rows = np.arange(count) % len(values)
    return Rows(values, np.sort(rows) if kind.sorted else rows)
