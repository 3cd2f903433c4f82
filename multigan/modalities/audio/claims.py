"""Which data are sounds, by their names and headers."""

from multigan.data.seen import Seen
from multigan.modalities.audio.reading.arrays import SURE_KEYS
from multigan.modalities.audio.reading.decode import SUFFIXES

__all__ = ["claims"]


def claims(seen: Seen) -> float:
    """Returns how sure it is that data are sounds, as `multigan.modality.Modality.claims` has it: for arrays that are
    called sounds, or that have a sample rate beside them, certain, for names as many of them as are called like sounds.
    """
    return 1.0 if any(key in seen.arrays for key in SURE_KEYS) else seen.share(SUFFIXES)
