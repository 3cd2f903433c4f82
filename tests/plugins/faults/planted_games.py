"""Games with one fault each, of the kinds that authors make. PLANTED: name -> the check that is to find it, and how."""

import random
import time

import keras
import numpy as np
from keras import layers, ops
from planted_sound import Sound

from multigan import Turn, non_saturating_generator

PLANTED = {}


def planted(check, told):
    """Notes a fault: the check that finds it, and what the message must say."""

    def note(kind):
        PLANTED[kind.__name__] = (check, told)
        return kind

    return note


# What it is built of.


@planted("code_is_there", "TurnOfNobody does not define discriminator_loss")
class TurnOfNobody(Sound):
    turns = (Turn("discriminator"), Turn("generator"))


@planted("every_player_has_a_turn", "optimizers() has critic, who takes no turn (turns are of generator)")
class PlayerWithoutTurn(Sound):
    turns = (Turn("generator"),)


@planted("every_player_has_a_turn", "no player trains")
class NetworkOfNobody(Sound):
    def make_generator(self, data):
        z = keras.Input((2,))
        self.encoder = keras.Sequential([keras.Input((2,)), layers.Dense(2)])
        return keras.Model(z, self.made_of(layers.Dense(8)(z), data))

    def fake(self, batch):
        return self.generator(self.encoder(self.noise(ops.shape(batch["image"])[0])), training=True)


@planted("builds", "names no optimizer for the player critic")
class NoOptimizer(Sound):
    def optimizers(self):
        return {"generator": keras.optimizers.Adam(1e-3)}


@planted("every_player_has_a_turn", "one optimizer for critic and generator counts the steps of both")
class OneOptimizerForBoth(Sound):
    def optimizers(self):
        adam = keras.optimizers.Adam(1e-3)
        return {"generator": adam, "critic": adam}


@planted("builds", "has no trainable variables; build the network in __init__")
class Unbuilt(Sound):
    def make_critic(self, data):
        return keras.Sequential([layers.Flatten(), layers.Dense(1)])


@planted("builds", "belongs to two players")
class SharedLayer(Sound):
    def make_generator(self, data):
        z, self.shared = keras.Input((2,)), layers.Dense(16, activation="tanh")
        return keras.Model(z, layers.Reshape(data.shape)(self.shared(layers.Dense(16)(z))))

    def make_critic(self, data):
        picture = keras.Input(data.shape)
        return keras.Model(picture, layers.Dense(1)(self.shared(layers.Flatten()(picture))))


@planted("options_are_read", "nobody reads the options rate")
class OptionUnread(Sound):
    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed)


@planted("builds", "it must be a whole number >= 0")
class HalfATurn(Sound):
    turns = (Turn("critic", repeat=lambda step: 5 / step), Turn("generator"))


# Losses.


@planted("builds", "the term adversarial has shape (8, 1); a loss term is a scalar")
class LossOfEachSample(Sound):
    def generator_loss(self, batch):
        return {"adversarial": -self.judged(batch)[1]}


@planted("builds", "must return a dict of named loss terms")
class LossWithoutName(Sound):
    def generator_loss(self, batch):
        return non_saturating_generator(self.judged(batch)[1])


@planted("losses_are_finite", "critic/log is nan in the first steps")
class LogOfNegative(Sound):
    def critic_loss(self, batch):
        real, fake = self.judged(batch)
        return {"log": -ops.mean(ops.log(real - 9.0)) - ops.mean(ops.log(1.0 - fake))}


@planted("losses_are_finite", "no scalar")
class ObservedArray(Sound):
    def critic_loss(self, batch):
        real, _ = self.judged(batch)
        self.observe(score=real[:, 0])
        return super().critic_loss(batch)


@planted("turns_are_separate", "the turn of generator changed none of its weights: does generator_loss depend on them")
class Detached(Sound):
    def generator_loss(self, batch):
        return {"adversarial": non_saturating_generator(self.critic(ops.stop_gradient(self.fake(batch))))}


@planted("builds", "a loss is compiled: compute with keras.ops, and never with NumPy")
class ThroughNumPy(Sound):
    def generator_loss(self, batch):
        pictures = np.clip(ops.convert_to_numpy(self.fake(batch)), -1, 1)
        return {"adversarial": non_saturating_generator(self.critic(pictures))}


@planted("every_variable_learns", "never updated: dense")
class UnusedLayer(Sound):
    def make_critic(self, data):
        picture = keras.Input(data.shape)
        hidden = layers.Flatten()(picture)
        return keras.Model(picture, layers.Dense(1)(hidden) + 0.0 * layers.Dense(1)(hidden))


@planted("any_batch_size_trains", "it trains on batches of 8, and not on those of 16")
class EightAtATime(Sound):
    def critic_loss(self, batch):
        real, fake = (ops.sigmoid(scores) for scores in self.judged(batch))
        wrong = ops.binary_crossentropy(ops.ones((8, 1)), real) + ops.binary_crossentropy(ops.zeros((8, 1)), fake)
        return {"adversarial": ops.mean(wrong)}


# Weights that are another's.


@planted("builds", "the loss of critic assigns")
class ForeignWeights(Sound):
    def critic_loss(self, batch):
        for weight in self.generator.trainable_variables:
            weight.assign(0.9 * weight)
        return super().critic_loss(batch)


def halve_generator(game):
    for weight in game.generator.trainable_variables:
        weight.assign(0.5 * weight)


@planted("turns_are_separate", "the turn of critic changed weights of generator")
class ForeignTransform(Sound):
    turns = (Turn("critic", after=(halve_generator,)), Turn("generator"))


@planted("builds", "a loss changes no weights by itself")
class OptimizerOfItsOwn(Sound):
    def __init__(self, data, **options):
        super().__init__(data, **options)
        self.own = {"adam": keras.optimizers.SGD(1e-3, momentum=0.9)}

    def critic_loss(self, batch):
        weights = self.critic.trainable_variables
        self.own["adam"].apply([0.01 * weight for weight in weights], weights)
        return super().critic_loss(batch)


# Noise.


@planted("noise_is_drawn_anew", "draws by numpy.random.normal(), which a compiled step does once")
class NoiseOfNumPy(Sound):
    def fake(self, batch):
        return self.generator(np.random.normal(size=(batch["image"].shape[0], 2)).astype("float32"))


@planted("noise_is_drawn_anew", "draws by random.random(), which a compiled step does once")
class CoinOfPython(Sound):
    def critic_loss(self, batch):
        real, fake = self.judged(batch)
        real, fake = (fake, real) if random.random() < 0.05 else (real, fake)
        return {"adversarial": ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))}


class Drawing:
    """Has a generator of NumPy's."""

    rng = np.random.default_rng(0)


@planted("noise_is_drawn_anew", "its loss depends on something that is none of the game's variables")
class NoiseOfAGenerator(Sound):
    def fake(self, batch):
        return self.generator(Drawing.rng.normal(size=(batch["image"].shape[0], 2)).astype("float32"))


@planted("noise_is_drawn_anew", "draws with seed=7, the same noise in every step")
class FixedSeed(Sound):
    def noise(self, count):
        return keras.random.normal((count, 2), seed=7)


@planted("builds", "draw with seed=self.seed: the game holds no generator of a seed that is None, or that a loss")
class SeedMadeInLoss(Sound):
    def noise(self, count):
        return keras.random.normal((count, 2), seed=keras.random.SeedGenerator(7))


@planted("builds", "draw with seed=self.seed: the game holds no generator of a seed that is None, or that a loss")
class NoSeed(Sound):
    def noise(self, count):
        return keras.random.normal((count, 2))


# State.


@planted("noise_is_drawn_anew", "its loss depends on something that is none of the game's variables")
class Counter(Sound):
    count = 0

    def critic_loss(self, batch):
        self.count += 1
        return {name: term / self.count for name, term in super().critic_loss(batch).items()}


@planted("builds", "a tensor of one turn was kept for another: keep it in a keras.Variable, or in a multigan.Repl")
class PoolInAList(Sound):
    def __init__(self, data, **options):
        super().__init__(data, **options)
        self.pool = []

    def critic_loss(self, batch):
        self.pool = [*self.pool, self.fake(batch)][-3:]
        scores = [self.critic(old) for old in self.pool]
        return {"adversarial": sum(map(ops.mean, scores)) - ops.mean(self.critic(batch["image"]))}

    def generator_loss(self, batch):
        return {"adversarial": -ops.mean(self.critic(self.pool[-1]))}


@planted("checkpoint_restores_everything", "a game that was restored cannot go on (AttributeError")
class FoundByPrepare(Sound):
    def prepare(self, source):
        self.middle = source.batch(np.arange(8))["image"].mean(axis=0)

    def critic_loss(self, batch):
        return super().critic_loss({**batch, "image": batch["image"] - self.middle})


@planted("checkpoint_restores_everything", "differs after a restore; is it tracked?")
class RateByCount(Sound):
    played = 0

    def run_turns(self, turns, batch):
        self.played += 1
        return super().run_turns(turns, {**batch, "image": batch["image"] / np.float32(self.played)})


@planted("same_seed_same_run", "differs between two runs of one seed")
class SeedOfTheClock(Sound):
    def __init__(self, data, *, seed=0, rate=1e-3):
        super().__init__(data, seed=time.time_ns() % 2**31, rate=rate)


@planted("globals_are_left_alone", "seeds the whole process by keras.utils.set_random_seed()")
class SeedsTheProcess(Sound):
    def __init__(self, data, *, seed=0, rate=1e-3):
        keras.utils.set_random_seed(seed)
        super().__init__(data, seed=seed, rate=rate)


@planted("globals_are_left_alone", "sets keras.config.dtype_policy to mixed_bfloat16")
class SetsThePolicy(Sound):
    def optimizers(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        return super().optimizers()


@planted("averages_are_sampled", "it keeps an average of generator, and samples without it")
class AverageUnused(Sound):
    def __init__(self, data, **options):
        super().__init__(data, **options)
        self.keep_average("generator", 0.9)
