"""Two kinds of pictures without pairs."""

import numpy as np
from sklearn.datasets import load_digits


def load():
    """Returns digits 8 x 8 and, beside them, negatives of other digits."""
    grey = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    return {"image": grey[::2], "source": 255 - grey[1::2], "aligned": False}
