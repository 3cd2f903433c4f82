"""Which frames of a film make which clip: by their number where they come evenly, else by the time they are shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.modalities.clips.reading.film import Header

__all__ = ["UNKNOWN_RATE", "Cut", "cut"]

# Frames a second of what does not tell.
UNKNOWN_RATE = 10.0
# Times that differ by no more than this share are even: GIF counts in hundredths of a second, WebM in thousandths.
EVEN = 0.3
NEAR = 0.02
# Seconds; times are rounded differently in each format.
SLACK = 1e-4
# More frames than these, of a film taken by time, are a mistake in its times.
MOST = 10_000_000


@dataclass(frozen=True)
class Cut:
    """The clips of a film.

    Args:
        picks: int64 `(clips, frames)`, the numbers of the frames.
        rate: frames a second of the clips.
        uneven: the frames came unevenly, and were taken by time.
        by_time: they were taken by time since another rate was asked for.
        known: the film tells its rate.
        left: frames at the end that make no whole clip.
        shorter: it has fewer frames than a clip, which come again or are held.
    """

    picks: np.ndarray
    rate: float
    uneven: bool = False
    by_time: bool = False
    known: bool = True
    left: int = 0
    shorter: bool = False


def cut(header: Header, frames: int, frame_rate: float = 0.0, stride: int = 1, short: str = "skip") -> Cut:
    """Returns the clips that lie in a film, one after another.

    Args:
        header: of the film.
        frames, frame_rate, stride, short: as the options of these names.

    Raises:
        UnreadableError: it has too few frames.
    """
    if header.count < 2:
        raise UnreadableError("no frames in it" if not header.count else "one frame, which is no clip")
    order, rate, uneven, by_time = _in_order(header, frame_rate)
    parts = np.split(order, header.pieces) if header.pieces > 1 else [order]
    span, picks, left, shorter = (frames - 1) * stride + 1, [], 0, False
    steps = np.arange(frames) * stride
    for part in parts:
        if len(part) < span:
            if short == "skip":
                told = "" if stride == 1 else f" with stride={stride}"
                raise UnreadableError(
                    f"{len(part):,} frames, and a clip has {span:,}{told}; lower -o frames, or -o short=loop or pad"
                )
            picks.append(part[steps % len(part)] if short == "loop" else part[np.minimum(steps, len(part) - 1)])
            shorter = True
            continue
        starts = np.arange((len(part) - span) // (frames * stride) + 1) * frames * stride
        picks += [part[start + steps] for start in starts]
        left += len(part) - (starts[-1] + span)
    return Cut(np.array(picks), rate / stride, uneven, by_time, header.times is not None, int(left), shorter)


def _in_order(header: Header, frame_rate: float) -> tuple[np.ndarray, float, bool, bool]:
    """The frames' numbers at an even pace, the pace, and whether they were taken by time: uneven, or asked for."""
    everything = np.arange(header.count)
    if header.times is None:
        return everything, frame_rate or UNKNOWN_RATE, False, False
    lengths = np.diff(np.append(header.times, header.end))
    usual = _usual(lengths)
    even = usual > 0 and bool((np.abs(lengths - usual) <= EVEN * usual + SLACK).all())
    own = round(1 / float(lengths.mean()), 3) if even else round(1 / usual, 3) if usual > 0 else 0.0
    if not own:
        raise UnreadableError("all of its frames are shown at the same time: its times are damaged")
    rate = frame_rate or own
    if even and abs(own - rate) <= NEAR * rate:
        return everything, own, False, False
    count = int(np.floor((header.end - header.times[0]) * rate + 0.5 - SLACK)) if header.end > header.times[0] else 0
    if not 0 < count <= MOST:
        raise UnreadableError(f"{header.end:,.0f} seconds by its times, which must be damaged")
    # Half of a frame later, so that roundings of the times decide nothing.
    moments = header.times[0] + np.arange(count) / rate + 0.5 * min(usual, 1 / rate)
    order = np.searchsorted(header.times, moments, side="right") - 1
    return order, rate, not even, even


def _usual(lengths: np.ndarray) -> float:
    """How long most frames are shown, to the millisecond; of several such the shortest."""
    counted = Counter(np.rint(lengths * 1000).astype(int).tolist())
    counted.pop(0, None)
    if not counted:
        return 0.0
    most = max(counted.values())
    common = min(length for length, count in counted.items() if count == most)
    near = lengths[np.abs(lengths * 1000 - common) <= 1]
    return float(near.mean())
