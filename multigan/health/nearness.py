"""How near samples lie to the data and to one another, in a room's own space."""

import numpy as np

from multigan.metrics.neighbours import recall

__all__ = ["Nearness", "flat", "nearest_distances", "spread"]

NEIGHBOURS = 3  # of recall: arXiv 1904.06991, section 3


class Nearness:
    """Compares features of samples with those of the data.

    Args:
        features: of the data, float32 `(n, width)`.
        count: how many of them a sample's nearest distance is held against: as many as there will be samples.
    """

    def __init__(self, features: np.ndarray, count: int):
        self._features, self._apart = features, 0.0
        if len(features) > NEIGHBOURS:
            self._apart = float(np.median(nearest_distances(features[spread(len(features), count)])))

    def recall(self, features: np.ndarray) -> dict[str, float]:
        """`recall`, the share of the data that lies among samples `(count, width)`; nothing of too few."""
        if not self._enough(features):
            return {}
        return {"recall": round(recall(self._features, features), 4)}

    def nearest(self, features: np.ndarray) -> dict[str, float]:
        """`nearest_distance`, the median distance of a sample to its nearest other one, over the same in the data;
        nothing of too few, or where the data are all alike.
        """
        if not self._enough(features) or self._apart <= 0:
            return {}
        return {"nearest_distance": round(float(np.median(nearest_distances(features))) / self._apart, 4)}

    def _enough(self, features):
        return min(len(features), len(self._features)) > NEIGHBOURS


def nearest_distances(features: np.ndarray) -> np.ndarray:
    """The distance of each row to its nearest other row."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(features).kneighbors()[0][:, 0]


def spread(length: int, count: int) -> np.ndarray:
    """Indices of `count` of so many, evenly spread; of all where there are fewer."""
    return np.linspace(0, length - 1, min(count, length)).astype(int)


def flat(samples: np.ndarray) -> np.ndarray:
    """Samples `(count, *shape)` as float32 rows `(count, width)`."""
    return np.asarray(samples, np.float32).reshape(len(samples), -1)
