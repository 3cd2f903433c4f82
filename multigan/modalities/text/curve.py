"""Quality and diversity over temperature: one figure of each means little, and a curve can be held against another.

Reference: Caccia et al., 2020, Language GANs falling short, arXiv 1811.02549.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy

from multigan.metrics.curves import Draw

__all__ = ["CURVE", "TEMPERATURES", "at_temperature", "quality_at", "temperature_curve"]

TEMPERATURES = (0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5)


@contextmanager
def at_temperature(game, temperature: float) -> Iterator[None]:
    """Draws a game's samples at a temperature while it lasts; afterwards they are drawn as by default.

    Raises:
        UsageError: the game's samples take no temperature.
    """
    try:
        game.steer(temperature=temperature)
        yield
    finally:
        game.steer()


# Temperature 1 is how texts are drawn when nobody chose.
CURVE = tuple(
    Draw({"temperature": heat}, partial(at_temperature, temperature=heat), usual=heat == 1.0) for heat in TEMPERATURES
)


def temperature_curve(
    evaluation, game, temperatures: Sequence[float] = TEMPERATURES, seed: int = 0
) -> list[dict[str, Any]]:
    """Scores a game's samples at each temperature.

    Args:
        evaluation: a `multigan.metrics.scoring.Evaluation` of the metrics; one of quality, such as NLL-oracle or
            BLEU-3, and one of diversity, such as self-BLEU-3, make a curve.
        game: with `steer`, which is called with nothing when all is done, whatever happens.
        temperatures: above 0.
        seed: of the samples; the same at each temperature.

    Returns:
        for each temperature, in their order, `"temperature"` and each metric's value by its name.
    """
    points = []
    for temperature in temperatures:
        with at_temperature(game, temperature):
            scores = evaluation.score(game, seed)
        points.append({"temperature": temperature} | {name: score["value"] for name, score in scores.items()})
    return points


def quality_at(points: Sequence[Mapping[str, float]], quality: str, diversity: str, value: float) -> float | None:
    """Returns a curve's quality where its diversity is `value`, by straight lines between its points.

    Two games can be compared so at matched diversity, whatever each one's temperatures mean.

    Args:
        points: as `temperature_curve` returns them, in the order of their temperatures.
        quality, diversity: names of the metrics, such as "NLL-oracle" and "self-BLEU-3".
        value: of the diversity.

    Returns:
        the quality at the first crossing, or None where the curve does not reach the value.
    """
    across = numpy.array([[point[diversity], point[quality]] for point in points], numpy.float64)
    for (x, y), (next_x, next_y) in itertools.pairwise(across):
        if min(x, next_x) <= value <= max(x, next_x):
            share = 0.0 if next_x == x else (value - x) / (next_x - x)
            return float(y + share * (next_y - y))
    return float(across[0, 1]) if len(across) == 1 and across[0, 0] == value else None
