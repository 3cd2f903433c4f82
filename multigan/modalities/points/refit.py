"""How other points are made comparable with a run's: measured from where the run measures its own."""

from multigan.recipe import DataInfo

__all__ = ["refit"]


def refit(source, info: DataInfo):
    """Returns the same points less the run's origin, as `multigan.modality.Modality.refit` has it."""
    return source.measured_from(info.origin)
