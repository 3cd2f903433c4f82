"""Which images are looked at before training: all of them, or of very many a part, evenly spaced by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.errors import UsageError

__all__ = ["rows_to_look_at"]

# With look=auto of more files than this only so many are looked at.
MANY, SOME = 50_000, 1_024


def rows_to_look_at(collection: Collection, options: Mapping[str, Any]) -> np.ndarray | None:
    """Returns which images are looked at before training, int64 `(count,)`, in their order; None for all.

    Arrays are read in no time, and `levels=data` needs every value: there it is always all.

    Raises:
        UsageError: the option `look` cannot be read.
    """
    count, look = len(collection), options["look"]
    if look == "auto":
        wanted = SOME if count > MANY else count
    elif look == "all":
        wanted = count
    elif re.fullmatch("[0-9]{1,12}", look, re.ASCII) and int(look):
        wanted = int(look)
    else:
        raise UsageError(f"option look={look}: expected auto, all or a number of images from 1")
    if wanted >= count or options["levels"] == "data" or not _encoded(collection):
        return None
    # Whole numbers: the choice is the same on every machine.
    return np.arange(wanted, dtype=np.int64) * (count - 1) // max(wanted - 1, 1)


def _encoded(collection: Collection) -> bool:
    """Whether images are files' bytes, which take time to decode."""
    try:
        return isinstance(collection.read(0), bytes)
    except (UnreadableError, OSError):
        return True
