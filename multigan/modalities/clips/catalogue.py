"""The metrics of clips and the extractors that they compare by, described; imports no framework."""

from multigan.metrics.extractors import Extractor
from multigan.metrics.families import families, paired_families
from multigan.recipe import Metric

__all__ = ["EXTRACTORS", "METRICS"]

_SPACES = {
    "clip-pixels": "pixels of all frames, in [-1, 1]",
    "clip-pca-64": "64 principal components of the real clips, not whitened, scaled to a mean variance of 1",
    "clip-changes": "64 principal components of the differences between consecutive frames of the real clips, not "
    "whitened, scaled to a mean variance of 1",
    "frame-pca-64": "64 principal components of single frames, one of each clip, the place in it going round, not "
    "whitened, scaled to a mean variance of 1",
    "clip-local": "features of a classifier of clips trained on the data's own labels",
}
_ENERGY = "mean absolute difference between consecutive frames, pixels in [-1, 1]"


def _clips(name: str, summary: str, compute: str, protocol: str, extractor: str, **more) -> Metric:
    return Metric(
        name=name, summary=summary, modality="clips", compute=compute, protocol=protocol, extractor=extractor, **more
    )


METRICS = (
    _clips(
        "motion",
        "how much samples move, as a ratio of how much the data do",
        "multigan.modalities.clips.metrics:motion",
        f"mean motion energy ({_ENERGY}) of the generated clips over the real ones'",
        "motion",
        better="one",
    ),
    _clips(
        "motion-distance",
        "how differently samples and data move; 0 is alike, 1 is as frozen clips",
        "multigan.modalities.clips.metrics:motion_distance",
        f"Wasserstein distance of order 1 between the clips' motion energies ({_ENERGY}), over the real ones' mean",
        "motion",
        better="lower",
    ),
    _clips(
        "content-distance",
        "how much what a clip shows changes while it moves, as a ratio of how much it does in the data; 0: frozen",
        "multigan.modalities.clips.content:content_distance",
        "mean distance of a clip's frames from their mean, in the magnitudes of the 8 lowest frequencies along each "
        "side, which do not change with the place, over the same of the real ones; after arXiv 1707.04993",
        "",
        better="one",
        references=("1707.04993",),
    ),
    _clips(
        "clip-L1",
        "how far a clip is from the right answer to its key frames, pixel by pixel",
        "multigan.modalities.clips.metrics:CLIP_L1",
        "mean absolute difference from the right answer over frames, pixels and channels, in units of [-1, 1]: 0 to 2",
        "",
        better="lower",
        needs=("answers",),
        streams=True,
    ),
    *paired_families("clips", {name: _SPACES[name] for name in ("clip-pca-64", "clip-changes", "clip-local")}),
    *families("clips", _SPACES, classifiers=("clip-local",)),
    _clips(
        "diversity(clip-pixels)",
        "how far apart the samples are, as a ratio of how far apart the data are",
        "multigan.metrics.diversity:diversity_metric",
        "mean pairwise Euclidean distance between pixels of all frames within the generated clips over that within the "
        "real ones, at most 1,000 of each, chosen by the seed",
        "clip-pixels",
        better="one",
    ),
    _clips(
        "accuracy(clip-local)",
        "share of the samples that an independent classifier recognises as the class that was asked for",
        "multigan.metrics.classes:accuracy",
        "verdicts of a classifier of clips trained on the data's own labels; held_out_accuracy is its own on real "
        "samples that were kept out of its training",
        "clip-local",
        better="higher",
        needs=("classifier", "asked", "labels"),
    ),
    _clips(
        "diversity-in-class(clip-pixels)",
        "how far apart samples of one class are, as a ratio of how far apart the data's are",
        "multigan.metrics.classes:diversity_in_class",
        "mean over the classes asked for of the mean pairwise Euclidean distance between pixels within the class, over "
        "that within the real class, at most 200 of each",
        "clip-pixels",
        better="one",
        needs=("asked", "labels"),
    ),
)

EXTRACTORS = (
    Extractor(
        name="motion",
        summary="how much a clip moves",
        load="multigan.modalities.clips.extractors.energy:load",
    ),
    Extractor(name="clip-pixels", summary="the pixels of all frames", load="multigan.metrics.extractors.pixels:load"),
    Extractor(
        name="clip-pca-64",
        summary="64 principal components of the real clips",
        load="multigan.metrics.extractors.components:load",
    ),
    Extractor(
        name="clip-changes",
        summary="64 principal components of what changes from frame to frame in the real clips",
        load="multigan.modalities.clips.extractors.changes:load",
    ),
    Extractor(
        name="frame-pca-64",
        summary="64 principal components of single frames, one of each real clip",
        load="multigan.modalities.clips.extractors.frames:load",
    ),
    Extractor(
        name="clip-local",
        summary="a small classifier trained on the data's own labels",
        load="multigan.modalities.clips.extractors.local:load",
        labels=True,
    ),
)
