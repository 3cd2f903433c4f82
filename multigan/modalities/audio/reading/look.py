"""What is seen of one sound when it is decoded, and what is done to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.modalities.audio.reading.decode import Recording
from multigan.modalities.audio.reading.normalise import find_gain, loudness
from multigan.modalities.audio.reading.resample import Form

__all__ = [
    "FACTS",
    "WHOLE_NUMBERS",
    "Look",
    "Tally",
    "Treatment",
    "audible",
    "long_enough",
    "look_whole",
    "threshold_of",
    "units_of",
]

# Fewer are no sound, whatever they were meant to be.
LEAST_FRAMES = 16
# The peak, -80 dB of full scale, below which a sound is silent: dither is.
SILENCE = 1e-4
# So many successive values of at least this are clipped, or as good as.
FULL_SCALE = 0.999
CLIPPED_RUN = 3
# The peak, 18 dB over the limit, from which floats are no loud sound: they are whole numbers that nobody has divided by
# their full scale. And the scales of 16, 24 and 32 bits.
WHOLE_NUMBERS = 8.0
SCALES = 1 << 15, 1 << 23, 1 << 31


@dataclass(frozen=True)
class Treatment:
    """What is done to every sound.

    Args:
        form: its sample rate and channels.
        trim: dB below its peak; what is quieter is cut from both ends. 0: nothing is.
        normalise: none, peak or loudness.
    """

    form: Form
    trim: float
    normalise: str


@dataclass(frozen=True)
class Look:
    """What was seen of one sound: either the reason why it cannot be used, or the rest. All of it fits into JSON.

    Args:
        index: in the collection.
        reason: empty for a sound that can be used.
        kind, rate, channels, cut: as in `multigan.modalities.audio.reading.decode.Recording`.
        promised, seconds: its duration, by its header and as decoded.
        peak: largest absolute value as stored; 1 is full scale.
        offset: the absolute value of its mean, as a share of the peak.
        clipped: some successive values are all at full scale.
        long: was looked at in blocks; its samples are multiplied by the gain whenever they are read.
        begin, frames: the part that is used, at the treatment's rate.
        gain: that its samples are multiplied by.
        header, floats: as in `multigan.modalities.audio.reading.decode.Recording`.
    """

    index: int
    reason: str = ""
    kind: str = ""
    rate: int = 0
    channels: int = 0
    cut: bool = False
    promised: float = 0.0
    seconds: float = 0.0
    peak: float = 0.0
    offset: float = 0.0
    clipped: bool = False
    long: bool = False
    begin: int = 0
    frames: int = 0
    gain: float = 1.0
    header: str = ""
    floats: bool = False


# What a cache keeps of each sound: one that was written by a version with other facts is none of this one's.
FACTS = tuple(fact.name for fact in fields(Look))


def look_whole(index: int, recording: Recording, treatment: Treatment) -> tuple[Look, np.ndarray]:
    """Returns the look at a short recording, and its treated samples, float32 `(frames, channels)` in [-1, 1].

    Raises:
        UnreadableError: it cannot be used.
    """
    tally = Tally(recording)
    blocks = list(tally.through(recording.blocks()))
    look = tally.look(index)
    whole = treatment.form.whole(np.concatenate(blocks) if len(blocks) > 1 else blocks[0], recording.rate)
    peak = audible(np.abs(whole).max(initial=0), look, treatment)
    begin, end = 0, len(whole)
    if treatment.trim:
        loud = np.flatnonzero(np.abs(whole).max(axis=1) > threshold_of(peak, treatment))
        begin, end = int(loud[0]), int(loud[-1]) + 1
    long_enough(end - begin, treatment.form)
    sound = whole[begin:end]
    level = -math.inf
    if treatment.normalise == "loudness":  # at full scale nothing is too quiet to be measured
        level = loudness(sound / peak, treatment.form.rate) + 20 * math.log10(peak)
    gain = find_gain(treatment.normalise, peak, level)
    sound = np.clip(sound * np.float32(gain), -1, 1)
    return replace(look, begin=begin, frames=end - begin, gain=gain), sound


def audible(peak: float, look: Look, treatment: Treatment) -> float:
    """Returns the peak of a sound as training will have it, or raises `UnreadableError` when it is silent."""
    if look.peak >= WHOLE_NUMBERS and look.floats and treatment.normalise == "none":
        raise UnreadableError(f"{units_of(look)}, or give -o normalise=peak")
    if look.peak < SILENCE:
        raise UnreadableError("silent" if look.peak == 0 else f"silent, a peak of {20 * math.log10(look.peak):.0f} dB")
    if peak < SILENCE:
        raise UnreadableError(
            f"silent when its {look.channels} channels are mixed; -o channels=2 keeps two"
            if look.channels > 1
            else f"silent below {treatment.form.rate / 2:,.0f} Hz; -o sample_rate=0 keeps its rate"
        )
    return float(peak)


def units_of(look: Look) -> str:
    """Says what is wrong with floats whose peak is `WHOLE_NUMBERS` or more."""
    scale = next((scale for scale in SCALES if look.peak <= scale), None)
    mend = f"divide by {scale:,}" if scale else "divide by their full scale"
    return f"values up to {look.peak:,.0f}, and floats hold -1 to 1: {mend}"


def threshold_of(peak: float, treatment: Treatment) -> float:
    """Returns the absolute value below which a sound with this peak is silence, for the option `trim`."""
    return peak * 10 ** (-treatment.trim / 20)


def long_enough(frames: int, form: Form) -> None:
    """Lets a sound of so many frames pass, or raises `UnreadableError`."""
    if frames < LEAST_FRAMES:
        raise UnreadableError(f"{frames} sample{'s' * (frames != 1)} at {form.rate:,} Hz, too few for a sound")


class Tally:
    """What the stored samples of a recording tell, block by block.

    Args:
        recording: that is being read.
    """

    def __init__(self, recording: Recording):
        self._recording = recording
        self._frames = 0
        self._sum = np.zeros(recording.channels)
        self._peak = 0.0
        self._clipped = False

    def through(self, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """Yields the blocks, counted.

        Raises:
            UnreadableError: no samples, or some that are no numbers.
        """
        for block in blocks:
            finite = np.isfinite(block).all(axis=1)
            if not finite.all():
                place = (self._frames + int(np.argmin(finite))) / self._recording.rate
                raise UnreadableError(f"samples that are not finite (NaN or infinite), first at {place:.3f} s")
            self._frames += len(block)
            self._sum += block.sum(axis=0, dtype=np.float64)
            self._peak = max(self._peak, float(np.abs(block).max()))
            self._clipped = self._clipped or _has_run(np.abs(block) >= FULL_SCALE)
            yield block
        if not self._frames:
            raise UnreadableError("0 samples, cut off" if self._recording.cut else "0 samples")

    def look(self, index: int) -> Look:
        """Returns what is known after the last block."""
        recording = self._recording
        return Look(
            index,
            kind=recording.kind,
            rate=recording.rate,
            channels=recording.channels,
            cut=recording.cut,
            header=recording.header,
            promised=recording.frames / recording.rate,
            seconds=self._frames / recording.rate,
            peak=self._peak,
            offset=float(np.abs(self._sum).max() / self._frames / self._peak) if self._peak else 0.0,
            # Floats beyond full scale were not cut there.
            clipped=self._clipped and not (recording.floats and self._peak > 1 + 1e-6),
            floats=recording.floats,
        )


def _has_run(full: np.ndarray) -> bool:
    """Says whether some successive frames of one channel `(n, channels)` are all true."""
    if len(full) < CLIPPED_RUN or not full.any():
        return False
    run = full[: len(full) - CLIPPED_RUN + 1].copy()
    for later in range(1, CLIPPED_RUN):
        run &= full[later : len(full) - CLIPPED_RUN + 1 + later]
    return bool(run.any())
