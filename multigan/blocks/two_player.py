"""A generator against one opponent, with every shared stabiliser; a recipe adds networks and what its paper has."""

import math
from abc import abstractmethod
from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from multigan.engine.augment import diff_augment
from multigan.engine.autodiff import Adam
from multigan.engine.following import Following, FollowingRate
from multigan.engine.game import Game
from multigan.engine.interpolation import linear, spherical
from multigan.engine.losses import ADVERSARIAL_LOSSES, SMOOTHED
from multigan.engine.penalties import r1, r2
from multigan.engine.turns import Turn
from multigan.errors import UsageError
from multigan.recipe import DataInfo
from multigan.schedule import Schedule, parse_schedules

__all__ = ["AdversarialGame", "pack"]

# The best opponent's score where real and generated samples are equally likely, for losses that have such a border;
# smoothing moves it.
BORDERS = {
    "least-squares": lambda smoothing: 0.5 * (1.0 - smoothing),
    "non-saturating": lambda smoothing: math.log((1.0 - smoothing) / (1.0 + smoothing)),
    "minimax": lambda smoothing: math.log((1.0 - smoothing) / (1.0 + smoothing)),
    "hinge": lambda smoothing: 0.0,
}
# Losses of differences between scores.
DIFFERENCES = ("wasserstein", "relativistic", "relativistic-paired")
# So many samples are judged at a time when no gradient is asked for.
SCORED = 4096


def pack(samples, count: int):
    """Joins `count` samples after one another on the last axis: `(batch, ..., c)` to `(batch / count, ..., count c)`.

    Raises:
        UsageError: the batch does not divide.

    Reference: Lin et al., 2017, arXiv 1712.04086.
    """
    if count == 1:
        return samples
    batch = ops.shape(samples)[0]
    if isinstance(batch, int) and batch % count:
        raise UsageError(f"pack={count}: a batch of {batch} cannot be packed; give a --batch-size that {count} divides")
    return ops.concatenate([samples[index::count] for index in range(count)], axis=-1)


class AdversarialGame(Game):
    """Two players, one update each, in turn; obeys the options of `stabiliser_options`.

    A subclass gives `build_generator(data)` and `build_opponent(data)`, and may give `penalties`, `turns`, `opponent`,
    `optimizer`, and a condition.

    Args:
        data: what the recipe trains on.
        seed: of the game's draws.
        options: the recipe's, all of them.

    Raises:
        UsageError: options that exclude each other.
    """

    opponent = "discriminator"
    condition = None
    # Options that may follow the run, beside learning rates; a recipe adds its own, and reads them by `now`.
    follows: tuple[str, ...] = ("instance_noise", "r1", "r2", "ema", "augment_probability")
    # How often the opponent is updated in a step.
    opponent_updates = 1

    def __init__(self, data: DataInfo, *, seed: int = 0, **options):
        super().__init__(seed=seed)
        self.options = options
        self.key = data.field
        # What noise and penalties of points are measured in, by column: points are in the data's units, whatever those
        # are, and an option is to mean the same on all data.
        self.unit = np.array(data.facts["scale"], "float32") if data.facts.get("scale") else None
        self.condition = self.choose_condition(data)
        self.asks = (self.condition.kind,) if self.condition else ()
        self.schedules = self._schedules()
        self._refuse()
        self.adversarial = ADVERSARIAL_LOSSES[self.option("loss", "non-saturating")]
        self.generator = self.build_generator(data)
        setattr(self, self.opponent, self.build_opponent(data))
        self.turns = (
            Turn(self.opponent, loss="opponent_loss", repeat=self.opponent_updates),
            # The generator's loss looks at no real sample, unless it is relativistic: it takes none from the data. But
            # what a conditional one is asked for comes with the batch, which it then shares.
            Turn("generator", fresh=self.adversarial.needs_real),
        )
        if self.uses("ema"):
            self.keep_average("generator", self.option("ema") or self.schedules["ema"].last)

    # What a subclass defines.

    @abstractmethod
    def build_generator(self, data: DataInfo) -> keras.Model:
        """Returns the network from z (or `[z, condition]`) to samples."""
        raise NotImplementedError(f"{type(self).__name__} must define build_generator()")

    @abstractmethod
    def build_opponent(self, data: DataInfo) -> keras.Model:
        """Returns the network from packed samples (or `[samples, condition]`) to scores `(batch, 1)`."""
        raise NotImplementedError(f"{type(self).__name__} must define build_opponent()")

    def choose_condition(self, data: DataInfo):
        """Returns the `Condition` of a conditional game, or None."""
        return

    def penalties(self, real, fake, batch) -> dict:
        """Returns further terms of the opponent's loss, by name, from what it saw."""
        terms = {}
        for name, penalty, samples in (("r1", r1, real), ("r2", r2, fake)):
            if self.uses(name):
                terms[name] = 0.5 * self.now(name) * self.penalise(penalty, batch, samples)
        return terms

    def penalise(self, penalty, batch, *samples):
        """Returns `penalty(judge, *samples)`, with gradients of points in the data's deviations."""
        if self.unit is None:
            return penalty(lambda x: self.judge(x, batch), *samples)
        unit = ops.convert_to_tensor(np.tile(self.unit, self.option("pack", 1)))
        return penalty(lambda x: self.judge(x * unit, batch), *(part / unit for part in samples))

    def optimizer_of(self, rate) -> keras.optimizers.Optimizer:
        """Returns one player's optimizer; `rate` is a number or a schedule."""
        return Adam(
            rate,
            beta_1=self.option("beta_1", 0.9),
            beta_2=self.option("beta_2", 0.999),
            global_clipnorm=self.option("clip_norm") or None,
        )

    # The game.

    def option(self, name: str, default=0):
        """Returns an option's value; what the recipe has no option for has its neutral value."""
        return self.options.get(name, default)

    @property
    def scores_have_bias(self) -> bool:
        """Whether the loss looks at scores themselves; where it subtracts one from another, a bias has no gradient."""
        return self.option("loss", "non-saturating") not in DIFFERENCES

    def _refuse(self):
        """Options that contradict each other, before anything is built."""
        loss = self.option("loss", "non-saturating")
        if self.option("label_smoothing") and loss not in SMOOTHED:
            raise UsageError(f"label_smoothing: the {loss} loss has no labels; use {' or '.join(sorted(SMOOTHED))}")
        if self.option("pack", 1) > 1 and self.condition:
            raise UsageError("pack: a conditional game judges single samples; leave pack at 1")

    def optimizers(self):
        """One for each player; rates of their own (arXiv 1706.08500) that may decay."""
        own = "critic_learning_rate" if self.option("critic_learning_rate") else "learning_rate"
        names = {"generator": "learning_rate", self.opponent: own}
        rates = {player: self.options[name] for player, name in names.items()}
        for player, name in names.items():
            if name in self.schedules:
                rates[player] = FollowingRate(self._following(name, of_opponent=player == self.opponent))
        return {player: self.optimizer_of(rate) for player, rate in rates.items()}

    def updates_until(self, step: int) -> int:
        """Returns how many updates the opponent has had after a step: what follows the run is counted in them."""
        return step * self.opponent_updates

    def uses(self, name: str) -> bool:
        """Whether an option that may follow the run is ever on."""
        return bool(self.option(name) or (name in self.schedules and self.schedules[name].last))

    def now(self, name: str):
        """Returns an option's value at this update: a number, or where a schedule has it a scalar tensor."""
        if name not in self.schedules:
            return self.option(name)
        return self._following(name)(self.player_optimizers[self.opponent].iterations)

    def average_decay(self, player):
        """The average's decay, where it follows the run."""
        return self.now("ema") if "ema" in self.schedules else None

    def _following(self, name, of_opponent=True) -> Following:
        until = self.updates_until if of_opponent else None
        return self.schedules[name].following(self.options[name], self.planned, until)

    def _schedules(self) -> dict[str, Schedule]:
        """What follows the run, by the option's name; `decay_steps` and `instance_noise_steps` are schedules, too."""
        found = parse_schedules(self.option("schedule", ""))
        rates = ("learning_rate", "critic_learning_rate")
        known = [name for name in (*rates, *self.follows) if name in self.options]
        for name in found:
            if name not in known:
                raise UsageError(f"schedule: {name} does not follow a run; what does: {', '.join(known)}")
        if "critic_learning_rate" in found and not self.options["critic_learning_rate"]:
            raise UsageError("schedule: critic_learning_rate is 0, so the opponent has learning_rate; set it as well")
        for key, names in (("decay_steps", rates), ("instance_noise_steps", ("instance_noise",))):
            if steps := self.option(key):
                if twice := [name for name in names if name in found]:
                    raise UsageError(f"schedule: {key} is a schedule of {twice[0]} already; give one of them")
                found |= {name: Schedule(0.0, "linear", 0.0, steps, "steps") for name in names if name in known}
        return found

    def fake(self, batch):
        """Generated samples, as many as the batch has, from fresh latents; asked for what the batch's are."""
        shape = (ops.shape(batch[self.key])[0], self.options["latent_dim"])
        if self.option("latent", "normal") == "uniform":
            z = keras.random.uniform(shape, -1.0, 1.0, seed=self.seed)
        else:
            z = keras.random.normal(shape, seed=self.seed)
        return self.generator([z, batch[self.conditional]] if self.conditional else z, training=True)

    def view(self, samples):
        """What the opponent sees of samples: augmented, with noise on them, packed."""
        if policy := self.option("augment", ""):
            often = self.now("augment_probability") if "augment_probability" in self.options else 1.0
            samples = diff_augment(samples, policy, self.seed, often)
        if self.uses("instance_noise"):
            noise = self.now("instance_noise") * keras.random.normal(ops.shape(samples), seed=self.seed)
            samples = samples + (noise if self.unit is None else noise * ops.convert_to_tensor(self.unit))
        return pack(samples, self.option("pack", 1))

    def judge(self, view, batch):
        """The opponent's scores of what it sees."""
        return getattr(self, self.opponent)(
            [view, batch[self.conditional]] if self.conditional else view, training=True
        )

    def opponent_loss(self, batch):
        """Real and generated samples in separate batches: batch norm sees one kind at a time."""
        real, fake = self.view(batch[self.key]), self.view(ops.stop_gradient(self.fake(batch)))
        scores = self.judge(real, batch), self.judge(fake, batch)
        self.observe_scores(*scores)
        smoothing = {"smoothing": self.option("label_smoothing")} if self.option("label_smoothing") else {}
        return {"adversarial": self.adversarial.critic(*scores, **smoothing), **self.penalties(real, fake, batch)}

    def generator_loss(self, batch):
        """The other side of the adversarial loss."""
        real = self.judge(self.view(batch[self.key]), batch) if self.adversarial.needs_real else None
        return {"adversarial": self.adversarial.generator(real, self.judge(self.view(self.fake(batch)), batch))}

    def observe_scores(self, real, fake):
        """Logs how often the opponent is right; of a Wasserstein critic, which is to be right always, the distance."""
        loss = self.option("loss", "non-saturating")
        if loss == "wasserstein":
            self.observe(distance=ops.mean(real) - ops.mean(fake))
            return
        if loss in BORDERS:
            middle = BORDERS[loss](self.option("label_smoothing"))
        else:
            middle = 0.5 * (ops.mean(real) + ops.mean(fake))
        right = {"accuracy_real": real > middle, "accuracy_generated": fake < middle}
        self.observe(**{name: ops.mean(ops.cast(share, "float32")) for name, share in right.items()})

    def score(self, samples):
        """The opponent's scores of single samples `(count, *shape)`, each packed with itself; None if conditional."""
        if self.conditional:
            return None
        network, times = getattr(self, self.opponent), self.option("pack", 1)
        scores = []
        for start in range(0, len(samples), SCORED):
            part = np.concatenate([samples[start : start + SCORED]] * times, axis=-1).astype("float32")
            scores.append(ops.convert_to_numpy(ops.cast(network(part, training=False), "float32"))[:, 0])
        return np.concatenate(scores)

    @property
    def sampler(self):
        """The generator, averaged where an average is kept."""
        return self.averaged("generator")

    def latents(self, count, seed):
        """Latents `(count, latent_dim)`."""
        draw, shape = np.random.default_rng(seed), (count, self.options["latent_dim"])
        uniform = self.option("latent", "normal") == "uniform"
        return (draw.uniform(-1, 1, shape) if uniform else draw.standard_normal(shape)).astype("float32")

    def interpolate(self, keys, count):
        """Latents on a path: straight between uniform ones, along the sphere between normal ones."""
        if isinstance(keys, Mapping):
            return {name: self.interpolate(array, count) for name, array in keys.items()}
        return (linear if self.option("latent", "normal") == "uniform" else spherical)(keys, count)
