"""Clips in a report: the grids that play, for a page shows a WebP as any picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.report.gallery import show_pictures

__all__ = ["blocks"]


def blocks(samples: Mapping[int, tuple[Path, ...]], notices: list[str]) -> dict[str, Any]:
    """Shows the grids of some steps; the contact sheet where a step has no grid.

    Args:
        samples: the files of each step, in order.
        notices: takes a sentence for each file that could not be shown.

    Returns:
        `last` and `strip`, see `multigan.report.gallery`.
    """
    # Files of a step come by their names: .png before .webp.
    return show_pictures({step: paths[-1] for step, paths in samples.items()}, notices)
