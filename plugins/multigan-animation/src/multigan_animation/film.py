"""The generator of clips: a recurrent network draws a motion code for each frame, one network draws all frames.

What a clip shows stays the same the more surely, the less is drawn anew: by default a content is drawn once, in some
poses, and frames blend, move and retouch these.
"""

import keras
import numpy as np
from keras import layers, ops

from multigan import BatchNormalization, Condition, Field, condition_of, convolutional_generator, stage_sizes

__all__ = ["LOOP", "asked_by", "codes_drawn", "film", "lasting", "moved"]

LOOP = Field(name="loop", kind="code", shape=(1,), usual=(0.0,), within=(0.0, 1.0))

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
    drawn: str = "anew",
    poses: int = 1,
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
        drawn: "once": a network draws `poses` pictures of the content, at half of the size, and the frames' network
            blends, moves and retouches them; "anew": the frames' network draws each.
        poses: see `drawn`; where there are several they are drawn for the class.

    Reference: Tulyakov et al., 2017, arXiv 1707.04993.
    """
    heard = condition.length if condition else 0
    told = content_dim + codes + (heard if label_drives == "both" else 0)
    shown = content_dim + _shown(heard, poses, label_drives)
    parts = {
        "start": layers.Dense(codes, activation="tanh", name="start"),
        "codes": layers.GRU(codes, return_sequences=True, name="codes"),
        **(_placed(shape[1:], shown, told, width, poses) if drawn == "once" else {}),
    }
    if drawn == "anew":
        parts["frame"] = convolutional_generator(shape[1:], told, width)
    return _joined(parts, shape, content_dim, motion_dim, condition, label_drives)


def lasting(network: keras.Model, frames: int, condition: Condition | None, label_drives: str) -> keras.Model:
    """Returns a network of the same layers, with their weights, whose clips have another number of frames.

    Args:
        network: of `film`.
        frames: of a clip.
        condition, label_drives: as `network` was made with.
    """
    parts = {name: network.get_layer(name) for name in ("start", "codes")}
    names = {layer.name for layer in network.layers}
    parts["frame"] = network.get_layer("placed" if "placed" in names else "generator")
    if "canvas" in names:
        parts["canvas"] = network.get_layer("canvas")
    content_dim, motion_dim = (network.inputs[n].shape[-1] for n in range(2))
    return _joined(parts, (frames, *network.output.shape[2:]), content_dim, motion_dim, condition, label_drives)


def asked_by(data, by: str) -> Condition | None:
    """Returns what clips are asked for by, see the option `by`: their classes, or nothing."""
    if by == "nothing" or (by == "auto" and len(data.classes) < 2):
        return None
    return condition_of(data, "label")


def codes_drawn(count: int, seed, content_dim: int, motion: tuple[int, int]) -> dict[str, np.ndarray]:
    """Returns normal `content` `(count, content_dim)` and `motion` `(count, *motion)`; longer clips begin as shorter
    ones of the same seed do.
    """
    content, drawn = np.random.default_rng(seed).spawn(2)
    return {
        "content": content.standard_normal((count, content_dim)).astype("float32"),
        "motion": np.stack([each.standard_normal(motion) for each in drawn.spawn(count)]).astype("float32"),
    }


def _shown(heard: int, poses: int, label_drives: str) -> int:
    """How much of the label the canvas hears: several poses are those of what is done, one is of what does it."""
    return heard if poses > 1 and label_drives == "both" else 0


def closing(frames: int) -> np.ndarray:
    """Returns how far each frame's code is on its way back, float32 `(frames,)`; the one after the last would be 1."""
    at = np.clip((np.arange(frames) / frames - (1 - CLOSING)) / CLOSING, 0, 1)
    return (at * at * (3 - 2 * at)).astype("float32")  # it begins and ends without a jerk


def _joined(parts, shape, content_dim, motion_dim, condition, label_drives) -> keras.Model:
    frames = shape[0]
    content = keras.Input((content_dim,), name="content")
    motion = keras.Input((frames + 2, motion_dim), name="motion")
    loop = keras.Input((1,), name="loop")
    inputs, heard, told, shown = [content, motion], motion[:, 1:], [layers.RepeatVector(frames)(content)], content
    if condition:
        inputs.append(condition.input())
        vector = condition.encode(inputs[-1])
        if "canvas" in parts and parts["canvas"].input_shape[-1] > content_dim:
            shown = layers.Concatenate()([content, vector])
        heard = layers.Concatenate()([heard, layers.RepeatVector(frames + 1)(vector)])
        if label_drives == "both":
            told.append(layers.RepeatVector(frames)(vector))
    codes = parts["codes"](heard, initial_state=parts["start"](motion[:, 0]))
    back = layers.RepeatVector(frames)(loop * (codes[:, 0] - codes[:, -1]))
    told.append(codes[:, :-1] + back * closing(frames)[None, :, None])
    told = ops.reshape(layers.Concatenate()(told), (-1, sum(each.shape[-1] for each in told)))
    if "canvas" in parts:
        drawn = parts["frame"]([_repeated(parts["canvas"](shown), frames), told])
    else:
        drawn = parts["frame"](told)
    return keras.Model([*inputs, loop], ops.reshape(drawn, (-1, *shape)), name="film")


def _repeated(x, frames: int):
    """Returns features `(batch, h, w, c)` of clips as those of their frames, `(batch * frames, h, w, c)`."""
    return ops.reshape(ops.tile(ops.expand_dims(x, 1), (1, frames, 1, 1, 1)), (-1, *x.shape[1:]))


def _placed(shape, content_dim: int, told: int, width: int, poses: int) -> dict[str, keras.Model]:
    """What draws the poses of a content, at half of the size, and what puts a blend of them into each frame."""
    *sizes, (height, across), _ = stage_sizes(*shape[:2])
    content = keras.Input((content_dim,))
    filters = [*(width * 2**k for k in range(len(sizes), 0, -1)), poses * width]
    first = (sizes or [(height, across)])[0]
    x = layers.Dense(first[0] * first[1] * filters[0], use_bias=False, kernel_initializer=_normal())(content)
    x = layers.ReLU()(_norm()(layers.Reshape((*first, filters[0]))(x)))
    for channels in filters[1:]:
        x = layers.Conv2DTranspose(channels, 4, 2, padding="same", use_bias=False, kernel_initializer=_normal())(x)
        x = layers.ReLU()(_norm()(x))
    canvas = keras.Model(content, x, name="canvas")

    given, code = keras.Input((height, across, poses * width)), keras.Input((told,))
    even = keras.initializers.Constant(1 / poses)
    shares = layers.Dense(poses * width, bias_initializer=even, name="shares")(code)
    x = given * layers.Reshape((1, 1, poses * width))(shares)
    x = ops.sum(layers.Reshape((height, across, poses, width))(x), axis=3)
    where = layers.Dense(
        6, kernel_initializer=keras.initializers.RandomNormal(0.0, 0.05), dtype="float32", name="where"
    )
    x = moved(x, where(code))
    scale, offset = (
        layers.Reshape((1, 1, width))(layers.Dense(width, name=name)(code)) for name in ("scale", "offset")
    )
    x = layers.Conv2D(width, 3, padding="same", use_bias=False, name="retouch")(x)
    x = layers.ReLU()(_norm()(x) * (1.0 + scale) + offset)
    x = layers.Conv2DTranspose(shape[2], 4, 2, padding="same", kernel_initializer=_normal(), name="picture")(x)
    frame = keras.Model([given, code], layers.Activation("tanh", dtype="float32")(x), name="placed")
    return {"canvas": canvas, "frame": frame}


def moved(x, how):
    """Returns features `(batch, h, w, c)` after an affine map of places, `how` `(batch, 6)`: columns are taken from
    `(1 + a) column + b row + c`, then rows from `(1 + d) row + e column + f`, where a side goes from -1 to 1.

    Two passes of linear interpolation, each a product of matrices (Catmull and Smith, 1980): gradients reach all six,
    and no backend need gather. What comes from outside is 0.
    """
    height, across = x.shape[1:3]
    rows, columns = (ops.linspace(-1.0, 1.0, side, dtype="float32") for side in (height, across))
    a, b, c, d, e, f = (how[:, n, None, None] for n in range(6))
    from_columns = (1.0 + a) * columns[None, None, :] + b * rows[None, :, None] + c
    from_rows = (1.0 + d) * rows[None, :, None] + e * columns[None, None, :] + f
    x = ops.einsum("brsj,brjc->brsc", ops.cast(_shares(from_columns, across), x.dtype), x)
    return ops.einsum("brsi,bisc->brsc", ops.cast(_shares(from_rows, height), x.dtype), x)


def _shares(places, side: int):
    """How much each of `side` pixels of a line has of a place from -1 to 1: `(*places, side)`."""
    at = (places + 1.0) * (0.5 * (side - 1))
    return ops.relu(1.0 - ops.abs(at[..., None] - ops.arange(side, dtype="float32")))


def _norm():
    return BatchNormalization(momentum=0.9, epsilon=1e-5)


def _normal():
    return keras.initializers.RandomNormal(0.0, 0.02)
