"""The generator of clips: a recurrent network draws a motion code for each frame, one network draws all frames."""

import keras
import numpy as np
from keras import layers, ops

from multigan import Condition, convolutional_generator

__all__ = ["film", "lasting"]

# Share of a clip, at its end, in which the motion code goes back to where it began.
CLOSING = 0.5


def film(
    shape: tuple[int, int, int, int],
    *,
    content_dim: int,
    motion_dim: int,
    codes: int,
    width: int,
    condition: Condition | None = None,
    label_drives: str = "both",
) -> keras.Model:
    """Returns the network from `[content, motion(, label), loop]` to clips `(batch, *shape)` in [-1, 1].

    The first row of `motion` `(batch, frames + 2, motion_dim)` is where the recurrent network begins, the others are
    what it hears, one a frame and one more. `loop` `(batch, 1)` closes the motion: 0 leaves it as it is, with 1 the
    code that would follow the last one is the first.

    Args:
        shape: frames, height, width, channels.
        content_dim: of the content code.
        motion_dim: of the noise.
        codes: size of the motion code.
        width: of the frames' network, see `multigan.convolutional_generator`.
        condition: what clips are asked for by.
        label_drives: "motion", or "both": the frames' network hears it as well.

    Reference: Tulyakov et al., 2017, arXiv 1707.04993.
    """
    heard = condition.length if condition else 0
    told = content_dim + codes + (heard if label_drives == "both" else 0)
    parts = {
        "start": layers.Dense(codes, activation="tanh", name="start"),
        "codes": layers.GRU(codes, return_sequences=True, name="codes"),
        "frame": convolutional_generator(shape[1:], told, width),
    }
    return _joined(parts, shape, content_dim, motion_dim, condition, label_drives)


def lasting(network: keras.Model, frames: int, condition: Condition | None, label_drives: str) -> keras.Model:
    """Returns a network of the same layers, with their weights, whose clips have another number of frames.

    Args:
        network: of `film`.
        frames: of a clip.
        condition, label_drives: as `network` was made with.
    """
    parts = {name: network.get_layer(name) for name in ("start", "codes")}
    parts["frame"] = network.get_layer("generator")
    content_dim, motion_dim = (network.inputs[n].shape[-1] for n in range(2))
    return _joined(parts, (frames, *network.output.shape[2:]), content_dim, motion_dim, condition, label_drives)


def closing(frames: int) -> np.ndarray:
    """Returns how far each frame's code is on its way back, float32 `(frames,)`; the one after the last would be 1."""
    at = np.clip((np.arange(frames) / frames - (1 - CLOSING)) / CLOSING, 0, 1)
    return (at * at * (3 - 2 * at)).astype("float32")  # it begins and ends without a jerk


def _joined(parts, shape, content_dim, motion_dim, condition, label_drives) -> keras.Model:
    frames = shape[0]
    content = keras.Input((content_dim,), name="content")
    motion = keras.Input((frames + 2, motion_dim), name="motion")
    loop = keras.Input((1,), name="loop")
    inputs, heard, told = [content, motion], motion[:, 1:], [layers.RepeatVector(frames)(content)]
    if condition:
        inputs.append(condition.input())
        vector = condition.encode(inputs[-1])
        heard = layers.Concatenate()([heard, layers.RepeatVector(frames + 1)(vector)])
        if label_drives == "both":
            told.append(layers.RepeatVector(frames)(vector))
    codes = parts["codes"](heard, initial_state=parts["start"](motion[:, 0]))
    back = layers.RepeatVector(frames)(loop * (codes[:, 0] - codes[:, -1]))
    told.append(codes[:, :-1] + back * closing(frames)[None, :, None])
    drawn = parts["frame"](ops.reshape(layers.Concatenate()(told), (-1, sum(each.shape[-1] for each in told))))
    return keras.Model([*inputs, loop], ops.reshape(drawn, (-1, *shape)), name="film")
