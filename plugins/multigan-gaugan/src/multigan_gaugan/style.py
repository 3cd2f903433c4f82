"""Styles: the encoder that finds them in pictures, and how far they are from what is drawn."""

from collections.abc import Sequence

import keras
from keras import layers, ops

from multigan import stage_sizes

__all__ = ["divergence", "drawn", "style_encoder"]


def style_encoder(shape: Sequence[int], width: int, latent_dim: int) -> keras.Model:
    """Returns the network from pictures `(batch, *shape)` to the mean and the log-variance of their styles, `(batch,
    latent_dim)` each.

    Convolutions that halve, down to 3 to 8 pixels, and a dense layer for each. The paper's have instance norm, which
    takes each picture's mean and contrast out; that is what a style is made of, so these have none.

    Args:
        shape: height, width, channels.
        width: channels of the first layer; doubled at every layer, up to eight times as many.
        latent_dim: of the style.

    Reference: Park et al., 2019, arXiv 1903.07291, section 3 and appendix.
    """
    x = pictures = keras.Input(tuple(shape), name="style")
    for level in range(len(stage_sizes(*shape[:2])) - 1):
        x = layers.Conv2D(width * 2 ** min(level, 3), 3, 2, padding="same")(x)
        # LeakyReLU, but for its layer, at which TensorFlow's graph optimizer fails here.
        x = ops.maximum(x, 0.2 * x)
    x = layers.Flatten()(x)
    mean, variance = (layers.Dense(latent_dim, name=name, dtype="float32") for name in ("mean", "log_variance"))
    return keras.Model(pictures, [mean(x), variance(x)], name="encoder")


def drawn(mean, log_variance, noise):
    """Returns styles with this mean and variance, of normal noise: a gradient goes through them to the encoder.

    Reference: Kingma and Welling, 2013, arXiv 1312.6114, section 2.4.
    """
    return mean + ops.exp(0.5 * log_variance) * noise


def divergence(mean, log_variance):
    """The Kullback-Leibler divergence of the encoder's styles from normal ones, in nats a picture, a scalar.

    Args:
        mean, log_variance: `(batch, length)`.

    Reference: arXiv 1312.6114, appendix B.
    """
    each = ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance
    return 0.5 * ops.mean(ops.sum(each, axis=-1))
