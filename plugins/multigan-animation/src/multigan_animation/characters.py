"""Few clips of many different things: codes that clips are given back from, and codes drawn from noise.

Where a few hundred clips show a dozen creatures, a discriminator of whole clips knows them by heart before a generator
can draw one. Here an encoder finds a code for each clip, from which the generator gives it back, near to it in pixels
and in the features of a discriminator that sees patches of some frames in a row, of which there are many in a clip. A
mapping draws such codes from noise, against a discriminator of codes.

References: Larsen et al., 2015, arXiv 1512.09300 (an encoder, and distances of a discriminator's features); Zhao et
al., 2017, arXiv 1706.04223 (a generator of codes against a discriminator of them); Isola et al., 2016, arXiv 1611.07004
(patches); Tulyakov et al., 2017, arXiv 1707.04993 (the generator of clips).
"""

import keras
from keras import ops

from multigan import (
    Adam,
    FollowingRate,
    Game,
    Handed,
    Phase,
    Schedule,
    Turn,
    UsageError,
    feature_matching,
    hinge_critic,
    hinge_generator,
    patch_critic,
)
from multigan_animation.codes import Codes, clip_encoder, code_critic, mapping
from multigan_animation.film import LOOP, asked_by, codes_drawn, film, lasting

__all__ = ["Characters", "seen"]

# Codes that are kept, and how many of them are judged beside as many that were drawn.
KEPT, JUDGED = 512, 128
# Windows of a clip that the discriminator of patches sees.
WINDOWS = 2
DEPTH = 2
DRIVES = "both"


def seen(clips):
    """Returns clips as they look: colours count as much as they are opaque. In [-1, 1], as they were."""
    if clips.shape[-1] not in (2, 4):
        return clips
    opacity = 0.5 * (clips[..., -1:] + 1.0)
    return ops.concatenate([(clips[..., :-1] + 1.0) * opacity - 1.0, clips[..., -1:]], axis=-1)


class Characters(Game):
    """A generator with an encoder, a discriminator of patches, a mapping, and a discriminator of codes.

    Attributes:
        length: frames of the clips that `sample` makes.

    Args:
        data: clips.
        seed: of the game's draws.
        options: the recipe's, all of them.

    Raises:
        UsageError: clips of fewer frames than a window, or weights of which none teaches the generator.
    """

    fields = (LOOP,)

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.key, self.shape = options, data.field, tuple(data.shape)
        self.length, window = self.shape[0], options["window"]
        if window > self.length:
            told = f"window={window}: the discriminator sees so many frames in a row, and a clip has {self.length}"
            raise UsageError(f"{told}; give -o window={self.length} or less, or more frames")
        self.seen_by_patches = bool(options["features"] or options["adversarial"])
        if not options["pixels"] and (options["pixel_steps"] or not self.seen_by_patches):
            raise UsageError(
                "pixels=0: nothing would teach the generator; give it a weight, or pixel_steps=0 and features"
            )
        self.condition = asked_by(data, options["by"])
        self.asks = (*((self.condition.kind,) if self.condition else ()), LOOP.name)
        code = options["content_dim"]
        self.film = film(
            self.shape,
            content_dim=code,
            motion_dim=options["motion_dim"],
            codes=options["codes"],
            width=options["width"],
            condition=self.condition,
            label_drives=DRIVES,
            drawn="anew",
        )
        self.encoder = clip_encoder(self.shape, code, options["width"])
        self.generator = [self.film, self.encoder]
        self.mapping = mapping(code, self.condition)
        self.discriminator = None
        if self.seen_by_patches:
            self.discriminator = patch_critic(
                (*self.shape[1:3], window * self.shape[3]),
                width=options["critic_width"],
                depth=min(DEPTH, _halvings(self.shape[1:3])),
                norm="spectral",
                features=True,
                bias=False,  # hinge gives it no gradient while all scores lie between -1 and 1
            )
        self.judge = code_critic(code, self.condition)
        self.found = Codes(KEPT, code + (self.condition.length if self.condition else 0), self.seed)
        if options["ema"]:
            self.keep_average("generator", options["ema"])
            self.keep_average("mapping", options["ema"])
        self.drawn = self._drawn(self.length)

    def _drawn(self, frames: int):
        """The averaged mapping and generator as one network, of clips of so many frames."""
        network, *_ = self.averaged("generator")
        if frames != self.shape[0]:
            network = lasting(network, frames, self.condition, DRIVES)
        z = keras.Input((self.options["content_dim"],), name="content")
        _, motion, *asked = network.inputs
        told = asked[:-1]
        code = self.averaged("mapping")([z, *told] if told else z)
        return keras.Model([z, motion, *asked], network([code, motion, *asked]), name="characters")

    def plan(self, steps, batch_size):
        """Makes room for the clips that the generator hands on."""
        super().plan(steps, batch_size)
        if batch_size > KEPT:
            raise UsageError(
                f"--batch-size {batch_size}: {KEPT} clips in a batch are the most, for so many codes are kept"
            )
        if self.seen_by_patches:
            self.handed = Handed((batch_size, *self.shape))

    def phases(self):
        """Clips are given back by their pixels alone, then by a discriminator's features, too."""
        codes = Turn("judge", fresh=False), Turn("mapping", fresh=False)
        alone, steps = (Turn("generator", loss="pixel_loss"), *codes), self.options["pixel_steps"]
        if not self.seen_by_patches:
            return (Phase("pixels", alone),)
        both = (Turn("generator"), Turn("discriminator", fresh=False), *codes)
        return (*((Phase("pixels", alone, steps),) if steps else ()), Phase("adversarial", both))

    def optimizers(self):
        """Adam; the generator's rate falls to zero from a fifth of the run on, the others in its second half."""
        options = self.options

        def adam(rate, begin, **betas):
            return Adam(FollowingRate(Schedule(0.0, begin=begin).following(options[rate], self.planned)), **betas)

        adversarial = {"beta_1": 0.0, "beta_2": 0.9}
        return {
            "generator": adam("learning_rate", 20.0, beta_1=0.9, beta_2=0.999),
            "discriminator": adam("critic_learning_rate", 50.0, **adversarial),
            "judge": adam("code_learning_rate", 50.0, **adversarial),
            "mapping": adam("code_learning_rate", 50.0, **adversarial),
        }

    def given_back(self, batch):
        """The batch's clips as the generator makes them of their codes; keeps the codes for those who judge them."""
        options, clips = self.options, batch[self.key]
        count = self.planned[1]
        code = self.encoder(clips, training=True)
        asked = [batch["label"]] if self.condition else []
        self.found.give(ops.concatenate([code, *(self._vector(each) for each in asked)], axis=1))
        if options["code_noise"]:
            code = code + options["code_noise"] * keras.random.normal(code.shape, seed=self.seed)
        motion = keras.random.normal((count, self.shape[0] + 2, options["motion_dim"]), seed=self.seed)
        return self.film([code, motion, *asked, ops.zeros((count, 1))], training=True)

    def _vector(self, labels):
        return ops.one_hot(labels, self.condition.length, dtype="float32")

    def pixel_loss(self, batch):
        """The first phase's: the squared distance of what is seen."""
        return self._pixels(seen(self.given_back(batch)), seen(batch[self.key]))

    def _pixels(self, made, wanted):
        return {"pixels": self.options["pixels"] * ops.mean(ops.square(made - wanted))}

    def generator_loss(self, batch):
        """Near in pixels and in the discriminator's features, and real to it."""
        options, made, wanted = self.options, self.given_back(batch), seen(batch[self.key])
        self.handed.give(made)
        made = seen(made)
        terms, chosen = self._pixels(made, wanted), self.chosen()
        *features, scores = self.discriminator(self.windows(made, chosen), training=True)
        *real, _ = self.discriminator(self.windows(wanted, chosen), training=True)
        terms["adversarial"] = options["adversarial"] * hinge_generator(scores)
        # The sum over layers, as in arXiv 1711.11585.
        terms["features"] = options["features"] * len(features) * feature_matching(real, features)
        return terms

    def discriminator_loss(self, batch):
        """Hinge, of windows of real clips and of those given back, as one batch."""
        chosen = self.chosen()
        shown = [self.windows(seen(clips), chosen) for clips in (batch[self.key], self.handed.take())]
        real, fake = ops.split(self.discriminator(ops.concatenate(shown), training=True)[-1], 2)
        self.observe(accuracy_real=_share(real > 0), accuracy_generated=_share(fake < 0))
        return {"adversarial": hinge_critic(real, fake)}

    def chosen(self):
        """Which windows of each clip are seen: where each begins, `(batch, windows)`, all different."""
        count = self.shape[0] - self.options["window"] + 1
        chance = keras.random.uniform((self.planned[1], count), seed=self.seed)
        return ops.top_k(chance, min(WINDOWS, count))[1]

    def windows(self, clips, chosen):
        """Some frames in a row as channels of one picture: `(batch * windows, height, width, window * channels)`."""
        frames, height, across, channels = self.shape
        # Matrix products, whose gradients are some too on every backend, where a gather's would be a scatter.
        rows = [ops.one_hot(chosen + later, frames, dtype=clips.dtype) for later in range(self.options["window"])]
        parts = [ops.einsum("bkt,bthwc->bkhwc", row, clips) for row in rows]
        shape = (-1, height, across, self.options["window"] * channels)
        return ops.reshape(ops.concatenate(parts, axis=-1), shape)

    def codes_of_both(self):
        """Codes that were found, and as many that are drawn, asked for by the same."""
        found, code = self.found.take(JUDGED), self.options["content_dim"]
        z, told = keras.random.normal((JUDGED, code), seed=self.seed), found[:, code:]
        # A label from its vector, as the mapping is asked by labels.
        asked = [ops.cast(ops.argmax(told, axis=1), "int32")] if self.condition else []
        made = self.mapping([z, *asked] if asked else z, training=True)
        return found, ops.concatenate([made, told], axis=1)

    def judge_loss(self, batch):
        """Hinge, of codes that were found and of drawn ones."""
        found, made = self.codes_of_both()
        real, fake = ops.split(self.judge(ops.concatenate([found, ops.stop_gradient(made)]), training=True), 2)
        # Its scores need not lie around zero.
        middle = 0.5 * (ops.mean(real) + ops.mean(fake))
        self.observe(accuracy_real=_share(real > middle), accuracy_generated=_share(fake < middle))
        return {"codes": hinge_critic(real, fake)}

    def mapping_loss(self, batch):
        """Codes that are taken for found ones."""
        _, made = self.codes_of_both()
        return {"codes": hinge_generator(self.judge(made, training=True))}

    @property
    def sampler(self):
        """The mapping and the generator, averaged where an average is kept, of clips of `length` frames."""
        return self.drawn if self.length == self.shape[0] else self._drawn(self.length)

    def latents(self, count, seed):
        """Content `(count, content_dim)`, of which the mapping makes codes, and motion `(count, frames + 2,
        motion_dim)`, normal.
        """
        return codes_drawn(count, seed, self.options["content_dim"], (self.length + 2, self.options["motion_dim"]))


def _halvings(size) -> int:
    """How often a picture of this size may be halved so that four pixels are left."""
    return max(1, min(size).bit_length() - 3)


def _share(right):
    return ops.mean(ops.cast(right, "float32"))
