"""Which share of samples belongs to each of the data's classes, and which classes are missing."""

from collections.abc import Sequence

import numpy as np

from multigan.health.gauge import Measurement
from multigan.health.reference import Reference

__all__ = ["Classes", "Neighbours"]

# A class is judged where the data's share lets so many of its samples expect: none then is a chance of 5 in 100,000.
EXPECTED = 10.0
# A class is missing below this part of its share of the data. Not at nothing: of scikit-learn's digits by other writers
# one in twenty-five is nearest to a digit of another class.
MISSING_BELOW = 0.2


class Classes:
    """The data's shares of its classes.

    Args:
        labels: of the data, int `(n,)`.
        count: how many classes there are.
    """

    def __init__(self, labels: np.ndarray, count: int):
        self.labels, self.count = labels, count
        self._expected = np.bincount(labels, minlength=count) / len(labels)

    @classmethod
    def of(cls, reference: Reference, classes: Sequence[str], chosen: np.ndarray | slice = slice(None)):
        """Returns those of the chosen part of a reference; None where the data has no labels."""
        if reference.labels is None or not len(classes):
            return None
        return cls(reference.labels[chosen], len(classes))

    @property
    def present(self) -> int:
        """How many classes the data has samples of."""
        return np.count_nonzero(self._expected)

    def tally(self, members: np.ndarray) -> np.ndarray:
        """How many of the samples, whose classes are given, are in each class."""
        return np.bincount(members, minlength=self.count)

    def judged(self, total: int) -> np.ndarray:
        """Of which classes so many samples are enough to tell that one is missing, bool `(classes,)`."""
        return self._expected * total >= EXPECTED

    def scarce(self, counts: np.ndarray, total: int) -> np.ndarray:
        """Which classes have hardly any of `total` samples, bool `(classes,)`."""
        return counts < MISSING_BELOW * self._expected * total

    def measurement(
        self, figures: dict[str, float], counts: np.ndarray, missing: np.ndarray, total: int
    ) -> Measurement:
        """Returns figures with the shares of `total` samples.

        Args:
            figures: what else was measured.
            counts: the samples of each class.
            missing: which of the classes are, bool.
            total: how many samples there are, with those of no class.
        """
        shares = [round(float(share), 4) for share in counts / total]
        return Measurement(figures, shares, np.flatnonzero(missing).tolist())


class Neighbours:
    """Tells a sample's class by the nearest sample of the data.

    Args:
        features: of the data, `(n, width)`.
        classes: its shares; None where it has no labels, so that nothing is told of them.
    """

    def __init__(self, features: np.ndarray, classes: Classes | None):
        self._features, self._classes = features, classes

    def measurement(self, figures: dict[str, float], features: np.ndarray) -> Measurement:
        """Returns figures with `classes_covered`, shares and missing classes of samples' features `(count, width)`."""
        if self._classes is None:
            return Measurement(figures)
        counts, total = self._classes.tally(self._alike(features)), len(features)
        missing = self._classes.judged(total) & self._classes.scarce(counts, total)
        figures = {**figures, "classes_covered": float(self._classes.present - missing.sum())}
        return self._classes.measurement(figures, counts, missing, total)

    def _alike(self, features):
        from sklearn.neighbors import NearestNeighbors

        search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(self._features)
        return self._classes.labels[search.kneighbors(features, return_distance=False)[:, 0]]
