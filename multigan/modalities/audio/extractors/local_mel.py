"""A small classifier of sounds, trained on log-mel spectrograms of the data with its own labels."""

import numpy

from multigan.metrics.extractors.classifier import Classifier, build_network, load_classifier, train_network
from multigan.modalities.audio.mel import hop_of, log_mel, mel_filters, window_of

__all__ = ["load", "pictures"]

SETTINGS = {
    "version": 1, "seed": 0, "batch": 64, "steps": (300, 2000), "epochs": 20, "rate": 2e-3,
    "shift": 2, "gain": 6.0, "noise": (-90.0, -35.0),
}  # fmt: skip
FILE = "local-mel-classifier.npz"
FRAMES = 64  # at most; neighbours in time are averaged where there are more
LEARNT = 20_000  # sounds, at most: 330 MB of spectrograms
BLOCK = 256
FLOOR = -60.0  # dB


def load(material):
    """Returns the classifier that the run keeps, or trains one: half a minute on 1,000 sounds of a second.

    Raises:
        UsageError: the data have no labels, or fewer than two classes.
    """
    source, weights, facts = load_classifier(material, "local-mel", FILE, SETTINGS, lambda source: _train(source))
    rate = source.sample_rate
    shape = pictures(numpy.zeros((1, *source.shape), numpy.float32), rate).shape[1:]
    network = build_network(shape, len(facts["classes"]), SETTINGS["seed"])
    return Classifier(network, weights, facts, lambda sounds: pictures(sounds, rate))


def pictures(sounds: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """Returns spectrograms as images, float32 `(count, frames, 64, 1)`: -1 at -60 dB and below, 1 at 0 dB.

    Args:
        sounds: `(count, length, channels)` in [-1, 1].
        sample_rate: in Hz.
    """
    # The last frame is half silence; without it 16,384 samples are 64 frames.
    mel = log_mel(sounds, sample_rate)[:, : max(1, sounds.shape[1] // hop_of(sample_rate))]
    joined = -(-mel.shape[1] // FRAMES)
    whole = mel[:, : mel.shape[1] // joined * joined]
    mel = whole.reshape(len(mel), -1, joined, mel.shape[2]).mean(axis=2)
    return _scaled(mel)[..., None]


def _scaled(decibels):
    return numpy.maximum(decibels, FLOOR) / (-FLOOR / 2) + 1


class _Spectrograms:
    """A source's sounds as pictures, in memory: they are computed once, and learnt from many times."""

    def __init__(self, source):
        self.name, self.classes = source.name, source.classes
        count = min(len(source), LEARNT)
        indices = numpy.sort(numpy.random.default_rng(SETTINGS["seed"]).permutation(len(source))[:count])
        parts, labels = [], []
        for start in range(0, count, BLOCK):
            batch = source.batch(indices[start : start + BLOCK])
            parts.append(pictures(batch["audio"], source.sample_rate))
            labels.append(batch["label"])
        self._pictures, self._labels = numpy.concatenate(parts), numpy.concatenate(labels)
        self.shape = self._pictures.shape[1:]

    def __len__(self):
        return len(self._pictures)

    def batch(self, indices):
        return {"picture": self._pictures[indices], "label": self._labels[indices]}


def _train(source):
    window = window_of(source.sample_rate)
    # The power of white noise, whose own is 1, in each band; the window is Hann.
    noise = mel_filters(source.sample_rate, window).sum(axis=1) * 6 / window
    return train_network(_Spectrograms(source), "picture", SETTINGS, lambda images, rng: _moved(images, rng, noise))


def _moved(images: numpy.ndarray, rng: numpy.random.Generator, noise: numpy.ndarray) -> numpy.ndarray:
    """Moves a batch by up to two frames, each quarter by its own draw; and each sound's level by up to 6 dB, over white
    noise from unheard to 35 dB below full scale: generators have some, and are judged by what is before it.
    """
    shape = (len(images), 1, 1, 1)
    decibels = (images - 1) * (-FLOOR / 2) + rng.uniform(-SETTINGS["gain"], SETTINGS["gain"], shape)
    behind = 10 ** (rng.uniform(*SETTINGS["noise"], shape) / 10) * noise[:, None]
    noisy = _scaled(10 * numpy.log10(10 ** (decibels / 10) + behind)).astype(numpy.float32)
    reach, moved = SETTINGS["shift"], []
    padded = numpy.pad(noisy, ((0, 0), (reach, reach), (0, 0), (0, 0)), mode="edge")
    for part in numpy.array_split(padded, 4):
        first = rng.integers(0, 2 * reach + 1)
        moved.append(part[:, first : first + images.shape[1]])
    return numpy.concatenate(moved)
