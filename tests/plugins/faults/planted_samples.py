"""Games whose samples have one fault each."""

import keras
import numpy as np
from keras import layers, ops
from planted_games import planted
from planted_sound import Sound, SoundTranslator

# Latents.


@planted("latents_are_seeded", "latents of one seed differ from call to call")
class LatentsUnseeded(Sound):
    def latents(self, count, seed):
        return np.random.standard_normal((count, 2)).astype("float32")


@planted("latents_are_seeded", 'latents are float64; end with .astype("float32")')
class LatentsOfDoubles(Sound):
    def latents(self, count, seed):
        return np.random.default_rng(seed).standard_normal((count, 2))


@planted("latents_are_seeded", "another seed gives the same latents")
class LatentsOfOneSeed(Sound):
    def latents(self, count, seed):
        return np.random.default_rng(0).standard_normal((count, 2)).astype("float32")


@planted("latents_are_seeded", "the first latents depend on the count")
class LatentsByCount(Sound):
    def latents(self, count, seed):
        return np.random.default_rng([seed, count]).standard_normal((count, 2)).astype("float32")


@planted("interpolation_keeps_its_count", "interpolate() of 3 latents to 7 gives latents of shape (6, 2), not (7, 2)")
class PathTooShort(Sound):
    def interpolate(self, keys, count):
        between = np.linspace(0, len(keys) - 1, count, endpoint=False)[1:]
        return np.stack([np.interp(between, range(len(keys)), column) for column in keys.T], 1).astype("float32")


@planted("interpolation_keeps_its_count", "does not begin at the first key and end at the last")
class PathElsewhere(Sound):
    def interpolate(self, keys, count):
        return np.repeat(keys[:1], count, axis=0)


# Shape and units.


@planted("samples_are_of_the_datas_kind", "samples of shape (8, 8, 1); the data's (4, 4, 1): build the generator for")
class SizeWrittenIn(Sound):
    def made_of(self, hidden, data):
        return layers.Reshape((8, 8, 1))(layers.Dense(64, activation="tanh")(hidden))

    def make_critic(self, data):
        picture = keras.Input((None, None, 1))
        seen = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, padding="same", activation="tanh")(picture))
        return keras.Model(picture, layers.Dense(1)(seen))


@planted("samples_are_of_the_datas_kind", "and images in [-1.0, 1.0]: make the generator's last activation tanh")
class Bytes(Sound):
    def render(self, generated):
        return 127.5 * (generated + 1.0)


@planted("samples_are_of_the_datas_kind", "the sampler stays in the upper half; is its last activation a sigmoid?")
class Sigmoid(Sound):
    def made_of(self, hidden, data):
        return layers.Reshape(data.shape)(layers.Dense(int(np.prod(data.shape)), activation="sigmoid")(hidden))


@planted("samples_are_deterministic", "asked for 5 samples, got an array of shape (3, 4, 4, 1)")
class EverySecond(Sound):
    def render(self, generated):
        return generated[::2]


# What else they depend on.


class AlwaysTraining(layers.Layer):
    """Runs another layer as in training, whatever it is told."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs, training=True)


@planted("samples_are_deterministic", "the first samples depend on the count, that is on what else is in their batch")
class StatisticsOfTheBatch(Sound):
    def made_of(self, hidden, data):
        return super().made_of(AlwaysTraining(layers.BatchNormalization())(hidden), data)


@planted("samples_are_deterministic", "depend on the count, that is on what else is in their batch")
class MeanOfTheBatch(Sound):
    def made_of(self, hidden, data):
        return super().made_of(hidden - ops.mean(hidden, axis=0, keepdims=True), data)


@planted("samples_are_deterministic", "is noise drawn in the sampler")
class DropoutAtSampling(Sound):
    def made_of(self, hidden, data):
        return super().made_of(AlwaysTraining(layers.Dropout(0.5))(hidden), data)


@planted("samples_are_deterministic", "another seed gives the same samples: the sampler ignores its latents")
class DeafToLatents(Sound):
    def make_generator(self, data):
        z = keras.Input((2,))
        return keras.Model(z, self.made_of(layers.Dense(8)(ops.ones_like(z)), data))


@planted("scores_are_one_a_sample", "5 samples have scores of shape (5, 1), not (5,)")
class ScoresInColumns(Sound):
    def score(self, samples):
        return super().score(samples)[:, None]


class Labelled(Sound):
    """Asked by a label, which it adds."""

    asks = ("label",)

    def make_generator(self, data):
        z, label = keras.Input((2,)), keras.Input((), dtype="int32")
        told = layers.Embedding(len(data.classes), 8)(label)
        return keras.Model([z, label], self.made_of(layers.Dense(8)(z) + self.share * told, data))

    share = 1.0

    def fake(self, batch):
        return self.generator([self.noise(ops.shape(batch["image"])[0]), batch["label"]], training=True)


@planted("conditions_matter", "do not depend on the label: join the label to what")
class LabelIgnored(Labelled):
    def make_generator(self, data):
        z, label = keras.Input((2,)), keras.Input((), dtype="int32")
        return keras.Model([z, label], self.made_of(layers.Dense(8)(z), data))


@planted("samples_are_deterministic", "asked for by style, which batches do not have (they have image, label")
class AsksForWhatIsNot(Labelled):
    asks = ("style",)


# Translators.


@planted("conditions_matter", "do not depend on the source: join the source to what")
class SourceIgnored(SoundTranslator):
    def translated(self, source):
        return super().translated(ops.ones_like(source) + 0.0 * source)


@planted("samples_are_of_the_datas_kind", "samples of shape (2, 2, 1); the data's (4, 4, 1)")
class HalfTheSize(SoundTranslator):
    def translated(self, source):
        return layers.Conv2D(1, 3, strides=2, padding="same", activation="tanh")(source)

    def generator_loss(self, batch):
        return {"l1": ops.mean(ops.abs(self.generator(batch["source"])))}


@planted("any_size_is_any_size", "comes out as 6 x 6: set multiple (it is 1)")
class MultipleUnsaid(SoundTranslator):
    def translated(self, source):
        small = layers.Conv2D(4, 3, strides=2, padding="same")(source)
        return layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh")(small)


# Files.


class Scaled(layers.Layer):
    """Needs its factor to be made anew, and does not tell it."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs


@keras.saving.register_keras_serializable(package="planted")
class Halved(Scaled):
    """Is made anew with another factor than it had."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(factor, **kwargs)


@planted("export_gives_the_same_samples", "does get_config() of Scaled return every argument of __init__?")
class LayerUnserialisable(Sound):
    def made_of(self, hidden, data):
        return super().made_of(Scaled(0.5)(hidden), data)


@planted("export_gives_the_same_samples", "does get_config() of Halved return every argument of __init__?")
class LayerForgets(Sound):
    def made_of(self, hidden, data):
        return super().made_of(Halved(0.5)(hidden), data)


@planted("export_gives_the_same_samples", "and none a Lambda?")
class LambdaInside(Sound):
    def made_of(self, hidden, data):
        return super().made_of(layers.Lambda(lambda values: 0.5 * values)(hidden), data)
