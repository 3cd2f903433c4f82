"""Texts: how they are read, written, shown, measured."""

from multigan.modalities.text.options import OPTIONS
from multigan.modality import Modality

__all__ = ["MODALITY"]


MODALITY = Modality(
    name="text",
    noun="texts",
    summary="Texts: rows of token ids",
    field="text",
    options=OPTIONS,
    facts={"vocabulary": 0, "end": -1, "oracle": ""},
    packages=("sentencepiece",),
    open="multigan.modalities.text.reading.source:open_text",
    gauge="multigan.modalities.text.figures:TextGauge",
    health="multigan.modalities.text.findings:HEALTH",
)
