"""TensorFlow: gradient tapes and `tf.function`."""

import contextlib

import keras
import tensorflow as tf

from multigan.engine.autodiff.apart import agreed, join, leave
from multigan.engine.autodiff.scope import Recorder

__all__ = [
    "Adam",
    "accelerators",
    "agreed",
    "compiled",
    "input_grad",
    "join",
    "leave",
    "normalized",
    "settle",
    "value_and_grad",
    "without_grad",
]


def value_and_grad(loss, variables):
    """See the package's docstring."""
    sources = [variable.value for variable in variables]
    # Watching nothing but the sources keeps the other players' weights off the tape: less to record, nothing to leak.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(sources)
        with Recorder() as scope:
            result = loss()
    gradients = tape.gradient(result[0], sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    values = [scope.value_of(variable) for variable in scope.updated]
    # Where a weight's gradient does not depend on what reads the weight, as in a linear loss, TensorFlow's optimizer of
    # graphs may lose the order of the reading and the update: so nothing is updated before all is computed.
    computed = [part for part in tf.nest.flatten([result, gradients, values]) if tf.is_tensor(part)]
    with tf.control_dependencies(computed):
        # A table that is looked up has a gradient of single rows, which optimizers and norms are not to know of.
        gradients = [tf.identity(tf.convert_to_tensor(gradient)) for gradient in gradients]
        values = [tf.identity(value) for value in values]
    return result, gradients, list(zip(scope.updated, values, strict=True))


def input_grad(function, inputs):
    """See the package's docstring."""
    inputs = tf.convert_to_tensor(inputs)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def compiled(function, variables, jit, inputs=None, shared=False):
    """See the package's docstring; `jit` chooses XLA."""
    del variables, shared  # a tf.function captures what it reads
    if inputs is not None and any(None in shape[1:] for shape, _ in inputs):
        # XLA would compile each size anew.
        signature = [tf.TensorSpec(shape, dtype) for shape, dtype in inputs]
        return tf.function(function, input_signature=signature, autograph=False)
    # Written for every backend, nothing in it is for autograph to convert; and its errors keep their words.
    return tf.function(function, jit_compile=jit, autograph=False)


def without_grad():
    """See the package's docstring: without a tape nothing is recorded."""
    return contextlib.nullcontext()


def settle():
    """See the package's docstring: TensorFlow's operations have no default to set, they take their inputs'."""


def accelerators():
    """See the package's docstring."""
    return [device.name for device in tf.config.list_physical_devices("GPU")]


def normalized(inputs, gamma, beta, epsilon):
    """See the package's docstring."""
    # Composed of single operations, as Keras does it, this is a tenth of a DCGAN step on a CPU.
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs, scale=gamma, offset=beta, mean=tf.zeros(0), variance=tf.zeros(0), epsilon=epsilon, is_training=True
    )
    count = tf.cast(tf.size(inputs) // inputs.shape[-1], variance.dtype)
    # The kernel's statistics are the ones that are to be averaged: with Bessel's correction, and without a gradient.
    return outputs, tf.stop_gradient(mean), tf.stop_gradient(variance) * (count - 1.0) / count


@keras.saving.register_keras_serializable(package="multigan")
class Adam(keras.optimizers.Adam):
    """See the package's docstring."""

    def update_step(self, gradient, variable, learning_rate):
        """One pass over the variable and its moments, where Keras' composition of single operations makes ten."""
        if self.amsgrad or tf.distribute.has_strategy() or variable.dtype != "float32":
            return super().update_step(gradient, variable, learning_rate)
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, tf.float32)
        return tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.cast(gradient, tf.float32),
        )
