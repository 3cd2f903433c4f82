"""The generator of clips that are made of key frames: these are looked at once, and each frame shows them or is drawn.

What a key frame shows already need not be drawn again: a map of shares, which the network draws as well, says how much
of each pixel comes from which key frame, and how much is new (arXiv 1609.02612, 1807.09251).
"""

import keras
import numpy as np
from keras import layers, ops

from multigan import BatchNormalization, Condition, stage_sizes

__all__ = ["between", "times"]

# Numbers that tell a frame's place between two key frames.
TIMES = 8


def between(
    shape: tuple[int, int, int, int],
    keys: int,
    *,
    codes: int,
    motion_dim: int = 0,
    width: int,
    condition: Condition | None = None,
    like: keras.Model | None = None,
) -> keras.Model:
    """Returns the network from `[(motion, )keys(, label)]` to clips `(batch, *shape)` in [-1, 1], which begin with the
    first key frame and, of two, end with the last: those are handed on as they are.

    Args:
        shape: frames, height, width, channels.
        keys: how many key frames go in, `(batch, keys, height, width, channels)`: 1 or 2.
        codes: size of a frame's code: what a recurrent network makes of noise `(batch, frames, motion_dim)`, or without
            noise what a dense layer makes of the frame's place in the clip.
        motion_dim: of the noise; 0: there is none.
        width: channels of the outermost layers.
        condition: what clips are asked for by; told to the code.
        like: a network of this function, whose layers are taken, with their weights.
    """
    frames, height, across, channels = shape
    inputs = [keras.Input((frames, motion_dim), name="motion")] if motion_dim else []
    given = keras.Input((keys, height, across, channels), name="keys")
    inputs.append(given)
    told = []
    if condition:
        inputs.append(condition.input())
        told.append(layers.RepeatVector(frames)(condition.encode(inputs[-1])))
    if motion_dim:
        heard = layers.Concatenate()([inputs[0], *told]) if told else inputs[0]
        recurrent = like.get_layer("codes") if like else layers.GRU(codes, return_sequences=True, name="codes")
        code = recurrent(heard)
    else:
        # The places of frames are the same in every clip; a batch of them is as long as that of the key frames.
        nothing = layers.RepeatVector(frames)(0.0 * given[:, 0, 0, 0, :1])
        placed = nothing + times(frames)[None]
        dense = like.get_layer("codes") if like else layers.Dense(codes, activation="tanh", name="codes")
        code = dense(layers.Concatenate()([placed, *told]) if told else placed)
    seen = layers.Reshape((height, across, keys * channels))(layers.Permute((2, 3, 1, 4))(given))
    look = like.get_layer("look") if like else _look((height, across, keys * channels), width)
    features = look(seen)
    draw = (
        like.get_layer("draw") if like else _draw([each.shape[1:] for each in features], codes, channels, keys, width)
    )
    repeated = [_in_every_frame(each, frames) for each in features]
    made, shares = draw([ops.reshape(code, (-1, codes)), *repeated])
    made, shares = (ops.reshape(each, (-1, frames, height, across, each.shape[-1])) for each in (made, shares))
    made = made * shares[..., keys:]
    for key in range(keys):
        made = made + shares[..., key : key + 1] * given[:, key : key + 1]
    first, last = (_at(number, frames) for number in (0, -1))
    clip = made * (1.0 - first - (last if keys > 1 else 0.0)) + given[:, :1] * first
    if keys > 1:
        clip = clip + given[:, 1:] * last
    return keras.Model(inputs if len(inputs) > 1 else given, clip, name="between")


def times(frames: int) -> np.ndarray:
    """Returns what tells the places of frames, float32 `(frames, TIMES)`: from -1 to 1, and cosines of that."""
    at = np.linspace(0, 1, frames)[:, None]
    return np.concatenate([2 * at - 1, np.cos(np.pi * at * np.arange(1, TIMES))], axis=1).astype("float32")


def _look(shape, width) -> keras.Model:
    """Key frames, side by side as channels, to features of each size, the smallest first.

    Each is what a convolution makes of it already, once for all frames of a clip: a frame's network adds its own part.
    """
    x = seen = keras.Input(shape)
    features = []
    for stage in range(len(stage_sizes(*shape[:2])) - 1):
        x = layers.Conv2D(width * 2**stage, 4, 2, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(_norm()(x))
        features.insert(0, layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(x))
    return keras.Model(seen, features, name="look")


def _draw(shapes, codes, channels, keys, width) -> keras.Model:
    """A frame's code and features of each size to what is new in the frame, in [-1, 1], and each pixel's shares of the
    key frames and of what is new, which sum to 1.
    """
    code = keras.Input((codes,))
    given = [keras.Input(shape) for shape in shapes]
    height, across, deepest = shapes[0]
    moved = layers.Reshape((height, across, deepest))(layers.Dense(height * across * deepest)(code))
    x = moved
    for stage, seen in zip(reversed(range(len(shapes))), given, strict=True):
        own = layers.Conv2D(width * 2**stage, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(_norm()(layers.Add()([own, seen])))
        if stage:
            x = layers.Conv2DTranspose(width * 2 ** (stage - 1), 4, 2, padding="same", use_bias=False)(x)
            x = layers.ReLU()(_norm()(x))
    x = layers.Activation("linear", dtype="float32")(
        layers.Conv2DTranspose(channels + keys + 1, 4, 2, padding="same")(x)
    )
    new, shares = ops.tanh(x[..., :channels]), ops.softmax(x[..., channels:], axis=-1)
    return keras.Model([code, *given], [new, shares], name="draw")


def _in_every_frame(x, frames: int):
    """Features `(batch, h, w, c)` as `(batch * frames, h, w, c)`."""
    return ops.reshape(ops.tile(ops.expand_dims(x, 1), (1, frames, 1, 1, 1)), (-1, *x.shape[1:]))


def _at(number: int, frames: int) -> np.ndarray:
    one = np.zeros((1, frames, 1, 1, 1), "float32")
    one[0, number] = 1
    return one


def _norm():
    return BatchNormalization(momentum=0.9, epsilon=1e-5)
