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
    metrics="multigan.modalities.text.catalogue:METRICS",
    needs=("texts", "oracle"),
    knowledge="multigan.modalities.text.knowledge:Knowledge",
    held_out="multigan.modalities.text.texts:held_out_part",
    controls="multigan.modalities.text.controls:CONTROLS",
    curve="multigan.modalities.text.curve:CURVE",
    dtype="int32",
    counts="tokens",
    claims="multigan.modalities.text.claims:claims",
    tell="multigan.modalities.text.tell:tell",
    run_files="multigan.modalities.text.run_files:run_files",
    others="multigan.modalities.text.refit:others",
    refit="multigan.modalities.text.refit:refit",
    files="multigan.modalities.text.files:files",
    steer="multigan.modalities.text.steer:steer",
    gauge="multigan.modalities.text.figures:TextGauge",
    health="multigan.modalities.text.findings:HEALTH",
)
