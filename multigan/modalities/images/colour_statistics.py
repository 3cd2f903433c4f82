"""What the colours of training pictures are: of those that go in, and of those that are wanted."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from multigan.field import Field
from multigan.modalities.images.labelmaps import NONE
from multigan.modalities.images.made import to_bytes, to_units

__all__ = ["ColourStatistics", "as_pictures"]

# Pictures that are looked at, spread evenly, and how many at a time.
PICTURES, BLOCK = 5000, 64


class ColourStatistics:
    """Looks at training pictures once, when it is first asked.

    Args:
        source: the training data, with the samples and, beside them, `field`.
        key: of a batch, that holds the samples.
        field: what goes in: pictures, or label maps.
    """

    def __init__(self, source, key: str, field: Field):
        self._source, self._key, self._field = source, key, field

    @cached_property
    def _found(self):
        source, channels = self._source, self._source.shape[-1]
        rows = _spread(len(source))
        free = getattr(source, "free", {}).get(self._field.name)
        theirs = np.resize(_spread(free), len(rows)) if free else None
        wanted, given = np.zeros((channels, 256), np.int64), np.zeros((channels, 256), np.int64)
        total = np.zeros(source.shape, np.float64)
        sums, counts = np.zeros((256, channels)), np.zeros(256)
        for start in range(0, len(rows), BLOCK):
            part = slice(start, start + BLOCK)
            more = {"free": {self._field.name: theirs[part]}} if free else {}
            batch = source.batch(rows[part], **more)
            pictures, inputs = batch[self._key], batch[self._field.name]
            total += pictures.sum(axis=0, dtype=np.float64)
            wanted += _histograms(pictures)
            if self._field.kind != "labelmap":
                given += _histograms(as_pictures(inputs, channels))
            elif self._field.aligned:
                for channel in range(channels):
                    sums[:, channel] += np.bincount(inputs.ravel(), pictures[..., channel].ravel(), 256)[:256]
                counts += np.bincount(inputs.ravel(), minlength=256)[:256]
        return wanted, given, total / len(rows), sums, counts

    @property
    def median(self) -> np.ndarray:
        """The median of each channel of the wanted pictures, `(channels,)`: the constant colour of least L1."""
        wanted = self._found[0]
        below = np.cumsum(wanted, axis=1) >= wanted.sum(axis=1, keepdims=True) / 2
        return to_units(below.argmax(axis=1))

    @property
    def mean_picture(self) -> np.ndarray:
        """The mean of the wanted pictures, `(height, width, channels)`."""
        return self._found[2].astype(np.float32)

    @cached_property
    def matched(self) -> np.ndarray:
        """What each byte of a channel becomes that goes in, so that its distribution is that of the wanted pictures:
        `(channels, 256)`, in [-1, 1].
        """
        wanted, given = self._found[:2]
        table = np.empty(wanted.shape, np.float32)
        for channel, (theirs, ours) in enumerate(zip(wanted, given, strict=True)):
            there = np.flatnonzero(theirs)
            quantiles = np.cumsum(ours) / max(ours.sum(), 1)
            table[channel] = np.interp(quantiles, np.cumsum(theirs)[there] / theirs.sum(), there)
        return (table / 127.5 - 1).astype(np.float32)

    @property
    def of_classes(self) -> np.ndarray:
        """The mean colour of each class of label maps `(256, channels)`; that of all for a class that never occurs, and
        for what is no class.
        """
        sums, counts = self._found[3:]
        everything = sums.sum(axis=0) / max(counts.sum(), 1)
        colours = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], everything)
        colours[NONE] = everything
        return colours.astype(np.float32)


def as_pictures(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Returns pictures `(count, height, width, c)` with so many channels: grey repeated, colours averaged, opaque where
    they had no transparency.
    """
    have = pictures.shape[-1]
    colours = pictures[..., : have - (have in (2, 4))]
    wanted = channels - (channels in (2, 4))
    if colours.shape[-1] != wanted:
        colours = colours.mean(axis=-1, keepdims=True, dtype=np.float32).repeat(wanted, axis=-1)
    if channels == wanted:
        return colours
    alpha = pictures[..., -1:] if have in (2, 4) else np.ones_like(colours[..., :1])
    return np.concatenate([colours, alpha], axis=-1)


def _spread(count: int) -> np.ndarray:
    return np.linspace(0, count - 1, min(count, PICTURES)).astype(np.int64)


def _histograms(pictures: np.ndarray) -> np.ndarray:
    return np.stack([np.bincount(channel.ravel(), minlength=256) for channel in np.moveaxis(to_bytes(pictures), -1, 0)])
