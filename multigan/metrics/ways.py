"""Games that translate both ways, seen from either side.

Such a game names its `directions`, the first of which is the usual one, and returns by `turned(direction)` the game as
that one has it, whose `swaps` names the two fields of the data that trade places there.
"""

from __future__ import annotations

from typing import Any

__all__ = ["directions_of", "turned", "way_back"]


def directions_of(game: Any) -> tuple[str, ...]:
    """Returns the ways that a game translates, the usual one first; `()` of a game that knows one way only."""
    found = tuple(getattr(game, "directions", ()) or ())
    return found if len(found) > 1 and callable(getattr(game, "turned", None)) else ()


def way_back(game: Any) -> Any | None:
    """Returns the game that leads from samples back to what they were made of; None where it knows no way back."""
    ways = directions_of(game)
    if ways:
        return game.turned(ways[1]) if len(ways) == 2 else None
    return game.back if isinstance(game, OneWay) else None


class OneWay:
    """A game seen from another side, which knows its way back."""

    def __init__(self, facing: Any, back: Any):
        self._facing, self.back = facing, back

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facing, name)


def turned(game: Any, direction: str) -> Any:
    """Returns a game as one of its directions has it; the game itself for the usual one, or for ""."""
    ways = directions_of(game)
    if not direction or direction == ways[0]:
        return game
    return OneWay(game.turned(direction), game if len(ways) == 2 else None)
