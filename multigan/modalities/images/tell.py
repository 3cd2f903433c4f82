"""What `multigan data check` tells of images."""

from collections.abc import Mapping
from typing import Any

from multigan.field import Field
from multigan.modalities.images.labelmaps import count_of

__all__ = ["tell"]


def tell(source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Returns rows for people, and what `--json` has of images alone, as `multigan.modality.Modality.tell` has it."""
    height, width, channels = source.shape
    rows = [("shape", f"{height} x {width} x {channels} (height x width x channels), values in [-1, 1]")]
    rows += [(field.name, _told(field, getattr(source, "free", {}))) for field in source.beside]
    if source.held_out is not None:
        rows.append(("held out", f"{len(source.held_out):,} images that training does not see"))
    facts = {"beside": [field.as_table() for field in source.beside]} if source.beside else {}
    if source.held_out is not None:
        facts["held_out"] = len(source.held_out)
    return rows, facts


def _told(field: Field, free: Mapping[str, int]) -> str:
    shape = " x ".join(map(str, field.shape))
    what = {"labelmap": f"label map of {count_of(field.classes)}", "mask": "mask, 1 in the hole"}
    how = f"made of the image ({field.made})" if field.made else "belongs to the image"
    if not field.aligned:
        count = free[field.name]
        how = f"{count:,} unpaired, in an order of {'its' if count == 1 else 'their'} own"
    return f"{shape}, {what.get(field.kind, field.kind)}; {how}"
