"""What is measured on samples while a run trains: how far apart they are, and what of the data they miss.

Every figure compares with a fixed part of the data (`multigan.health.reference`), in a way that is cheap and always the
same: nothing is drawn at random. What is measured is a room's business; what several of them measure alike is in
`multigan.health.nearness` and `multigan.health.classes`.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from multigan.health.nearness import spread
from multigan.health.reference import Reference
from multigan.metrics.diversity import diversity
from multigan.modality import find_modality
from multigan.recipe import DataInfo

__all__ = ["Gauge", "Measurement", "PlainGauge", "open_gauge", "unfit"]

SAMPLES = 256
DATA = 1000


@dataclass(frozen=True)
class Measurement:
    """The figures of one measurement.

    Args:
        figures: `diversity` and, where they can be told, `recall`, `nearest_distance`, `classes_covered` and what a
            room measures beside.
        shares: the share of the samples in each class, in the classes' order; empty where the data has no labels.
        missing: the classes, by index, that have no samples or hardly any.
    """

    figures: dict[str, float]
    shares: list[float] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


class Gauge(Protocol):
    """Measures samples against a reference.

    One that can hold samples against what they were asked for has `compare(samples, asked, wanted)` as well, which
    returns further figures: `asked` is a dict of arrays by field, `wanted` the right answers `(count, *shape)` or None.

    Args:
        count: how many samples it wants.
    """

    count: int

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures samples `(count, *shape)`; what is not finite is told by a diversity of `nan` alone."""


class PlainGauge:
    """Tells the diversity of samples, number by number, of a modality that has no gauge of its own.

    Args:
        reference: samples of the data, at least two.
        data: what is known of the data.
    """

    count = SAMPLES

    def __init__(self, reference: Reference, data: DataInfo):
        self._data = reference.samples[spread(len(reference.samples), DATA)]

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures samples `(count, *shape)`, at least two."""
        return unfit(samples) or Measurement({"diversity": diversity(samples, self._data)})


def open_gauge(modality: str, reference: Reference, data: DataInfo) -> Gauge:
    """Returns what measures samples of a modality against a reference.

    Args:
        modality: its name.
        reference: samples of the data `(count, *shape)`, with labels where the data has them.
        data: what is known of the data.

    Raises:
        UsageError: there is no such modality.
    """
    known = find_modality(modality)
    return known.load("gauge")(reference, data) if known.gauge else PlainGauge(reference, data)


def unfit(samples: np.ndarray) -> Measurement | None:
    """The measurement of samples that are not finite; None of others."""
    return None if np.isfinite(samples).all() else Measurement({"diversity": math.nan})
