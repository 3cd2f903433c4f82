"""Metrics of sounds that are read off their spectrum and pitch."""

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets

__all__ = ["flatness", "high_frequency", "pitch_error"]

LEAST = 1e-6  # of flatness or high frequencies in the data; there is no ratio to less
TONAL = 0.5  # share of a sound's frames with a pitch, and of the data's sounds that have one
NO_PITCH = 1200.0  # cents; the error of a sound without pitch, and the largest of any


def flatness(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> dict[str, float]:
    """Mean spectral flatness of the generated sounds as a ratio to the real ones'.

    Args:
        real, generated: features of the extractor `spectrum`, `(count, 3)`; silent sounds are left out.
        seed: unused; nothing is drawn.

    Returns:
        `"value"`, `"generated"` and `"real"` (flatness itself: 0.56 for white noise, 0 for a sine), and the share of
        `"silent"` generated sounds.

    Raises:
        UsageError: real sounds that are silent, or pure tones.
    """
    return _ratio("flatness", "flat part in their spectra", real, generated, 0)


def high_frequency(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> dict[str, float]:
    """Mean share of energy above a quarter of the sample rate, as a ratio to the real sounds'.

    Arguments, returns and errors are those of `flatness`; the share itself is 0.5 for white noise.
    """
    return _ratio("high-frequency", "energy above a quarter of the sample rate", real, generated, 1)


def pitch_error(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> dict[str, object]:
    """Median distance, in cents, of the generated sounds' pitches from the nearest pitch that occurs in the data.

    Args:
        real, generated: features of the extractor `pitch`, `(count, 2)`.
        seed: unused; nothing is drawn.

    Returns:
        `"value"`; a sound without pitch, or further off, counts as 1,200 cents. `"real"`: the same of the real sounds,
        each against the others; `"chance"`: the same of pitches spread evenly over the data's range, in which samples
        that know nothing but the range would be; `"pitched"`: the share of generated sounds with a pitch. A `"note"`
        where the data's pitches lie so close that chance is hardly worse than real.

    Raises:
        UsageError: fewer than half of the real sounds have a pitch.
    """
    check_sets("pitch-error", 2, real=real)
    check_sets("pitch-error", 1, real=real, generated=generated)
    own, made = real[:, 1] >= TONAL, generated[:, 1] >= TONAL
    if own.mean() < TONAL or own.sum() < 2:
        raise UsageError(
            f"pitch-error: {own.mean():.0%} of the real sounds have a steady pitch; it needs data that are tones, such "
            "as notes of an instrument. Measure flatness and FD(log-mel) of others"
        )
    known = numpy.sort(1200 * numpy.log2(real[own, 0].astype(numpy.float64)))
    errors = numpy.full(len(generated), NO_PITCH)
    errors[made] = _nearest(known, 1200 * numpy.log2(generated[made, 0].astype(numpy.float64)))
    gaps = numpy.concatenate([[numpy.inf], numpy.diff(known), [numpy.inf]])
    itself = numpy.minimum(numpy.minimum(gaps[:-1], gaps[1:]), NO_PITCH)
    chance = float(numpy.median(_nearest(known, numpy.linspace(known[0], known[-1], 1001))))
    result = {
        "value": float(numpy.median(errors)),
        "real": float(numpy.median(itself)),
        "chance": chance,
        "pitched": float(made.mean()),
    }
    if chance < 5 * result["real"] + 5:
        result["note"] = (
            f"the data's pitches lie so close that any pitch within their range is about {chance:.0f} cents from one: "
            "the value tells little"
        )
    return result


def _nearest(known: numpy.ndarray, cents: numpy.ndarray) -> numpy.ndarray:
    """The distance of each of `cents` to the nearest of the sorted `known`, at most 1,200."""
    after = numpy.searchsorted(known, cents).clip(1, len(known) - 1)
    return numpy.minimum(numpy.minimum(abs(cents - known[after - 1]), abs(cents - known[after])), NO_PITCH)


def _ratio(metric, what, real, generated, column) -> dict[str, float]:
    check_sets(metric, 1, real=real, generated=generated)
    own, made = (part[part[:, 2] > 0, column].astype(numpy.float64) for part in (real, generated))
    expected = float(own.mean()) if len(own) else 0.0
    if expected < LEAST:
        raise UsageError(f"{metric}: the real sounds have no {what}, so there is nothing to compare with")
    found = float(made.mean()) if len(made) else 0.0
    silent = 1.0 - len(made) / len(generated)
    return {"value": found / expected, "generated": found, "real": expected, "silent": silent}
