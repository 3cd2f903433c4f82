"""What every metric asks of its arrays, and the errors that say what is missing."""

import numpy

from multigan.errors import UsageError

__all__ = ["check_finite", "check_sets"]


def check_sets(metric: str, minimum: int, **sets: numpy.ndarray) -> None:
    """Raises a UsageError that names the set with fewer than `minimum` samples, or the two shapes that differ."""
    for name, samples in sets.items():
        if len(samples) < minimum:
            raise UsageError(f"{metric}: needs at least {minimum} {name} samples, got {len(samples)}; give it more")
    shapes = {name: tuple(samples.shape[1:]) for name, samples in sets.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
        raise UsageError(f"{metric}: samples of two shapes cannot be compared ({told})")


def check_finite(samples: numpy.ndarray, what: str, start: int = 0) -> None:
    """Raises a UsageError that tells how many of `samples` `(count, *shape)` hold values that are not finite.

    Args:
        samples: a block of a stream.
        what: they are, e.g. "generated".
        start: the number of the first of them in the stream.
    """
    bad = numpy.flatnonzero(~numpy.isfinite(samples.reshape(len(samples), -1)).all(axis=1))
    if len(bad):
        mend = "use a checkpoint from before the failure" if what == "generated" else "remove them from the data"
        raise UsageError(
            f"{len(bad)} of {len(samples)} {what} samples hold values that are not finite (the first is number "
            f"{start + bad[0]}); {mend}"
        )
