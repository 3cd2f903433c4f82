"""Clips that are made of key frames: what lies between two, or follows one."""

import keras
import numpy as np
from keras import ops

from multigan import UsageError
from multigan_animation.between import between
from multigan_animation.game import Animation

__all__ = ["Next", "Tween"]


class Tween(Animation):
    """A generator of what lies between two key frames, near the truth and real to both discriminators.

    Nothing is drawn: the same key frames make the same clip.
    """

    fields = ()
    keys = 2

    def __init__(self, data, *, seed=0, **options):
        field = data.fields.get("keys")
        if field is None or field.shape[0] != self.keys:
            told = "ends" if self.keys == 2 else "first"
            raise UsageError(f"{data.name}: its clips lack the key frames that they are to be made of; -o keys={told}")
        super().__init__(data, seed=seed, **options)
        self.asks = ("keys", *(("label",) if self.condition else ()))

    def choose_condition(self, data):
        """None: two key frames tell enough."""
        return

    def build_generator(self, data):
        """One network that looks, and one that draws."""
        return self._between(self.shape[0])

    def fake(self, batch):
        """Clips of the batch's key frames."""
        parts = [batch["keys"], *([batch["label"]] if self.condition else [])]
        if motion := self.option("motion_dim"):
            drawn = (ops.shape(batch["keys"])[0], self.shape[0], motion)
            parts.insert(0, keras.random.normal(drawn, seed=self.seed))
        return self.generator(parts if len(parts) > 1 else parts[0], training=True)

    def generator_loss(self, batch):
        """What both discriminators take for real, near the truth."""
        fake = self.fake(batch)
        terms = self.fooled(fake, batch)
        if self.options["l1"]:
            terms["l1"] = self.options["l1"] * ops.mean(ops.abs(fake - batch[self.key]))
        return terms

    @property
    def sampler(self):
        """The generator, averaged where an average is kept, of clips of `length` frames."""
        network = self.averaged("generator")
        return network if self.length == self.shape[0] else self._between(self.length, network)

    def latents(self, count, seed):
        """None."""
        return {}

    def _between(self, frames, like=None):
        options = self.options
        return between(
            (frames, *self.shape[1:]),
            self.keys,
            codes=options["codes"],
            motion_dim=self.option("motion_dim"),
            width=options["width"],
            condition=self.condition,
            like=like,
        )


class Next(Tween):
    """A generator of what follows a frame: many things may, so that noise says which."""

    keys = 1

    def choose_condition(self, data):
        """The classes."""
        return Animation.choose_condition(self, data)

    def latents(self, count, seed):
        """Motion `(count, frames, motion_dim)`, normal; longer clips begin as shorter ones of the same seed do."""
        rows = self.length, self.options["motion_dim"]
        drawn = [each.standard_normal(rows) for each in np.random.default_rng(seed).spawn(count)]
        return {"motion": np.stack(drawn).astype("float32")}
