"""What a clip shows, apart from where it is: how alike its frames are but for their motion."""

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets

__all__ = ["content_distance", "looks"]

# Frequencies along each side that are compared, from the lowest on.
FREQUENCIES = 8
# Pairs of clips by which the data's variety is measured.
PAIRS = 1000


def looks(clips: numpy.ndarray) -> numpy.ndarray:
    """Returns what each frame looks like wherever it shows it, float32 `(count, frames, numbers)`: the magnitudes of
    the lowest frequencies of each channel. A picture that is moved across its edges has the same ones.

    Args:
        clips: `(count, frames, height, width, channels)`.
    """
    found = []
    for clip in clips:
        pixels = numpy.asarray(clip, numpy.float32)
        sizes = numpy.abs(numpy.fft.rfft2(pixels, axes=(1, 2), norm="forward"))
        height, width = sizes.shape[1:3]
        rows = numpy.r_[0 : min(FREQUENCIES, height), max(FREQUENCIES, height - FREQUENCIES + 1) : height]
        found.append(sizes[:, rows, : min(FREQUENCIES, width)].reshape(len(pixels), -1).astype(numpy.float32))
    return numpy.array(found)


def content_distance(real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0) -> dict[str, float]:
    """How much a clip's frames differ in what they show, as a ratio to the data's; where they show it does not matter.

    Of each clip the mean distance of its frames' looks from their mean is taken.

    Args:
        real, generated: clips `(count, frames, height, width, channels)`.
        seed: draws which real clips are compared with one another.

    Returns:
        `"value"`; `"generated"` and `"real"`, the mean distances as shares of the mean distance of two real clips.

    Raises:
        UsageError: fewer than two clips, clips of two shapes, or real clips whose frames are all alike.

    Reference: after the average content distance of Tulyakov et al., 2017, arXiv 1707.04993, section 4.
    """
    check_sets("content-distance", 2, real=real, generated=generated)
    own, made = looks(real), looks(generated)
    inside = [float(numpy.linalg.norm(each - each.mean(1, keepdims=True), axis=2).mean()) for each in (own, made)]
    middle = own.mean(axis=1)
    one, other = numpy.random.default_rng(seed).integers(len(own), size=(2, PAIRS))
    apart = numpy.linalg.norm(middle[one] - middle[other], axis=1)[one != other]
    if not inside[0] > 0 or not apart.size or not apart.mean() > 0:
        raise UsageError("content-distance: the frames of the real clips are all alike, so there is nothing to compare")
    between = float(apart.mean())
    return {"value": inside[1] / inside[0], "generated": inside[1] / between, "real": inside[0] / between}
