"""What is measured of pictures one by one, each beside the right answer: distance, likeness, colour, what fills a hole.

What lies outside of [-1, 1] is cut off first, as it is when samples are written. Colour is that of the first three
channels; transparency is a channel like others to all that is not of colour.
"""

import numpy as np

from multigan.errors import UsageError
from multigan.metrics.paired import FEW, Block, mean_of
from multigan.metrics.ways import way_back

__all__ = ["BEST", "L1", "L1_AB", "PSNR", "SSIM", "WINDOW", "Colourfulness", "CycleL1", "HoleL1", "colourfulness"]

BEST = 100.0  # dB: of pictures that are equal, and the most of any
WINDOW = 11  # pixels of SSIM's Gaussian window, whose standard deviation is 1.5


def _cut(pictures: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(pictures, np.float64), -1, 1)


def _axes(pictures: np.ndarray) -> tuple[int, ...]:
    return tuple(range(1, pictures.ndim))


def _l1(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    return np.abs(_cut(made) - _cut(wanted)).mean(axis=_axes(made))


def _psnr(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    squares = np.square(_cut(made) - _cut(wanted)).mean(axis=_axes(made))
    return np.minimum(10 * np.log10(4 / np.maximum(squares, 1e-30)), BEST)


def _lab(pictures: np.ndarray) -> np.ndarray:
    from skimage.color import rgb2lab

    return rgb2lab((_cut(pictures[..., :3]) + 1) / 2)


def _l1_ab(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    return np.abs(_lab(made) - _lab(wanted))[..., 1:].mean(axis=_axes(made))


def _ssim(wanted: np.ndarray, made: np.ndarray) -> np.ndarray:
    from skimage.metrics import structural_similarity

    # Weights and covariances of Wang and others, 2004; all channels are averaged. Values from 0 to 1: the comparison of
    # means takes pictures and their negatives for one another where black is -1.
    how = {"data_range": 1.0, "channel_axis": -1, "gaussian_weights": True, "sigma": 1.5}
    pairs = zip((_cut(wanted) + 1) / 2, (_cut(made) + 1) / 2, strict=True)
    return np.array([structural_similarity(*pair, use_sample_covariance=False, **how) for pair in pairs])


# Mean absolute difference over pixels and channels, in units of [-1, 1]: from 0 to 2.
L1 = mean_of(_l1)
# 10 log10(2^2 / mean square difference) of each picture, in dB.
PSNR = mean_of(_psnr)
# Mean structural similarity (Wang et al., 2004, doi 10.1109/TIP.2003.819861).
SSIM = mean_of(_ssim)
# Mean absolute difference in a* and b* of CIELAB (D65), of colours in sRGB.
L1_AB = mean_of(_l1_ab)


def colourfulness(pictures: np.ndarray) -> np.ndarray:
    """Returns how colourful pictures `(count, height, width, 3 or more)` in [-1, 1] are, `(count,)`: 0 for grey.

    Of R, G and B from 0 to 255. Reference: Hasler and Suesstrunk, 2003, doi 10.1117/12.477378, M3.
    """
    red, green, blue = np.moveaxis((_cut(pictures[..., :3]) + 1) * 127.5, -1, 0)
    pairs = red - green, (red + green) / 2 - blue
    spread = np.sqrt(sum(pair.var(axis=(1, 2)) for pair in pairs))
    return spread + 0.3 * np.sqrt(sum(np.square(pair.mean(axis=(1, 2))) for pair in pairs))


class Colourfulness:
    """Mean colourfulness of samples over that of the right answers."""

    def __init__(self, answers: bool = True, colour: bool = True):
        self._made, self._wanted, self._count = 0.0, 0.0, 0

    def add(self, block: Block) -> None:
        """Takes the next samples."""
        for part in block.parts():
            self._made += float(colourfulness(part.made).sum())
            self._wanted += float(colourfulness(part.wanted).sum())
        self._count += len(block.made)

    def result(self) -> dict[str, float]:
        """Returns the ratio as `"value"`; `"generated"` and `"real"` are the two means.

        Raises:
            UsageError: the right answers are grey.
        """
        if self._wanted < 1e-6 * self._count:
            raise UsageError("colourfulness: the data are grey; there is no colour to compare with")
        made, wanted = self._made / self._count, self._wanted / self._count
        return {"value": made / wanted, "generated": made, "real": wanted}


class HoleL1:
    """Mean absolute difference from the right answer over all pixels of all holes, and its channels."""

    def __init__(self, answers: bool = True, hole: str = "mask"):
        self._hole, self._sum, self._size = hole, 0.0, 0.0

    def add(self, block: Block) -> None:
        """Takes the next samples."""
        if self._hole not in block.asked:
            raise UsageError(f"L1-hole: needs a game that is asked by {self._hole}, and this one is not; measure L1")
        for part in block.parts():
            mask = part.asked[self._hole] > 0.5
            self._sum += float((np.abs(_cut(part.made) - _cut(part.wanted)) * mask).sum())
            self._size += float(mask.sum()) * part.made.shape[-1]

    def result(self) -> dict[str, float]:
        """Returns the mean as `"value"`.

        Raises:
            UsageError: there was none.
        """
        if not self._size:
            raise UsageError("L1-hole: no picture has a hole; give pictures that have")
        return {"value": self._sum / self._size}


class CycleL1:
    """Mean absolute difference between what goes in and what comes back from there.

    Raises:
        UsageError: the game knows no way back.
    """

    def __init__(self, game, back: bool = True):
        self._back, self._sum, self._count = way_back(game), 0.0, 0
        if self._back is None:
            raise UsageError("cycle-L1: needs a game that translates both ways, and this one does not")

    def add(self, block: Block) -> None:
        """Takes the next samples."""
        name = self._back.asks[0]
        went = block.asked[name]
        came = self._back.sample(len(block.made), [0, block.start], {name: block.made})
        for start in range(0, len(went), FEW):
            part = slice(start, start + FEW)
            self._sum += float(_l1(went[part], came[part]).sum())
        self._count += len(went)

    def result(self) -> dict[str, float]:
        """Returns the mean as `"value"`."""
        return {"value": self._sum / self._count}
