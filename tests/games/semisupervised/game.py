"""Semi-supervised learning with a GAN, after Salimans et al., 2016, arXiv 1606.03498, sections 3.1 and 5."""

import keras
import numpy as np
from keras import layers, ops

from multigan import Adam, Game, Turn, UsageError, convolutional_generator

PARTS = 997  # of the pictures, by content


class SemiSupervised(Game):
    """A classifier of the data's classes and of one more, "generated", whose logit is 0; and who feeds it that one.

    Each picture's pixels say whether its label may be used: the same ones in every epoch and on every backend,
    mirrored or not. Pictures that are cropped at random are others each time.
    """

    turns = (Turn("classifier"), Turn("generator"))

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options = options
        if len(data.classes) < 2:
            raise UsageError(f"{data.name}: has no classes to learn; use a folder for each class")
        self.generator = convolutional_generator(data.shape, options["latent_dim"], options["width"])
        self.classifier = _classifier(data.shape, len(data.classes), options["width"])
        # Sums of whole numbers that stay below 2^31, so that their order does not matter.
        most = max(2, min(1 << 12, 2**31 // (512 * int(np.prod(data.shape)))))
        weights = np.random.default_rng(0).integers(1, most, data.shape)
        self.mark = (weights + weights[:, ::-1]).astype("int32")

    def optimizers(self):
        """One for each player."""
        return {player: Adam(self.options["learning_rate"], beta_1=0.5) for player in self.players()}

    @property
    def sampler(self):
        """The generator."""
        return self.generator

    def latents(self, count, seed):
        """Normal ones `(count, latent_dim)`."""
        return np.random.default_rng(seed).standard_normal((count, self.options["latent_dim"])).astype("float32")

    def score(self, samples):
        """How much more likely any class is than "generated", as a logit."""
        _, logits = self.classifier(samples, training=False)
        return ops.convert_to_numpy(ops.logsumexp(ops.cast(logits, "float32"), axis=-1))

    def labelled(self, images):
        """Returns whether the label of each picture may be used, `(batch,)`, True or False."""
        pixels = ops.cast(ops.round((ops.cast(images, "float32") + 1.0) * 127.5), "int32")
        sums = ops.sum(ops.reshape(pixels * ops.convert_to_tensor(self.mark), (ops.shape(pixels)[0], -1)), axis=1)
        return ops.cast(sums % PARTS, "float32") < self.options["labelled"] * PARTS

    def classifier_loss(self, batch):
        """Which class where it is told, and real or generated everywhere."""
        _, logits = self.classifier(batch["image"], training=True)
        _, made = self.classifier(ops.stop_gradient(self._made(batch)), training=True)
        logits, made = ops.cast(logits, "float32"), ops.cast(made, "float32")
        told, label = ops.cast(self.labelled(batch["image"]), "float32"), ops.cast(batch["label"], "int32")
        wrong = keras.losses.sparse_categorical_crossentropy(label, logits, from_logits=True)
        right = ops.cast(ops.cast(ops.argmax(logits, axis=-1), "int32") == label, "float32")
        self.observe(accuracy_labelled=_mean(right, told), accuracy=_mean(right, 1.0 - told), labelled=ops.mean(told))
        real, fake = (ops.logsumexp(each, axis=-1) for each in (logits, made))
        return {
            "labels": _mean(wrong, told),
            "real": 0.5 * ops.mean(ops.softplus(-real)),
            "generated": 0.5 * ops.mean(ops.softplus(fake)),
        }

    def generator_loss(self, batch):
        """Feature matching: the mean of the generated pictures' features is that of the real ones'."""
        real, _ = self.classifier(batch["image"], training=True)
        made, _ = self.classifier(self._made(batch), training=True)
        apart = ops.mean(ops.cast(real, "float32"), axis=0) - ops.mean(ops.cast(made, "float32"), axis=0)
        return {"features": ops.mean(ops.square(apart))}

    def _made(self, batch):
        shape = (ops.shape(batch["image"])[0], self.options["latent_dim"])
        return self.generator(keras.random.normal(shape, seed=self.seed), training=True)


def _mean(values, share):
    """The mean of those that count; 0 where none does."""
    return ops.sum(values * share) / ops.maximum(ops.sum(share), 1.0)


def _classifier(shape, classes, width):
    """Pictures to features `(batch, 4 width)` and logits `(batch, classes)`."""
    x = inputs = keras.Input(shape)
    for channels in (width, 2 * width, 4 * width):
        x = layers.LeakyReLU(0.2)(layers.Conv2D(channels, 3, 2, padding="same", kernel_initializer="he_normal")(x))
    features = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, [features, layers.Dense(classes)(features)])
