"""A classifier of pixels that reads label maps in pictures, so that painted pictures can be told right or wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

__all__ = ["trained_reader"]

WIDTH, BATCH, RATE = 32, 8, 1e-3


def trained_reader(
    path: Path, maps: np.ndarray, pictures: np.ndarray, count: int, steps: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Returns what reads pictures `(n, h, w, 3)` in [-1, 1] as maps `(n, h, w)`, trained unless a file has its weights.

    Args:
        path: of the weights.
        maps, pictures: that it is trained on; the value 255 counts for nothing.
        count: of classes.
        steps: of Adam, on batches of 8 that are mirrored at random.
    """
    import keras
    from keras import ops

    keras.utils.set_random_seed(0)
    network = _network(keras, count)
    if path.is_file():
        network.load_weights(path)
    else:

        def loss(wanted, logits):
            known = ops.cast(wanted < count, "float32")
            each = ops.sparse_categorical_crossentropy(ops.minimum(wanted, count - 1), logits, from_logits=True)
            return ops.sum(known * each) / ops.maximum(ops.sum(known), 1.0)

        rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
        network.compile(keras.optimizers.Adam(rate), loss)
        rng = np.random.default_rng(0)
        for _ in range(steps):
            rows = rng.integers(len(maps), size=BATCH)
            turn = slice(None, None, -1 if rng.integers(2) else 1)
            network.train_on_batch(pictures[rows, :, turn], maps[rows, :, turn])
        network.save_weights(path)

    def read(given: np.ndarray) -> np.ndarray:
        parts = [network.predict_on_batch(given[at : at + 64]) for at in range(0, len(given), 64)]
        return np.concatenate([part.argmax(axis=-1) for part in parts])

    return read


def _network(keras, count):
    """A small U-Net that halves twice: it sees some thirty pixels."""
    layers = keras.layers

    def convolved(x, channels):
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    x = pictures = keras.Input((None, None, 3))
    kept = []
    for level in range(2):
        x = convolved(convolved(x, WIDTH << level), WIDTH << level)
        kept.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = convolved(convolved(x, WIDTH << 2), WIDTH << 2)
    for level in (1, 0):
        x = layers.Concatenate()([layers.UpSampling2D(2)(x), kept[level]])
        x = convolved(convolved(x, WIDTH << level), WIDTH << level)
    return keras.Model(pictures, layers.Conv2D(count, 1)(x))
