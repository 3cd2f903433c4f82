"""Metrics of images `(count, height, width, channels)` in pixel space: `metric(real, generated, seed) -> float`.

Precision and recall are the k-nearest-neighbour estimates of Kynkäänniemi et al., 2019, arXiv 1904.06991: a set's
manifold is the union of the balls around its images that reach to their third nearest neighbour in the set. The paper
measures in VGG-16 features; here the distance is between pixels, which no download is needed for, and which says
little about images that are large or not aligned. The estimates depend on the counts: compare equal ones only.
"""

import numpy

from multigan.errors import UsageError
from multigan.metrics.diversity import METRIC_COUNT, check_images
from multigan.metrics.diversity import diversity as relative_diversity

__all__ = ["NEIGHBOURS", "diversity", "precision", "recall"]

NEIGHBOURS = 3  # arXiv 1904.06991, section 3
CHUNK_MEGABYTES = 128  # of distances held at a time
ROUNDING = 1e-6  # relative to an image's norm; one grey level in one pixel of a 32 x 32 colour image is 1.4e-4


def precision(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """Share of `generated` that lies on the manifold of `real`: 1 when every sample looks like data.

    Args:
        real, generated: `(count, *shape)`, at least four of each, in the same units.
        seed: unused; nothing is drawn.

    Raises:
        UsageError: too few images, two shapes, or a value that is not finite.

    Reference: arXiv 1904.06991, equation 2.
    """
    return _coverage("precision(pixels)", real, generated, manifold="real")


def recall(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """Share of `real` that lies on the manifold of `generated`: 1 when no part of the data is missing.

    Arguments and errors are those of `precision`.

    Reference: arXiv 1904.06991, equation 2.
    """
    return _coverage("recall(pixels)", real, generated, manifold="generated")


def diversity(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> float:
    """Mean pairwise distance within `generated` over that within `real`, of at most 1,000 images of each.

    Args:
        real, generated: `(count, *shape)`, at least two of each, in the same units.
        seed: chooses the images when there are more.

    Raises:
        UsageError: too few images, two shapes, a value that is not finite, or real images that are all alike.
    """
    check_images("diversity", 2, real=real, generated=generated)
    _check_finite("diversity", real=real, generated=generated)
    value = relative_diversity(generated, real, seed, METRIC_COUNT)
    if not numpy.isfinite(value):
        raise UsageError("diversity: the real images are all alike, so there is nothing to compare with")
    return value


def _coverage(metric: str, real: numpy.ndarray, generated: numpy.ndarray, manifold: str) -> float:
    """Share of the other set's images that lie within a ball of the `manifold` set."""
    from sklearn.metrics import pairwise_distances_chunked
    from sklearn.neighbors import NearestNeighbors

    check_images(metric, NEIGHBOURS + 1, real=real, generated=generated)
    _check_finite(metric, real=real, generated=generated)
    centres, others = (real, generated) if manifold == "real" else (generated, real)
    centres, others = (numpy.asarray(x, dtype=numpy.float32).reshape(len(x), -1) for x in (centres, others))
    # Without a query scikit-learn leaves each image out of its own neighbours.
    distances, _ = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(centres).kneighbors()
    # Distances come from products of matrices; the allowance lets equal images meet in a ball of radius zero.
    radii = distances[:, -1] + ROUNDING * numpy.linalg.norm(centres, axis=1).max()
    inside = pairwise_distances_chunked(
        others,
        centres,
        reduce_func=lambda chunk, start: (chunk <= radii).any(axis=1),
        working_memory=CHUNK_MEGABYTES,
    )
    return float(numpy.concatenate(list(inside)).mean())


def _check_finite(metric: str, **sets: numpy.ndarray) -> None:
    for name, images in sets.items():
        bad = numpy.flatnonzero(~numpy.isfinite(images.reshape(len(images), -1)).all(axis=1))
        if len(bad):
            raise UsageError(
                f"{metric}: {len(bad)} of {len(images)} {name} images hold values that are not finite "
                f"(the first is number {bad[0]}); use a checkpoint from before the failure"
            )
