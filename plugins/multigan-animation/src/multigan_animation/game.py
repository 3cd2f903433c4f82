"""MoCoGAN, after Tulyakov et al., 2017, arXiv 1707.04993: content and motion apart."""

import keras
from keras import ops

from multigan import AdversarialGame, UsageError
from multigan_animation.critics import clip_critic, frame_critic
from multigan_animation.film import LOOP, asked_by, codes_drawn, film, lasting

__all__ = ["Animation"]


class Animation(AdversarialGame):
    """A generator of clips, and two discriminators: of single frames, some of a clip, and of whole clips.

    Attributes:
        length: frames of the clips that `sample` makes.
    """

    fields = (LOOP,)

    def __init__(self, data, *, seed=0, **options):
        self.shape = tuple(data.shape)
        super().__init__(data, seed=seed, **options)
        self.asks = (*self.asks, LOOP.name)
        self.length = self.shape[0]

    def choose_condition(self, data):
        """The classes."""
        return asked_by(data, self.options["by"])

    def build_generator(self, data):
        """One network for the motion codes, one for all frames."""
        options = self.options
        return film(
            self.shape,
            content_dim=options["content_dim"],
            motion_dim=options["motion_dim"],
            codes=options["codes"],
            width=options["width"],
            condition=self.condition,
            label_drives=options["label_drives"],
            drawn=options["drawn"],
            poses=options["poses"],
        )

    def build_opponent(self, data):
        """The discriminator of clips, and where frames are judged theirs."""
        options, (frames, height, across, channels) = self.options, self.shape
        if (self.uses("r1") or self.uses("r2")) and not options["spectral_norm"]:
            raise UsageError("r1 and r2 need discriminators without batch statistics; add -o spectral_norm=true")
        if options["frames_judged"] > frames:
            told = f"frames_judged={options['frames_judged']}"
            raise UsageError(f"{told}: more than the {frames} frames of a clip; give as many at most")
        shared = {
            "norm": "spectral" if options["spectral_norm"] else "batch",
            "minibatch_stddev": options["minibatch_stddev"],
        }
        seen, width = channels * options["pack"], options["critic_width"]
        critics = [
            clip_critic(
                (frames, height, across, seen), options["clip_critic"], width, condition=self.condition, **shared
            )
        ]
        if options["frames_judged"]:
            some = (options["frames_judged"], height, across, seen)
            critics.append(frame_critic(some, width, compared=options["frames_seen"] == "together", **shared))
        return critics

    def fake(self, batch):
        """Clips, as many as the batch has, from fresh codes; of the batch's classes."""
        options, count = self.options, ops.shape(batch[self.key])[0]
        content = keras.random.normal((count, options["content_dim"]), seed=self.seed)
        motion = keras.random.normal((count, self.shape[0] + 2, options["motion_dim"]), seed=self.seed)
        asked = [batch["label"]] if self.condition else []
        return self.generator([content, motion, *asked, ops.zeros((count, 1))], training=True)

    def scores(self, view, batch) -> dict:
        """What the discriminators make of clips that they see: `"clips"` `(batch, 1)`, `"frames"`
        `(batch, frames_judged)`.
        """
        whole, *single = self.discriminator
        found = {"clips": whole([view, batch["label"]] if self.condition else view, training=True)}
        for network in single:
            found["frames"] = network(self.picked(view), training=True)
        return found

    def picked(self, clips):
        """Some frames of each clip, in an order of chance: `(batch, frames_judged, height, width, channels)`."""
        frames, count = self.shape[0], self.options["frames_judged"]
        if count == frames:
            return clips
        chance = keras.random.uniform((ops.shape(clips)[0], frames), seed=self.seed)
        _, chosen = ops.top_k(chance, count)
        # A matrix product, whose gradient is one too on every backend, where a gather's would be a scatter.
        return ops.einsum("bkt,bthwc->bkhwc", ops.one_hot(chosen, frames, dtype=clips.dtype), clips)

    def judge(self, view, batch):
        """All scores side by side, for penalties."""
        return ops.concatenate(list(self.scores(view, batch).values()), axis=1)

    def opponent_loss(self, batch):
        """What both discriminators lose, each a term of its own."""
        real, fake = self.view(batch[self.key]), self.view(ops.stop_gradient(self.fake(batch)))
        of_real, of_fake = self.scores(real, batch), self.scores(fake, batch)
        self.observe_scores(of_real["clips"], of_fake["clips"])
        smoothing = {"smoothing": self.option("label_smoothing")} if self.option("label_smoothing") else {}
        terms = {name: self.adversarial.critic(of_real[name], of_fake[name], **smoothing) for name in of_real}
        return terms | self.penalties(real, fake, batch)

    def generator_loss(self, batch):
        """What both discriminators take for real."""
        return self.fooled(self.fake(batch), batch)

    def fooled(self, fake, batch) -> dict:
        """The adversarial terms of generated clips."""
        needs = self.adversarial.needs_real
        of_real = self.scores(self.view(batch[self.key]), batch) if needs else {}
        of_fake = self.scores(self.view(fake), batch)
        return {name: self.adversarial.generator(of_real.get(name), of_fake[name]) for name in of_fake}

    def score(self, samples):
        """Nobody judges clips of any length."""
        return

    @property
    def sampler(self):
        """The generator, averaged where an average is kept, of clips of `length` frames."""
        network = self.averaged("generator")
        if self.length == self.shape[0]:
            return network
        return lasting(network, self.length, self.condition, self.options["label_drives"])

    def latents(self, count, seed):
        """Content `(count, content_dim)` and motion `(count, frames + 2, motion_dim)`, normal; longer clips begin as
        shorter ones of the same seed do.
        """
        return codes_drawn(count, seed, self.options["content_dim"], (self.length + 2, self.options["motion_dim"]))
