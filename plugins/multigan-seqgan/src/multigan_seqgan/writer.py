"""What samples come from: a policy that writes texts from uniforms, steered by a temperature and a prefix."""

import keras
import numpy as np

from multigan_seqgan.policy import Policy

__all__ = ["Writer", "sampler"]


@keras.saving.register_keras_serializable(package="multigan_seqgan")
class Writer(keras.layers.Layer):
    """Maps uniforms on [0, 1), `(n, length)`, to tokens, int32 `(n, length)`.

    Args:
        policy: what gives the logits.
        length: of the texts.
        end: the token that ends one, or -1.
    """

    def __init__(self, policy: Policy, length: int, end: int = -1, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.policy, self.length, self.end = policy, length, end
        self.temperature = self.add_weight(shape=(), initializer="ones", trainable=False, name="temperature")
        # Minus the token that is given and one: zeros say that all are drawn.
        self.prefix = self.add_weight(
            shape=(length,), initializer="zeros", dtype="int32", trainable=False, name="prefix"
        )
        self.built = True

    def steer(self, temperature: float, prefix) -> None:
        """Sets the temperature, and the tokens that every text begins with."""
        given = np.zeros(self.length, "int32")
        given[: len(prefix)] = np.asarray(prefix, "int32") + 1
        self.temperature.assign(temperature)
        self.prefix.assign(given)

    def call(self, uniforms):
        """Writes."""
        return self.policy.write(uniforms, self.temperature.value, self.end, self.prefix.value - 1)

    def compute_output_spec(self, uniforms):
        """Tokens."""
        return keras.KerasTensor(uniforms.shape, dtype="int32")

    def get_config(self):
        """Configuration for saving."""
        policy = keras.saving.serialize_keras_object(self.policy)
        return {**super().get_config(), "policy": policy, "length": self.length, "end": self.end}

    @classmethod
    def from_config(cls, config):
        """Rebuilds the layer and its policy."""
        return cls(keras.saving.deserialize_keras_object(config.pop("policy")), **config)


def sampler(policy: Policy, length: int, end: int) -> keras.Model:
    """Returns the model from uniforms to tokens; its last layer is the `Writer`."""
    uniforms = keras.Input((length,), name="uniforms")
    return keras.Model(uniforms, Writer(policy, length, end, name="writer")(uniforms), name="sampler")
