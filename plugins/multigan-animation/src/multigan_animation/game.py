"""MoCoGAN, after Tulyakov et al., 2017, arXiv 1707.04993: content and motion apart."""

import keras
import numpy as np
from keras import ops

from multigan import AdversarialGame, Field, UsageError, condition_of
from multigan_animation.critics import clip_critic, frame_critic
from multigan_animation.encoder import clip_encoder, divergence, drawn
from multigan_animation.film import film, lasting

__all__ = ["Animation"]

LOOP = Field(name="loop", kind="code", shape=(1,), usual=(0.0,), within=(0.0, 1.0))


class Animation(AdversarialGame):
    """A generator of clips, and two discriminators: of single frames, some of a clip, and of whole clips.

    Attributes:
        length: frames of the clips that `sample` makes.
    """

    fields = (LOOP,)
    encoder = None

    def __init__(self, data, *, seed=0, **options):
        self.shape = tuple(data.shape)
        super().__init__(data, seed=seed, **options)
        self.asks = (*self.asks, LOOP.name)
        self.length = self.shape[0]

    def choose_condition(self, data):
        """The classes."""
        if self.options["by"] == "nothing" or (self.options["by"] == "auto" and len(data.classes) < 2):
            return None
        return condition_of(data, "label")

    def build_generator(self, data):
        """One network for the motion codes, one for all frames; and where real clips are rebuilt an encoder."""
        options = self.options
        self.film = film(
            self.shape,
            content_dim=options["content_dim"],
            motion_dim=options["motion_dim"],
            codes=options["codes"],
            width=options["width"],
            condition=self.condition,
            label_drives=options["label_drives"],
            drawn=options["drawn"],
            poses=options["poses"],
            upsampling=options["upsampling"],
        )
        if not options["rebuild"]:
            return self.film
        self.encoder = clip_encoder(self.shape, options["width"], options["content_dim"], options["motion_dim"])
        return [self.film, self.encoder]

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
        """Clips, as many as the batch has, of the batch's classes: from fresh codes, or where real clips are rebuilt
        the first half of them from codes of the batch's.
        """
        return self._made(batch)[0]

    def _made(self, batch):
        """Clips as `fake` has them, and the terms of the loss that codes of real clips cost."""
        count, terms = ops.shape(batch[self.key])[0], {}
        content = keras.random.normal((count, self.options["content_dim"]), seed=self.seed)
        motion = keras.random.normal((count, self.shape[0] + 2, self.options["motion_dim"]), seed=self.seed)
        real = batch[self.key][: count // 2] if self.encoder else None
        if self.encoder:
            found = self.encoder(real, training=True)
            half = count // 2
            content = ops.concatenate([drawn(*found[:2], content[:half]), content[half:]])
            # What is heard after the last frame shows in none.
            moved = ops.concatenate([drawn(*found[2:], motion[:half, :-1]), motion[:half, -1:]], axis=1)
            motion = ops.concatenate([moved, motion[half:]])
            nats = divergence(*found[:2]) + divergence(*found[2:])
            self.observe(nats=nats)
            terms["kl"] = self.options["kl"] * nats
        asked = [batch["label"]] if self.condition else []
        made = self.film([content, motion, *asked, ops.zeros((count, 1))], training=True)
        if self.encoder:
            far = self._distance(made[: count // 2], real)
            self.observe(rebuilt=ops.mean(ops.square(made[: count // 2] - real)))
            terms["rebuilt"] = self.options["rebuild"] * far
        return made, terms

    def _distance(self, made, real):
        kind = self.options["distance"]
        if kind == "l1":
            return ops.mean(ops.abs(made - real))
        if kind == "squared":
            return ops.mean(ops.square(made - real))
        if kind == "opaque":
            weight = ops.maximum(made[..., -1:], real[..., -1:]) + 1.0
            weight = ops.stop_gradient(weight)
            return ops.sum(weight * ops.abs(made - real)) / (ops.sum(weight) * made.shape[-1])
        channels = made.shape[-1]
        both = self.picked(ops.concatenate([made, real], axis=-1))
        network = self.discriminator[1]
        seen = [n for n in (layer.name for layer in network.layers) if n.startswith("seen_")]
        look = keras.Model(network.inputs, [network.get_layer(name).output for name in seen])
        ours, theirs = look(both[..., :channels], training=True), look(both[..., channels:], training=True)
        return sum(
            ops.mean(ops.square(a - b)) / ops.stop_gradient(ops.mean(ops.square(b)))
            for a, b in zip(ours, theirs, strict=True)
        ) / len(seen)

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
        """What both discriminators take for real; with an encoder near the clips whose codes it found."""
        made, terms = self._made(batch)
        return self.fooled(made, batch) | terms

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
        network = network[0] if self.encoder else network
        if self.length == self.shape[0]:
            return network
        return lasting(network, self.length, self.condition, self.options["label_drives"])

    def latents(self, count, seed):
        """Content `(count, content_dim)` and motion `(count, frames + 2, motion_dim)`, normal; longer clips begin as
        shorter ones of the same seed do.
        """
        content, motion = np.random.default_rng(seed).spawn(2)
        rows = self.length + 2, self.options["motion_dim"]
        return {
            "content": content.standard_normal((count, self.options["content_dim"])).astype("float32"),
            "motion": np.stack([each.standard_normal(rows) for each in motion.spawn(count)]).astype("float32"),
        }
