"""Data made in a test."""

from collections.abc import Sequence

import numpy as np

from multigan.data.source import DataReport

__all__ = ["ArraySource"]


class ArraySource:
    """A data source in memory.

    Args:
        samples: in the recipe's units; whole numbers of two axes are the tokens of texts; floats of two are points, of
            three sounds, of four images.
        labels: whole numbers `(count,)`, or None.
        conditions: vectors `(count, length)`, or None.
        classes: the labels' names; by default their numbers.
        name: of the source.
        sample_rate: of sounds, in Hz.
        vocabulary: of texts, how many token ids there are; by default the largest and one.
        end: of texts, the token that ends one; -1 where all are equally long.
    """

    in_memory = True

    def __init__(
        self,
        samples: np.ndarray,
        *,
        labels: np.ndarray | None = None,
        conditions: np.ndarray | None = None,
        classes: Sequence[str] = (),
        name: str = "arrays",
        sample_rate: int = 0,
        vocabulary: int = 0,
        end: int = -1,
    ):
        text = np.ndim(samples) == 2 and np.issubdtype(np.asarray(samples).dtype, np.integer)
        points = np.ndim(samples) == 2 and not text
        beside = {"label": (labels, "int32"), "condition": (conditions, "float32")}
        key = "text" if text else {2: "point", 3: "audio"}.get(np.ndim(samples), "image")
        self._arrays = {key: np.asarray(samples, "int32" if text else "float32")}
        self._arrays |= {key: np.asarray(values, kind) for key, (values, kind) in beside.items() if values is not None}
        self.name, self.fingerprint, self.shape = name, name, np.shape(samples)[1:]
        self.classes = tuple(classes) or tuple(map(str, range(0 if labels is None else int(np.max(labels)) + 1)))
        self.condition = 0 if conditions is None else np.shape(conditions)[1]
        self.mean = tuple(np.mean(samples, axis=0).tolist()) if points else ()
        self.scale = tuple(np.std(samples, axis=0).tolist()) if points else ()
        self.sample_rate = sample_rate
        self.vocabulary, self.end, self.oracle = (vocabulary or int(np.max(samples)) + 1) if text else 0, end, ""
        self.facts = {"mean": self.mean, "scale": self.scale, "origin": ()} if points else {}
        self.facts |= {"vocabulary": self.vocabulary, "end": end, "oracle": ""} if text else {}
        self.facts |= {"sample_rate": sample_rate} if key == "audio" else {}
        self.report = DataReport(found=len(self), used=len(self))

    def __len__(self) -> int:
        return len(next(iter(self._arrays.values())))

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """One sample."""
        return {key: values[index] for key, values in self._arrays.items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """The samples of these indices; nothing is drawn."""
        return {key: values[indices] for key, values in self._arrays.items()}
