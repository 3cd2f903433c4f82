"""CycleGAN, after Zhu et al., 2017, arXiv 1703.10593."""

import keras
from keras import ops

import multigan
from multigan import Field, Handed, ReplayPool, Turn, UsageError, patch_critic
from multigan_cyclegan.networks import resnet_generator
from multigan_cyclegan.unpaired import Unpaired, apart

__all__ = ["CycleGAN"]

SIDES = ("source", "image")


class CycleGAN(Unpaired):
    """Two generators that undo each other, from `source` to the samples and back, and a discriminator at each end.

    The discriminators' turn judges the pictures that the generators' turn made, as the paper's code does: they are
    handed on, and no picture is made twice.
    """

    turns = (Turn("generators"), Turn("discriminators", fresh=False))
    directions = ("a2b", "b2a")

    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed, **options)
        channels = [shape[-1] for shape in self.shapes]
        if options["identity"] and channels[0] != channels[1]:
            raise UsageError(
                f"identity={options['identity']:g}: pictures of {channels[0]} and of {channels[1]} channels cannot be "
                "left as they are; leave identity out, or give both kinds the same by -o channels="
            )
        size = self.width, self.blocks, options["upsampling"], self.mapped
        self.generators = [
            resnet_generator(given, made, *size, name=name)
            for given, made, name in zip(channels, reversed(channels), ("there", "back"), strict=True)
        ]
        self.begun = [*self.generators]
        self.discriminators = [
            patch_critic(shape, width=self.width, name=f"judge_of_{side}")
            for shape, side in zip(self.shapes, SIDES, strict=True)
        ]
        if options["ema"]:
            self.keep_average("generators", options["ema"])
            self.begun += self.averaged("generators")
        self.pools = [ReplayPool(options["pool"], shape, self.seed) for shape in self.shapes]

    def _hand_on(self, count):
        self.handed = [Handed((count, *shape)) for shape in self.shapes]

    def rates(self):
        """The discriminators'."""
        return {"discriminators": self.options["critic_learning_rate"]}

    @property
    def sampler(self):
        """The way from `source` to the samples."""
        return self.averaged("generators")[0]

    def show(self, asked, samples):
        """The samples, and what the other generator makes of them."""
        return _shown(samples, self.averaged("generators")[1])

    def turned(self, direction):
        """The way back as a game: its `source` is a picture of the kind that this game makes."""
        source = Field(name="source", kind="picture", shape=self.shapes[1], aligned=False)
        return multigan.Facing(
            self,
            self.averaged("generators")[1],
            fields=(source,),
            swaps=("source", "image"),
            show=lambda asked, samples: _shown(samples, self.averaged("generators")[0]),
        )

    def generators_loss(self, batch):
        """Both ways, and both ways back.

        The paper's least squares for generators lack the half that `multigan.least_squares_generator` has; the weights
        of the other terms are meant beside the whole.
        """
        real, options = [batch[side] for side in SIDES], self.options
        there, back = self.generators
        made, same = self._translated(real)
        for handed, pictures in zip(self.handed, made, strict=True):
            handed.give(pictures)
        scores = [judge(x, training=True) for judge, x in zip(self.discriminators, made, strict=True)]
        disturbed = [self._disturbed(pictures) for pictures in made]
        returned = back(disturbed[1], training=True), there(disturbed[0], training=True)
        terms = {
            "adversarial": 2.0 * sum(multigan.least_squares_generator(score) for score in scores),
            "cycle": options["cycle"] * sum(map(apart, returned, real)),
        }
        if same:
            terms["identity"] = options["cycle"] * options["identity"] * sum(map(apart, same, real))
        self.observe_distance(real[0], made[1], real[1])
        return terms

    def _disturbed(self, pictures):
        """Pictures with noise on them, so that no generator can hide what it was given in changes too small to see."""
        if not self.options["cycle_noise"]:
            return pictures
        noise = keras.random.normal(ops.shape(pictures), seed=self.seed)
        return pictures + self.options["cycle_noise"] * ops.cast(noise, pictures.dtype)

    def _translated(self, real):
        """What each generator makes for its end; and what it makes of that end's own pictures, where that is asked.

        One call serves both: instance norm looks at one picture at a time, so that a batch changes nothing.
        """
        ways = [self.generators[1], self.generators[0]]  # to the source's end, to the image's
        others = real[::-1]
        if not self.options["identity"]:
            return [way(other, training=True) for way, other in zip(ways, others, strict=True)], []
        pairs = zip(ways, others, real, strict=True)
        both = [way(ops.concatenate([other, own]), training=True) for way, other, own in pairs]
        made, same = zip(*(ops.split(each, 2) for each in both), strict=True)
        return list(made), list(same)

    def discriminators_loss(self, batch):
        """Each end's, on real pictures and on those of its pool; half of the squares of both, the paper's as well."""
        terms = {}
        for side, judge, pool, handed in zip(SIDES, self.discriminators, self.pools, self.handed, strict=True):
            real, fake = ops.split(judge(ops.concatenate([batch[side], pool(handed.take())]), training=True), 2)
            terms[side] = multigan.least_squares_critic(real, fake)
        return terms


def _shown(samples, back):
    returned = back(samples, training=False)
    return {"output": samples, "way back": ops.convert_to_numpy(ops.cast(returned, "float32"))}
