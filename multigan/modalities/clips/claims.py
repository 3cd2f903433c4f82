"""Which data are clips, by their names and headers."""

from __future__ import annotations

from multigan.data.arrays import samples_key
from multigan.data.seen import Seen
from multigan.modalities.clips.reading.arrays import CLIP_KEYS
from multigan.modalities.clips.reading.kinds import FILMS, moves

__all__ = ["claims"]

# Kinds of pictures that may be one clip each; the first few tell for all.
MAYBE = (".gif", ".webp", ".png")
# Names of arrays that hold clips, whatever their shape.
SURE = ("clips", "videos", "video")


def claims(seen: Seen) -> float:
    """Returns how sure it is that data are clips, as `multigan.modality.Modality.claims` has it: for arrays of five
    dimensions nearly so, for names as many of them as are called like films, or like pictures that move, where the
    first few of those do.
    """
    key = samples_key(seen.arrays, CLIP_KEYS)
    if key is not None and (len(seen.arrays[key].shape) == 5 or key.lower() in SURE):
        return 0.95
    films = seen.share((*FILMS, ".apng"))
    return films + sum(seen.share((suffix,)) for suffix in MAYBE if _move(seen, suffix))


def _move(seen: Seen, suffix: str) -> bool:
    """Whether the first few files of a kind are animations, by their heads."""
    heads = seen.heads(suffix)
    return bool(heads) and all(_animated(suffix, head) for head in heads)


def _animated(suffix: str, head: bytes) -> bool:
    # A second frame has a control block of its own before it.
    return head.count(b"\x21\xf9\x04") > 1 if suffix == ".gif" else moves(suffix, head)
