"""The step in plain TensorFlow: Keras layers, gradient tapes, one `tf.function`; nothing else is computed."""

from multigan.backend import start_backend

# Only starts Keras on TensorFlow and the CPU; nothing of multigan runs after it.
start_backend("tensorflow", "cpu")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

from dcgan_step.setup import Setup, images  # noqa: E402

__all__ = ["OnTensorFlow"]

EPSILON = 1e-7  # Keras' for Adam


class FusedBatchNormalization(layers.Layer):
    """Batch normalisation by TensorFlow's own kernel, which Keras does not use: fewer passes over the feature maps."""

    def build(self, shape):
        width = (shape[-1],)
        self.gamma = self.add_weight(shape=width, initializer=_normal(1.0))
        self.beta = self.add_weight(shape=width, initializer="zeros")
        self.mean = self.add_weight(shape=width, initializer="zeros", trainable=False)
        self.variance = self.add_weight(shape=width, initializer="ones", trainable=False)

    def call(self, inputs, training=True):
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=self.gamma.value, offset=self.beta.value, mean=self.mean.value,
            variance=self.variance.value, epsilon=1e-5, exponential_avg_factor=0.1, is_training=True,
        )  # fmt: skip
        self.mean.assign(mean)
        self.variance.assign(variance)
        return outputs


class FusedAdam:
    """Adam (Kingma and Ba, 2014, arXiv 1412.6980) by TensorFlow's own kernel: one pass over each variable."""

    def __init__(self, setup, variables):
        self.setup, self.variables = setup, [variable.value for variable in variables]
        self.moments = [[tf.Variable(tf.zeros_like(variable)) for variable in self.variables] for _ in range(2)]
        self.powers = [tf.Variable(setup.beta_1), tf.Variable(0.999)]

    def apply(self, gradients, _):
        for variable, m, v, gradient in zip(self.variables, *self.moments, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle, m=m.handle, v=v.handle, beta1_power=self.powers[0], beta2_power=self.powers[1],
                lr=self.setup.learning_rate, beta1=self.setup.beta_1, beta2=0.999, epsilon=EPSILON, grad=gradient,
            )  # fmt: skip
        for power, beta in zip(self.powers, (self.setup.beta_1, 0.999), strict=True):
            power.assign(power * beta)


def _keras_adam(setup, variables):
    adam = keras.optimizers.Adam(setup.learning_rate, setup.beta_1, epsilon=EPSILON)
    adam.build(variables)
    return adam


def _normal(mean=0.0):
    return keras.initializers.RandomNormal(mean, 0.02)


def _keras_batch_norm():
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=_normal(1.0))


def generator(setup: Setup, batch_norm) -> keras.Model:
    """z `(batch, latent_dim)` to images; the first transposed convolution, of a 1 x 1 map, is a dense layer."""
    (side, channels), *others = setup.hidden
    stack = [keras.Input((setup.latent_dim,))]
    stack += [layers.Dense(side * side * channels, use_bias=False, kernel_initializer=_normal())]
    stack += [layers.Reshape((side, side, channels)), batch_norm(), layers.ReLU()]
    for _, channels in others:
        stack += [_convolution(layers.Conv2DTranspose, channels), batch_norm(), layers.ReLU()]
    stack += [_convolution(layers.Conv2DTranspose, setup.channels), layers.Activation("tanh")]
    return keras.Sequential(stack)


def discriminator(setup: Setup, batch_norm) -> keras.Model:
    """Images to logits `(batch, 1)`; no batch norm on the first layer."""
    stack = [keras.Input(setup.shape)]
    for stage, (_, channels) in enumerate(reversed(setup.hidden)):
        stack += [_convolution(layers.Conv2D, channels), *([batch_norm()] if stage else []), layers.LeakyReLU(0.2)]
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(1, use_bias=False, kernel_initializer=_normal())])


def _convolution(kind, channels):
    return kind(channels, 4, 2, padding="same", use_bias=False, kernel_initializer=_normal())


class OnTensorFlow:
    """Both updates in one `tf.function`.

    Args:
        setup: the sizes.
        fused: TensorFlow's fused kernels for batch norm and Adam, in place of what Keras composes of simple operations.
    """

    def __init__(self, setup: Setup, fused: bool = False):
        self.setup = setup
        batch_norm, adam = (FusedBatchNormalization, FusedAdam) if fused else (_keras_batch_norm, _keras_adam)
        self.networks = {"generator": generator(setup, batch_norm), "discriminator": discriminator(setup, batch_norm)}
        self.adam = {name: adam(setup, network.trainable_variables) for name, network in self.networks.items()}
        self.batches = images(setup, 8)
        self.given = tf.function(self._step)
        self.drawn = tf.function(lambda batch: self._step(batch, self._latents(), self._latents()))
        self.matrix = tf.constant(np.random.default_rng(0).standard_normal((2048, 2048)).astype("float32"))

    def _latents(self):
        return tf.random.normal((self.setup.batch_size, self.setup.latent_dim))

    def _step(self, batch, z_discriminator, z_generator):
        generator, discriminator = self.networks["generator"], self.networks["discriminator"]
        fake = generator(z_discriminator, training=True)

        def critic_loss():
            real_logits, fake_logits = discriminator(batch, training=True), discriminator(fake, training=True)
            return tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))

        def generator_loss():
            logits = discriminator(generator(z_generator, training=True), training=True)
            return tf.reduce_mean(tf.nn.softplus(-logits))

        return self._update("discriminator", critic_loss), self._update("generator", generator_loss)

    def _update(self, player, loss):
        variables = self.networks[player].trainable_variables
        sources = [variable.value for variable in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            value = loss()
        self.adam[player].apply(tape.gradient(value, sources), variables)
        return value

    def facts(self) -> dict:
        """What this contender is made of."""
        count = {name: sum(int(np.prod(v.shape)) for v in n.trainable_variables) for name, n in self.networks.items()}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": count}

    def losses(self, weights, batches, latents) -> list[tuple[float, float]]:
        """Both losses of each step from given weights, batches and latents (two batches of latents a step)."""
        for name, network in self.networks.items():
            for variable, value in zip(network.trainable_variables, weights[name], strict=True):
                variable.assign(value)
        return [tuple(map(float, self.given(batch, *pair))) for batch, pair in zip(batches, latents, strict=True)]

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending = ()
        for step in range(steps):
            values = self.drawn(self.batches[step % len(self.batches)])
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]

    def multiply(self, products: int) -> None:
        """Makes float32 matrix products of 2048 x 2048."""
        for _ in range(products):
            tf.matmul(self.matrix, self.matrix)
