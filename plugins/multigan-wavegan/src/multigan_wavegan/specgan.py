"""SpecGAN: sounds by way of their spectrograms (Donahue et al., 2018, arXiv 1802.04208, section 3.4)."""

import keras
import numpy as np
from keras import layers, ops

from multigan import Condition, LeakyReLU, MinibatchStandardDeviation, SpectralNormalization, UsageError
from multigan_wavegan.game import ReferenceLosses

__all__ = ["SpecGAN"]

WINDOW, HOP, BINS = 256, 128, 128  # at 16 kHz: 16 ms, 8 ms, and 62.5 Hz a bin; the one at half the rate is left out
STAGES, KERNEL = 5, 5
FLOOR = 1e-6  # below any magnitude that is heard
DEVIATIONS = 3.0  # what is further from a bin's mean is clipped
LOOKED_AT, PART = 10_000, 256  # sounds that the bins' means are taken from, and at a time


class SpecGAN(ReferenceLosses):
    """DCGAN on log magnitudes, each bin in the data's own deviations; Griffin-Lim makes sound of them."""

    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed, **options)
        self.length = data.shape[0]
        self.mean = self.add_weight(shape=(BINS, 1), initializer="zeros", trainable=False, name="mean")
        self.deviation = self.add_weight(shape=(BINS, 1), initializer="ones", trainable=False, name="deviation")

    def build_generator(self, data):
        """Five transposed convolutions."""
        return spectrogram_generator(spectrogram_shape(data.shape), self.options, self.condition)

    def build_opponent(self, data):
        """Five convolutions."""
        frames, bins, channels = spectrogram_shape(data.shape)
        shape = (frames, bins, channels * self.options["pack"])
        return spectrogram_critic(shape, self.options, self.scores_have_bias, self.condition)

    # Between sounds and spectrograms.

    def prepare(self, source):
        """Takes each bin's mean and deviation from the data, over all frames."""
        indices = np.linspace(0, len(source) - 1, min(LOOKED_AT, len(source))).astype(int)
        count, total, squares = 0, 0.0, 0.0
        for start in range(0, len(indices), PART):
            sounds = source.batch(indices[start : start + PART])["audio"]
            levels = ops.convert_to_numpy(log_magnitudes(ops.convert_to_tensor(sounds))).astype(np.float64)
            count += levels.size // BINS
            total = total + levels.sum(axis=(0, 1, 3))
            squares = squares + (levels**2).sum(axis=(0, 1, 3))
        mean = total / count
        deviation = np.sqrt(np.maximum(squares / count - mean**2, 1e-6))
        self.mean.assign(mean[:, None].astype("float32"))
        self.deviation.assign(deviation[:, None].astype("float32"))

    def spectrograms(self, sounds):
        """Sounds `(batch, samples, channels)` as spectrograms `(batch, frames, bins, channels)` in [-1, 1]."""
        levels = (log_magnitudes(sounds) - self.mean) / (DEVIATIONS * self.deviation)
        return ops.clip(levels, -1.0, 1.0)

    def render(self, generated):
        """Spectrograms as sounds `(count, samples, channels)`, by Griffin-Lim; its first phases are always the same."""
        import librosa  # a second to import, and nothing but sampling needs it

        mean, deviation = (ops.convert_to_numpy(v) for v in (self.mean, self.deviation))
        levels = np.asarray(generated, np.float32) * DEVIATIONS * deviation + mean
        magnitudes = np.maximum(np.exp(levels) - FLOOR, 0.0).transpose(0, 3, 2, 1)  # count, channels, bins, frames
        # The bin at half the rate and the last frame, which spectrograms leave out, are silent.
        magnitudes = np.pad(magnitudes, ((0, 0), (0, 0), (0, 1), (0, 1)))
        sounds = [
            librosa.griffinlim(
                one, n_iter=self.options["iterations"], hop_length=HOP, n_fft=WINDOW, length=self.length, random_state=0
            )
            for one in magnitudes
        ]
        return np.clip(np.stack(sounds).transpose(0, 2, 1), -1.0, 1.0).astype(np.float32)

    # The game, on spectrograms.

    def opponent_loss(self, batch):
        """As of images."""
        return super().opponent_loss(batch | {self.key: self.spectrograms(batch[self.key])})

    def generator_loss(self, batch):
        """As of images."""
        return super().generator_loss(batch | {self.key: self.spectrograms(batch[self.key])})

    def score(self, samples):
        """Of sounds."""
        parts = [
            ops.convert_to_numpy(self.spectrograms(ops.convert_to_tensor(samples[start : start + PART])))
            for start in range(0, len(samples), PART)
        ]
        return super().score(np.concatenate(parts))


def spectrogram_shape(shape) -> tuple[int, int, int]:
    """Frames, bins and channels of sounds of `(samples, channels)`.

    Raises:
        UsageError: the frames cannot be halved five times.
    """
    length, channels = shape
    unit = HOP * 2**STAGES
    if length % unit or not length:
        near = max(unit, round(length / unit) * unit)
        raise UsageError(f"sounds of {length:,} samples: specgan makes multiples of {unit:,}; try -o length={near}")
    return length // HOP, BINS, channels


def log_magnitudes(sounds):
    """Sounds `(batch, samples, channels)` as logarithms of magnitudes `(batch, frames, bins, channels)`."""
    waves = ops.transpose(ops.cast(sounds, "float32"), (0, 2, 1))
    real, imaginary = ops.stft(waves, WINDOW, HOP, WINDOW, window="hann", center=True)
    magnitudes = ops.sqrt(ops.square(real) + ops.square(imaginary))
    return ops.log(ops.transpose(magnitudes[:, :, :-1, :BINS], (0, 2, 3, 1)) + FLOOR)


def spectrogram_generator(shape, options, condition: Condition | None) -> keras.Model:
    """z `(batch, latent_dim)` to spectrograms `(batch, frames, bins, channels)` in [-1, 1]."""
    frames, bins, channels = shape
    inputs = z = keras.Input((options["latent_dim"],), name="z")
    if condition:
        inputs = [z, condition.input()]
        z = layers.Concatenate()([z, condition.encode(inputs[1])])
    first = (frames // 2**STAGES, bins // 2**STAGES, options["dim"] * 2 ** (STAGES - 1))
    x = layers.ReLU()(layers.Reshape(first)(layers.Dense(int(np.prod(first)))(z)))
    for stage in reversed(range(STAGES)):
        width = options["dim"] * 2 ** (stage - 1) if stage else channels
        x = layers.Conv2DTranspose(width, KERNEL, 2, padding="same")(x)
        x = layers.ReLU()(x) if stage else x
    return keras.Model(inputs, layers.Activation("tanh", dtype="float32")(x), name="generator")


def spectrogram_critic(shape, options, bias: bool, condition: Condition | None) -> keras.Model:
    """Spectrograms `(batch, frames, bins, channels)` to scores `(batch, 1)`."""
    wrap = SpectralNormalization if options["spectral_norm"] else lambda layer: layer
    image = x = keras.Input(shape)
    for stage in range(STAGES):
        x = LeakyReLU(0.2)(wrap(layers.Conv2D(options["dim"] * 2**stage, KERNEL, 2, padding="same"))(x))
    if options["minibatch_stddev"]:
        x = MinibatchStandardDeviation()(x)
    features = layers.Flatten()(x)
    score = wrap(layers.Dense(1, use_bias=bias))(features)
    if condition is None:
        return keras.Model(image, score, name="discriminator")
    given = condition.input()
    embedded = wrap(layers.Dense(features.shape[-1], use_bias=False))(condition.encode(given))
    score = layers.Add()([score, layers.Dot(axes=1)([embedded, features])])
    return keras.Model([image, given], score, name="discriminator")
