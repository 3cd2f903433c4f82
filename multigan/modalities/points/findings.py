"""How the health of points is judged."""

from multigan.health.illness import Health

__all__ = ["HEALTH"]

HEALTH = Health(
    # Games on points are small, and come to their senses, or lose them, sooner.
    steps=500,
    # Recall is of the data's points. A mode of eight that is all there leaves 0.1 and more.
    collapsed={"diversity": (0.6, "1 = as the data"), "recall": (0.05, "share of the data that samples reach")},
    classes="modes",
    belongs="within three standard deviations of each mode.",
    # R1 far below that of images: modes are small in the data's deviations.
    values={"pack": 4, "r1": 0.01},
    figures=("high_quality",),
    together={"high_quality": "coverage"},
)
