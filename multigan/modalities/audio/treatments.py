"""Options of networks that make waveforms, and what they treat. Imports no framework."""

from multigan.health.treatments import Case, Treatment, turn_on

__all__ = ["FILTER", "SHUFFLE", "UPSAMPLE"]


def _more_shuffle(case: Case) -> int | None:
    """Two samples where there is none, as in the paper; four where there are."""
    return {0: 2, 2: 4}.get(case.get("phase_shuffle"))


UPSAMPLE = Treatment(
    "upsample", lambda case: "nearest" if case.get("upsample") not in (None, "nearest") else None,
    "without zeros between samples there is no raster that becomes a tone", "1802.04208",
)  # fmt: skip
FILTER = Treatment(
    "post_filter", turn_on("post_filter", 512), "a learnt filter after the last layer takes out what never changes",
    "1802.04208",
)  # fmt: skip
SHUFFLE = Treatment(
    "phase_shuffle", _more_shuffle, "the critic cannot tell the generator's raster by its phase", "1802.04208"
)
