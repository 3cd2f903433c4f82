"""A fixed choice of the data that a run is held against: for its previews, its health and its report."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multigan.disk import aside

__all__ = ["Reference", "choose_reference", "read_reference", "wanted"]

# The most that is held in memory.
BYTES = 64 << 20
COUNT = 2500
# Labels and conditions that are kept on the disk, to ask for, where no samples are.
KEPT = 256


@dataclass(frozen=True)
class Reference:
    """Data samples `(count, *shape)` in the recipe's units, their labels `(count,)` and conditions `(count, length)`,
    where the data has such.
    """

    samples: np.ndarray
    labels: np.ndarray | None = None
    conditions: np.ndarray | None = None

    def save(self, path: Path, count: int) -> None:
        """Writes what previews need later, when the data may be gone.

        Args:
            path: of the file.
            count: samples to draw behind a run's own; 0 where none are.
        """
        kept = {"samples": self.samples[:count]}
        for name in ("labels", "conditions"):
            if (values := getattr(self, name)) is not None:
                kept[name] = values[: count or KEPT]
        with aside(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **kept)


def choose_reference(source, field: str, count: int = COUNT) -> Reference:
    """Returns samples spread evenly over a source, the same ones each time; fewer where they are large.

    Args:
        source: the data.
        field: the key of a batch that holds the samples, see `multigan.modality.Modality`.
        count: how many at most.
    """
    size = source[0][field].nbytes
    count = max(min(count, len(source), BYTES // max(size, 1)), min(64, len(source)))
    batch = source.batch(np.linspace(0, len(source) - 1, count).astype(np.int64))
    return Reference(batch[field], batch.get("label"), batch.get("condition"))


def read_reference(path: Path) -> Reference | None:
    """Returns what `Reference.save` wrote, or None when there is nothing that can be read."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Reference(arrays["samples"], arrays.get("labels"), arrays.get("conditions"))
    except Exception:  # what a damaged file raises depends on where it is damaged
        return None


def wanted(game, reference: Reference | None, classes: int, count: int) -> np.ndarray | None:
    """Returns the conditions of `count` samples that nobody chose: every class in turn, by class; the data's vectors.

    None for a game that is not conditional.

    Raises:
        ValueError: the game takes vectors, and there is no reference that has some.
    """
    if game.conditional == "label":
        return np.sort(np.arange(count) % classes).astype(np.int32)
    if game.conditional == "condition":
        if reference is None or reference.conditions is None or not len(reference.conditions):
            raise ValueError("there are no conditions to ask for")
        return reference.conditions[np.arange(count) % len(reference.conditions)]
    return None
