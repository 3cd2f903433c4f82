"""The space that samples of each modality are compared in while a run trains: cheap, fixed, and nothing drawn."""

from collections.abc import Callable

import numpy as np

__all__ = ["Space", "image_space", "point_space", "sound_space"]

COMPONENTS = 50
RANGE = 30.0  # dB
LOUDEST_OF = 256  # sounds
Space = Callable[[np.ndarray], np.ndarray]  # samples (count, *shape) -> float32 (count, width)


def point_space(data: np.ndarray) -> Space:
    """Columns, each about its mean and in units of its standard deviation."""
    flat = _flat(data)
    centre, deviation = flat.mean(axis=0), flat.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    return lambda samples: (_flat(samples) - centre) / scale


def image_space(data: np.ndarray) -> Space:
    """The first 50 principal components of the data; fewer of few images, and pixels where there are few of them."""
    flat = _flat(data)
    centre = flat.mean(axis=0)
    components = min(COMPONENTS, *flat.shape) - (len(flat) <= COMPONENTS)
    if not (flat.shape[1] > components >= 1 and flat.std() > 0):
        return lambda samples: _flat(samples) - centre
    from sklearn.decomposition import PCA

    # Randomised, from a fixed state: the exact decomposition takes ten times as long for large images.
    pca = PCA(components, svd_solver="randomized", random_state=0).fit(flat)
    project = pca.components_.T.astype(np.float32)
    return lambda samples: (_flat(samples) - centre) @ project


def sound_space(data: np.ndarray, sample_rate: int) -> Space:
    """Log-mel statistics (`multigan.modalities.audio.extractors.log_mel`): equal sounds may have waveforms far apart.

    Each sound is put about zero and brought to a peak of 1, for a loud and a quiet one are no two kinds. What lies 30
    dB below the loudest moment of a usual sound is not seen: the noise behind a generator's sounds, which it loses
    last, would hide all that they differ in.
    """
    from multigan.modalities.audio.extractors.log_mel import statistics
    from multigan.modalities.audio.mel import FLOOR, log_mel

    some = _loud(data[np.linspace(0, len(data) - 1, min(len(data), LOUDEST_OF)).astype(int)])
    floor = max(FLOOR, float(np.median(log_mel(some, sample_rate).max(axis=(1, 2)))) - RANGE)
    return lambda sounds: statistics(_loud(sounds), sample_rate, floor)


def _loud(sounds):
    centred = np.asarray(sounds, np.float32)
    centred = centred - centred.mean(axis=1, keepdims=True)
    peaks = abs(centred).max(axis=(1, 2), keepdims=True)
    return centred / np.where(peaks > 0, peaks, 1)


def _flat(samples):
    return np.asarray(samples, np.float32).reshape(len(samples), -1)
