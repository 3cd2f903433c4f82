"""Layers that adversarial training needs and Keras lacks, or has in a form that is wrong for it."""

import keras
import numpy as np
from keras import ops

from multigan.engine import autodiff

__all__ = [
    "BatchNormalization",
    "InstanceNormalization",
    "LeakyReLU",
    "MinibatchStandardDeviation",
    "SpectralNormalization",
]

TINY = 1e-12


@keras.saving.register_keras_serializable(package="multigan")
class SpectralNormalization(keras.layers.Layer):
    """Divides a linear layer's kernel by its largest singular value, estimated by power iteration.

    The kernel itself is never overwritten: the layer's output, less its bias, is divided by sigma, which is the same
    for a layer that is linear in its kernel. Gradients flow through sigma, not through the iteration. Only the vector
    `u` is assigned, one iteration for every call with `training=True`.

    Args:
        layer: a Dense, convolution or transposed convolution layer without an activation.

    `multigan export` writes the wrapped layer with the divided kernel.

    Raises:
        ValueError: the layer has an activation, or no kernel.

    Reference: Miyato et al., 2018, arXiv 1802.05957, algorithm 1.
    """

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        if getattr(layer, "activation", None) not in (None, keras.activations.linear):
            raise ValueError(
                f"{layer.name}: spectral normalisation needs a linear layer; put the activation in a layer of its own"
            )
        self.layer = layer

    def build(self, input_shape):
        """Builds the wrapped layer and the vector `u`."""
        if not self.layer.built:
            self.layer.build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(f"{self.layer.name}: spectral normalisation needs a layer with a kernel")
        # Transposed convolutions keep their outputs on the axis before the last.
        self._output_axis = -2 if "Transpose" in type(self.layer).__name__ else -1
        width = self.layer.kernel.shape[self._output_axis]
        self.u = self.add_weight(shape=(width, 1), initializer="random_normal", trainable=False, name="u")

    def call(self, inputs, training=False):
        """The wrapped layer's output with its kernel divided by sigma."""
        kernel = ops.cast(ops.moveaxis(self.layer.kernel, self._output_axis, -1), "float32")
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        fixed, u = ops.stop_gradient(matrix), ops.cast(self.u, "float32")
        v = ops.normalize(fixed @ u, axis=0)
        if training:
            u = ops.normalize(ops.transpose(fixed) @ v, axis=0)
            self.u.assign(ops.cast(u, self.u.dtype))
        sigma = ops.sum(ops.stop_gradient(v) * (matrix @ ops.stop_gradient(u)))
        outputs = self.layer(inputs)
        bias = getattr(self.layer, "bias", None)
        sigma = ops.cast(sigma, outputs.dtype)
        return (
            outputs / sigma
            if bias is None
            else (outputs - ops.cast(bias, outputs.dtype)) / sigma + ops.cast(bias, outputs.dtype)
        )

    def compute_output_shape(self, input_shape):
        """The wrapped layer's output shape."""
        return self.layer.compute_output_shape(input_shape)

    def plain_weights(self) -> list:
        """Returns the wrapped layer's weights with its kernel divided by sigma, as arrays: alone it then makes the same
        at inference.
        """
        kernel = np.moveaxis(ops.convert_to_numpy(self.layer.kernel), self._output_axis, -1).astype(np.float64)
        matrix, u = kernel.reshape(-1, kernel.shape[-1]), ops.convert_to_numpy(self.u).astype(np.float64)
        v = matrix @ u
        sigma = (v.T @ matrix @ u).item() / max(np.linalg.norm(v), TINY)
        return [
            ops.convert_to_numpy(weight) / (sigma if weight is self.layer.kernel else 1.0)
            for weight in self.layer.weights
        ]

    def get_config(self):
        """Configuration for saving."""
        return {**super().get_config(), "layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config):
        """Rebuilds the layer and the layer it wraps."""
        layer = keras.saving.deserialize_keras_object(config.pop("layer"))
        return cls(layer, **config)


@keras.saving.register_keras_serializable(package="multigan")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation, through the backend's fused kernel where it is trained on images in float32.

    Arguments, weights and results are those of `keras.layers.BatchNormalization`; `multigan export` writes it as that,
    as every layer that names a `plain` one.
    """

    plain = keras.layers.BatchNormalization

    def call(self, inputs, training=None, mask=None):
        """Normalises by the batch's statistics and moves the running ones, or by the running ones at inference."""
        fits = training and self.trainable and mask is None and self.center and self.scale
        if not fits or len(inputs.shape) != 4 or self.axis not in (-1, 3) or self.compute_dtype != "float32":
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = autodiff.normalized(inputs, self.gamma.value, self.beta.value, self.epsilon)
        for running, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(running * self.momentum + ops.stop_gradient(new) * (1.0 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable(package="multigan")
class InstanceNormalization(keras.layers.GroupNormalization):
    """Normalises each channel of each sample over its positions; without scale and offset by default.

    Args: those of `keras.layers.GroupNormalization`, less `groups`.

    `multigan export` writes it as the layer of Keras that it is.

    Reference: Ulyanov et al., 2016, arXiv 1607.08022.
    """

    plain = keras.layers.GroupNormalization

    def __init__(self, epsilon=1e-5, center=False, scale=False, **kwargs):
        kwargs.pop("groups", None)
        super().__init__(groups=-1, epsilon=epsilon, center=center, scale=scale, **kwargs)


@keras.saving.register_keras_serializable(package="multigan")
class MinibatchStandardDeviation(keras.layers.Layer):
    """Appends one channel: the standard deviation over groups of the batch, averaged over positions and channels.

    It lets a critic see that the samples of a batch are all alike.

    Args:
        group_size: samples in a group; the batch is one group when it is smaller or does not divide.

    Input `(batch, *positions, channels)`, output `(batch, *positions, channels + 1)`.

    Reference: Karras et al., 2017, arXiv 1710.10196, section 3.
    """

    def __init__(self, group_size: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.group_size = group_size

    def call(self, inputs):
        """Appends the statistic."""
        shape = ops.shape(inputs)
        batch = shape[0]
        group = self.group_size if isinstance(batch, int) and batch % self.group_size == 0 else batch
        grouped = ops.reshape(ops.cast(inputs, "float32"), (group, -1, *shape[1:]))
        deviation = ops.sqrt(ops.var(grouped, axis=0) + 1e-8)
        statistic = ops.mean(deviation, axis=tuple(range(1, len(shape))), keepdims=True)
        channel = ops.tile(statistic, (group, *shape[1:-1], 1))
        return ops.concatenate([inputs, ops.cast(channel, inputs.dtype)], axis=-1)

    def compute_output_shape(self, input_shape):
        """One more channel."""
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self):
        """Configuration for saving."""
        return {**super().get_config(), "group_size": self.group_size}


@keras.saving.register_keras_serializable(package="multigan")
class LeakyReLU(keras.layers.Layer):
    """max(x, slope x), for networks whose gradient is itself differentiated, as penalties do.

    The same numbers as `keras.layers.LeakyReLU`; but its second derivative, zero, costs nothing: as a product with a
    constant mask it is not there, where the fused kernel's is a tensor of zeros that flows on through the layers below.

    Args:
        slope: of the negative side.
    """

    def __init__(self, slope: float = 0.2, **kwargs):
        super().__init__(**kwargs)
        self.slope = slope

    def call(self, inputs):
        """Applies it."""
        one, slope = ops.cast(1.0, inputs.dtype), ops.cast(self.slope, inputs.dtype)
        return inputs * ops.stop_gradient(ops.where(inputs > 0, one, slope))

    def compute_output_shape(self, input_shape):
        """The same."""
        return input_shape

    def get_config(self):
        """Configuration for saving."""
        return {**super().get_config(), "slope": self.slope}
