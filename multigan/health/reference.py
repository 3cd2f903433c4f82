"""A fixed choice of the data that a run is held against: for its previews, its health and its report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from multigan.data.few import LEAST
from multigan.disk import aside

__all__ = ["Reference", "choose_reference", "read_reference", "shown_of"]

# The most that is held in memory.
BYTES = 64 << 20
COUNT = 2500
# Labels and conditions that are kept on the disk, to ask for, where no samples are.
KEPT = 256
# The most that is kept of what stands beside a sample, and how it is called there.
KEPT_BYTES = 8 << 20
BESIDE = "beside."


@dataclass(frozen=True)
class Reference:
    """Data samples `(count, *shape)` in the recipe's units, and what belongs to them: labels `(count,)`, conditions
    `(count, length)` and, by name, what data have `beside`, such as pictures that samples are made of.
    """

    samples: np.ndarray
    labels: np.ndarray | None = None
    conditions: np.ndarray | None = None
    beside: Mapping[str, np.ndarray] = field(default_factory=dict)

    def of(self, name: str) -> np.ndarray | None:
        """Returns the values of a field by its name in a batch; None where the data have none, or none were kept."""
        return {"label": self.labels, "condition": self.conditions, **self.beside}.get(name)

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
        for name, values in self.beside.items():
            kept[f"{BESIDE}{name}"] = values[: max(1, min(KEPT, KEPT_BYTES // max(values[:1].nbytes, 1)))]
        with aside(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **kept)


def shown_of(source):
    """Returns the data that a run's samples are shown beside and measured by.

    Where samples are made of something, that is the part that training does not see, if it has `LEAST` samples.
    """
    held_out = getattr(source, "held_out", None) if getattr(source, "beside", ()) else None
    return source if held_out is None or len(held_out) < LEAST else held_out


def choose_reference(source, field: str, count: int = COUNT) -> Reference:
    """Returns samples spread evenly over a source, the same ones each time; fewer where they are large.

    Args:
        source: the data.
        field: the key of a batch that holds the samples, see `multigan.modality.Modality`.
        count: how many at most.
    """
    first = source[0]
    size = first[field].nbytes + sum(first[each.name].nbytes for each in getattr(source, "beside", ()))
    count = max(min(count, len(source), BYTES // max(size, 1)), min(64, len(source)))
    batch = source.batch(np.linspace(0, len(source) - 1, count).astype(np.int64))
    beside = {each.name: batch[each.name] for each in getattr(source, "beside", ())}
    return Reference(batch[field], batch.get("label"), batch.get("condition"), beside)


def read_reference(path: Path) -> Reference | None:
    """Returns what `Reference.save` wrote, or None when there is nothing that can be read."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            beside = {key.removeprefix(BESIDE): arrays[key] for key in arrays.files if key.startswith(BESIDE)}
            return Reference(arrays["samples"], arrays.get("labels"), arrays.get("conditions"), beside)
    except Exception:  # what a damaged file raises depends on where it is damaged
        return None
