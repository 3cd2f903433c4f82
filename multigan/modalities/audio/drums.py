"""Drum hits from a synthesiser with random parameters: the data that every recipe for sounds can start on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["CLASSES", "SAMPLE_RATE", "load", "load_held_out"]

SAMPLE_RATE = 16_000
LENGTH = 16_384
EACH = 400
SEED = 0
# So many fit into a processor's cache: all at once takes twice as long.
_AT_A_TIME = 8

_TIME = np.arange(LENGTH) / SAMPLE_RATE
_FREQUENCIES = np.fft.rfftfreq(LENGTH, 1 / SAMPLE_RATE)
# Seconds over which every sound fades out, so that none ends in a click.
_FADE = 0.1


def load(seed: int = SEED) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], int]:
    """Returns (sounds float32 `(2_000, 16_384)` in [-1, 1], labels `(2_000,)`, classes, sample rate), 400 a class.

    Another `seed` gives other hits of the same kinds, to compare with what was trained on these.

    Values are rounded to 16 bits, so that sines and transforms whose last bits differ between machines give the same
    sounds.
    """
    sounds = np.empty((len(CLASSES), EACH, LENGTH), np.float32)
    for number, make in enumerate(CLASSES.values()):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        for start in range(0, EACH, _AT_A_TIME):
            hits = make(rng, _AT_A_TIME) * np.clip((_TIME[-1] - _TIME) / _FADE, 0, 1)
            level = _uniform(rng, _AT_A_TIME, 0.5, 1.0)
            steps = np.rint(hits * (32767 * level / np.abs(hits).max(axis=1, keepdims=True)))
            sounds[number, start : start + _AT_A_TIME] = steps / 32767
    labels = np.repeat(np.arange(len(CLASSES), dtype=np.int32), EACH)
    return sounds.reshape(-1, LENGTH), labels, tuple(CLASSES), SAMPLE_RATE


def load_held_out() -> tuple[np.ndarray, np.ndarray, tuple[str, ...], int]:
    """Returns as many other hits of the same kinds, as `load` does."""
    return load(seed=SEED + 1)


def _kick(rng: np.random.Generator, count: int) -> np.ndarray:
    """A sine that falls from 120 to 400 Hz to 38 to 70 Hz, driven a little, with a click."""
    end = _uniform(rng, count, 38, 70)
    body = _swept_sine(end, _uniform(rng, count, 120, 400), _uniform(rng, count, 0.008, 0.05))
    body *= _decay(_uniform(rng, count, 0.07, 0.3))
    drive = _uniform(rng, count, 0.5, 3.0)
    click = _noise(rng, count, _uniform(rng, count, 800, 2000), 7000) * _decay(_uniform(rng, count, 0.001, 0.004))
    return np.tanh(drive * body) / np.tanh(drive) + _uniform(rng, count, 0.05, 0.4) * click


def _snare(rng: np.random.Generator, count: int) -> np.ndarray:
    """Two tones of the drum's head and the band of noise of its wires."""
    pitch = _uniform(rng, count, 150, 260)
    head = _swept_sine(pitch, 1.3 * pitch, 0.02) + 0.6 * _swept_sine(1.7 * pitch, 2.0 * pitch, 0.02)
    head *= _decay(_uniform(rng, count, 0.025, 0.08))
    wires = _noise(rng, count, _uniform(rng, count, 900, 2000), _uniform(rng, count, 4500, 7500))
    wires *= _decay(_uniform(rng, count, 0.04, 0.16))
    return head / 1.6 + _uniform(rng, count, 0.6, 1.8) * wires


def _hat(rng: np.random.Generator, count: int) -> np.ndarray:
    """Inharmonic partials and noise above 3 kHz; two thirds are closed (short), one third open (long)."""
    metal = np.zeros((count, LENGTH))
    for _ in range(6):
        metal += np.sin(2 * np.pi * (_uniform(rng, count, 3200, 7600) * _TIME + rng.random((count, 1)))) / 6
    hiss = _noise(rng, count, _uniform(rng, count, 3500, 5500), 7900)
    closed = rng.random((count, 1)) < 2 / 3
    time = np.where(closed, _uniform(rng, count, 0.01, 0.035), _uniform(rng, count, 0.12, 0.3))
    share = _uniform(rng, count, 0.3, 0.8)
    return (share * metal + (1 - share) * hiss) * _decay(time)


def _tom(rng: np.random.Generator, count: int) -> np.ndarray:
    """A sine of 80 to 240 Hz that falls by a third or less and rings, with a soft stroke."""
    end = _uniform(rng, count, 80, 240)
    body = _swept_sine(end, end * _uniform(rng, count, 1.15, 1.5), _uniform(rng, count, 0.04, 0.12))
    body += _uniform(rng, count, 0.05, 0.3) * _swept_sine(1.59 * end, 1.8 * end, 0.05)  # a drumhead's second mode
    stroke = _noise(rng, count, 300, _uniform(rng, count, 1500, 3500)) * _decay(_uniform(rng, count, 0.004, 0.012))
    return body * _decay(_uniform(rng, count, 0.12, 0.35)) + _uniform(rng, count, 0.05, 0.3) * stroke


def _clap(rng: np.random.Generator, count: int) -> np.ndarray:
    """Three bursts of a band of noise, 8 to 16 ms apart, and a longer one after them."""
    centre = _uniform(rng, count, 900, 1800)
    hands = _noise(rng, count, centre / 1.5, centre * _uniform(rng, count, 1.6, 2.4))
    gap, burst = _uniform(rng, count, 0.008, 0.016), _uniform(rng, count, 0.003, 0.006)
    envelope = sum(_decay(burst, begin=number * gap) for number in range(3))
    return hands * (envelope + _uniform(rng, count, 0.5, 1.0) * _decay(_uniform(rng, count, 0.04, 0.15), begin=3 * gap))


CLASSES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "kick": _kick,
    "snare": _snare,
    "hat": _hat,
    "tom": _tom,
    "clap": _clap,
}


def _uniform(rng: np.random.Generator, count: int, low: float, high: float) -> np.ndarray:
    """Returns a parameter of each sound, `(count, 1)`."""
    return low + (high - low) * rng.random((count, 1))


def _decay(time: np.ndarray, begin: np.ndarray | float = 0.0) -> np.ndarray:
    """Returns envelopes `(count, length)` that are 0, jump to 1 at `begin` and fall to 1/e in `time` seconds."""
    since = _TIME - begin
    return np.where(since >= 0, np.exp(-np.maximum(since, 0) / time), 0)


def _swept_sine(end: np.ndarray, start: np.ndarray, time: np.ndarray | float) -> np.ndarray:
    """Returns sines `(count, length)` whose frequency in Hz goes from `start` to `end` as exp(-t / time)."""
    return np.sin(2 * np.pi * (end * _TIME + (start - end) * time * (1 - np.exp(-_TIME / time))))


def _noise(rng: np.random.Generator, count: int, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """Returns bands of noise `(count, length)`, about within [-1, 1], with slopes of 12 dB an octave on either side."""
    spectrum = np.fft.rfft(rng.random((count, LENGTH)) * 2 - 1)
    spectrum /= np.sqrt((1 + (low / np.maximum(_FREQUENCIES, 1)) ** 4) * (1 + (_FREQUENCIES / high) ** 4))
    noise = np.fft.irfft(spectrum, LENGTH)
    return noise / (3 * noise.std(axis=1, keepdims=True))
