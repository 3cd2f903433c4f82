"""Points: how they are read, written, shown, measured."""

from multigan.modalities.points.options import OPTIONS
from multigan.modality import Modality

__all__ = ["MODALITY"]


MODALITY = Modality(
    name="points",
    noun="points",
    summary="Points: rows of numbers, in the data's units",
    field="point",
    options=OPTIONS,
    facts={"mean": (), "scale": (), "origin": ()},
    open="multigan.modalities.points.reading.source:open_points",
    metrics="multigan.modalities.points.catalogue:METRICS",
    needs=("modes",),
    knowledge="multigan.modalities.points.knowledge:Knowledge",
    claims="multigan.modalities.points.claims:claims",
    tell="multigan.modalities.points.tell:tell",
    refit="multigan.modalities.points.refit:refit",
    files="multigan.modalities.points.files:files",
    kept=2500,
    exported="multigan.modalities.points.exported:exported",
    gauge="multigan.modalities.points.figures:PointGauge",
    health="multigan.modalities.points.findings:HEALTH",
)
