"""Principal components of what changes from frame to frame in the real clips."""

import numpy

from multigan.metrics.extractors import components

__all__ = ["load"]


def load(material):
    """Fits the components to the differences between consecutive frames, see `multigan.metrics.extractors.components`.

    Raises:
        UsageError: fewer than two clips, or changes that are all alike.
    """
    return components.load(material, _changes, "changes from frame to frame")


def _changes(clips):
    return numpy.diff(numpy.asarray(clips, numpy.float32), axis=1)
