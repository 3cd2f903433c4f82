"""Games that translate both ways, and the data seen from the other side.

Such a game names its `directions`, the first of which is the usual one, and returns by `turned(direction)` the game as
that one has it, whose `swaps` names the two fields of the data that trade places there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy

from multigan.metrics.extractors import Material

__all__ = ["TurnedSource", "directions_of", "turned", "turned_material", "way_back"]


def directions_of(game: Any) -> tuple[str, ...]:
    """Returns the ways that a game translates, the usual one first; `()` of a game that knows one way only."""
    found = tuple(getattr(game, "directions", ()) or ())
    return found if len(found) > 1 and callable(getattr(game, "turned", None)) else ()


def way_back(game: Any) -> Any | None:
    """Returns the game that leads from samples back to what they were made of; None where it knows no way back."""
    ways = directions_of(game)
    if ways:
        return game.turned(ways[1]) if len(ways) == 2 else None
    return getattr(game, "back", None)


class OneWay:
    """A game seen from another side, which knows its way back."""

    def __init__(self, facing: Any, back: Any):
        self._facing, self.back = facing, back

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facing, name)


def turned(game: Any, direction: str) -> Any:
    """Returns a game as one of its directions has it; the game itself for the usual one."""
    ways = directions_of(game)
    if direction in ("", ways[0]):
        return game
    return OneWay(game.turned(direction), game if len(ways) == 2 else None)


def turned_material(material: Material, facing: Any) -> Material | None:
    """Returns the data as another side of a game sees them; None where its `swaps` names no pictures of the data.

    Args:
        material: as the usual side sees them.
        facing: the game from the other side.
    """
    swaps = tuple(getattr(facing, "swaps", ()))
    names = {field.name for field in getattr(material.reference, "beside", ())}
    others = [name for name in swaps if name != material.field]
    if len(swaps) != 2 or len(others) != 1 or others[0] not in names:
        return None
    (name,) = others
    return replace(
        material,
        reference=TurnedSource(material.reference, material.field, name),
        training=lambda: TurnedSource(material.training(), material.field, name),
    )


class TurnedSource:
    """A source whose samples and one of the fields beside them have traded places. It has no labels.

    Args:
        source: the data.
        key: of a batch, that holds the samples.
        name: of the field.
    """

    in_memory, classes, labels = True, (), None

    def __init__(self, source: Any, key: str, name: str):
        field = next(field for field in source.beside if field.name == name)
        self._source, self._key, self._name, self._aligned = source, key, name, field.aligned
        self.name, self.fingerprint, self.report = source.name, source.fingerprint, getattr(source, "report", None)
        self.shape = tuple(field.shape)
        self.beside = (replace(field, shape=tuple(source.shape)),)
        self.free = {} if field.aligned else {name: len(source)}

    def __len__(self) -> int:
        return len(self._source) if self._aligned else self._source.free[self._name]

    def __getitem__(self, index: int) -> dict[str, numpy.ndarray]:
        return {key: value[0] for key, value in self.batch(numpy.array([range(len(self))[index]])).items()}

    def batch(
        self,
        indices: numpy.ndarray,
        rng: numpy.random.Generator | None = None,
        free: Mapping[str, numpy.ndarray] | None = None,
    ) -> dict[str, numpy.ndarray]:
        """Returns the two fields, under one another's names."""
        if self._aligned:
            found = self._source.batch(indices, rng)
        else:
            theirs = indices % len(self._source) if free is None else free[self._name]
            found = self._source.batch(theirs, rng, {self._name: indices})
        return {self._key: found[self._name], self._name: found[self._key]}
