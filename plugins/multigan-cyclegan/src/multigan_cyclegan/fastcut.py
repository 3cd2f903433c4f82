"""FastCUT, after Park et al., 2020, arXiv 2007.15651: one direction, by the contrast of patches."""

import keras
from keras import layers, ops

import multigan
from multigan import Handed, Turn, patch_critic
from multigan_cyclegan.networks import resnet_generator, taps_of
from multigan_cyclegan.unpaired import Unpaired

__all__ = ["FastCUT", "patch_contrast"]

# Of squared lengths, which start at about 0.01.
TINY = 1e-12


class FastCUT(Unpaired):
    """A generator whose output's patches must tell their places in the input, and a discriminator of the outputs.

    What the generator's turn made is handed on: the discriminator judges the same pictures, and the projections learn
    from the same features, so that a step has one forward pass.
    """

    turns = (Turn("generator"), Turn("discriminator", fresh=False), Turn("projection", fresh=False))

    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed, **options)
        given, made = self.shapes
        if given[-1] != made[-1]:
            raise multigan.UsageError(
                f"fastcut compares what its generator sees in both kinds of pictures, and these have {given[-1]} and "
                f"{made[-1]} channels; give both the same by -o channels=, or use the recipe cyclegan"
            )
        size = self.width, self.blocks, options["upsampling"], self.mapped
        self.generator = resnet_generator(given[-1], made[-1], *size)
        self.begun = [self.generator]
        self.discriminator = patch_critic(made, width=self.width)
        taps = taps_of(self.generator, self.blocks)
        self.encoder = keras.Model(self.generator.inputs, taps)
        self.whole = keras.Model(self.generator.inputs, [*taps, *self.generator.outputs])
        self.layers_seen = [tuple(shape[1:]) for shape in self.encoder.compute_output_shape((1, *given))]
        self.projection = [_projection(shape[-1], options["units"]) for shape in self.layers_seen]
        self.places = [min(options["patches"], height * width) for height, width, _ in self.layers_seen]

    def _hand_on(self, count):
        self.handed = Handed((count, *self.shapes[1]))
        sizes = [(2, count, places, shape[-1]) for places, shape in zip(self.places, self.layers_seen, strict=True)]
        self.features = [Handed(size) for size in sizes]

    @property
    def sampler(self):
        """The generator."""
        return self.generator

    def generator_loss(self, batch):
        """The paper's least squares, which lack the half that multigan's have, and the contrast of patches."""
        *keys, made = self.whole(batch["source"], training=True)
        queries = self.encoder(made, training=True)
        self.handed.give(made)
        pairs = [self._patches(*both) for both in zip(queries, keys, self.places, strict=True)]
        for handed, pair in zip(self.features, pairs, strict=True):
            handed.give(ops.stack(pair))
        score = self.discriminator(made, training=True)
        self.observe_distance(batch["source"], made, batch["image"])
        return {
            "adversarial": 2.0 * multigan.least_squares_generator(score),
            "contrast": self.options["contrast"] * self._contrast(pairs),
        }

    def discriminator_loss(self, batch):
        """Half of the squares of both, as in the paper's code."""
        scores = self.discriminator(ops.concatenate([batch["image"], self.handed.take()]), training=True)
        real, fake = ops.split(scores, 2)
        return {"adversarial": multigan.least_squares_critic(real, fake)}

    def projection_loss(self, batch):
        """The same contrast, of the features that the generator's turn saw."""
        pairs = [ops.unstack(handed.take(), 2) for handed in self.features]
        return {"contrast": self.options["contrast"] * self._contrast(pairs)}

    def _patches(self, queries, keys, count):
        """Features of both at the same places, drawn for the whole batch: `(batch, count, channels)` each."""
        batch, height, width, channels = ops.shape(queries)
        flat = [ops.reshape(ops.cast(each, "float32"), (batch, height * width, channels)) for each in (queries, keys)]
        if count < height * width:
            order = ops.argsort(keras.random.uniform((height * width,), seed=self.seed))
            flat = [ops.take(each, order[:count], axis=1) for each in flat]
        return flat

    def _contrast(self, pairs):
        """The mean over layers."""
        seen = [
            patch_contrast(project(queries), project(keys), self.options["temperature"])
            for project, (queries, keys) in zip(self.projection, pairs, strict=True)
        ]
        return sum(seen) / len(seen)


def patch_contrast(queries, keys, temperature: float = 0.07):
    """PatchNCE: how badly each patch of the output is told apart from the other places of its own picture.

    Args:
        queries: `(batch, places, units)`, of the output, of length 1.
        keys: the same of the input, place by place; no gradient goes through them.
        temperature: what products are divided by.

    Returns:
        The mean cross-entropy, a scalar; log(places) where nothing can be told apart.

    Reference: Park et al., 2020, arXiv 2007.15651, equation 3.
    """
    keys = ops.stop_gradient(keys)
    products = ops.matmul(queries, ops.transpose(keys, (0, 2, 1))) / temperature
    own = ops.sum(queries * keys, axis=-1) / temperature
    return ops.mean(ops.logsumexp(products, axis=-1) - own)


def _projection(channels, units):
    """Features `(batch, places, channels)` to `(batch, places, units)` of length 1."""
    x = inputs = keras.Input((None, channels))
    initial = keras.initializers.RandomNormal(0.0, 0.02)
    x = layers.Dense(units, activation="relu", kernel_initializer=initial, dtype="float32")(x)
    x = layers.Dense(units, kernel_initializer=initial, dtype="float32")(x)
    # Where no unit of the first layer is on, features are zeros, and the gradient of their length is not finite.
    squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return keras.Model(inputs, x * ops.rsqrt(squares + TINY))
