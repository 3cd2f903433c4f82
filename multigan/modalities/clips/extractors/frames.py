"""Principal components of single frames, one of each clip."""

import numpy

from multigan.metrics.extractors import components

__all__ = ["load"]


def load(material):
    """Fits the components to one frame of each real clip, see `multigan.metrics.extractors.components`.

    Raises:
        UsageError: fewer than two clips, or frames that are all alike.
    """
    return components.load(material, _frames, "frames")


def _frames(clips):
    """The first clip's first frame, the second's second, and so on, and round again: each place as often as another."""
    clips = numpy.asarray(clips, numpy.float32)
    rows = numpy.arange(len(clips))
    return clips[rows, rows % clips.shape[1]]
