"""pix2pix, after Isola et al., 2016, arXiv 1611.07004."""

import keras
import numpy as np
from keras import ops

from multigan import (
    ADVERSARIAL_LOSSES,
    Adam,
    FollowingRate,
    Game,
    Schedule,
    Turn,
    UsageError,
    feature_matching,
    patch_critic,
    perceptual_distance,
    require_picture_features,
)
from multigan_pix2pix.unet import depth_of, encoded, noise_length, unet, width_of

__all__ = ["Pix2Pix"]

# Where a score is between real and generated.
BORDERS = {"non-saturating": 0.0, "least-squares": 0.5, "hinge": 0.0}


class Pix2Pix(Game):
    """A U-Net from `source` to the samples, and a discriminator of patches that sees both.

    Attributes:
        multiple: what the sides of a picture must divide by.
    """

    asks = ("source",)

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.field, self.source = options, data.field, _partner(data)
        size, channels = tuple(data.shape[:2]), data.shape[2]
        depth, width = depth_of(size, data.name), width_of(size, options["width"])
        self.multiple = 2**depth
        if options["noise"] and not options["dropout"]:
            raise UsageError("noise=true: the noise is dropout, which is 0; give it as well, such as -o dropout=0.5")
        self.drawn = noise_length(width, depth) if options["noise"] else 0
        self.generator = unet(
            self.source,
            channels,
            width=width,
            depth=depth,
            norm=options["norm"],
            dropout=options["dropout"],
            noise=options["noise"],
            luminance=_keeps_luminance(options["luminance"], data, self.source),
            seed=seed,
        )
        self.adversarial = ADVERSARIAL_LOSSES[options["loss"]]
        self.turns = (Turn("generator"),)
        if options["adversarial"] or options["feature_matching"]:
            shown = self.source.shape[2] if self.source.kind == "picture" else len(self.source.classes)
            self.discriminator = patch_critic(
                (*size, shown), data.shape, width=width, norm=options["norm"], features=True
            )
            self.turns = (Turn("discriminator"), Turn("generator", fresh=False))

    def prepare(self, source):
        """Refuses what would end the first step; to sample, no features are needed."""
        if self.options["perceptual"]:
            require_picture_features("perceptual")

    def optimizers(self):
        """The rate stays for half of the run, and then falls to zero."""
        rate = Schedule(0.0, begin=50.0).following(self.options["learning_rate"], self.planned)
        return {player: Adam(FollowingRate(rate), beta_1=0.5) for player in self.players()}

    @property
    def sampler(self):
        """The U-Net."""
        return self.generator

    def latents(self, count, seed):
        """None; with the option `noise` what channels are dropped by, normal `(count, channels)`."""
        if not self.drawn:
            return {}
        return {"noise": np.random.default_rng(seed).standard_normal((count, self.drawn)).astype("float32")}

    def discriminator_loss(self, batch):
        """Half as heavy as the generator's, so that it learns half as fast."""
        made = ops.stop_gradient(self._made(batch))
        seen = encoded(batch["source"], self.source)
        real, fake = (scores for *_, scores in self._judged(seen, batch[self.field], made))
        border = BORDERS[self.options["loss"]]
        right = {"accuracy_real": real > border, "accuracy_generated": fake < border}
        self.observe(**{name: ops.mean(ops.cast(share, "float32")) for name, share in right.items()})
        return {"adversarial": 0.5 * self.adversarial.critic(real, fake)}

    def generator_loss(self, batch):
        """What the discriminator takes for real, near what was wanted: in its pixels, and by the weights that are given
        in the discriminator's layers and in those of a trained network.
        """
        made, wanted, options = self._made(batch), batch[self.field], self.options
        terms = {"l1": options["l1"] * ops.mean(ops.abs(made - wanted))}
        if options["feature_matching"]:
            seen = encoded(batch["source"], self.source)
            (*real, _), (*fake, scores) = self._judged(seen, wanted, made)
            terms["features"] = options["feature_matching"] * feature_matching(real, fake)
        elif options["adversarial"]:
            *_, scores = self.discriminator([encoded(batch["source"], self.source), made], training=True)
        if options["adversarial"]:
            terms["adversarial"] = options["adversarial"] * self.adversarial.generator(None, scores)
        if options["perceptual"]:
            terms["perceptual"] = options["perceptual"] * perceptual_distance(made, wanted)
        return terms

    def _made(self, batch):
        given = batch["source"]
        if self.drawn:
            given = [keras.random.normal((ops.shape(given)[0], self.drawn), seed=self.seed), given]
        return self.generator(given, training=True)

    def _judged(self, seen, real, made):
        """Both scores; batch norm sees one kind at a time."""
        return [self.discriminator([seen, pictures], training=True) for pictures in (real, made)]


def _partner(data):
    """What goes in.

    Raises:
        UsageError: nothing does, or something that does not lie over the pictures.
    """
    source = data.fields.get("source")
    told = "give pairs: --data INPUTS --to IMAGES with equal names, -o pairs=sides, or -o make=grey"
    if source is None:
        raise UsageError(f"{data.name}: nothing to make its pictures of; {told}")
    if not source.aligned:
        raise UsageError(f"{data.name}: its pictures are not paired with those that go in; {told}")
    if tuple(source.shape[:2]) != tuple(data.shape[:2]):
        sizes = " and ".join(f"{height} x {width}" for height, width in (source.shape[:2], data.shape[:2]))
        raise UsageError(f"{data.name}: what goes in and what is made have one size, not {sizes}; leave out make=low")
    return source


def _keeps_luminance(option, data, source):
    """Whether pictures take over the luminance of what they are made of.

    Raises:
        UsageError: they are to, and cannot.
    """
    fits = source.kind == "picture" and source.shape[2] == 1 and data.shape[2] == 3
    if option == "source" and not fits:
        raise UsageError(f"{data.name}: luminance=source needs grey pictures that go in, and pictures in colour")
    return fits and (option == "source" or (option == "auto" and source.made == "grey"))
