"""Inpainting, after LaMa (2021, arXiv 2109.07161) and DeepFill v2 (Yu et al., 2018, arXiv 1806.03589)."""

import keras
from keras import ops

from multigan import (
    Adam,
    Game,
    Handed,
    Turn,
    UsageError,
    feature_matching,
    hinge_critic,
    hinge_generator,
    non_saturating_generator,
    patch_critic,
    patch_depth,
    perceptual_distance,
    r1,
    require_picture_features,
)
from multigan_inpaint.fourier import fourier_generator
from multigan_inpaint.gated import HALVED, gated_generator
from multigan_inpaint.inputs import composite
from multigan_inpaint.losses import apart, patched_critic, patches_of

__all__ = ["Inpainting"]


class Inpainting(Game):
    """A generator that fills the hole of a picture, and a discriminator of patches that sees filled pictures.

    They are those that the generator's turn made: handed on, so that no hole is filled twice.

    Args:
        data: pictures, each with `source`, where a part is missing, and `mask`, which is 1 there.
        seed: of the game's draws.
        options: the recipe's, all of them.

    Raises:
        UsageError: data without holes, or sides that the network cannot halve.
    """

    asks = ("source", "mask")
    turns = (Turn("generator"), Turn("discriminator", fresh=False))

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.key, self.channels, self.shape = options, data.field, data.shape[-1], data.shape
        _check(data)
        self.fourier, self.hinge = options["network"] == "fourier", options["loss"] == "hinge"
        self.multiple = 2 ** options["downs"] if self.fourier else HALVED
        _divide(data.shape[:2], self.multiple, data.name)
        if self.fourier:
            size = options["width"], options["downs"], options["blocks"]
            self.generator = fourier_generator(self.channels, *size, options["start"], options["norm"])
        else:
            size = options["width"], options["stages"], min(data.shape[:2])
            self.generator = gated_generator(self.channels, *size, options["start"])
        self.depth = patch_depth(*data.shape[:2])
        self.judged = bool(options["adversarial"] or options["feature_matching"])
        if self.judged:
            self.discriminator = patch_critic(
                *([data.shape, (*data.shape[:2], 1)] if self.hinge else [data.shape]),
                width=options["critic_width"],
                depth=self.depth,
                norm="spectral" if self.hinge else "instance",
                features=True,
            )
        else:
            self.turns = (Turn("generator"),)  # nobody would listen to a discriminator
        if options["ema"]:
            self.keep_average("generator", options["ema"])
        network = self.averaged("generator")
        # Built flat on the generator's own layers: an export has them one by one.
        self.filler = keras.Model(network.inputs, composite(*network.inputs, network.outputs[-1]), name="filler")

    def plan(self, steps, batch_size):
        """Makes room for the pictures that are handed on."""
        super().plan(steps, batch_size)
        if self.judged:
            self.handed = Handed((batch_size, *self.shape))

    def prepare(self, source):
        """Refuses what would end the first step; to fill holes, no features are needed."""
        if self.options["perceptual"]:
            require_picture_features("perceptual")

    def optimizers(self):
        """Adam for both, each with its rate."""
        rates = {"generator": "learning_rate", "discriminator": "critic_learning_rate"}
        betas = {"beta_1": self.options["beta_1"], "beta_2": self.options["beta_2"]}
        return {player: Adam(self.options[rate], **betas) for player, rate in rates.items()}

    @property
    def sampler(self):
        """The generator, averaged where an average is kept, with what it made put into the hole."""
        return self.filler

    def latents(self, count, seed):
        """None: nothing is drawn."""
        return {}

    def sample_at(self, latents, asked=None):
        """Returns the filled pictures, as `Game.sample_at`.

        Raises:
            UsageError: pictures of other channels than training's, masks of another size, or sides that the network
                cannot halve.
        """
        if isinstance(asked, dict) and {*self.asks} <= {*asked}:
            source, mask = asked["source"].shape, asked["mask"].shape
            if source[3:] != (self.channels,) or mask[3:] != (1,):
                raise UsageError(
                    f"{self.name}: pictures of shape {source[1:]} and masks of shape {mask[1:]}; it fills pictures of "
                    f"{self.channels} channels, by masks of one"
                )
            if source[1:3] != mask[1:3]:
                raise UsageError(
                    f"{self.name}: masks of {_size(mask[1:])} pixels for pictures of {_size(source[1:])}; give masks "
                    "of the pictures' size"
                )
            _divide(source[1:3], self.multiple, self.name)
        return super().sample_at(latents, asked)

    def generator_loss(self, batch):
        """Near the picture in the hole and outside of it, and taken for real."""
        image, mask = batch[self.key], batch["mask"]
        made = keras.tree.flatten(self.generator([batch["source"], mask], training=True))
        terms = {}
        for stage, each in enumerate(made):
            name = "coarse_" if stage < len(made) - 1 else ""
            terms[f"{name}hole"] = self.options["hole"] * apart(each, image, mask)
            if self.options["known"]:
                terms[f"{name}known"] = self.options["known"] * apart(each, image, 1.0 - mask)
        filled = composite(image, mask, made[-1])
        if self.options["perceptual"]:
            terms["perceptual"] = self.options["perceptual"] * perceptual_distance(filled, image)
        if self.judged:
            self.handed.give(filled)
            *features, scores = self.judge(filled, mask)
            fooled = (hinge_generator if self.hinge else non_saturating_generator)(scores)
            terms["adversarial"] = self.options["adversarial"] * fooled
            if self.options["feature_matching"]:
                real = self.judge(image, mask)[:-1]
                terms["features"] = self.options["feature_matching"] * feature_matching(real, features)
        return terms

    def discriminator_loss(self, batch):
        """Real pictures against filled ones, whose patches outside of holes are real."""
        image, mask = batch[self.key], batch["mask"]
        real, fake = self.judge(image, mask)[-1], self.judge(self.handed.take(), mask)[-1]
        holes = patches_of(mask, self.depth)
        found = ops.sum(holes * ops.cast(fake < 0, "float32")) / ops.maximum(ops.sum(holes), 1.0)
        self.observe(accuracy_real=ops.mean(ops.cast(real > 0, "float32")), accuracy_generated=found)
        loss = hinge_critic(real, fake) if self.hinge else patched_critic(real, fake, holes)
        terms = {"adversarial": loss}
        if self.options["r1"]:
            terms["r1"] = self.options["r1"] * r1(lambda x: self.judge(x, mask)[-1], image)
        return terms

    def judge(self, pictures, mask):
        """The discriminator's layers and, last, its scores."""
        return self.discriminator([pictures, mask] if self.hinge else pictures, training=True)


def _check(data):
    source, mask = data.fields.get("source"), data.fields.get("mask")
    if source is not None and mask is None and not source.made:
        raise UsageError(
            f"{data.name}: inpaint draws holes into whole pictures by itself, and needs no others; leave out --to, or "
            "-o pairs"
        )
    if source is None or mask is None or (source.kind, mask.kind) != ("picture", "mask"):
        raise UsageError(f"{data.name}: its pictures have no holes to fill; add -o make=mask, which draws some")
    if tuple(source.shape) != tuple(data.shape):
        raise UsageError(
            f"{data.name}: pictures of shape {tuple(data.shape)} beside {tuple(source.shape)} with a hole; give both "
            "one size and the same channels"
        )
    if tuple(mask.shape[:2]) != tuple(data.shape[:2]):
        raise UsageError(
            f"{data.name}: masks of {_size(mask.shape)} pixels beside pictures of {_size(data.shape)}; give both one "
            "size"
        )


def _divide(sides, multiple, name):
    if any(side % multiple for side in sides):
        fitting = "x".join(str(max(side // multiple, 1) * multiple) for side in sides)
        raise UsageError(
            f"{name}: pictures of {_size(sides)} pixels; the network halves sides that {multiple} divides, such as "
            f"{fitting}"
        )


def _size(shape):
    return f"{shape[0]} x {shape[1]}"
