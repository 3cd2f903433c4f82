"""What is too few samples, and how that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multigan.data.wording import counted
from multigan.errors import DataError

if TYPE_CHECKING:
    from multigan.data.source import Source

__all__ = ["LEAST", "place_of", "refuse_few"]

# The fewest samples that anything is measured by: one has no spread.
LEAST = 2


def place_of(source: Source) -> str:
    """Returns where the samples of a source lie."""
    return getattr(source, "places", {}).get(source.field, source.name)


def refuse_few(source: Source, batch_size: int) -> None:
    """Raises `DataError` where a source does not fill one batch."""
    if len(source) < batch_size:
        raise DataError(
            f"{place_of(source)}: {counted(len(source), 'sample')}, fewer than one batch of {batch_size:,}; "
            f"lower --batch-size to {len(source):,} or less, or add data"
        )
