"""Principal components of the real clips, and of what changes in them from frame to frame: deterministic, without
weights.

As for images they are not whitened, and are divided by one number, so that a component's variance is 1 on average.
"""

import hashlib
from functools import partial

import numpy

from multigan.errors import UsageError

__all__ = ["COMPONENTS", "Components", "load", "load_changes"]

COMPONENTS = 64
FITTED = 4000  # clips
FITTED_BYTES = 256 << 20


class Components:
    """Projects flattened clips, or their changes.

    Args:
        prepare: what is made of clips before.
        mean: `(width,)`.
        directions: `(width, components)`, with the common factor in them.
        share: of the data's variance that they hold.
        fitted: how many clips they were estimated from.
    """

    def __init__(self, prepare, mean: numpy.ndarray, directions: numpy.ndarray, share: float, fitted: int):
        self._prepare, self._mean, self._directions = prepare, mean, directions
        self.facts = {
            "sha256": hashlib.sha256(directions.tobytes()).hexdigest(),
            "components": directions.shape[1],
            "variance_share": share,
            "fitted": fitted,
        }

    def __call__(self, samples):
        """Returns float32 `(count, components)`."""
        return (_flat(self._prepare(samples)) - self._mean) @ self._directions


def _load(prepare, what: str, material) -> Components:
    """Fits the components to clips spread evenly over the reference data; raises `UsageError` for too few, or all alike
    ones.
    """
    from sklearn.decomposition import PCA

    source = material.reference
    count = min(FITTED, len(source), max(2, FITTED_BYTES // (4 * int(numpy.prod(source.shape)))))
    batch = source.batch(numpy.linspace(0, len(source) - 1, count).astype(numpy.int64))
    flat = _flat(prepare(batch["clip"]))
    if count < 2 or not numpy.ptp(flat, axis=0).any():
        raise UsageError(f"{source.name}: {what} are all alike, so they have no principal components")
    components = min(COMPONENTS, count - 1, flat.shape[1])
    fitted = PCA(components, svd_solver="randomized", random_state=0, iterated_power=4).fit(flat)
    scale = 1.0 / numpy.sqrt(fitted.explained_variance_.mean())
    directions = (fitted.components_.T * scale).astype(numpy.float32)
    share = round(float(fitted.explained_variance_ratio_.sum()), 4)
    return Components(prepare, fitted.mean_.astype(numpy.float32), directions, share, count)


def _flat(clips):
    return numpy.asarray(clips, numpy.float32).reshape(len(clips), -1)


def _whole(clips):
    return clips


def _changes(clips):
    return numpy.diff(numpy.asarray(clips, numpy.float32), axis=1)


load = partial(_load, _whole, "the clips")
load_changes = partial(_load, _changes, "the changes from frame to frame")
