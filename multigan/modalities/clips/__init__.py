"""Clips: how they are read, written, shown, measured."""

from multigan.modalities.clips.kinds import KINDS
from multigan.modalities.clips.options import OPTIONS
from multigan.modality import Modality

__all__ = ["MODALITY"]


MODALITY = Modality(
    name="clips",
    noun="clips",
    summary="Clips: a few frames that move, of 1 to 4 channels, in [-1, 1]",
    field="clip",
    options=OPTIONS,
    facts={"frame_rate": 0.0},
    augmented=True,
    units=(-1.0, 1.0),
    open="multigan.modalities.clips.reading.source:open_clips",
    metrics="multigan.modalities.clips.catalogue:METRICS",
    extractors="multigan.modalities.clips.catalogue:EXTRACTORS",
    kinds=KINDS,
    translate="multigan.modalities.clips.tweening:translate",
    controls="multigan.modalities.clips.controls:controls",
    claims="multigan.modalities.clips.claims:claims",
    reads=("an image", "an MPEG-4 file", "a Matroska or WebM file", "a film"),
    tell="multigan.modalities.clips.tell:tell",
    files="multigan.modalities.clips.files:files",
    page="webp",
    exported="multigan.modalities.clips.exported:exported",
    blocks="multigan.modalities.clips.shown:blocks",
    pairs="multigan.modalities.clips.nearest:draw_nearest",
    gauge="multigan.modalities.clips.figures:ClipGauge",
    health="multigan.modalities.clips.findings:HEALTH",
)
