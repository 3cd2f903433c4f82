"""A game's network for one picture at a time, of any size where it takes any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from multigan.engine.sampling import parts_of
from multigan.errors import PluginError
from multigan.modalities.images.made import picture_shape
from multigan.modalities.images.streams import Read
from multigan.modalities.images.tiles import TILE, Padding, in_tiles, padding
from multigan.modalities.translation import Translation

__all__ = ["SPATIAL", "Made", "Network"]

# Kinds of fields that lie over the picture, pixel by pixel.
SPATIAL = ("picture", "mask", "labelmap")


@dataclass(frozen=True)
class Made:
    """One sample, as far as it is to be shown.

    Args:
        row: of the sample.
        read: what went in, as it was read.
        sample: `(1, height, width, channels)`, in [-1, 1].
        whole: what the network took and gave, before it was cut; None where that was done in tiles.
        around: how it was padded.
    """

    row: int
    read: Read
    sample: np.ndarray
    whole: tuple[dict[str, np.ndarray], np.ndarray] | None
    around: Padding | None


class Network:
    """A game's sampler for one picture at a time.

    Args:
        task: with the game.

    Attributes:
        free: whether it takes any size.
        trained: (height, width) of what it was trained on.
        usual: sizes that are fitted to nothing: that one, and that of the pictures which training makes it of.
        clear: rows of the pictures that are transparent somewhere, of which the game knows nothing.
    """

    def __init__(self, task: Translation):
        self._task, game = task, task.game
        drawn = len(parts_of(task.latents, {}))
        inputs = dict(zip(task.fields, game.sampler.inputs[drawn:], strict=True))
        self._spatial = [name for name, field in task.fields.items() if field.kind in SPATIAL]
        self.free = bool(self._spatial) and all(inputs[name].shape[1:3] == (None, None) for name in self._spatial)
        first = task.fields[next(iter(self._spatial))]
        self.trained = tuple(first.shape[:2])
        whole = picture_shape(first)[:2] if first.made else self.trained
        self.usual = {self.trained, tuple(whole)}
        self.clear: list[int] = []
        self._cuts = [False] * drawn + [name in self._spatial for name in task.fields]

    def __call__(self, row: int, read: Read) -> Made:
        """Returns what is made of one picture."""
        task, game, one = self._task, self._task.game, slice(row, row + 1)
        values = {
            name: read.values[name][None] if name in read.values else task.asked[name][one] for name in task.fields
        }
        if read.alpha is not None and read.alpha.min() < 255:
            self.clear.append(row)
        latents = task.latents
        drawn = list(latents.values()) if isinstance(latents, Mapping) else [latents]
        drawn = [array[one] for array in drawn]
        if not self.free:
            sample = game.render(game.generate_one([*drawn, *values.values()]))
            return Made(row, read, sample, (values, sample), None)
        size = next(iter(read.values.values())).shape[:2]
        around = padding(size, game.multiple, self.trained)
        values = {name: around.pad(array) if name in self._spatial else array for name, array in values.items()}
        tile, ran = task.tile or TILE, 0

        def run(parts):
            nonlocal ran
            ran += 1
            return game.render(game.generate_one(parts))

        whole = in_tiles(run, [*drawn, *values.values()], self._cuts, multiple=game.multiple, tile=tile)
        wanted = tuple(side * game.scale for side in around.padded)
        if whole.shape[1:3] != wanted:
            told = " x ".join(map(str, whole.shape[1:3]))
            raise PluginError(
                f"{game.name}: makes {told} pixels of {' x '.join(map(str, around.padded))}, and its scale is "
                f"{game.scale}; set Game.scale to how many times larger samples are"
            )
        sample = around.cut(whole, game.scale)
        if read.cut:
            sample = sample[:, : read.cut[0], : read.cut[1]]
        return Made(row, read, sample, (values, whole) if ran == 1 else None, around)
