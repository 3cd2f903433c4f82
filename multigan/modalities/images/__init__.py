"""Images: how they are read, written, shown, measured."""

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
    open="multigan.modalities.images.reading.source:open_images",
    gauge="multigan.modalities.images.figures:ImageGauge",
    health="multigan.modalities.images.findings:HEALTH",
)
