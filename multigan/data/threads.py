"""Looking at every file of a collection with a few threads, in order and a bounded way ahead."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

__all__ = ["in_threads"]

Result = TypeVar("Result")


def in_threads(function: Callable[[int], Result], count: int, task: int) -> Iterator[Result]:
    """Yields `function(0)`, `function(1)`, ... and is never more than a few tasks ahead.

    Args:
        function: called in any thread, with each number once.
        count: of the numbers.
        task: how many of them one thread takes at a time.
    """

    def some(start: int) -> list[Result]:
        return [function(index) for index in range(start, min(start + task, count))]

    threads = min(8, os.cpu_count() or 1)
    starts = iter(range(0, count, task))
    with ThreadPoolExecutor(threads, "look") as pool:
        waiting = deque(pool.submit(some, start) for start in islice(starts, 2 * threads))
        try:
            while waiting:
                yield from waiting.popleft().result()
                waiting.extend(pool.submit(some, start) for start in islice(starts, 1))
        finally:
            pool.shutdown(cancel_futures=True)
