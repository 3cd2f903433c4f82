"""A space to compare samples in whose numbers are many and alike, such as pixels."""

from collections.abc import Callable

import numpy as np

from multigan.health.nearness import flat

__all__ = ["component_space"]

COMPONENTS = 50


def component_space(data: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a function from samples `(count, *shape)` to float32 `(count, width)`: the first 50 principal components
    of the data; fewer of few images, and the numbers themselves where there are few of them.
    """
    rows = flat(data)
    centre = rows.mean(axis=0)
    components = min(COMPONENTS, *rows.shape) - (len(rows) <= COMPONENTS)
    if not (rows.shape[1] > components >= 1 and rows.std() > 0):
        return lambda samples: flat(samples) - centre
    from sklearn.decomposition import PCA

    # Randomised, from a fixed state: the exact decomposition takes ten times as long for large samples.
    pca = PCA(components, svd_solver="randomized", random_state=0).fit(rows)
    project = pca.components_.T.astype(np.float32)
    return lambda samples: (flat(samples) - centre) @ project
