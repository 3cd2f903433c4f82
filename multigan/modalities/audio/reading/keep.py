"""Where short sounds are kept for training: in memory, in a cache on the disk, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple

import numpy as np

from multigan.modalities.audio.reading.cache import Cache, Writer
from multigan.modalities.audio.reading.look import Look

__all__ = ["Keeper"]

# Treated sounds that fit in this much memory stay there; more than that goes to the disk.
KEEP_BYTES = 512 << 20


class Keeper:
    """Takes sounds one by one and keeps those that it is given.

    Args:
        cache: for what is too much for memory; None for no cache.
        key: of the sounds there.

    Attributes:
        note: where sounds are kept, or why they are not; empty when they fit in memory.
    """

    def __init__(self, cache: Cache | None, key: str):
        self._cache = cache
        self._key = key
        self._writer: Writer | None = None
        self._sounds: list[np.ndarray | None] | None = []
        self._frames: list[int] = []
        self._bytes = 0
        self.note = ""

    def add(self, sound: np.ndarray | None) -> None:
        """Takes the next sound, float32 `(frames, channels)`; None for one that is not kept."""
        self._frames.append(0 if sound is None else len(sound))
        self._bytes += 0 if sound is None else sound.nbytes
        if self._sounds is not None and self._bytes > KEEP_BYTES:
            self._leave_memory()
        if self._sounds is not None:
            self._sounds.append(sound)
        elif sound is not None:
            self._try(lambda: self._writer.write(sound))

    def finish(self, channels: int, looks: Sequence[Look]) -> list[np.ndarray | None]:
        """Returns the sounds, None for those that are not kept."""
        if self._sounds is not None:
            return self._sounds
        found = self._try(lambda: self._writer.finish(channels, self._frames, [astuple(look) for look in looks]))
        if found is None:
            return [None] * len(self._frames)
        self._writer = None
        self.note = f"{self._bytes / (1 << 20):,.0f} MiB when decoded: kept in {self._cache.folder} (option cache)"
        return found[1]

    def close(self) -> None:
        """Deletes what is not finished."""
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None

    def _leave_memory(self) -> None:
        sounds, self._sounds = self._sounds, None
        if self._cache is None:
            self.note = f"more than {_most()} when decoded: sounds are decoded while training (option cache)"
            return
        try:
            self._writer = self._cache.write(self._key)
        except OSError as error:
            self._give_up(error)
        for sound in sounds:
            if sound is not None:
                self._try(lambda sound=sound: self._writer.write(sound))

    def _try(self, action: Callable):
        """Returns what the action returns, or None where there is no cache, and from when on there is no room in it."""
        if self._writer is None:
            return None
        try:
            return action()
        except OSError as error:
            self._give_up(error)
            return None

    def _give_up(self, error: OSError) -> None:
        self.close()
        reason = error.strerror or str(error)
        self.note = (
            f"more than {_most()} when decoded, and {self._cache.folder} cannot hold them ({reason}): "
            "sounds are decoded while training"
        )


def _most() -> str:
    return f"{KEEP_BYTES >> 20:,} MiB"
