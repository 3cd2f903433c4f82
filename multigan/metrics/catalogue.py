"""Every metric that multigan brings, described; imports no framework."""

from multigan.modalities.text.catalogue import TEXT
from multigan.recipe import Metric

__all__ = ["METRICS", "with_extractor"]

_SPACES = {
    "pixels": "pixels in [-1, 1]",
    "pca-64": "64 principal components of the real images, not whitened, scaled to a mean variance of 1",
    "local": "features of a classifier trained on the data's own labels",
    "efficientnet-lite0": "pooled features of EfficientNet-Lite0 (ImageNet), RGB bytes resized to 224 x 224, bicubic",
    "inception": "pooled features of the Inception network of 2015, RGB bytes resized to 299 x 299, bilinear",
}
_SOUND_SPACES = {
    "log-mel": "80 log-mel statistics (mean and deviation over time of 32 bands, envelope in 16 parts; 1 is 20 dB)",
    "local-mel": "features of a classifier of log-mel spectrograms trained on the data's own labels",
    "aisfx": "the embedding of the package aisfx (sound effects), sounds at 44.1 kHz and a peak of 1",
}
# The names FID, KID and IS are the standard network's alone.
_STANDARD = {"FD": "FID", "KD": "KID", "IS": "IS"}

_NEAREST = "k-nearest-neighbour manifold estimate (arXiv 1904.06991) with k = 3 and Euclidean distance between {space}"
_DENSITY = "arXiv 2002.09797 with k = 5 and Euclidean distance between {space}"
# Family: where, what it tells, how it is computed, which way is better, references, needs.
_FAMILIES = {
    "FD": (
        "multigan.metrics.frechet:frechet",
        "distance of samples and data, as Gaussians",
        "Frechet distance between Gaussians fitted in float64 to {space}; biased upwards when samples are few",
        "lower",
        ("1706.08500",),
        ("moments",),
    ),
    "KD": (
        "multigan.metrics.kernel:kernel_distance",
        "distance of samples and data, unbiased",
        "unbiased squared discrepancy, kernel (x . y / width + 1)^3, mean over 100 subsets of 1,000, on {space}",
        "lower",
        ("1801.01401",),
        (),
    ),
    "precision": (
        "multigan.metrics.neighbours:precision_metric",
        "share of the samples that lie where data lie",
        f"share of generated samples within the real ones' manifold: {_NEAREST}; depends on the counts",
        "higher",
        ("1904.06991",),
        (),
    ),
    "recall": (
        "multigan.metrics.neighbours:recall_metric",
        "share of the data that lie where samples lie",
        f"share of real samples within the generated ones' manifold: {_NEAREST}; depends on the counts",
        "higher",
        ("1904.06991",),
        (),
    ),
    "density": (
        "multigan.metrics.neighbours:density_metric",
        "how densely data surround a sample; about 1 for the data's own distribution",
        f"mean number of real balls around a generated sample, over k: {_DENSITY}",
        "higher",
        ("2002.09797",),
        (),
    ),
    "coverage": (
        "multigan.metrics.neighbours:coverage_metric",
        "share of the data that have a sample among their neighbours",
        f"share of real balls that hold a generated sample: {_DENSITY}; depends on the counts",
        "higher",
        ("2002.09797",),
        (),
    ),
    "memorisation": (
        "multigan.metrics.memorisation:memorisation",
        "share of the samples that lie suspiciously near a training sample; 0.05 for fresh data",
        "share of samples as near to a training sample as the nearest 5 % of real ones are to another, in {space}",
        "lower",
        ("2004.05675",),
        ("training",),
    ),
    "IS": (
        "multigan.metrics.classes:inception_score",
        "how sure and how varied the classifier's verdicts are; 1 to the number of classes",
        "exp of the mean KL divergence of class probabilities from their mean, 5,000 samples at a time; {space}",
        "higher",
        ("1606.03498",),
        ("classifier",),
    ),
}
_WITHOUT_CLASSIFIER = tuple(name for name in _FAMILIES if name != "IS")
_SERVES = {"local": tuple(_FAMILIES), "inception": tuple(_FAMILIES), "local-mel": tuple(_FAMILIES)}


def _of(family: str, extractor: str, modality: str = "images") -> Metric:
    compute, summary, protocol, better, references, needs = _FAMILIES[family]
    standard = extractor == "inception" and family in _STANDARD
    return Metric(
        name=_STANDARD[family] if standard else f"{family}({extractor})",
        summary=summary,
        modality=modality,
        compute=compute,
        protocol=protocol.format(space=(_SPACES | _SOUND_SPACES)[extractor]),
        better=better,
        references=references,
        extractor=extractor,
        needs=needs,
    )


_IMAGES = (
    Metric(
        name="diversity",
        summary="how far apart the samples are, as a ratio of how far apart the data are",
        modality="images",
        compute="multigan.metrics.diversity:diversity_metric",
        protocol="mean pairwise Euclidean distance between pixels within the generated images over that within the "
        "real images, at most 1,000 of each, chosen by the seed",
        better="one",
        extractor="pixels",
    ),
    Metric(
        name="accuracy(local)",
        summary="share of the samples that an independent classifier recognises as the class that was asked for",
        modality="images",
        compute="multigan.metrics.classes:accuracy",
        protocol="verdicts of a classifier trained on the data's own labels; held_out_accuracy is its own on real "
        "samples that were kept out of its training",
        better="higher",
        extractor="local",
        needs=("classifier", "asked", "labels"),
    ),
    Metric(
        name="diversity-in-class",
        summary="how far apart samples of one class are, as a ratio of how far apart the data's are",
        modality="images",
        compute="multigan.metrics.classes:diversity_in_class",
        protocol="mean over the classes asked for of the mean pairwise Euclidean distance between pixels within the "
        "class, over that within the real class, at most 200 of each",
        better="one",
        extractor="pixels",
        needs=("asked", "labels"),
    ),
)
_CENTRES = (
    "centres and sigma are the data's own for ring and grid, else class means and the pooled deviation within classes"
)
_PACGAN = ("1712.04086",)


def _points(name: str, summary: str, compute: str, protocol: str, **more) -> Metric:
    return Metric(name=name, summary=summary, modality="points", compute=compute, protocol=protocol, **more)


_POINTS = (
    _points(
        "modes",
        "how many of the data's modes the samples reach",
        "multigan.modalities.points.metrics:modes",
        f"modes with at least one point within 3 sigma of the centre; {_CENTRES}",
        references=_PACGAN,
        needs=("modes",),
    ),
    _points(
        "high-quality",
        "share of the samples that lie in a mode",
        "multigan.modalities.points.metrics:high_quality",
        f"share of points within 3 sigma of a centre; {_CENTRES}",
        references=_PACGAN,
        needs=("modes",),
    ),
    _points(
        "reverse-KL",
        "how unequally the samples are spread over the modes; 0 is as the data",
        "multigan.modalities.points.metrics:reverse_kl",
        "KL divergence in nats of the histogram of all generated points over their nearest centres from the data's "
        f"shares; {_CENTRES}",
        better="lower",
        references=_PACGAN,
        needs=("modes",),
    ),
    _points(
        "sliced-wasserstein",
        "distance of samples and data, in the data's units; needs no labels",
        "multigan.modalities.points.metrics:sliced_wasserstein",
        "root mean square, over 128 random directions, of the Wasserstein distance of order 2 between projections",
        better="lower",
        references=("10.1007/s10851-014-0506-3",),
    ),
    *(
        _points(
            f"{family}(points)",
            _FAMILIES[family][1],
            _FAMILIES[family][0],
            _FAMILIES[family][2].format(space="points, in the data's units"),
            references=_FAMILIES[family][4],
        )
        for family in ("precision", "recall", "density", "coverage")
    ),
)


def _sounds(name: str, summary: str, compute: str, protocol: str, extractor: str, **more) -> Metric:
    return Metric(
        name=name, summary=summary, modality="audio", compute=compute, protocol=protocol, extractor=extractor, **more
    )


_AUDIO = (
    _sounds(
        "diversity(log-mel)",
        "how far apart the samples are, as a ratio of how far apart the data are",
        "multigan.metrics.diversity:diversity_metric",
        "mean pairwise Euclidean distance within the generated sounds over that within the real ones, at most 1,000 of "
        f"each, chosen by the seed, between {_SOUND_SPACES['log-mel']}",
        "log-mel",
        better="one",
    ),
    _sounds(
        "diversity-in-class(log-mel)",
        "how far apart samples of one class are, as a ratio of how far apart the data's are",
        "multigan.metrics.classes:diversity_in_class",
        "mean over the classes asked for of the mean pairwise Euclidean distance within the class, over that within "
        f"the real class, at most 200 of each, between {_SOUND_SPACES['log-mel']}",
        "log-mel",
        better="one",
        needs=("asked", "labels"),
    ),
    _sounds(
        "accuracy(local-mel)",
        "share of the samples that an independent classifier recognises as the class that was asked for",
        "multigan.metrics.classes:accuracy",
        "verdicts of a classifier of log-mel spectrograms trained on the data's own labels; held_out_accuracy is its "
        "own on real sounds that were kept out of its training",
        "local-mel",
        needs=("classifier", "asked", "labels"),
    ),
    _sounds(
        "class-coverage(local-mel)",
        "share of the data's classes that are among the samples",
        "multigan.metrics.classes:class_coverage",
        "classes of which a classifier of log-mel spectrograms trained on the data's own labels is sure (above 0.5) in "
        "at least a fifth of the class's share of the data, over all classes of the data",
        "local-mel",
        needs=("classifier", "labels"),
    ),
    _sounds(
        "flatness",
        "how noisy the samples are against the data; above 1 hiss, below 1 tones",
        "multigan.modalities.audio.metrics:flatness",
        "mean spectral flatness (geometric over arithmetic mean of a frame's power spectrum, frames weighted by their "
        "power, windows of about 46 ms) over that of the real sounds; silent sounds are left out",
        "spectrum",
        better="one",
        references=("10.1109/TASSP.1974.1162572",),
    ),
    _sounds(
        "high-frequency",
        "how bright the samples are against the data",
        "multigan.modalities.audio.metrics:high_frequency",
        "mean share of a sound's energy above a quarter of the sample rate, over that of the real sounds; silent ones "
        "are left out",
        "spectrum",
        better="one",
    ),
    _sounds(
        "pitch-error",
        "how far samples are off the data's pitches, in cents; of data that are tones",
        "multigan.modalities.audio.metrics:pitch_error",
        "median distance in cents of a sound's pitch (YIN, frames of 64 ms, median of those with a pitch) from the "
        "nearest pitch that occurs in the real sounds; 1,200 for sounds without pitch in half of their frames",
        "pitch",
        better="lower",
        references=("10.1121/1.1458024",),
    ),
)

METRICS = (
    *(_of(family, space) for space in _SPACES for family in _SERVES.get(space, _WITHOUT_CLASSIFIER)),
    *_IMAGES,
    *_POINTS,
    *(_of(family, space, "audio") for space in _SOUND_SPACES for family in _SERVES.get(space, _WITHOUT_CLASSIFIER)),
    *_AUDIO,
    *TEXT,
)


def with_extractor(name: str, extractor: str) -> str:
    """Returns the name of the same metric on another extractor; a name without one to choose is returned as it is.

    Args:
        name: of a metric, `"FD(pixels)"` or `"FID"`, or of a family, `"FD"`.
        extractor: its name.
    """
    family = name.partition("(")[0]
    family = next((short for short, standard in _STANDARD.items() if standard == family), family)
    if family not in _FAMILIES:
        return name
    return _STANDARD[family] if extractor == "inception" and family in _STANDARD else f"{family}({extractor})"
