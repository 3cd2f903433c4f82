"""The generator: residual blocks at the small size, then pixel shuffle, on top of bicubic interpolation."""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops

__all__ = ["SHUFFLES", "bicubic_kernel", "clipped", "enlarger", "interpolator", "mixture"]

# The factors of the layers that together enlarge, by scale.
SHUFFLES = {2: (2,), 3: (3,), 4: (2, 2)}
# How much of the usual deviation the weights have that end a branch: at first it changes little (arXiv 1809.00219).
SMALL = 0.1
# Pixels that bicubic interpolation looks at, to each side.
REACH = 2


def enlarger(channels: int, scale: int, width: int, blocks: int) -> keras.Model:
    """Returns the network from small pictures `(batch, h, w, channels)` of any size to `(batch, scale * h, scale * w,
    channels)`, both in [-1, 1]; as of interpolation, some of its values lie outside.

    Args:
        channels: of the pictures.
        scale: 2, 3 or 4.
        width: channels in between.
        blocks: residual ones, without normalisation.

    Reference: Ledig et al., 2017, arXiv 1609.04802; without batch norm, Wang et al., 2018, arXiv 1809.00219.
    """
    low = keras.Input((None, None, channels), name="source")
    sizes = _sizes(channels, scale, width, blocks)
    detail = _detail(low, scale, blocks, lambda name: _convolution(name, *sizes[name]))
    bicubic = _bicubic(channels, scale)
    network = keras.Model(low, layers.Add(dtype="float32")([_interpolated(low, bicubic, scale), detail]))
    for index, factor in enumerate(SHUFFLES[scale]):
        _start_as_nearest(network.get_layer(f"enlarge_{index}"), factor)
    bicubic.set_weights([bicubic_kernel(channels, scale)])
    return network


def clipped(network: keras.Model, name: str) -> keras.Model:
    """Returns the network with its outputs kept in [-1, 1]."""
    return keras.Model(network.input, ops.clip(network.output, -1.0, 1.0), name=name)


def interpolator(network: keras.Model, scale: int) -> keras.Model:
    """Returns what the network builds upon: bicubic interpolation by itself, in [-1, 1]."""
    low = keras.Input(network.input_shape[1:], name="source")
    return keras.Model(low, ops.clip(_interpolated(low, network.get_layer("bicubic"), scale), -1.0, 1.0))


def mixture(first: keras.Model, second: keras.Model, scale: int, blocks: int) -> keras.Model:
    """Returns `[pictures, interpolation (batch, 1)]` to enlarged pictures, by weights between those of two networks: 0
    for the first's, 1 for the second's.

    Convolution is linear in its weights, so that each layer mixes what both make of its input: every picture may have
    an interpolation of its own. The layers are the networks' own; those of the first get other names.

    Args:
        first, second: of `enlarger`, of one size.
        scale, blocks: of both.

    Reference: network interpolation, arXiv 1809.00219, section 3.4.
    """
    low, weight = keras.Input(first.input_shape[1:], name="source"), keras.Input((1,), name="interpolation")
    share = layers.Reshape((1, 1, 1))(weight)
    for layer in first.layers:
        layer.name = f"first_{layer.name}"

    def mixed(name: str) -> Callable:
        one, other = first.get_layer(f"first_{name}"), second.get_layer(name)
        return lambda x: one(x) * (1.0 - share) + other(x) * share

    upon = _interpolated(low, second.get_layer("bicubic"), scale)
    output = layers.Add(dtype="float32")([upon, _detail(low, scale, blocks, mixed)])
    return keras.Model([low, weight], output)


def bicubic_kernel(channels: int, scale: int) -> np.ndarray:
    """Returns the convolution of `(5, 5, channels, scale * scale * channels)` whose shuffled output is the bicubic
    interpolation, with Keys' -1/2, as in Pillow.
    """
    positions = np.arange(-REACH, REACH + 1)
    taps = np.stack([_keys(positions - ((phase + 0.5) / scale - 0.5)) for phase in range(scale)])
    planes = np.einsum("ai,bj->ijab", taps, taps)
    kernel = np.einsum("ijab,cd->ijcabd", planes, np.eye(channels))
    return kernel.reshape(5, 5, channels, scale * scale * channels).astype(np.float32)


def _keys(distance: np.ndarray) -> np.ndarray:
    """Cubic convolution of Keys, 1981, doi 10.1109/TASSP.1981.1163711."""
    x = np.abs(distance)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1.0, -0.5 * x**3 + 2.5 * x**2 - 4.0 * x + 2.0
    return np.where(x <= 1.0, near, np.where(x < 2.0, far, 0.0))


def _detail(low, scale: int, blocks: int, convolve: Callable):
    """What is added to the interpolation; `convolve(name)` returns a layer, or what stands in its place."""
    x = start = convolve("first")(low)
    for index in range(blocks):
        y = layers.LeakyReLU(0.2)(convolve(f"block_{index}_in")(x))
        x = layers.Add()([x, convolve(f"block_{index}_out")(y)])
    x = layers.Add()([start, convolve("last")(x)])
    for index, factor in enumerate(SHUFFLES[scale]):
        x = layers.LeakyReLU(0.2)(ops.depth_to_space(convolve(f"enlarge_{index}")(x), factor))
    return convolve("detail")(x)


def _sizes(channels: int, scale: int, width: int, blocks: int) -> dict[str, tuple[int, float]]:
    """Each layer's channels, and how much of the usual deviation its weights start with."""
    sizes = {"first": (width, 1.0), "last": (width, 1.0), "detail": (channels, SMALL)}
    for index in range(blocks):
        sizes |= {f"block_{index}_in": (width, 1.0), f"block_{index}_out": (width, SMALL)}
    for index, factor in enumerate(SHUFFLES[scale]):
        sizes[f"enlarge_{index}"] = (factor * factor * width, 1.0)
    return sizes


def _convolution(name: str, filters: int, gain: float) -> layers.Layer:
    initial = keras.initializers.VarianceScaling(2.0 * gain * gain, "fan_in", "truncated_normal")
    return layers.Conv2D(filters, 3, padding="same", kernel_initializer=initial, name=name)


def _bicubic(channels: int, scale: int) -> layers.Layer:
    # Not UpSampling2D: TensorFlow's and PyTorch's cubics differ, and a run loads on every backend.
    filters, side = scale * scale * channels, 2 * REACH + 1
    return layers.Conv2D(filters, side, use_bias=False, trainable=False, dtype="float32", name="bicubic")


def _interpolated(low, bicubic: layers.Layer, scale: int):
    for _ in range(REACH):  # one after another they repeat the border, however small the picture is
        low = ops.pad(low, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    return ops.depth_to_space(bicubic(low), scale)


def _start_as_nearest(layer: layers.Layer, factor: int) -> None:
    """ICNR (arXiv 1707.02937): the pixels of a block start alike, so that no checkerboard is there at first."""
    kernel, bias = layer.get_weights()
    alike = np.tile(kernel[..., : kernel.shape[-1] // factor**2], (1, 1, 1, factor**2))
    layer.set_weights([alike, bias])
