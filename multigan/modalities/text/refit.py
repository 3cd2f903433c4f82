"""How other texts are made comparable with a run's: as the run's own tokens, all of them."""

from pathlib import Path
from typing import Any

from multigan.errors import UsageError
from multigan.modalities.text.run_files import TOKENIZER
from multigan.recipe import DataInfo

__all__ = ["others", "refit"]


def others(info: DataInfo, directory: Path) -> dict[str, Any]:
    """Returns the options that other texts are read with, as `multigan.modality.Modality.others` has it; none for data
    that are tokens already.
    """
    if info.end < 0:
        return {}
    return {"held_out": 0.0, "max_tokens": info.shape[0] - 1, "tokenizer": str(directory / TOKENIZER)}


def refit(source, info: DataInfo):
    """Returns the source as it is, as `multigan.modality.Modality.refit` has it.

    Raises:
        UsageError: it has another number of tokens than the run.
    """
    if source.vocabulary != info.vocabulary:
        raise UsageError(
            f"{source.name}: texts of {source.vocabulary:,} tokens, but the run makes texts of {info.vocabulary:,}"
        )
    return source
