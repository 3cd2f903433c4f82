"""Ways to draw a game's samples, each of which is scored by itself: quality and diversity can be held against each
other only along a curve.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

__all__ = ["AS_EVER", "Draw"]


@dataclass(frozen=True)
class Draw:
    """One way to draw samples.

    Args:
        facts: what a record tells of it, `{"temperature": 0.5}`; of all draws of a curve the same keys.
        of: `of(game)` returns a context manager: while it lasts, the game's samples are drawn this way. It raises a
            UsageError for a game whose samples cannot be.
        usual: whether this is how samples are drawn when nobody chose.
    """

    facts: Mapping[str, Any]
    of: Callable[[Any], AbstractContextManager]
    usual: bool = False


# As by default, and nothing to tell.
AS_EVER = Draw({}, nullcontext, usual=True)
