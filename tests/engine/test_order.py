"""On TensorFlow a step runs in any order that its graph allows; that order must be right whatever is optimised away."""

import keras
import pytest

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="of TensorFlow's graphs")


def test_no_weight_is_updated_before_everything_that_reads_it_is_computed():
    """Of a linear loss the gradient does not depend on the weight: only a control dependency holds the update back."""
    import tensorflow as tf

    from multigan.engine import autodiff

    weight, statistic = keras.Variable([3.0, 4.0]), keras.Variable(0.0, trainable=False)
    inputs = tf.constant([1.0, 2.0])
    found = {}

    def step():
        def loss():
            product = tf.reduce_sum(weight.value * inputs)
            statistic.assign(statistic.value + 1.0)
            return product, {"observed": tf.reduce_max(weight.value)}

        (value, aux), (gradient,), ((_, moved),) = autodiff.value_and_grad(loss, [weight])
        found.update(read={value.op, aux["observed"].op}, held={gradient.op, moved.op})
        return gradient

    gradient = tf.function(step)()
    assert gradient.numpy().tolist() == [1.0, 2.0]
    for operation in found["held"]:
        assert found["read"] <= set(operation.control_inputs)
