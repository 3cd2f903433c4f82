"""What the tests of metrics share: data and games that cost nothing."""

import numpy as np

from multigan.modality import modalities

METRICS = tuple(metric for room in modalities().values() if room.metrics for metric in room.load("metrics"))


class Source:
    """Samples in memory, as `multigan.data` offers them."""

    in_memory, report = True, None

    def __init__(self, samples, labels=None, classes=(), name="data", key="image", conditions=None):
        self.samples, self.labels, self.conditions, self.key = samples, labels, conditions, key
        self.name, self.shape, self.classes = name, samples.shape[1:], tuple(classes)
        self.fingerprint = f"{name} {samples.sum():.9g}"

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return {key: value[0] for key, value in self.batch(np.array([index])).items()}

    def batch(self, indices, rng=None):
        batch = {self.key: self.samples[indices].astype("float32")}
        if self.labels is not None:
            batch["label"] = self.labels[indices].astype("int32")
        if self.conditions is not None:
            batch["condition"] = self.conditions[indices].astype("float32")
        return batch


class Game:
    """Gives what `make(rng, count, condition)` returns, and remembers what it was asked for."""

    fields = ()

    def __init__(self, make, conditional=""):
        self.make, self.asks, self.asked = make, (conditional,) if conditional else (), []

    def sample(self, count, seed, asked=None):
        condition = None if asked is None else asked[self.asks[0]]
        self.asked.append((count, seed, condition))
        return self.make(np.random.default_rng(seed), count, condition).astype("float32")


def stripes(count, seed=0, size=8):
    """Images of three classes: bright rows at the top, in the middle or at the bottom, with noise, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=count)
    images = rng.normal(-0.6, 0.1, (count, size, size, 1))
    for index, label in enumerate(labels):
        images[index, 3 * label : 3 * label + 2] += 1.2
    return images.clip(-1, 1).astype("float32"), labels.astype("int32")
