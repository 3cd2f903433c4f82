"""Which data are images, by their names and headers."""

from multigan.data.arrays import samples_key
from multigan.data.seen import Seen
from multigan.data.signatures import png_moves
from multigan.modalities.images.reading.arrays import IMAGE_KEYS
from multigan.modalities.images.reading.decode import SUFFIXES

__all__ = ["claims"]

# Kinds that may be animations, of which images are the first frames only: whoever reads them whole is surer.
MAY_MOVE = (".gif", ".apng", ".webp")
FIRST_FRAME = 0.9


def claims(seen: Seen) -> float:
    """Returns how sure it is that data are images, as `multigan.modality.Modality.claims` has it: for arrays of three
    or four dimensions nearly so, for names as many of them as are called like pictures, a little less where these may
    be animations.
    """
    key = samples_key(seen.arrays, IMAGE_KEYS)
    if key is not None and len(seen.arrays[key].shape) in (3, 4):
        return 0.9
    may_move = (*MAY_MOVE, ".png") if _moving(seen.heads(".png")) else MAY_MOVE
    return seen.share(SUFFIXES.difference(may_move)) + FIRST_FRAME * seen.share(may_move)


def _moving(heads: list[bytes]) -> bool:
    return bool(heads) and all(map(png_moves, heads))
