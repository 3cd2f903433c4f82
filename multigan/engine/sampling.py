"""How samples are made of latents and of what is asked for, both by name.

A sampler's inputs are the latents, in the order in which the game gives them, then what is asked for, in the order of
`Game.asks`. Samples are made in chunks of one size, padded, so that the first ones of a seed do not depend on how many
were asked for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from multigan.errors import UsageError

__all__ = ["SAMPLE_CHUNK", "asked_of", "chunks", "count_of", "padded", "parts_of", "taken"]

SAMPLE_CHUNK = 64

# Latents: an array `(count, ...)`, several of them by name, or an empty mapping where nothing is drawn.
Latents = np.ndarray | Mapping[str, np.ndarray]


def asked_of(game: Any, asked: Any) -> dict[str, np.ndarray]:
    """Returns what is asked for by field, in the order of `game.asks`.

    Args:
        game: its `asks` name the fields, its `name` the game in errors.
        asked: `{field: array}`; of a game that is asked by one field also its array alone; None for nothing.

    Raises:
        UsageError: a field that the game is not asked by, one that is missing, or fields of different counts.
    """
    if asked is not None and not isinstance(asked, Mapping):
        if len(game.asks) > 1:
            raise UsageError(f"{game.name}: it is asked by {', '.join(game.asks)}; give each by its name")
        asked = {game.asks[0]: asked} if game.asks else {"condition": asked}
    asked = asked or {}
    if not game.asks and asked:
        raise UsageError(f"{game.name}: it takes no condition")
    for name in game.asks:
        if name not in asked:
            raise UsageError(f"{game.name}: it needs a {name} for each sample")
    for name in asked:
        if name not in game.asks:
            raise UsageError(f"{game.name}: it is not asked by {name} (only by {', '.join(game.asks)})")
    found = {name: np.asarray(asked[name]) for name in game.asks}
    if len({len(array) for array in found.values()}) > 1:
        told = ", ".join(f"{len(array)} of {name}" for name, array in found.items())
        raise UsageError(f"{game.name}: fields of different counts ({told})")
    return found


def parts_of(latents: Latents, asked: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Returns a sampler's inputs in their order."""
    drawn = list(latents.values()) if isinstance(latents, Mapping) else [latents]
    return [*drawn, *asked.values()]


def count_of(game: Any, latents: Latents, asked: Mapping[str, np.ndarray]) -> int:
    """Returns how many samples these inputs are for.

    Raises:
        UsageError: there are none, or inputs of different counts.
    """
    parts = parts_of(latents, asked)
    if not parts:
        raise UsageError(f"{game.name}: it has no latents and is asked for nothing; there is nothing to make")
    count = len(parts[0])
    for name, array in asked.items():
        if len(array) != count:
            raise UsageError(f"{game.name}: {len(array)} {name}s for {count} samples")
    if len({len(part) for part in parts}) > 1:
        raise UsageError(f"{game.name}: latents of different counts ({', '.join(str(len(part)) for part in parts)})")
    return count


def taken(latents: Latents, part: slice) -> Latents:
    """Returns some of the latents, in the form that they have."""
    if isinstance(latents, Mapping):
        return {name: array[part] for name, array in latents.items()}
    return latents[part]


def chunks(parts: list[np.ndarray], size: int) -> Iterator[list[np.ndarray]]:
    """Yields a sampler's inputs in chunks of at most `size`."""
    for start in range(0, len(parts[0]), size):
        yield [part[start : start + size] for part in parts]


def padded(parts: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Returns a chunk's inputs, filled up to `size` with copies of their last ones."""
    return [np.concatenate([part, np.repeat(part[-1:], size - len(part), axis=0)]) for part in parts]
