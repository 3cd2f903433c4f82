"""Metrics that every space of features has: one family, and a metric of it for each extractor. Imports no framework."""

from collections.abc import Iterator, Mapping

from multigan.recipe import Metric

__all__ = ["families", "paired_families", "plain_families", "with_extractor"]

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

_AMONG = "among at most 1,000, by lot, by Euclidean distance between {space}; by chance 1 / `among`"
# Of samples beside the right answers to what they were asked for.
_PAIRED = {
    "feature-distance": (
        "multigan.metrics.paired:FeatureDistance",
        "how far a sample is from the right answer, in features",
        "mean Euclidean distance of a sample from the right answer, in {space}; `unrelated`: of two right answers",
        "lower",
        (),
        ("answers",),
    ),
    "retrieval": (
        "multigan.metrics.paired:Retrieval",
        "share of the samples that are nearest to their own right answer",
        f"share of samples whose nearest right answer is their own: {_AMONG}",
        "higher",
        (),
        ("answers",),
    ),
}


def families(modality: str, spaces: Mapping[str, str], classifiers: tuple[str, ...] = ()) -> Iterator[Metric]:
    """Yields the metrics of all families in each space, such as FD(pixels) and recall(pixels).

    Args:
        modality: of the samples.
        spaces: name of an extractor -> what its features are, for the metrics' protocols.
        classifiers: those of the extractors that also classify; IS is of them alone.
    """
    for extractor, space in spaces.items():
        for family in _FAMILIES:
            if family != "IS" or extractor in classifiers:
                yield _of(family, with_extractor(family, extractor), modality, space, extractor)


def paired_families(modality: str, spaces: Mapping[str, str]) -> Iterator[Metric]:
    """Yields the metrics of samples beside the right answers in each space, such as retrieval(pixels).

    Args: as of `families`.
    """
    for extractor, space in spaces.items():
        for family in _PAIRED:
            yield _of(family, with_extractor(family, extractor), modality, space, extractor)


def plain_families(modality: str, space: str) -> Iterator[Metric]:
    """Yields precision, recall, density and coverage of the samples themselves: precision(points), ...

    Args:
        modality: of the samples, and what stands in the metrics' names.
        space: what the samples are, for the metrics' protocols.
    """
    for family in ("precision", "recall", "density", "coverage"):
        yield _of(family, f"{family}({modality})", modality, space)


def _of(family: str, name: str, modality: str, space: str, extractor: str = "") -> Metric:
    compute, summary, protocol, better, references, needs = (_FAMILIES | _PAIRED)[family]
    return Metric(
        name=name,
        summary=summary,
        modality=modality,
        compute=compute,
        protocol=protocol.format(space=space),
        better=better,
        references=references,
        extractor=extractor,
        needs=needs,
        streams=family in _PAIRED,
    )


def with_extractor(name: str, extractor: str) -> str:
    """Returns the name of the same metric on another extractor; a name without one to choose is returned as it is.

    Args:
        name: of a metric, `"FD(pixels)"` or `"FID"`, or of a family, `"FD"`.
        extractor: its name.
    """
    family = name.partition("(")[0]
    family = next((short for short, standard in _STANDARD.items() if standard == family), family)
    if family not in _FAMILIES and family not in _PAIRED:
        return name
    return _STANDARD[family] if extractor == "inception" and family in _STANDARD else f"{family}({extractor})"
