"""Principal components of the real images: deterministic, without weights, good for small images.

The components are not whitened: whitening would divide by the spread of directions in which the data hardly vary, and
blow up rounding noise there. All are divided by one number, so that a component's variance is 1 on average: a
Frechet distance of 64 is that of the data from their mean picture, repeated.
"""

import hashlib

import numpy

from multigan.errors import UsageError

__all__ = ["COMPONENTS", "Components", "load"]

COMPONENTS = 64
FITTED = 4000  # images
FITTED_BYTES = 256 << 20


class Components:
    """Projects flattened samples.

    Args:
        mean: `(width,)`.
        directions: `(width, components)`, with the common factor in them.
        share: of the data's variance that they hold.
        fitted: how many samples they were estimated from.
    """

    def __init__(self, mean: numpy.ndarray, directions: numpy.ndarray, share: float, fitted: int):
        self._mean, self._directions = mean, directions
        self.facts = {
            "sha256": hashlib.sha256(directions.tobytes()).hexdigest(),
            "components": directions.shape[1],
            "variance_share": share,
            "fitted": fitted,
        }

    def __call__(self, samples):
        """Returns float32 `(count, components)`."""
        flat = numpy.asarray(samples, dtype=numpy.float32).reshape(len(samples), -1)
        return (flat - self._mean) @ self._directions


def load(material):
    """Fits the components to images spread evenly over the reference data.

    Raises:
        UsageError: fewer than two images, or images that are all alike.
    """
    from sklearn.decomposition import PCA

    source = material.reference
    count = min(FITTED, len(source), max(2, FITTED_BYTES // (4 * int(numpy.prod(source.shape)))))
    batch = source.batch(numpy.linspace(0, len(source) - 1, count).astype(numpy.int64))
    flat = batch["image"].reshape(count, -1)
    if count < 2 or not numpy.ptp(flat, axis=0).any():
        raise UsageError(f"{source.name}: the images are all alike, so they have no principal components")
    components = min(COMPONENTS, count - 1, flat.shape[1])
    fitted = PCA(components, svd_solver="randomized", random_state=0, iterated_power=4).fit(flat)
    scale = 1.0 / numpy.sqrt(fitted.explained_variance_.mean())
    directions = (fitted.components_.T * scale).astype(numpy.float32)
    return Components(
        fitted.mean_.astype(numpy.float32), directions, round(float(fitted.explained_variance_ratio_.sum()), 4), count
    )
