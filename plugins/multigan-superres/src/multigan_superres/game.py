"""Super-resolution, after SRGAN (Ledig et al., 2017, arXiv 1609.04802), ESRGAN (1809.00219) and Real-ESRGAN
(2107.10833): first by pixels, then against a discriminator.
"""

from keras import ops
from keras.optimizers.schedules import PiecewiseConstantDecay

from multigan import (
    ADVERSARIAL_LOSSES,
    Adam,
    Field,
    Game,
    Phase,
    Turn,
    UsageError,
    patch_critic,
    perceptual_distance,
    require_picture_features,
)
from multigan_superres.networks import SHUFFLES, clipped, enlarger, interpolator, mixture

__all__ = ["SuperResolution", "keep"]

# What the sampler mixes the weights of both phases by: 0 for the first's, 1 for the second's.
# Most of the second phase, and a little of the first: on photographs this comes nearer in features than all of it.
INTERPOLATION = Field(name="interpolation", kind="code", shape=(1,), usual=(0.8,), within=(0.0, 1.0))


def keep(game) -> None:
    """After an update of the first phase: its average, which the second phase leaves as it is."""
    game.averages["pixels"].update(game.networks("generator"), game.options["ema"])


class SuperResolution(Game):
    """An enlarger, and a discriminator of patches that compares its pictures with real ones.

    Attributes:
        scale: how many times larger what comes out is.
    """

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.key = options, data.field
        self.scale, self.degradation = _scale_of(data)
        self.generator = enlarger(data.shape[2], self.scale, options["width"], options["blocks"])
        self.enlarge = interpolator(self.generator, self.scale)
        # Under a second name, so that there is a second average: the weights of the first phase.
        self.pixels = self.generator
        if options["ema"]:
            self.keep_average("generator", options["ema"])
        self.later = bool(options["adversarial"] or options["feature"])
        self.discriminator = None
        if options["adversarial"]:
            self.discriminator = patch_critic(
                data.shape,
                width=options["critic_width"],
                norm="spectral",
                bias=not options["loss"].startswith("relativistic"),
            )
        name = f"superres-x{self.scale}-{self.degradation}"
        if self.later and options["pixel_steps"]:
            self.keep_average("pixels", options["ema"] or 0.5)
            self.asks, self.fields = ("source", INTERPOLATION.name), (INTERPOLATION,)
            ends = self.averaged("pixels"), self.averaged("generator")
            self.enlarged = clipped(mixture(*ends, self.scale, options["blocks"]), name)
        else:
            self.asks = ("source",)
            self.enlarged = clipped(self.averaged("generator"), name)

    def prepare(self, source):
        """Refuses before the first step what would end the second phase; to sample, no features are needed."""
        if self.options["feature"]:
            require_picture_features("feature")

    def phases(self):
        """Pixels alone; then, where anything else has a weight, all of it."""
        after = (keep,) if "pixels" in self.averages else ()
        alone = (Turn("generator", loss="pixel_loss", after=after),)
        if not self.later:
            return (Phase("pixels", alone),)
        turns = (Turn("generator"),)
        if self.discriminator is not None:
            turns = (Turn("discriminator"), Turn("generator", fresh=False))
        steps = self.options["pixel_steps"]
        return (*((Phase("pixels", alone, steps),) if steps else ()), Phase("adversarial", turns))

    def optimizers(self):
        """Adam; the generator's rate has a step where the phases change."""
        first, then, steps = (self.options[name] for name in ("pixel_learning_rate", "learning_rate", "pixel_steps"))
        rate = PiecewiseConstantDecay([steps], [first, then]) if self.later else first
        betas = {name: self.options[name] for name in ("beta_1", "beta_2")}
        rates = {"generator": rate, "discriminator": then}
        return {player: Adam(rates[player], **betas) for player in self.players()}

    @property
    def sampler(self):
        """The averaged enlarger; where there are two phases, mixed with that of the first."""
        return self.enlarged

    def latents(self, count, seed):
        """None: a picture has one enlargement."""
        return {}

    def show(self, asked, samples):
        """The samples beside bicubic interpolation."""
        return {"bicubic": ops.convert_to_numpy(self.enlarge(asked["source"], training=False)), "output": samples}

    def pixel_loss(self, batch):
        """The first phase's."""
        made = self.generator(batch["source"], training=True)
        return {"pixel": self.distance(made, batch[self.key])}

    def generator_loss(self, batch):
        """The second phase's: near the pixels and the features of what was wanted, and real to the discriminator."""
        options, wanted = self.options, ops.cast(batch[self.key], "float32")
        made = self.generator(batch["source"], training=True)
        terms = {"pixel": options["pixel"] * self.distance(made, wanted)} if options["pixel"] else {}
        if options["feature"]:
            terms["feature"] = options["feature"] * perceptual_distance(made, wanted)
        if self.discriminator is not None:
            loss = ADVERSARIAL_LOSSES[options["loss"]]
            real = self.judge(wanted) if loss.needs_real else None
            terms["adversarial"] = options["adversarial"] * loss.generator(real, self.judge(made))
        return terms

    def discriminator_loss(self, batch):
        """It sees no small pictures, as in the papers."""
        made = ops.stop_gradient(self.generator(batch["source"], training=True))
        real, fake = self.judge(batch[self.key]), self.judge(made)
        middle = 0.5 * (ops.mean(real) + ops.mean(fake))
        right = {"accuracy_real": real > middle, "accuracy_generated": fake < middle}
        self.observe(**{name: ops.mean(ops.cast(share, "float32")) for name, share in right.items()})
        return {"adversarial": ADVERSARIAL_LOSSES[self.options["loss"]].critic(real, fake)}

    def judge(self, pictures):
        """The discriminator's scores `(batch, h, w, 1)`."""
        return self.discriminator(pictures, training=True)

    def distance(self, made, wanted):
        """Of pixels; logs the mean signal-to-noise ratio of the batch in dB."""
        squares = ops.mean(ops.square(ops.clip(made, -1.0, 1.0) - wanted), axis=(1, 2, 3))
        self.observe(psnr=ops.mean(-10.0 * ops.log10(squares / 4.0 + 1e-10)))
        if self.options["pixel_loss"] == "mse":
            return ops.mean(ops.square(made - wanted))
        return ops.mean(ops.abs(made - wanted))


def _scale_of(data) -> tuple[int, str]:
    """How many times larger the data's pictures are than what they are made of, and how that became so small."""
    source = data.fields.get("source")
    if source is not None and not source.made and tuple(source.shape) == tuple(data.shape):
        raise UsageError(
            f"{data.name}: superres makes small pictures of large ones by itself, and needs no others; leave out --to, "
            "or -o pairs"
        )
    if source is None or source.kind != "picture" or not source.aligned:
        raise UsageError(f"{data.name}: superres makes pictures of smaller ones; add -o make=low -o scale=2")
    shapes = tuple(data.shape), tuple(source.shape)
    scale = shapes[0][0] // max(shapes[1][0], 1)
    if scale not in SHUFFLES or shapes[0] != (scale * shapes[1][0], scale * shapes[1][1], shapes[1][2]):
        raise UsageError(
            f"{data.name}: pictures of {' x '.join(map(str, shapes[0]))} of ones of {' x '.join(map(str, shapes[1]))}; "
            "superres makes them 2, 3 or 4 times larger: use -o make=low -o scale=2"
        )
    made = source.made.split(":")
    return scale, made[2] if len(made) > 2 else "bicubic" if made[0] == "low" else "given"
