"""Images: how they are read, written, shown, measured."""

from multigan.modalities.images.kinds import KINDS
from multigan.modalities.images.options import OPTIONS
from multigan.modality import Modality

__all__ = ["MODALITY"]


MODALITY = Modality(
    name="images",
    noun="images",
    summary="Images of 1 to 4 channels, in [-1, 1]",
    field="image",
    options=OPTIONS,
    facts={},
    augmented=True,
    units=(-1.0, 1.0),
    open="multigan.modalities.images.reading.source:open_images",
    metrics="multigan.modalities.images.catalogue:METRICS",
    extractors="multigan.modalities.images.catalogue:EXTRACTORS",
    kinds=KINDS,
    needs=("colour", "window", "hole", "back", "scikit_image"),
    knowledge="multigan.modalities.images.knowledge:Knowledge",
    controls="multigan.modalities.images.controls:controls",
    held_out="multigan.modalities.images.reading.source:unseen",
    claims="multigan.modalities.images.claims:claims",
    reads=("an image",),
    tell="multigan.modalities.images.tell:tell",
    files="multigan.modalities.images.files:files",
    page="png",
    translate="multigan.modalities.images.translating:translate",
    pairs="multigan.modalities.images.nearest:draw_nearest",
    gauge="multigan.modalities.images.figures:ImageGauge",
    health="multigan.modalities.images.findings:HEALTH",
    exported="multigan.modalities.images.exported:exported",
)
