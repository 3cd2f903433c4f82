"""What both recipes share: two domains that belong together nowhere."""

import itertools

import numpy as np
from keras import ops

from multigan import Adam, FollowingRate, Game, Schedule, UsageError
from multigan_cyclegan.colours import Patches, linear_maps
from multigan_cyclegan.networks import MULTIPLE

__all__ = ["Unpaired", "apart"]

SMALLEST = 8
# Pictures of each kind that a map of colours is found by, how many are read at a time, and the patches of all of them.
LOOKED_AT, PART, PATCHES = 1024, 32, 20_000


class Unpaired(Game):
    """A game that makes pictures of the data of pictures of another domain, `source`.

    Args:
        data: with a field `source` of pictures of the samples' size.
        seed: of its draws.
        options: of the recipe.

    Attributes:
        begun: the networks that begin with a map of colours, the way there and the way back in turn: generators, and
            their averages where these are kept.
        shapes: `(height, width, channels)` of what goes in, and of what is made.
        multiple: what the sides of a picture must divide by.

    Raises:
        UsageError: no such field, or sizes that do not fit.
    """

    asks = ("source",)
    multiple = MULTIPLE
    directions = ()

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.title, self.first = options, data.name, seed
        self.shapes = self._shapes(data)
        height, width = data.shape[:2]
        self.width = options["width"] or width_for(height, width)
        self.blocks = options["blocks"] or blocks_for(height, width)
        self.mapped = options["start"] == "colours" and self.shapes[0][-1] == self.shapes[1][-1]

    def _shapes(self, data):
        source, other = data.fields.get("source"), "--data A --to B, or a folder with trainA and trainB"
        if source is None:
            raise UsageError(f"{data.name}: holds pictures of one kind only; give those that go in, too: {other}")
        if source.kind != "picture":
            raise UsageError(
                f"{data.name}: what goes in is a {source.kind}, and this recipe takes pictures; give two kinds of "
                f"pictures: {other}"
            )
        given, made = tuple(source.shape), tuple(data.shape)
        if given[:2] != made[:2]:
            sizes = " and ".join(f"{height} x {width}" for height, width, _ in (given, made))
            raise UsageError(f"{data.name}: its two kinds of pictures are of {sizes} pixels; give them one size")
        near = [max(SMALLEST, MULTIPLE * round(side / MULTIPLE)) for side in made[:2]]
        if near != list(made[:2]):
            raise UsageError(
                f"size: {made[0]} x {made[1]}, and both sides must divide by {MULTIPLE} and be {SMALLEST} at least; "
                f"the nearest is -o size={near[0]}x{near[1]}"
            )
        return given, made

    def prepare(self, source):
        """Finds the map of colours that the generators begin with.

        Raises:
            UsageError: there is one picture of a kind: a discriminator learns it by heart, and then teaches nothing
                else.
        """
        # What goes in is drawn by itself in a run; data that were made in a test may have no such count.
        places, counts = getattr(source, "places", {}), {"source": getattr(source, "free", {}).get("source", 2)}
        for name, count in (counts | {source.field: len(source)}).items():
            if count < 2:
                kind = "goes in" if name == "source" else "is made"
                raise UsageError(
                    f"{places.get(name, self.title)}: {count} picture that {kind}; two domains are learned from "
                    "several pictures each, some dozens at least: add some"
                )
        if self.mapped:
            rng = np.random.default_rng(self.first)
            maps = linear_maps(*_patches(source, rng), rng)
            for generator, found in zip(self.begun, itertools.cycle(maps), strict=False):
                generator.get_layer(f"{generator.name}_colours").map.assign(found)

    def plan(self, steps, batch_size):
        """Makes room for what turns hand on, one batch of it."""
        super().plan(steps, batch_size)
        self._hand_on(batch_size)

    def _hand_on(self, count: int) -> None:
        raise NotImplementedError

    def optimizers(self):
        """Adam for each player; the rate stays for half of the run, and falls to zero in the other."""
        fall, usual = Schedule(0.0, begin=50.0), self.options["learning_rate"]
        rates = dict.fromkeys(self.players(), usual) | self.rates()
        return {
            player: Adam(FollowingRate(fall.following(rate, self.planned)), beta_1=self.options["beta_1"])
            for player, rate in rates.items()
        }

    def rates(self) -> dict[str, float]:
        """The learning rates of players that have one of their own."""
        return {}

    def latents(self, count, seed):
        """None: a picture has one translation."""
        return {}

    def observe_distance(self, source, made, image) -> None:
        """Logs how far pictures are moved, beside the distance of pictures that have nothing to do with one another: a
        generator that returns its input moves nothing.
        """
        if source.shape[1:] == image.shape[1:]:
            self.observe(moved=apart(made, source), distance=apart(image, source))


def _patches(source, rng) -> list[Patches]:
    """Of both kinds of a source's pictures; where there are few, each is looked at again."""
    free = getattr(source, "free", None) or {}
    counts = len(source), free.get("source", len(source))
    rows, theirs = (np.linspace(0, count - 1, min(LOOKED_AT, max(counts))).astype(int) for count in counts)
    found = []
    for start in range(0, len(rows), PART):
        part, other = rows[start : start + PART], theirs[start : start + PART]
        record = source.batch(part, None, {"source": other}) if free else source.batch(part)
        count = -(-PATCHES * len(part) // len(rows))
        found.append([Patches.of(record[key], count, rng) for key in ("source", source.field)])
    return [Patches.joined(parts) for parts in zip(*found, strict=True)]


def width_for(height: int, width: int) -> int:
    """The paper's 64 channels from 128 pixels on; fewer where pictures are small: 32 from 64 pixels on, 16 below."""
    side = min(height, width)
    return 64 if side >= 128 else 32 if side >= 64 else 16


def blocks_for(height: int, width: int) -> int:
    """The paper's 9 blocks from 256 pixels on, and 6 below; 3 below 64."""
    side = min(height, width)
    return 9 if side >= 256 else 6 if side >= 64 else 3


def apart(one, other):
    """Returns the mean absolute difference of two batches, a scalar."""
    return ops.mean(ops.abs(ops.cast(one, "float32") - ops.cast(other, "float32")))
