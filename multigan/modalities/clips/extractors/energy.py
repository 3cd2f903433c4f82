"""How much a clip moves, in one number."""

import numpy

from multigan.modalities.clips.motion import motion_energy

__all__ = ["Energy", "load"]


class Energy:
    """Measures the motion energy of clips."""

    facts: dict = {}

    def __call__(self, samples):
        """Returns float32 `(count, 1)`."""
        return motion_energy(samples).astype(numpy.float32)[:, None]


def load(material):
    """Needs nothing."""
    return Energy()
