"""A transposed convolution that is quick on small maps, too."""

import keras
from keras import layers, ops

from multigan import accelerators

__all__ = ["Upward"]

# So many positions, of all samples, are few.
FEW = 64


@keras.saving.register_keras_serializable(package="multigan")
class Upward(layers.Conv2DTranspose):
    """Keras' transposed convolution with kernel 4, stride 2 and padding "same": the same weights and results.

    Deep in a U-Net maps are small and kernels large. TensorFlow's CPU kernel then spends most of its time on bringing
    the weights into another order, step by step; a product of the weights, as they lie, with the few positions takes a
    fifth of it. `multigan export` writes it as the layer of Keras.
    """

    plain = layers.Conv2DTranspose

    def call(self, inputs):
        """Maps `(batch, height, width, channels)` to twice the height and width."""
        *sides, channels = inputs.shape
        slow = keras.backend.backend() == "tensorflow" and not accelerators()
        if not slow or None in sides or sides[0] * sides[1] * sides[2] > FEW:
            return super().call(inputs)
        batch, height, width = sides
        kernel = ops.reshape(ops.cast(self.kernel, inputs.dtype), (-1, channels))
        spread = ops.transpose(ops.matmul(kernel, ops.transpose(ops.reshape(inputs, (-1, channels)))))
        spread = ops.reshape(spread, (batch, height, width, 4, 4, self.filters))
        outputs = _joined(_joined(spread, 1), 2)
        return outputs + ops.cast(self.bias, inputs.dtype) if self.use_bias else outputs


def _joined(spread, axis):
    """Adds up what overlaps along one side: `(..., length, ..., 4, ...)`, the four entries on axis 3, to twice the
    length. Entry k of position i lies at 2 i + k - 1.
    """
    entries = [spread[:, :, :, entry] for entry in range(4)]
    even, odd = entries[1] + _moved(entries[3], axis, 1), entries[2] + _moved(entries[0], axis, -1)
    both = ops.stack([even, odd], axis=axis + 1)
    shape = both.shape
    return ops.reshape(both, (*shape[:axis], shape[axis] * 2, *shape[axis + 2 :]))


def _moved(values, axis, by):
    """Values one position later or earlier on an axis, zeros where none come from."""
    none = ops.zeros_like(values[(slice(None),) * axis + (slice(0, 1),)])
    if by > 0:
        return ops.concatenate([none, values[(slice(None),) * axis + (slice(None, -1),)]], axis=axis)
    return ops.concatenate([values[(slice(None),) * axis + (slice(1, None),)], none], axis=axis)
