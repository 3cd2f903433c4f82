"""What passes from one player's turn to the next, so that a forward pass serves several players."""

import keras
from keras import ops

__all__ = ["Handed"]


class Handed(keras.layers.Layer):
    """What one turn computed, kept in a variable for the next turn of the same step.

    Each player is still updated, checked and resumed by itself; the turn that takes has `fresh=False`. A game makes it
    in `plan`, where it learns the batch's size.

    Args:
        shape: of it, batch and all.
    """

    def __init__(self, shape, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.kept = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="kept")

    def give(self, values) -> None:
        """Keeps values of that shape; no gradient goes through them."""
        self.kept.assign(ops.stop_gradient(ops.cast(values, self.kept.dtype)))

    def take(self):
        """Returns what was given last."""
        return ops.convert_to_tensor(self.kept)
