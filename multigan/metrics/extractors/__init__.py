"""Feature extractors by name: what samples are turned into before they are compared.

An extractor is a part of a metric's name and of its record. `load(material)` returns an object that maps samples
`(count, *shape)` in the recipe's units to float32 features `(count, width)`, and has:

- `facts`: a dictionary for the record: `sha256` of its weights, `resize` (how images are brought to its size), and
  whatever else the value depends on;
- `probabilities(features) -> (count, classes)`, where it also classifies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from multigan.errors import UsageError
from multigan.recipe import load_object, suggest

if TYPE_CHECKING:
    import numpy

__all__ = ["EXTRACTORS", "Extractor", "Features", "Material", "load_extractor"]


class Features(Protocol):
    """A loaded extractor."""

    facts: dict

    def __call__(self, samples: numpy.ndarray) -> numpy.ndarray:
        """Maps samples `(count, *shape)` to float32 features `(count, width)`."""


@dataclass(frozen=True)
class Material:
    """What an evaluation is made with.

    Args:
        reference: the `Source` that real samples are drawn from.
        training: returns the `Source` that the run was trained on; called when a metric needs it.
        folder: where something that is costly to make, such as a trained classifier, is kept; None: nowhere.
        held_out: whether the reference is other data than the training's.
        part: what a record calls the reference, where that is not all of a source.
    """

    reference: object
    training: Callable[[], object]
    folder: Path | None = None
    held_out: bool = False
    part: str = ""

    @classmethod
    def of(cls, source, training: Callable[[], object], folder: Path | None = None, held_out: bool = False) -> Material:
        """Returns what an evaluation on `source` is made with; texts are compared with those that their source kept
        out of training.
        """
        if not held_out and getattr(source, "vocabulary", 0):
            from multigan.modalities.text.texts import held_out_part

            part = held_out_part(source)
            if part is not None:
                return cls(part, training, folder, True, "held-out part")
        return cls(source, training, folder, held_out)

    @property
    def split(self) -> str:
        """What a record calls the reference."""
        return self.part or ("other data" if self.held_out else "training data")


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """How a feature extractor is named and found.

    Args:
        name: as it stands in a metric's name.
        summary: one line.
        load: import string of `load(material)`.
        extra: what `pip install` is to be given when its import fails, quoted for a shell.
        modality: of the samples that it takes.
    """

    name: str
    summary: str
    load: str
    extra: str = ""
    modality: str = "images"


_KNOWN = (
    Extractor(name="pixels", summary="the pixels themselves", load="multigan.modalities.images.extractors.pixels:load"),
    Extractor(
        name="pca-64",
        summary="64 principal components of the real images",
        load="multigan.modalities.images.extractors.components:load",
    ),
    Extractor(
        name="local",
        summary="a small classifier trained on the data's own labels",
        load="multigan.modalities.images.extractors.local:load",
    ),
    Extractor(
        name="efficientnet-lite0",
        summary="EfficientNet-Lite0 trained on ImageNet, 1,280 features",
        load="multigan.modalities.images.extractors.efficientnet:load",
        extra='"multigan[metrics]"',
    ),
    Extractor(
        name="inception",
        summary="the Inception of FID, 2,048 features; its weights are a file of yours",
        load="multigan.modalities.images.extractors.inception:load",
        extra='"multigan[fid]"',
    ),
    Extractor(
        name="log-mel",
        summary="80 fixed statistics of the log-mel spectrogram",
        load="multigan.modalities.audio.extractors.log_mel:load",
        modality="audio",
    ),
    Extractor(
        name="local-mel",
        summary="a small classifier of log-mel spectrograms, trained on the data's own labels",
        load="multigan.modalities.audio.extractors.local_mel:load",
        modality="audio",
    ),
    Extractor(
        name="aisfx",
        summary="an embedding of sound effects, 512 features",
        load="multigan.modalities.audio.extractors.aisfx:load",
        extra="torch && pip install --no-deps aisfx",
        modality="audio",
    ),
    Extractor(
        name="spectrum",
        summary="a sound's spectral flatness, share of high frequencies and loudness",
        load="multigan.modalities.audio.extractors.spectrum:load",
        modality="audio",
    ),
    Extractor(
        name="pitch",
        summary="a sound's pitch, and how much of it has one",
        load="multigan.modalities.audio.extractors.pitch:load",
        modality="audio",
    ),
)
# The number of axes of a sample tells what it is.
_MODALITIES = {2: "audio", 3: "images"}
EXTRACTORS = {extractor.name: extractor for extractor in _KNOWN}


def load_extractor(name: str, material: Material) -> Features:
    """Returns the extractor called `name`, ready to use.

    Raises:
        UsageError: there is none, it takes samples of another kind, what it needs is not installed, or the data
            cannot serve it.
    """
    if name not in EXTRACTORS:
        raise UsageError(f"no feature extractor {name}{suggest(name, EXTRACTORS)} (known: {', '.join(EXTRACTORS)})")
    extractor = EXTRACTORS[name]
    modality = _MODALITIES.get(len(material.reference.shape)) if material else None
    if modality not in (None, extractor.modality):
        known = ", ".join(other.name for other in EXTRACTORS.values() if other.modality == modality)
        raise UsageError(
            f"the extractor {name} takes {extractor.modality}, and {material.reference.name} holds {modality}; choose "
            f"one of {known}"
        )
    try:
        return load_object(extractor.load)(material)
    except ImportError as error:
        if not extractor.extra:
            raise
        raise UsageError(f"the extractor {name} needs pip install {extractor.extra} ({error})") from error
