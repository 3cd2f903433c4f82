"""GauGAN, after Park et al., 2019, arXiv 1903.07291."""

import keras
import numpy as np
from keras import ops

from multigan import (
    Adam,
    Field,
    FollowingRate,
    Game,
    Handed,
    Schedule,
    Turn,
    UsageError,
    feature_matching,
    hinge_critic,
    hinge_generator,
    patch_critic,
    perceptual_distance,
    require_picture_features,
)
from multigan_gaugan.segments import reading_critic, reading_generator, segment_critic
from multigan_gaugan.spade import encoded, painter
from multigan_gaugan.style import divergence, drawn, style_encoder

__all__ = ["GauGAN"]

# Percent of the run in which the divergence comes to its weight: before the generator listens to styles, it would leave
# none of them.
WARM = 25.0


class GauGAN(Game):
    """A generator of SPADE blocks with an encoder of styles, and discriminators of patches at several scales.

    The discriminators' turn judges the pictures that the generator's turn made: they are handed on, so that a step has
    one forward pass of the generator.

    Args:
        data: pictures, each with a label map `source` of their size.
        seed: of the game's draws.
        options: the recipe's, all of them.

    Raises:
        UsageError: data without such maps, or a size that cannot be halved often enough.
    """

    turns = (Turn("generator"), Turn("discriminator", fresh=False))

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.key, self.shape = options, data.field, tuple(data.shape)
        self.classes = len(_maps(data).classes)
        side = min(self.shape[:2])
        width = options["width"] or (64 if side >= 256 else 32 if side >= 128 else 16)
        self.painter = painter(
            self.shape[:2],
            self.classes,
            self.shape[2],
            width=width,
            hidden=options["hidden"] or 2 * width,
            latent_dim=options["latent_dim"],
            norm=options["norm"],
            everywhere=options["styles"] == "layers",
            shared=options["modulation"] == "shared",
            widest=options["widest"],
        )
        self.encoder = style_encoder(self.shape, width, options["latent_dim"]) if options["encoder"] else None
        self.generator = [self.painter] + ([self.encoder] if self.encoder else [])
        critic_width = options["critic_width"] or (64 if side >= 128 else 32)
        self.patches = [
            patch_critic(
                (*size, self.classes),
                (*size, self.shape[2]),
                width=critic_width,
                norm="spectral-instance",
                features=True,
                bias=False,  # hinge gives it no gradient while all scores lie between -1 and 1
                name=f"discriminator_{scale}",
            )
            for scale, size in enumerate(_halved(self.shape[:2], options["scales"]))
        ]
        self.reader = None
        # Runs that were made without a reader know no such option.
        if options.get("reader", 0.0):
            self.reader = segment_critic(self.shape, self.classes, width=critic_width // 2, name="reader")
        self.discriminator = self.patches + ([self.reader] if self.reader else [])
        self.halve = keras.layers.AveragePooling2D(2)
        if options["ema"]:
            self.keep_average("generator", options["ema"])
        self.asks = ("source",)
        if self.encoder:
            # All 0, which no picture's bytes are, stands for no picture.
            style = Field(name="style", kind="picture", shape=self.shape, usual=(0.0,))
            self.asks, self.fields = ("source", "style"), (style,)
        self.styled = self._styled()

    def _styled(self):
        """The averaged generator; with an encoder by the style of a picture, where one is given, and by z otherwise."""
        network, *encoder = self.averaged("generator")
        if not encoder:
            return network
        z, source = network.inputs
        style = keras.Input(self.shape, name="style")
        given = ops.max(ops.abs(style), axis=(1, 2, 3)) > 0
        chosen = ops.where(ops.expand_dims(given, -1), encoder[0](style)[0], z)
        return keras.Model([z, source, style], network([chosen, source]), name="gaugan")

    def plan(self, steps, batch_size):
        """Makes room for the pictures that the generator hands on."""
        super().plan(steps, batch_size)
        self.handed = Handed((batch_size, *self.shape))

    def prepare(self, source):
        """Refuses what would end the first step; to sample, no features are needed."""
        if self.options["perceptual"]:
            require_picture_features("perceptual")

    def optimizers(self):
        """Adam, each player with its rate, which stays for half of the run and then falls to zero."""
        rates = {"generator": "learning_rate", "discriminator": "critic_learning_rate"}
        fall = Schedule(0.0, begin=50.0)
        return {
            player: Adam(
                FollowingRate(fall.following(self.options[rate], self.planned)),
                beta_1=self.options["beta_1"],
                beta_2=0.9,
            )
            for player, rate in rates.items()
        }

    @property
    def sampler(self):
        """The generator, averaged where an average is kept."""
        return self.styled

    def latents(self, count, seed):
        """z: normal `(count, latent_dim)`, times the option `truncation`."""
        z = np.random.default_rng(seed).standard_normal((count, self.options["latent_dim"]))
        return (self.options["truncation"] * z).astype("float32")

    def generator_loss(self, batch):
        """Pictures that the discriminators take for real, like the real ones to their layers, by styles near normal."""
        options, wanted = self.options, batch[self.key]
        z, terms = self._style(wanted)
        made = self.painter([z, batch["source"]], training=True)
        self.handed.give(made)
        fake = self.judge(batch["source"], made)
        terms["adversarial"] = _mean([hinge_generator(each[-1]) for each in fake])
        if options["feature_matching"]:
            pairs = zip(self.judge(batch["source"], wanted), fake, strict=True)
            # The sum over layers, as in arXiv 1711.11585.
            apart = [(len(one) - 1) * feature_matching(one[:-1], other[:-1]) for one, other in pairs]
            terms["features"] = options["feature_matching"] * _mean(apart)
        if self.reader:
            logits = self.reader(made, training=True)
            terms["classes"] = options["reader"] * reading_generator(logits, encoded(batch["source"], self.classes))
        if options["perceptual"]:
            terms["perceptual"] = options["perceptual"] * perceptual_distance(made, wanted)
        return terms

    def _style(self, pictures):
        """z for a batch, of the encoder or drawn, and the terms of the loss that this costs."""
        noise = keras.random.normal((ops.shape(pictures)[0], self.options["latent_dim"]), seed=self.seed)
        if not self.encoder:
            return noise, {}
        mean, log_variance = self.encoder(pictures, training=True)
        far = divergence(mean, log_variance)
        self.observe(nats=far)
        updates = self.player_optimizers["generator"].iterations
        weight = Schedule(self.options["kl"], end=WARM).following(0.0, self.planned)(updates)
        return drawn(mean, log_variance, noise), {"kl": weight * far}

    def discriminator_loss(self, batch):
        """Hinge, of real and generated pictures as one batch."""
        maps = ops.concatenate([batch["source"], batch["source"]])
        seen = ops.concatenate([batch[self.key], self.handed.take()])
        scores = [each[-1] for each in self.judge(maps, seen)]
        pairs = [ops.split(each, 2) for each in scores]
        self.observe(
            accuracy_real=_mean([ops.mean(ops.cast(real > 0, "float32")) for real, _ in pairs]),
            accuracy_generated=_mean([ops.mean(ops.cast(fake < 0, "float32")) for _, fake in pairs]),
        )
        terms = {"adversarial": _mean([hinge_critic(real, fake) for real, fake in pairs])}
        if self.reader:
            real, fake = ops.split(self.reader(seen, training=True), 2)
            terms["classes"] = reading_critic(real, fake, encoded(batch["source"], self.classes))
            self.observe(
                read_real=ops.mean(ops.cast(ops.argmax(real, axis=-1) < self.classes, "float32")),
                read_generated=ops.mean(ops.cast(ops.argmax(fake, axis=-1) == self.classes, "float32")),
            )
        return terms

    def judge(self, maps, pictures):
        """What each discriminator's layers make of pictures and their maps; its scores come last."""
        seen, found = encoded(maps, self.classes), []
        for scale, critic in enumerate(self.patches):
            if scale:
                seen, pictures = self.halve(seen), self.halve(pictures)
            found.append(critic([seen, pictures], training=True))
        return found


def _maps(data) -> Field:
    """The field of the label maps.

    Raises:
        UsageError: there are none that belong to the pictures.
    """
    source = data.fields.get("source")
    told = "--data MAPS --to PICTURES with equal names, and a classes.txt beside the maps"
    if source is None:
        raise UsageError(f"{data.name}: pictures without label maps to paint them from; give both: {told}")
    if source.kind != "labelmap":
        raise UsageError(
            f"{data.name}: what goes in is a {source.kind}, and gaugan paints from label maps; give -o maps=true, and "
            f"{told}; for pictures take pix2pix"
        )
    if not source.aligned:
        raise UsageError(f"{data.name}: its label maps belong to no pictures; give -o pairs=names, and {told}")
    if tuple(source.shape) != tuple(data.shape[:2]):
        sizes = " and ".join(f"{height} x {width}" for height, width in (source.shape, data.shape[:2]))
        raise UsageError(f"{data.name}: label maps and pictures have one size, not {sizes}")
    return source


def _halved(size, count):
    """The sizes that each of `count` discriminators sees."""
    found = [tuple(side >> scale for side in size) for scale in range(count)]
    if min(found[-1]) < 8:
        raise UsageError(
            f"scales={count}: the last discriminator would see {found[-1][0]} x {found[-1][1]} pixels, and 8 are the "
            "least; take fewer, or larger pictures"
        )
    return found


def _mean(terms):
    return sum(terms) / len(terms)
