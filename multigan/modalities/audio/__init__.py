"""Sounds: how they are read, written, shown, measured."""

from multigan.modalities.audio.options import OPTIONS
from multigan.modality import Modality

__all__ = ["MODALITY"]


MODALITY = Modality(
    name="audio",
    noun="sounds",
    summary="Sounds of one length, mono or stereo, in [-1, 1]",
    field="audio",
    options=OPTIONS,
    facts={"sample_rate": 0},
    units=(-1.0, 1.0),
    open="multigan.modalities.audio.reading.source:open_audio",
    metrics="multigan.modalities.audio.catalogue:METRICS",
    extractors="multigan.modalities.audio.catalogue:EXTRACTORS",
    controls="multigan.modalities.audio.controls:CONTROLS",
    claims="multigan.modalities.audio.claims:claims",
    reads=("a sound",),
    tell="multigan.modalities.audio.tell:tell",
    files="multigan.modalities.audio.files:files",
    page="wav",
    blocks="multigan.modalities.audio.players:blocks",
    gauge="multigan.modalities.audio.figures:SoundGauge",
    health="multigan.modalities.audio.findings:HEALTH",
)
