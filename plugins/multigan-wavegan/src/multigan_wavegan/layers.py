"""Layers of WaveGAN: strided convolutions along time in the form that is fastest where they run, and phase shuffle."""

import random

import keras
from keras import ops

__all__ = ["PhaseShuffle", "StridedConv1D", "TransposedConv1D"]

# On a CPU TensorFlow's strided convolutions are slow where channels are few. There the same sums are written over
# blocks of as many samples as the stride, without a stride: at dim 16 a step takes 12 % less time. From more channels
# on, the zeros that fill up the last block cost more than that.
BLOCKS_UP_TO = 128


@keras.saving.register_keras_serializable(package="multigan_wavegan")
class StridedConv1D(keras.layers.Conv1D):
    """`keras.layers.Conv1D` with padding "same", in arguments, weights and results."""

    def call(self, inputs):
        """Maps `(batch, steps, channels)` to `(batch, steps / stride, filters)`."""
        (stride,), steps, channels = self.strides, *inputs.shape[1:]
        if not _in_blocks(self, steps, channels):
            return super().call(inputs)
        blocks = _blocks(self.kernel, stride)
        count, _, _, filters = blocks.shape
        kernel = ops.reshape(blocks, (count, stride * channels, filters))
        folded = ops.reshape(inputs, (-1, steps // stride, stride * channels))
        return _with_bias(self, ops.conv(folded, kernel, padding="same"))


@keras.saving.register_keras_serializable(package="multigan_wavegan")
class TransposedConv1D(keras.layers.Conv1DTranspose):
    """`keras.layers.Conv1DTranspose` with padding "same", in arguments, weights and results; exported as that."""

    plain = keras.layers.Conv1DTranspose

    def call(self, inputs):
        """Maps `(batch, steps, channels)` to `(batch, steps * stride, filters)`."""
        (stride,), steps = self.strides, inputs.shape[1]
        if not _in_blocks(self, steps * stride, self.filters):
            return super().call(inputs)
        # Sub-pixel form (arXiv 1609.05158): each step makes a block of `stride` outputs at once. What a step adds to
        # the block after it, that block takes from the step before it: hence the order of the blocks is turned round.
        blocks = ops.flip(_blocks(self.kernel, stride), axis=0)
        count, _, filters, channels = blocks.shape
        kernel = ops.reshape(ops.transpose(blocks, (0, 3, 1, 2)), (count, channels, stride * filters))
        outputs = ops.conv(inputs, kernel, padding="same")
        return _with_bias(self, ops.reshape(outputs, (-1, steps * stride, filters)))


def _in_blocks(layer, steps, channels) -> bool:
    """Whether a layer, of `steps` and `channels` on its finer side, is to be computed block by block."""
    plain = layer.padding == "same" and layer.dilation_rate == (1,) and getattr(layer, "groups", 1) == 1
    fits = plain and layer.strides[0] > 1 and steps is not None and steps % layer.strides[0] == 0
    return fits and channels <= BLOCKS_UP_TO and keras.backend.backend() == "tensorflow"


def _blocks(kernel, stride: int):
    """A kernel `(size, a, b)` as blocks of `stride` taps, `(odd count, stride, a, b)`, the middle one at the output."""
    size, *rest = kernel.shape
    before = max(size - stride, 0) // 2  # as "same" pads it
    reach = max(-(-before // stride), -(-(size - before) // stride) - 1)
    first = reach * stride - before
    after = (2 * reach + 1) * stride - first - size
    padded = ops.pad(kernel, ((first, after), *((0, 0) for _ in rest)))
    return ops.reshape(padded, (2 * reach + 1, stride, *rest))


def _with_bias(layer, outputs):
    return outputs + ops.cast(layer.bias, outputs.dtype) if layer.use_bias else outputs


@keras.saving.register_keras_serializable(package="multigan_wavegan")
class PhaseShuffle(keras.layers.Layer):
    """Shifts activations in time by a random number of steps, -n to n; what is missing is mirrored. Training only.

    A critic that cannot rely on the phase does not learn the artefacts of transposed convolutions, which always have
    the same one.

    Args:
        n: the largest shift.
        by: "batch": one shift for all samples of a call, as the reference has it; "sample": one for each.
        seed: of the draws.

    Input and output `(batch, steps, channels)`.

    Raises:
        ValueError: another `by`.

    Reference: Donahue et al., 2018, arXiv 1802.04208, section 3.3.
    """

    def __init__(self, n: int = 2, by: str = "batch", seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        if by not in ("batch", "sample"):
            raise ValueError(f"phase shuffle by {by!r}: it is by 'batch' or by 'sample'")
        self.n, self.by = n, by
        # From a generator that checkpoints hold; without a seed from the one that set_random_seed decides.
        self.seed = random.randrange(2**31) if seed is None else seed
        self.generator = keras.random.SeedGenerator(self.seed)

    def call(self, inputs, training=False):
        """Draws and shifts."""
        if not training or self.n == 0:
            return inputs
        steps, n = inputs.shape[1], self.n
        padded = ops.pad(inputs, ((0, 0), (n, n), (0, 0)), mode="reflect")
        if self.by == "batch":
            start = keras.random.randint((), 0, 2 * n + 1, seed=self.generator)
            return ops.slice(padded, (0, start, 0), ops.shape(inputs))
        start = keras.random.randint((ops.shape(inputs)[0], 1, 1), 0, 2 * n + 1, seed=self.generator)
        # A sum over the few shifts that there are: its second derivative is cheap everywhere, that of a gather is not.
        return sum(
            ops.cast(start == shift, inputs.dtype) * padded[:, shift : shift + steps] for shift in range(2 * n + 1)
        )

    def compute_output_shape(self, input_shape):
        """The same."""
        return input_shape

    def get_config(self):
        """Configuration for saving."""
        return {**super().get_config(), "n": self.n, "by": self.by, "seed": self.seed}
