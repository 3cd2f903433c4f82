"""What is measured on points while a run trains: how diverse they are, and which modes of the data they reach."""

from collections.abc import Callable

import numpy as np

from multigan.health.classes import Classes
from multigan.health.gauge import Measurement, unfit
from multigan.health.nearness import Nearness, flat
from multigan.health.reference import Reference
from multigan.metrics.diversity import diversity
from multigan.recipe import DataInfo

__all__ = ["PointGauge", "point_space"]

SAMPLES = 2500  # PacGAN's evaluation, arXiv 1712.04086
SIGMAS = 3.0  # what is within as many standard deviations of a mode is of high quality: arXiv 1712.04086
# From this share of high quality on, a mode without a single such sample is missing.
SHARP = 0.3


class PointGauge:
    """Measures points against a reference, by their columns, each in units of its standard deviation.

    Beside what others measure it tells `high_quality`, the share of points within three standard deviations of a mode;
    only such points are of a class.

    Args:
        reference: points of the data `(n, columns)`, with labels where they have some.
        data: what is known of the data.

    Attributes:
        count: how many samples it wants.
    """

    count = SAMPLES

    def __init__(self, reference: Reference, data: DataInfo):
        self._data = reference.samples
        self._space = point_space(self._data)
        features = self._space(self._data)
        self._nearness = Nearness(features, self.count)
        self._classes = Classes.of(reference, data.classes)
        if self._classes is not None:
            self._means, self._deviations = _modes(features, reference.labels, len(data.classes))

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures points `(count, columns)`."""
        if told := unfit(samples):
            return told
        features = self._space(samples)
        # No nearest distance: it would tell how many modes there are once more, for fewer modes are denser.
        figures = {"diversity": diversity(samples, self._data)} | self._nearness.recall(features)
        return Measurement(figures) if self._classes is None else self._by_mode(figures, features)

    def _by_mode(self, figures, features):
        classes, total = self._classes, len(features)
        nearest, inside = self._near(features)
        counts, good = classes.tally(nearest[inside]), float(np.mean(inside))
        figures = {**figures, "classes_covered": float(np.count_nonzero(counts)), "high_quality": round(good, 4)}
        missing = classes.judged(total) & (counts == 0)
        if good < SHARP:  # samples are blurred: a mode that many are near to is not missing
            missing &= classes.scarce(classes.tally(nearest), total)
        return classes.measurement(figures, counts, missing, total)

    def _near(self, features):
        """The class of the nearest mean, and whether that is within three standard deviations."""
        distances = np.linalg.norm(features[:, None, :] - self._means[None], axis=2)
        distances = np.where(np.isfinite(distances), distances, np.inf)
        nearest = distances.argmin(axis=1)
        return nearest, distances[np.arange(len(features)), nearest] <= SIGMAS * self._deviations[nearest]


def point_space(data: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from points `(count, columns)` to float32 of the same shape: each column about the data's mean
    and in units of its standard deviation.
    """
    rows = flat(data)
    centre, deviation = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    return lambda samples: (flat(samples) - centre) / scale


def _modes(features, labels, classes):
    """Each class's mean and its standard deviation along one axis; nan and 0 for a class without samples."""
    means = np.full((classes, features.shape[1]), np.nan, np.float32)
    deviations = np.zeros(classes, np.float32)
    for index in np.unique(labels):
        own = features[labels == index]
        means[index] = own.mean(axis=0)
        deviations[index] = np.sqrt(own.var(axis=0).mean())
    return means, deviations
