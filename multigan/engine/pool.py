"""A pool of earlier samples, for critics that should not forget."""

import keras
from keras import ops

from multigan.errors import UsageError

__all__ = ["ReplayPool"]


class ReplayPool(keras.layers.Layer):
    """Holds generated samples in a variable, so that it is checkpointed and deterministic.

    `pool(batch)` returns a batch of the same shape. While the pool is not full it stores what it is given and returns
    it unchanged. Once full, each sample is, with probability one half, exchanged for a stored one; within a batch no
    slot is used twice.

    Args:
        size: samples in the pool (50 in the reference); at least the batch size.
        shape: of one sample.
        seed: `keras.random.SeedGenerator`.

    Reference: Shrivastava et al., 2016, arXiv 1612.07828, section 2.3; the form of Zhu et al., 2017, arXiv 1703.10593.
    """

    def __init__(self, size: int, shape: tuple[int, ...], seed, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.size, self.seed = size, seed
        self.samples = self.add_weight(shape=(size, *shape), initializer="zeros", trainable=False, name="samples")
        self.filled = self.add_weight(shape=(), initializer="zeros", dtype="int32", trainable=False, name="filled")

    def __call__(self, batch):
        """Exchanges the batch with the pool.

        Raises:
            UsageError: the batch is larger than the pool.
        """
        # Not in `call`, whose errors Keras rewords.
        count = ops.shape(batch)[0]
        if count > self.size:
            raise UsageError(
                f"a replay pool of {self.size} samples and batches of {count}: make the pool at least as large, or "
                "lower --batch-size"
            )
        return super().__call__(batch)

    def call(self, batch):
        """See `__call__`."""
        count = ops.shape(batch)[0]
        batch = ops.stop_gradient(ops.cast(batch, self.samples.dtype))
        full = self.filled >= self.size
        ahead = self.filled + ops.arange(count, dtype="int32")
        shuffled = ops.cast(ops.argsort(keras.random.uniform((self.size,), seed=self.seed))[:count], "int32")
        slots = ops.where(full, shuffled, ahead % self.size)
        heads = keras.random.uniform((count,), seed=self.seed) < 0.5
        stored = ops.take(self.samples, slots, axis=0)
        axes = (count, *([1] * (len(batch.shape) - 1)))
        write = ops.reshape(ops.where(full, heads, ahead < self.size), axes)
        swap = ops.reshape(ops.logical_and(full, heads), axes)
        self.samples.assign(ops.scatter_update(self.samples, slots[:, None], ops.where(write, batch, stored)))
        self.filled.assign(ops.minimum(self.filled + count, self.size))
        return ops.where(swap, stored, batch)
