"""What is measured on images while a run trains: how diverse they are, what of the data is among them, and what they
have to do with what they were made of.
"""

from collections.abc import Mapping

import numpy as np

from multigan.health.classes import EXPECTED, Classes, Neighbours
from multigan.health.components import component_space
from multigan.health.gauge import Measurement, unfit
from multigan.health.nearness import Nearness, spread
from multigan.health.reference import Reference
from multigan.metrics.diversity import diversity
from multigan.modalities.images.kinship import Kinship
from multigan.recipe import DataInfo

__all__ = ["ImageGauge"]

DATA = 1000  # that the space, recall and classes are computed from
SAMPLES = 256


class ImageGauge:
    """Measures images against a reference, by the data's first principal components; diversity between pixels.

    Args:
        reference: images of the data `(n, height, width, channels)`, with labels where they have some.
        data: what is known of the data.

    Attributes:
        count: how many samples it wants.
    """

    def __init__(self, reference: Reference, data: DataInfo):
        # Enough to miss a class by, where there are many.
        self.count = int(np.clip(np.ceil(1.2 * EXPECTED * len(data.classes)), SAMPLES, DATA))
        chosen = spread(len(reference.samples), DATA)
        self._data = reference.samples[chosen]
        self._space = component_space(self._data)
        features = self._space(self._data)
        self._nearness = Nearness(features, self.count)
        self._neighbours = Neighbours(features, Classes.of(reference, data.classes, chosen))
        self._kinship = Kinship(self._data, data.beside)

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures images `(count, height, width, channels)`."""
        if told := unfit(samples):
            return told
        features = self._space(samples)
        figures = {"diversity": diversity(samples, self._data)}
        figures |= self._nearness.recall(features) | self._nearness.nearest(features)
        return self._neighbours.measurement(figures, features)

    def compare(
        self, samples: np.ndarray, asked: Mapping[str, np.ndarray], wanted: np.ndarray | None
    ) -> dict[str, float]:
        """Measures images that were made of others; see `multigan.modalities.images.kinship.Kinship`."""
        return self._kinship.measure(samples, asked, wanted) if np.isfinite(samples).all() else {}
