"""Feature extractors by name: what samples are turned into before they are compared.

Each room lists its own (`multigan.modality.Modality.extractors`). An extractor is a part of a metric's name and of its
record. `load(material)` returns an object that maps samples `(count, *shape)` in the recipe's units to float32 features
`(count, width)`, and has:

- `facts`: a dictionary for the record: `sha256` of its weights, `resize` (how images are brought to its size), and
  whatever else the value depends on;
- `probabilities(features) -> (count, classes)`, where it also classifies.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from multigan.data.few import LEAST
from multigan.errors import UsageError
from multigan.modality import find_modality, modalities
from multigan.recipe import load_object, suggest

if TYPE_CHECKING:
    import numpy

__all__ = ["Extractor", "Features", "Material", "extractors_of", "find_extractor", "load_extractor", "usual_extractor"]


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
        modality: of both sources.
    """

    reference: object
    training: Callable[[], object]
    folder: Path | None = None
    held_out: bool = False
    part: str = ""
    modality: str = field(kw_only=True)

    @classmethod
    def of(
        cls,
        source,
        training: Callable[[], object],
        folder: Path | None = None,
        held_out: bool = False,
        *,
        modality: str,
    ) -> Material:
        """Returns what an evaluation on `source` is made with: on the part that it keeps out of training, where it has
        one (`Modality.held_out`) that is no single sample.
        """
        room = find_modality(modality)
        if not held_out and room.held_out:
            part = room.load("held_out")(source)
            if part is not None and len(part) >= LEAST:
                return cls(part, training, folder, True, "held-out part", modality=modality)
        return cls(source, training, folder, held_out, modality=modality)

    @property
    def split(self) -> str:
        """What a record calls the reference."""
        return self.part or ("other data" if self.held_out else "training data")

    @property
    def field(self) -> str:
        """The key of a batch that holds the samples."""
        return find_modality(self.modality).field


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """How a feature extractor is named and found.

    Args:
        name: as it stands in a metric's name.
        summary: one line.
        load: import string of `load(material)`, which takes a `Material`.
        extra: what `pip install` is to be given when its import fails, quoted for a shell.
        labels: whether it learns from the data's labels, and cannot be had without.
        modules: that it cannot be had without, as `import` names them.
        usual: its place among those that are taken where a recipe names a metric and no extractor, from 1; 0: it is not
            among them.
    """

    name: str
    summary: str
    load: str
    extra: str = ""
    labels: bool = False
    modules: tuple[str, ...] = ()
    usual: int = 0


def usual_extractor(modality: str, labels: bool) -> str:
    """Returns the name of the best extractor of a modality that can be had; "" where there is none.

    Args:
        modality: of the samples.
        labels: whether the data have labels.
    """
    known = [each for each in extractors_of(modality).values() if each.usual and (labels or not each.labels)]
    there = [each for each in known if all(importlib.util.find_spec(name) for name in each.modules)]
    return min(there, key=lambda each: each.usual).name if there else ""


def extractors_of(modality: str) -> dict[str, Extractor]:
    """Returns a modality's extractors by name; none of one that is not known."""
    room = modalities().get(modality)
    return {each.name: each for each in room.load("extractors")} if room and room.extractors else {}


def find_extractor(name: str, modality: str, told: str) -> Extractor:
    """Returns the extractor of a modality's samples that is called `name`.

    Args:
        name: of the extractor.
        modality: of the samples.
        told: in an error, whose samples they are: "recipe dcgan makes".

    Raises:
        UsageError: there is none, or it takes samples of another kind.
    """
    own = extractors_of(modality)
    if name in own:
        return own[name]
    others = [other for other in modalities() if name in extractors_of(other)]
    mend = f"choose one of {', '.join(own)}" if own else f"metrics of {modality} take none"
    if others:
        raise UsageError(f"the extractor {name} takes {others[0]}, and {told} {modality}; {mend}")
    known = f"known: {', '.join(own)}" if own else mend
    raise UsageError(f"no feature extractor {name}{suggest(name, own)} ({known})")


def load_extractor(name: str, material: Material) -> Features:
    """Returns the extractor called `name`, ready to use.

    Raises:
        UsageError: there is none, it takes samples of another kind, what it needs is not installed, or the data
            cannot serve it.
    """
    extractor = find_extractor(name, material.modality, f"{material.reference.name} holds")
    try:
        return load_object(extractor.load)(material)
    except ImportError as error:
        if not extractor.extra:
            raise
        raise UsageError(f"the extractor {name} needs pip install {extractor.extra} ({error})") from error
