"""Validation: every sound is decoded once, in threads, before training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.data.threads import in_threads
from multigan.modalities.audio.reading.cache import Cache
from multigan.modalities.audio.reading.collect import Sounds
from multigan.modalities.audio.reading.long import is_long, look_in_blocks, recall
from multigan.modalities.audio.reading.look import Look, Treatment, look_whole

__all__ = ["digest_all", "look_at_all"]


# Sounds in one task of a thread.
_TASK = 4


def digest_all(sounds: Sounds) -> list[bytes]:
    """Returns the SHA-256 of every sound's content; empty for one that cannot be read."""

    def digest(index: int) -> bytes:
        try:
            return sounds.digest(index)
        except (UnreadableError, OSError):
            return b""  # the look tells why

    return list(in_threads(digest, len(sounds), _TASK))


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

    yield from in_threads(look, len(sounds), _TASK)
