"""The metrics of images and the extractors that they compare by, described; imports no framework."""

from multigan.metrics.extractors import Extractor
from multigan.metrics.families import families
from multigan.recipe import Metric

__all__ = ["EXTRACTORS", "METRICS"]

_SPACES = {
    "pixels": "pixels in [-1, 1]",
    "pca-64": "64 principal components of the real images, not whitened, scaled to a mean variance of 1",
    "local": "features of a classifier trained on the data's own labels",
    "efficientnet-lite0": "pooled features of EfficientNet-Lite0 (ImageNet), RGB bytes resized to 224 x 224, bicubic",
    "inception": "pooled features of the Inception network of 2015, RGB bytes resized to 299 x 299, bilinear",
}

METRICS = (
    *families("images", _SPACES, classifiers=("local", "inception")),
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

EXTRACTORS = (
    Extractor(name="pixels", summary="the pixels themselves", load="multigan.metrics.extractors.pixels:load"),
    Extractor(
        name="pca-64",
        summary="64 principal components of the real images",
        load="multigan.metrics.extractors.components:load",
    ),
    Extractor(
        name="local",
        summary="a small classifier trained on the data's own labels",
        load="multigan.modalities.images.extractors.local:load",
        labels=True,
    ),
    Extractor(
        name="efficientnet-lite0",
        summary="EfficientNet-Lite0 trained on ImageNet, 1,280 features",
        load="multigan.modalities.images.extractors.efficientnet:load",
        extra='"multigan[metrics]"',
    ),
    Extractor(
        name="inception",
        summary="the Inception of FID, 2,048 features; its weights are a file of yours",
        load="multigan.modalities.images.extractors.inception:load",
        extra='"multigan[fid]"',
    ),
)
