"""What `sample_rate=0` and `channels=0` mean for the sounds at hand, judged by their headers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.errors import UsageError
from multigan.modalities.audio.reading.collect import Sounds
from multigan.modalities.audio.reading.decode import RATES
from multigan.modalities.audio.reading.resample import Form

__all__ = ["plan_form"]

# Evenly spaced over the names, so that the choice is the same on every machine.
HEADERS = 512
_DEFAULT = 16_000, 1


def plan_form(sounds: Sounds, options: Mapping[str, Any]) -> Form:
    """Returns the sample rate and the number of channels that all sounds get.

    Raises:
        UsageError: a sample rate that is out of range.
    """
    rate, channels = options["sample_rate"], options["channels"]
    if rate and not RATES[0] <= rate <= RATES[1]:
        raise UsageError(
            f"option sample_rate: {rate:,} Hz is not within {RATES[0]:,} to {RATES[1]:,}; 0: the data's own"
        )
    if rate and channels:
        return Form(rate, channels)
    headers = _headers(sounds)
    if not headers:  # why none can be read is told when all of them are looked at
        return Form(rate or _DEFAULT[0], channels or _DEFAULT[1])
    rates = Counter(found for found, _ in headers)
    stereo = sum(found > 1 for _, found in headers)
    # Of two rates that are equally common the higher loses nothing.
    common = max(rates, key=lambda found: (rates[found], found))
    return Form(rate or common, channels or (2 if 2 * stereo > len(headers) else 1))


def _headers(sounds: Sounds) -> list[tuple[int, int]]:
    """Returns (rate, channels) of up to `HEADERS` sounds that can be opened."""

    def look(index: int) -> tuple[int, int] | None:
        try:
            with sounds.open(index) as recording:
                return recording.rate, recording.channels
        except (UnreadableError, OSError):
            return None

    count = len(sounds)
    indices = sorted({int(i) for i in np.linspace(0, count - 1, min(count, HEADERS))})
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), "header") as pool:
        return [found for found in pool.map(look, indices) if found]
