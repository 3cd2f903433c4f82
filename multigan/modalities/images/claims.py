"""Which data are images, by their names and headers."""

from multigan.data.arrays import samples_key
from multigan.data.seen import Seen
from multigan.modalities.images.reading.arrays import IMAGE_KEYS
from multigan.modalities.images.reading.decode import SUFFIXES

__all__ = ["claims"]


def claims(seen: Seen) -> float:
    """Returns how sure it is that data are images, as `multigan.modality.Modality.claims` has it: for arrays of three
    or four dimensions nearly so, for names as many of them as are called like pictures.
    """
    key = samples_key(seen.arrays, IMAGE_KEYS)
    if key is not None and len(seen.arrays[key].shape) in (3, 4):
        return 0.9
    return seen.share(SUFFIXES)
