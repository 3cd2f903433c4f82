"""What finds the codes of a real clip, so that the generator learns from clips whose true pictures are known."""

import keras
from keras import layers, ops

from multigan import stage_sizes

__all__ = ["clip_encoder", "divergence", "drawn"]


def clip_encoder(shape: tuple[int, int, int, int], width: int, content_dim: int, motion_dim: int) -> keras.Model:
    """Returns the network from clips `(batch, *shape)` to the means and log-variances of their codes: content
    `(batch, content_dim)` twice, motion `(batch, frames + 1, motion_dim)` twice, which is where the motion begins and
    what it hears until the last frame.

    One network looks at each frame; a content is the mean over what it finds, a motion what it finds in three frames
    that follow one another.

    Args:
        shape: frames, height, width, channels.
        width: channels of the first layer; doubled at every layer, up to four times as many.
        content_dim: of the content code.
        motion_dim: of the noise that drives the motion.

    Reference: Larsen et al., 2015, arXiv 1512.09300; of clips, Lee et al., 2018, arXiv 1804.01523.
    """
    frames, height, across, channels = shape
    clip = keras.Input(tuple(shape), name="clip")
    x = ops.reshape(clip, (-1, height, across, channels))
    for level in range(len(stage_sizes(height, across)) - 1):
        x = layers.Conv2D(width * 2 ** min(level, 2), 4, 2, padding="same")(x)
        # LeakyReLU, but for its layer, at which TensorFlow's graph optimizer fails here.
        x = ops.maximum(x, 0.2 * x)
    x = layers.Dense(8 * width, activation="relu")(layers.Flatten()(x))
    x = ops.reshape(x, (-1, frames, 8 * width))
    whole = ops.mean(x, axis=1)
    content = [layers.Dense(content_dim, name=f"content_{name}", dtype="float32")(whole) for name in PARTS]
    seen = layers.Conv1D(4 * width, 3, padding="same", activation="relu")(x)
    seen = ops.concatenate([seen[:, :1], seen], axis=1)
    motion = [layers.Dense(motion_dim, name=f"motion_{name}", dtype="float32")(seen) for name in PARTS]
    return keras.Model(clip, [*content, *motion], name="encoder")


PARTS = ("mean", "log_variance")


def drawn(mean, log_variance, noise):
    """Returns codes with this mean and variance, of normal noise: a gradient goes through them to the encoder.

    Reference: Kingma and Welling, 2013, arXiv 1312.6114, section 2.4.
    """
    return mean + ops.exp(0.5 * log_variance) * noise


def divergence(mean, log_variance):
    """The Kullback-Leibler divergence of codes from normal ones, in nats a clip, a scalar.

    Args:
        mean, log_variance: `(batch, ...)`.

    Reference: arXiv 1312.6114, appendix B.
    """
    each = ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance
    return 0.5 * ops.mean(ops.sum(ops.reshape(each, (ops.shape(each)[0], -1)), axis=1))
