"""The metrics of points, described; imports no framework."""

from multigan.metrics.families import plain_families
from multigan.recipe import Metric

__all__ = ["METRICS"]

_CENTRES = (
    "centres and sigma are the data's own for ring and grid, else class means and the pooled deviation within classes"
)
_PACGAN = ("1712.04086",)


def _points(name: str, summary: str, compute: str, protocol: str, **more) -> Metric:
    return Metric(name=name, summary=summary, modality="points", compute=compute, protocol=protocol, **more)


METRICS = (
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
    *plain_families("points", "points, in the data's units"),
)
