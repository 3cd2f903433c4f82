"""CycleGAN, after Zhu et al., 2017, arXiv 1703.10593."""

from dataclasses import replace
from functools import partial

import keras
from keras import layers, ops

import multigan
from multigan import Adam, Facing, FollowingRate, Game, InstanceNormalization, ReplayPool, Schedule, Turn, UsageError


class CycleGAN(Game):
    """Two generators that undo each other, from `source` to the samples and back, and a discriminator at each end."""

    asks, directions, multiple = ("source",), ("a2b", "b2a"), 4
    turns = (Turn("generators"), Turn("discriminators", fresh=False))

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, source = options, data.fields.get("source")
        if source is None:
            raise UsageError(f"{data.name}: holds pictures of one kind only; a CycleGAN needs others to make them of")
        if source.kind != "picture":
            what = {"labelmap": "label map"}.get(source.kind, source.kind)
            raise UsageError(f"{data.name}: this makes pictures of pictures, and source is a {what}")
        self.back = replace(source, shape=tuple(data.shape))  # what goes in on the way back
        shapes = tuple(source.shape), tuple(data.shape)
        if shapes[0][:2] != shapes[1][:2] or any(side % 4 for side in data.shape[:2]):
            raise UsageError(f"{data.name}: pictures of {shapes}; give both kinds one size whose sides divide by 4")
        if options["identity"] and shapes[0][2] != shapes[1][2]:
            raise UsageError("identity: the two kinds of pictures have other channels; set -o identity=0")
        size = options["width"], options["blocks"]
        self.generators = [_generator(shapes[0][2], shapes[1][2], *size), _generator(shapes[1][2], shapes[0][2], *size)]
        self.discriminators = [_discriminator(shape, options["width"]) for shape in shapes]
        self.pools = [ReplayPool(options["pool"], shape, self.seed) for shape in shapes]

    def optimizers(self):
        """The rate stays for half of the run, and then falls to zero."""
        rate = Schedule(0.0, begin=50.0).following(self.options["learning_rate"], self.planned)
        return {player: Adam(FollowingRate(rate), beta_1=0.5) for player in self.players()}

    @property
    def sampler(self):
        """The way from `source` to the samples."""
        return self.generators[0]

    def latents(self, count, seed):
        """None: a picture has one translation."""
        return {}

    def turned(self, direction):
        """The way back."""
        show = partial(self.show, undone=0)
        return Facing(self, self.generators[1], fields=(self.back,), swaps=("source", "image"), show=show)

    def show(self, asked, samples, undone=1):
        """The samples, and what the other generator makes of them."""
        back = self.generators[undone](samples, training=False)
        return {"output": samples, "way back": ops.convert_to_numpy(ops.cast(back, "float32"))}

    def generators_loss(self, batch):
        """Both ways. The reference's least squares lack the half that multigan's have."""
        source, image = batch["source"], batch["image"]
        there, back = (lambda x, network=network: network(x, training=True) for network in self.generators)
        made = back(image), there(source)
        scores = [judge(x, training=True) for judge, x in zip(self.discriminators, made, strict=True)]
        cycle, identity = self.options["cycle"], self.options["identity"]
        terms = {
            "adversarial": 2.0 * sum(multigan.least_squares_generator(score) for score in scores),
            "cycle": cycle * (_apart(back(made[1]), source) + _apart(there(made[0]), image)),
        }
        if identity:
            terms["identity"] = cycle * identity * (_apart(back(source), source) + _apart(there(image), image))
        if source.shape[1:] == image.shape[1:]:
            # A generator that returns its input moves nothing.
            self.observe(moved=_apart(made[1], source), distance=_apart(image, source))
        return terms

    def discriminators_loss(self, batch):
        """Each end's, on real pictures and on those of the pool."""
        real, terms = (batch["source"], batch["image"]), {}
        for end, name in enumerate(("source", "image")):
            made = self.pools[end](self.generators[1 - end](real[1 - end], training=True))
            judge = self.discriminators[end]
            terms[name] = multigan.least_squares_critic(judge(real[end], training=True), judge(made, training=True))
        return terms


def _apart(one, other):
    return ops.mean(ops.abs(ops.cast(one, "float32") - ops.cast(other, "float32")))


def _convolution(channels, kernel, strides=1, *, kind=layers.Conv2D, padding="valid", bias=False):
    initial = keras.initializers.RandomNormal(0.0, 0.02)
    return kind(channels, kernel, strides, padding=padding, use_bias=bias, kernel_initializer=initial)


def _mirrored(x, pixels):
    return ops.pad(x, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="reflect")


def _generator(given, made, width, blocks):
    """Takes pictures of any size whose sides divide by 4."""
    x = inputs = keras.Input((None, None, given), name="source")
    x = layers.ReLU()(InstanceNormalization()(_convolution(width, 7)(_mirrored(x, 3))))
    for channels in (2 * width, 4 * width):
        x = layers.ReLU()(InstanceNormalization()(_convolution(channels, 3, 2, padding="same")(x)))
    for _ in range(blocks):
        y = layers.ReLU()(InstanceNormalization()(_convolution(4 * width, 3)(_mirrored(x, 1))))
        x = layers.Add()([x, InstanceNormalization()(_convolution(4 * width, 3)(_mirrored(y, 1)))])
    for channels in (2 * width, width):
        x = _convolution(channels, 3, 2, kind=layers.Conv2DTranspose, padding="same")(x)
        x = layers.ReLU()(InstanceNormalization()(x))
    x = _convolution(made, 7, bias=True)(_mirrored(x, 3))
    return keras.Model(inputs, layers.Activation("tanh", dtype="float32")(x))


def _discriminator(shape, width):
    """Judges patches: of 16 pixels where pictures are small, 34 from 64 pixels on, 70 from 128."""
    x = inputs = keras.Input(shape)
    strides = 1 + (min(shape[:2]) >= 64) + (min(shape[:2]) >= 128)
    for layer in range(strides + 1):
        x = _convolution(width * 2**layer, 4, 2 if layer < strides else 1, padding="same", bias=not layer)(x)
        x = layers.LeakyReLU(0.2)(InstanceNormalization()(x) if layer else x)
    return keras.Model(inputs, _convolution(1, 4, padding="same", bias=True)(x))
