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
    open="multigan.modalities.audio.reading.source:open_audio",
    gauge="multigan.modalities.audio.figures:SoundGauge",
    health="multigan.modalities.audio.findings:HEALTH",
)
