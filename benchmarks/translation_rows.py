"""What needs no training to translate pictures without pairs, and what is measured on translations with known answers.

All pictures are float arrays `(count, height, width, channels)` in [-1, 1].
"""

from collections.abc import Callable

import numpy as np

__all__ = ["apart", "inverted", "rows_of", "scores_of"]

# Levels of a histogram that is matched.
LEVELS = 1024
# Of pixels that a linear map of colours is fitted to.
FITTED = 200_000


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Returns the mean absolute difference."""
    return float(np.abs(np.asarray(one, "float64") - other).mean())


def inverted(made: np.ndarray, wanted: np.ndarray) -> float:
    """Returns the share of pictures whose light and dark are the wrong way round: their grey values and those of the
    right answer are correlated negatively. Pictures of one grey value are not.
    """
    greys = [pictures.mean(axis=-1).reshape(len(pictures), -1) for pictures in (made, wanted)]
    one, other = (grey - grey.mean(axis=1, keepdims=True) for grey in greys)
    return float(((one * other).sum(axis=1) < 0).mean())


def scores_of(made: np.ndarray, wanted: np.ndarray, back: np.ndarray | None, source: np.ndarray) -> dict[str, float]:
    """Returns the true paired L1, the share of inverted pictures, and the L1 of the way there and back, if there is
    one.
    """
    scores = {"L1": apart(made, wanted), "inverted": inverted(made, wanted)}
    return scores if back is None else scores | {"cycle-L1": apart(back, source)}


def rows_of(
    source: np.ndarray,
    image: np.ndarray,
    given: np.ndarray,
    wanted: np.ndarray,
    pairs: tuple,
    more: Callable | None = None,
) -> dict:
    """Returns the scores of what needs no training.

    Args:
        source, image: the two kinds of pictures that training sees, unpaired.
        given, wanted: held-out pictures and their right answers.
        pairs: pictures and answers of the training's part, for the linear map, which no unpaired method can fit.
        more: returns further scores of what was made, by name.
    """
    constant = np.median(image.reshape(-1, image.shape[-1]), axis=0)
    made = {
        "identity": given,
        "histogram matching": _matched(given, source, image),
        "best constant colour": np.broadcast_to(constant, wanted.shape),
        "linear map of colours, fitted to pairs": _linear(given, *pairs),
    }
    return {
        name: scores_of(pictures, wanted, None, given) | (more(pictures) if more else {})
        for name, pictures in made.items()
    }


def _matched(given, source, image):
    """Each channel's values at the same share of the other kind's."""
    shares = np.linspace(0, 1, LEVELS)
    channels = []
    for channel in range(given.shape[-1]):
        theirs = np.quantile(source[..., channel], shares)
        ours = np.quantile(image[..., channel], shares)
        # The middle of a run of equal quantiles, as of a background.
        values, first, counts = np.unique(theirs, return_index=True, return_counts=True)
        ours = ours[np.minimum(first + (counts - 1) // 2, LEVELS - 1)]
        channels.append(np.interp(given[..., channel], values, ours))
    return np.stack(channels, axis=-1)


def _linear(given, source, image):
    step = max(1, source[..., 0].size // FITTED)
    x, y = (pictures.reshape(-1, pictures.shape[-1])[::step].astype("float64") for pictures in (source, image))
    weights, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)
    flat = given.reshape(-1, given.shape[-1])
    return np.clip(np.column_stack([flat, np.ones(len(flat))]) @ weights, -1, 1).reshape(*given.shape[:-1], -1)
