"""What is measured on clips while a run trains: how diverse they are, what of the data is among them, how they move."""

import numpy as np

from multigan.health.classes import Classes, Neighbours
from multigan.health.components import component_space
from multigan.health.gauge import Measurement, unfit
from multigan.health.nearness import Nearness, spread
from multigan.health.reference import Reference
from multigan.metrics.diversity import diversity
from multigan.modalities.clips.motion import frozen_below, motion_energy
from multigan.recipe import DataInfo

__all__ = ["ClipGauge", "Motion"]

CLIPS = 128
DATA = 1000  # that the space, recall and classes are computed from


class ClipGauge:
    """Measures clips against a reference, by the data's first principal components; diversity between pixels.

    Args:
        reference: clips of the data `(n, frames, height, width, channels)`, with labels where they have some.
        data: what is known of the data.

    Attributes:
        count: how many samples it wants.
    """

    count = CLIPS

    def __init__(self, reference: Reference, data: DataInfo):
        chosen = spread(len(reference.samples), DATA)
        self._data = reference.samples[chosen]
        self._motion = Motion(self._data)
        self._space = component_space(self._data)
        features = self._space(self._data)
        self._nearness = Nearness(features, self.count)
        self._neighbours = Neighbours(features, Classes.of(reference, data.classes, chosen))

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures clips `(count, frames, height, width, channels)`."""
        if told := unfit(samples):
            return told
        features = self._space(samples)
        figures = {"diversity": diversity(samples, self._data)} | self._motion.measure(samples)
        figures |= self._nearness.recall(features) | self._nearness.nearest(features)
        return self._neighbours.measurement(figures, features)


class Motion:
    """Measures how much clips move, held against the data.

    Args:
        data: clips `(count, frames, height, width, channels)`.
    """

    def __init__(self, data: np.ndarray):
        energies = motion_energy(data)
        self._mean, self._limit = float(energies.mean()), frozen_below(energies)
        self._own = float((energies < self._limit).mean())

    def measure(self, clips: np.ndarray) -> dict[str, float]:
        """Returns the figures of clips; nothing where the data stand still:

        - `motion`: mean absolute difference between consecutive frames, over the data's;
        - `frozen`: share of clips that move less than a fifth of the data's median, beyond the data's own share.
        """
        if self._mean <= 0:
            return {}
        energies = motion_energy(clips)
        frozen = float((energies < self._limit).mean()) - self._own
        return {"motion": round(float(energies.mean()) / self._mean, 4), "frozen": round(max(0.0, frozen), 4)}
