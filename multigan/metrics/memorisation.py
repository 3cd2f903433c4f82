"""Whether samples are copies of training data.

A sample is held against its nearest training sample. What is near is told by the data: fresh real samples also have a
nearest training sample, and only samples that are nearer than those nearly ever are count. The comparison of the two
distributions of distances is that of Meehan, Chaudhuri and Dasgupta, 2020, arXiv 2004.05675.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy

from multigan.metrics.checks import check_sets

__all__ = ["QUANTILE", "Training", "memorisation"]

QUANTILE = 0.05  # of the real distances: what real data score themselves
SHOWN, BESIDE = 8, 3  # samples in the picture, and training samples beside each
QUERIES = 500  # compared at a time


class Training:
    """The training data's features, block by block, and the real samples that tell what is near.

    Args:
        blocks: returns an iterator of `(start, features)` over all training samples, anew at each call.
        real: features `(count, width)` of real samples.
        own: `(count,)`, where each of them stands in the training data, to be left out of its own neighbours; None when
            they are other data.
    """

    def __init__(
        self,
        blocks: Callable[[], Iterator[tuple[int, numpy.ndarray]]],
        real: numpy.ndarray,
        own: numpy.ndarray | None,
    ):
        self._blocks, self._real, self._own = blocks, real, own

    @cached_property
    def typical(self) -> numpy.ndarray:
        """Distances `(count,)` of the real samples to their nearest (other) training sample."""
        return self.nearest(self._real, own=self._own)[0][:, 0]

    def nearest(
        self, queries: numpy.ndarray, k: int = 1, own: numpy.ndarray | None = None
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Returns distances and positions, both `(count, k)`, of each query's nearest training samples, nearest first.

        Args:
            queries: features `(count, width)`.
            k: how many.
            own: `(count,)`, the training sample that each query itself is.
        """
        distances = numpy.full((len(queries), k), numpy.inf)
        positions = numpy.zeros((len(queries), k), numpy.int64)
        for start, block in self._blocks():
            squares = numpy.einsum("ij,ij->i", block, block)
            for first in range(0, len(queries), QUERIES):
                part = slice(first, min(first + QUERIES, len(queries)))
                table = squares - 2.0 * (queries[part] @ block.T)  # the query's own square changes no order
                if own is not None:
                    rows = numpy.flatnonzero((own[part] >= start) & (own[part] < start + len(block)))
                    table[rows, own[part][rows] - start] = numpy.inf
                count = min(k, len(block))
                found = numpy.argpartition(table, count - 1, axis=1)[:, :count]
                # Taken anew from differences: products of matrices leave rounding noise where samples are copies.
                exact = numpy.linalg.norm(queries[part][:, None] - block[found], axis=2).astype(numpy.float64)
                exact[~numpy.isfinite(numpy.take_along_axis(table, found, axis=1))] = numpy.inf
                both = numpy.concatenate([distances[part], exact], axis=1)
                order = numpy.argsort(both, axis=1, kind="stable")[:, :k]
                distances[part] = numpy.take_along_axis(both, order, axis=1)
                both = numpy.concatenate([positions[part], found + start], axis=1)
                positions[part] = numpy.take_along_axis(both, order, axis=1)
        return distances, positions


def memorisation(
    real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, training: Training
) -> dict[str, object]:
    """Share of the samples nearer to a training sample than 95 % of real samples are to theirs.

    Args:
        real, generated: features `(count, width)`, at least 20 real ones.
        seed: unused; nothing is drawn.
        training: the training data's features.

    Returns:
        `"value"`; `"real"`, the same share of the real samples (0.05 up to ties); `"closer"`, how often a sample is
        nearer to the training data than a real one is (0.5: like fresh data, 1: copies, near 0: far from all data);
        `"pairs"`: the rows of the nearest samples, and the positions of the training samples beside them.

    Raises:
        UsageError: fewer than 20 real samples, which have no 5 % quantile.
    """
    check_sets("memorisation", round(1 / QUANTILE), real=real)
    check_sets("memorisation", 1, real=real, generated=generated)
    distances = training.nearest(generated)[0][:, 0]
    threshold = numpy.quantile(training.typical, QUANTILE)
    typical = numpy.sort(training.typical)
    below = numpy.searchsorted(typical, distances, side="left") + numpy.searchsorted(typical, distances, side="right")
    suspects = numpy.argsort(distances, kind="stable")[:SHOWN]
    return {
        "value": float((distances <= threshold).mean()),
        "real": float((typical <= threshold).mean()),
        "closer": float(1.0 - (below / (2 * len(typical))).mean()),
        "pairs": (suspects, training.nearest(generated[suspects], BESIDE)[1]),
    }
