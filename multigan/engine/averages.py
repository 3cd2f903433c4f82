"""Exponential moving averages of networks."""

import keras
from keras import ops

__all__ = ["MovingAverage"]


class MovingAverage(keras.layers.Layer):
    """Averaged copies of networks, updated inside the compiled step.

    After the n-th update (the first is 1) each trainable weight a of the average and w of the network satisfy

        a <- d a + (1 - d) w,    d = min(decay, (1 + n) / (10 + n)),

    so that a short run's average is not dominated by its first weights. Weights that are not trained (batch
    statistics, power iterations) are copied.

    Args:
        networks: built networks; copies are made with `keras.models.clone_model` and start with the same weights.
        decay: of the average, in (0, 1).

    Reference: the averaging of generators, Yazici et al., 2018, arXiv 1806.04498.
    """

    def __init__(self, networks, decay: float, **kwargs):
        super().__init__(trainable=False, **kwargs)
        if not 0.0 < decay < 1.0:
            raise ValueError(f"decay of a moving average must be in (0, 1), got {decay}")
        self.decay = decay
        self.networks = [_frozen_copy(network) for network in networks]
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def update(self, networks, decay=None):
        """Moves the average one step towards `networks`, with another decay than its own where one is given."""
        self.count.assign(self.count + 1.0)
        decay = ops.minimum(self.decay if decay is None else decay, (1.0 + self.count) / (10.0 + self.count))
        for copy, network in zip(self.networks, networks, strict=True):
            trained = {id(variable) for variable in network.trainable_variables}
            for average, weight in zip(copy.weights, network.weights, strict=True):
                if id(weight) in trained:
                    average.assign(decay * average + (1.0 - decay) * weight)
                else:
                    average.assign(weight)


def _frozen_copy(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy
