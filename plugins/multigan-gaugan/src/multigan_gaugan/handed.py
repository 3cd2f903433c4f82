"""What passes from one player's turn to the next."""

import keras
from keras import ops

__all__ = ["Handed"]


class Handed(keras.layers.Layer):
    """Pictures that one turn made, kept in a variable for the next turn of the same step.

    Args:
        shape: of them, batch and all.
    """

    def __init__(self, shape, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.kept = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="kept")

    def give(self, values) -> None:
        """Keeps values; no gradient goes through them."""
        self.kept.assign(ops.stop_gradient(ops.cast(values, self.kept.dtype)))

    def take(self):
        """Returns what was given last."""
        return ops.convert_to_tensor(self.kept)
