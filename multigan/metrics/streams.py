"""What is kept of a stream of features: its moments, and a bounded choice of its rows."""

import numpy

from multigan.errors import UsageError

__all__ = ["KEPT", "KEPT_BYTES", "Gathered", "Moments"]

KEPT = 10_000  # feature vectors of each set that are compared with one another
KEPT_BYTES = 512 << 20
WIDEST = 4096  # of a covariance: 128 MiB as float64


class Moments:
    """Mean and covariance of vectors that come in blocks, accumulated in float64.

    Blocks are centred before they are multiplied, and joined by the pairwise update of Chan, Golub and LeVeque, 1979:
    sums of squares of values far from zero would lose the digits that the covariance is made of.

    Attributes:
        count: of the vectors so far.
        mean: `(width,)`, None before the first block.
    """

    def __init__(self):
        self.count = 0
        self.mean = None
        self._scatter = None

    def add(self, features: numpy.ndarray) -> None:
        """Takes a block `(count, width)`.

        Raises:
            UsageError: more than 4,096 columns, or another number of them than before.
        """
        block = numpy.asarray(features, dtype=numpy.float64)
        count, width = block.shape
        if width > WIDEST:
            raise UsageError(
                f"features of {width:,} numbers: a covariance of more than {WIDEST:,} is not estimated; choose a "
                "smaller extractor, such as pca-64"
            )
        if not count:
            return
        mean = block.mean(axis=0)
        block = block - mean
        scatter = block.T @ block
        if self.mean is None:
            self.count, self.mean, self._scatter = count, mean, scatter
            return
        if len(self.mean) != width:
            raise UsageError(f"features of {width:,} numbers after features of {len(self.mean):,}")
        total, shift = self.count + count, mean - self.mean
        self._scatter += scatter + numpy.outer(shift, shift) * (self.count * count / total)
        self.mean = self.mean + shift * (count / total)
        self.count = total

    @property
    def covariance(self) -> numpy.ndarray:
        """The unbiased covariance `(width, width)`.

        Raises:
            UsageError: fewer than two vectors.
        """
        if self.count < 2:
            raise UsageError(f"a covariance needs at least 2 samples, got {self.count}; give it more")
        return self._scatter / (self.count - 1)


class Gathered:
    """Keeps at most `kept` rows of a stream of `total`, chosen by lot before the stream begins.

    Args:
        total: how many rows will come.
        moments: whether mean and covariance of all rows are accumulated.
        kept: the most that is kept; fewer when rows are so long that they would take more than 512 MiB.

    Attributes:
        positions: in the stream, of the rows that are kept; ascending.
        rows: those rows, `(kept, *shape)`: float32, or whole numbers as they came.
        moments: `Moments`, or None.
    """

    def __init__(self, total: int, moments: bool = False, kept: int = KEPT):
        self.total = total
        self.moments = Moments() if moments else None
        self.rows = None
        self.positions = None
        self._kept = kept

    def add(self, start: int, rows: numpy.ndarray) -> None:
        """Takes the rows `(count, *shape)` whose first has position `start`."""
        if self.moments is not None:
            self.moments.add(rows)
        if self.rows is None:
            limit = max(1, min(self._kept, self.total, KEPT_BYTES // max(1, 4 * rows[0].size)))
            # By lot, not the first ones: a stream may be sorted by class.
            chosen = numpy.random.default_rng(0).permutation(self.total)[:limit]
            self.positions = numpy.sort(chosen) if limit < self.total else numpy.arange(self.total)
            kind = rows.dtype if rows.dtype.kind in "iu" else numpy.float32  # tokens stay numbers
            self.rows = numpy.empty((limit, *rows.shape[1:]), kind)
        first, last = numpy.searchsorted(self.positions, (start, start + len(rows)))
        self.rows[first:last] = rows[self.positions[first:last] - start]

    @property
    def bound(self) -> bool:
        """Whether fewer rows are kept than came."""
        return self.rows is not None and len(self.rows) < self.total
