"""TensorFlow: gradient tapes and `tf.function`."""

import contextlib

import tensorflow as tf

from multigan.engine.autodiff.scope import Recorder

__all__ = ["accelerators", "compiled", "input_grad", "normalized", "value_and_grad", "without_grad"]


def value_and_grad(loss, variables):
    """See the package's docstring."""
    sources = [variable.value for variable in variables]
    # Watching nothing but the sources keeps the other players' weights off the tape: less to record, nothing to leak.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(sources)
        with Recorder() as scope:
            result = loss()
    gradients = tape.gradient(result[0], sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return result, gradients, [(variable, scope.value_of(variable)) for variable in scope.updated]


def input_grad(function, inputs):
    """See the package's docstring."""
    inputs = tf.convert_to_tensor(inputs)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outputs = function(inputs)
    return tape.gradient(outputs, inputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def compiled(function, variables, jit):
    """See the package's docstring; `jit` chooses XLA."""
    del variables  # a tf.function captures what it reads
    return tf.function(function, jit_compile=jit)


def without_grad():
    """See the package's docstring: without a tape nothing is recorded."""
    return contextlib.nullcontext()


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
