"""Validation: every sound is decoded once, in threads, before training."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.modalities.audio.reading.cache import Cache
from multigan.modalities.audio.reading.collect import Sounds
from multigan.modalities.audio.reading.long import is_long, look_in_blocks, recall
from multigan.modalities.audio.reading.look import Look, Treatment, look_whole

__all__ = ["digest_all", "look_at_all"]

Result = TypeVar("Result")

# Sounds in one task of a thread.
_TASK = 4


def digest_all(sounds: Sounds) -> list[bytes]:
    """Returns the SHA-256 of every sound's content; empty for one that cannot be read."""

    def digest(index: int) -> bytes:
        try:
            return sounds.digest(index)
        except (UnreadableError, OSError):
            return b""  # the look tells why

    return list(_in_threads(digest, len(sounds)))


def look_at_all(
    sounds: Sounds, treatment: Treatment, digests: Sequence[bytes], cache: Cache | None
) -> Iterator[tuple[Look, np.ndarray | None]]:
    """Yields a look at every sound, in their order, each with the samples that are used, float32 `(frames, channels)`.

    Of a short sound these are treated. Those of a long one are mapped from the cache, and not multiplied by its gain
    yet; None where the cache does not hold it. None for a sound that cannot be used, too.
    """

    def look(index: int) -> tuple[Look, np.ndarray | None]:
        try:
            with sounds.open(index) as recording:
                if not is_long(recording):
                    return look_whole(index, recording, treatment)
                kept = recall(cache, digests[index], treatment, index) if cache else None
                return kept or look_in_blocks(sounds, index, recording, treatment, cache, digests[index])
        except UnreadableError as error:
            return Look(index, str(error)), None
        except OSError as error:
            return Look(index, error.strerror or str(error)), None

    yield from _in_threads(look, len(sounds))


def _in_threads(function: Callable[[int], Result], count: int) -> Iterator[Result]:
    """Yields `function(0)`, `function(1)`, ... and is never more than a few tasks ahead."""

    def task(start: int) -> list[Result]:
        return [function(index) for index in range(start, min(start + _TASK, count))]

    threads = min(8, os.cpu_count() or 1)
    starts = iter(range(0, count, _TASK))
    with ThreadPoolExecutor(threads, "sounds") as pool:
        waiting = deque(pool.submit(task, start) for start in islice(starts, 2 * threads))
        try:
            while waiting:
                yield from waiting.popleft().result()
                waiting.extend(pool.submit(task, start) for start in islice(starts, 1))
        finally:
            pool.shutdown(cancel_futures=True)
