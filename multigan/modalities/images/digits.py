"""scikit-learn's handwritten digits: the data that every image recipe can start on."""

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

__all__ = ["load"]

SIZE = 32


def load() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Returns the 1,797 digits as (images uint8 `(n, 32, 32)`, labels `(n,)`, classes).

    The originals are 8 x 8 with 17 grey levels; they are enlarged by bicubic interpolation.

    Reference: Alpaydin and Kaynak, 1998, Optical Recognition of Handwritten Digits, doi 10.24432/C50P49.
    """
    digits = load_digits()
    grey = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    enlarged = [Image.fromarray(image).resize((SIZE, SIZE), Image.Resampling.BICUBIC) for image in grey]
    return np.stack([np.asarray(image) for image in enlarged]), digits.target, tuple("0123456789")
