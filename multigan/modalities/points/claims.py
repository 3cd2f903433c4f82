"""Which data are points, by their names and headers."""

from multigan.data.arrays import samples_key
from multigan.data.seen import Seen
from multigan.modalities.points.reading.arrays import POINT_KEYS

__all__ = ["claims"]


def claims(seen: Seen) -> float:
    """Returns how sure it is that data are points, as `multigan.modality.Modality.claims` has it: for tables certain,
    for floats of two dimensions fairly so.
    """
    if seen.suffix in (".csv", ".tsv") and not seen.folder:
        return 1.0
    key = samples_key(seen.arrays, POINT_KEYS)
    found = None if key is None else seen.arrays[key]
    # Pictures may stand beside vectors, and then the vectors are no points.
    return 0.8 if found and len(found.shape) == 2 and found.dtype.kind == "f" else 0.0
