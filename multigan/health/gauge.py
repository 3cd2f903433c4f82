"""What is measured on samples while a run trains: how far apart they are, and what of the data they miss.

Every figure compares with a fixed part of the data (`multigan.health.reference`), in a space that is cheap and always
the same: points by their columns, each in units of its standard deviation; images by the first principal components of
the reference; sounds by the statistics of their log-mel spectrograms; texts by sequences of their tokens. Nothing is
drawn at random.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from multigan.health.reference import Reference
from multigan.health.spaces import image_space, point_space, sound_space
from multigan.metrics.diversity import diversity
from multigan.metrics.neighbours import recall
from multigan.modalities.audio.figures import SoundFigures
from multigan.modalities.text.figures import TextFigures

__all__ = ["Gauge", "Measurement", "nearest_distances"]

# The reference that the space, recall and classes are computed from.
IMAGES = 1000
IMAGE_SAMPLES = 256
SOUNDS = 128  # a WaveGAN of 16,384 samples makes so many in half a second
POINT_SAMPLES = 2500  # PacGAN's evaluation, arXiv 1712.04086
NEIGHBOURS = 3  # of recall: arXiv 1904.06991, section 3
SIGMAS = 3.0  # what is within as many standard deviations of a mode is of high quality: arXiv 1712.04086
# A class is judged where the data's share lets so many of its samples expect: none then is a chance of 5 in 100,000.
EXPECTED = 10.0
# A class is missing below this part of its share of the data. Not at nothing: of scikit-learn's digits by other writers
# one in twenty-five is nearest to a digit of another class.
MISSING_BELOW = 0.2
# From this share of high quality on, a mode of points without a single such sample is missing.
SHARP = 0.3


@dataclass(frozen=True)
class Measurement:
    """The figures of one measurement.

    Args:
        figures: `diversity` and, where they can be told, `recall`, `nearest_distance`, `classes_covered` and
            `high_quality`; of sounds also those of `SoundFigures`; of texts those of `TextFigures`.
        shares: the share of the samples in each class, in the classes' order; empty where the data has no labels.
            Points are of a class within three standard deviations of its mean.
        missing: the classes, by index, that have no samples or hardly any.
    """

    figures: dict[str, float]
    shares: list[float] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


class Gauge:
    """Measures samples against a reference.

    Args:
        reference: samples of the data `(count, *shape)`, with labels where the data has them.
        modality: of the recipe.
        classes: names of the labels.
        sample_rate: of sounds, in Hz.
        end, oracle: of texts, as in `multigan.recipe.DataInfo`.

    Attributes:
        count: how many samples it wants.
    """

    def __init__(
        self,
        reference: Reference,
        modality: str,
        classes: Sequence[str] = (),
        sample_rate: int = 0,
        end: int = -1,
        oracle: str = "",
    ):
        self._texts = TextFigures(reference.samples, end, oracle) if modality == "text" else None
        if self._texts:
            self.count = self._texts.count
            return
        self.points = modality == "points"
        self.count = POINT_SAMPLES
        if modality == "audio":
            self.count = SOUNDS
        elif not self.points:  # enough to miss a class by, where there are many
            self.count = int(np.clip(np.ceil(1.2 * EXPECTED * len(classes)), IMAGE_SAMPLES, IMAGES))
        limit = len(reference.samples) if self.points else min(IMAGES, len(reference.samples))
        chosen = np.linspace(0, len(reference.samples) - 1, limit).astype(int)
        self._data = reference.samples[chosen]
        self._labels = None if reference.labels is None or not len(classes) else reference.labels[chosen]
        self._classes = len(classes)
        self._prepare(modality, sample_rate)

    def _prepare(self, modality, sample_rate):
        self._sounds = None
        if self.points:
            self._space = point_space(self._data)
        elif modality == "audio":
            self._space = sound_space(self._data, sample_rate)
            self._sounds = SoundFigures(self._data, sample_rate)
        else:
            self._space = image_space(self._data)
        self._features = self._space(self._data)
        if self._sounds:
            self._data = self._features  # whose distances are the sounds', where waveforms' are their phases'
        if len(self._features) > NEIGHBOURS:
            some = self._features[
                np.linspace(0, len(self._features) - 1, min(self.count, len(self._features))).astype(int)
            ]
            self._apart = float(np.median(nearest_distances(some)))
        else:
            self._apart = 0.0
        if self._labels is not None:
            self._expected = np.bincount(self._labels, minlength=self._classes) / len(self._labels)
            self._means, self._deviations = _modes(self._features, self._labels, self._classes)

    def measure(self, samples: np.ndarray) -> Measurement:
        """Measures samples `(count, *shape)`; what is not finite is told by a diversity of `nan` alone."""
        if self._texts:
            return Measurement(self._texts.measure(samples))
        if not np.isfinite(samples).all():
            return Measurement({"diversity": math.nan})
        features = self._space(samples)
        figures = {"diversity": diversity(features if self._sounds else samples, self._data)}
        if self._sounds:
            figures |= self._sounds.measure(samples)
        if min(len(features), len(self._features)) > NEIGHBOURS:
            figures["recall"] = round(recall(self._features, features), 4)
            if self._apart > 0 and not self.points:
                # Of points it would tell how many modes there are once more: fewer modes are denser.
                figures["nearest_distance"] = round(float(np.median(nearest_distances(features))) / self._apart, 4)
        if self._labels is None:
            return Measurement(figures)
        wanted = self._expected * len(samples)
        judged = wanted >= EXPECTED
        if self.points:
            nearest, inside = self._near(features)
            counts, good = self._count(nearest[inside]), float(np.mean(inside))
            figures["classes_covered"] = float(np.count_nonzero(counts))
            figures["high_quality"] = round(good, 4)
            missing = judged & (counts == 0)
            if good < SHARP:  # samples are blurred: a mode that many are near to is not missing
                missing &= self._count(nearest) < MISSING_BELOW * wanted
        else:
            counts = self._count(self._alike(features))
            missing = judged & (counts < MISSING_BELOW * wanted)
            figures["classes_covered"] = float(np.count_nonzero(self._expected) - missing.sum())
        shares = [round(float(share), 4) for share in counts / len(samples)]
        return Measurement(figures, shares, np.flatnonzero(missing).tolist())

    def _count(self, members):
        return np.bincount(members, minlength=self._classes)

    def _near(self, features):
        """The class of the nearest mean, and whether that is within three standard deviations."""
        distances = np.linalg.norm(features[:, None, :] - self._means[None], axis=2)
        distances = np.where(np.isfinite(distances), distances, np.inf)
        nearest = distances.argmin(axis=1)
        return nearest, distances[np.arange(len(features)), nearest] <= SIGMAS * self._deviations[nearest]

    def _alike(self, features):
        """The class of the nearest sample of the data."""
        from sklearn.neighbors import NearestNeighbors

        search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(self._features)
        return self._labels[search.kneighbors(features, return_distance=False)[:, 0]]


def _modes(features, labels, classes):
    """Each class's mean and its standard deviation along one axis; nan and 0 for a class without samples."""
    means = np.full((classes, features.shape[1]), np.nan, np.float32)
    deviations = np.zeros(classes, np.float32)
    for index in np.unique(labels):
        own = features[labels == index]
        means[index] = own.mean(axis=0)
        deviations[index] = np.sqrt(own.var(axis=0).mean())
    return means, deviations


def nearest_distances(features: np.ndarray) -> np.ndarray:
    """The distance of each row to its nearest other row."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(features).kneighbors()[0][:, 0]
