"""What metrics of points have to know of them."""

from functools import cached_property

from multigan.metrics.knowledge import Knowledge as Plain
from multigan.modalities.points.metrics import Modes, modes_of

__all__ = ["Knowledge"]


class Knowledge(Plain):
    """Knows where the modes lie."""

    @cached_property
    def modes(self) -> Modes:
        """The data's own modes, else those of its labels; a UsageError where it has none."""
        return modes_of(self.material.reference)

    def lacks(self, need, game):
        """Modes are told by labels."""
        source = self.material.reference
        return f"{source.name} has no labels" if need == "modes" and not source.classes else ""
