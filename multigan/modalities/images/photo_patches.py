"""scikit-learn's two photographs in patches: the data that recipes for photographs can start on."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_sample_images

__all__ = ["load"]

SIZE = 64
# Of each photograph, 427 x 640, these columns are held out: they show a part of all that it has.
HELD_OUT = 256, 384
# Pixels from one patch to the next: training's overlap the more, so that there are enough of them.
STEP, HELD_OUT_STEP = 16, 32


def load() -> Mapping[str, Any]:
    """Returns patches of a pagoda by a lake and of a dahlia: `{"image": ..., "held_out": {"image": ...}}`.

    The images are uint8 `(1196, 64, 64, 3)`, the held-out ones `(72, 64, 64, 3)`; these overlap no other.

    Reference: scikit-learn's `load_sample_images`.
    """
    photos, (first, end) = load_sample_images().images, HELD_OUT
    seen = [side for photo in photos for side in (photo[:, :first], photo[:, end:])]
    kept_out = _patches([photo[:, first:end] for photo in photos], HELD_OUT_STEP)
    # Mixed, so that the first few, which previews show, are of all that there is and not of the sky alone.
    kept_out = kept_out[np.random.default_rng(0).permutation(len(kept_out))]
    return {"image": _patches(seen, STEP), "held_out": {"image": kept_out}}


def _patches(photos: Iterable[np.ndarray], step: int) -> np.ndarray:
    cut = [sliding_window_view(photo, (SIZE, SIZE), axis=(0, 1))[::step, ::step] for photo in photos]
    patches = np.concatenate([found.reshape(-1, 3, SIZE, SIZE) for found in cut])
    return np.ascontiguousarray(patches.transpose(0, 2, 3, 1))
