"""What the tests of sounds' metrics share: synthetic sounds, and a source of them."""

import numpy as np
from toys import Source

RATE, LENGTH = 8000, 4096
DRUMS = ("kick", "hat", "tone")


class Sounds(Source):
    """Sounds in memory, with their rate."""

    def __init__(self, samples, labels=None, classes=(), rate=RATE, **more):
        super().__init__(samples, labels, classes, key="audio", **more)
        self.sample_rate = rate


def sine(*frequencies, rate=RATE, length=LENGTH, level=0.5):
    """One sine a frequency, `(count, length, 1)`."""
    time = np.arange(length) / rate
    return (level * np.sin(2 * np.pi * np.array(frequencies)[:, None] * time))[..., None].astype("float32")


def white(count, seed=0, length=LENGTH, level=0.5, channels=1):
    return np.random.default_rng(seed).uniform(-level, level, (count, length, channels)).astype("float32")


def drums(count, seed=0, labels=None):
    """Sounds of three classes, a low thump, a hiss that is over at once and a tone that dies away, and their labels."""
    rng, time = np.random.default_rng(seed), np.arange(LENGTH) / RATE
    labels = rng.integers(3, size=count) if labels is None else labels
    sounds = np.empty((count, LENGTH, 1))
    for index, label in enumerate(labels):
        decay = np.exp(-time * rng.uniform(8, 30))
        pitch = (rng.uniform(50, 90), 0, rng.uniform(300, 600))[label]
        body = np.diff(rng.normal(size=LENGTH + 1)) if label == 1 else np.sin(2 * np.pi * pitch * time)
        sound = body * decay
        sounds[index, :, 0] = sound / abs(sound).max() * rng.uniform(0.5, 0.95)
    return sounds.astype("float32"), labels.astype("int32")
