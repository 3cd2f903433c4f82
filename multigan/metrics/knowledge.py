"""What metrics have to know of the data beside samples, and only the data's room can tell."""

from multigan.metrics.extractors import Material
from multigan.modality import find_modality

__all__ = ["Knowledge", "knowledge_of"]


class Knowledge:
    """Knows nothing. A room that knows more (`multigan.modality.Modality.knowledge`) inherits this.

    It has an attribute for each of the modality's `needs`; a metric that names it is given the attribute. One that
    cannot be had raises a UsageError whose message goes on after the metric's name: "needs data that ...". What is
    costly is found out when the first metric asks.

    Args:
        material: the data.

    Attributes:
        as_many: whether no more samples are drawn than there are real ones. Figures that depend on the counts then
            compare; not so where the real ones are a small part that was kept out, and metrics allow for it.
    """

    as_many: bool = True

    def __init__(self, material: Material):
        self.material = material

    def lacks(self, need: str, game) -> str:
        """Returns why a need, of the modality or "game", cannot be had: "ring has no labels"; "" where it can.

        Metrics of a recipe that need it are left out then. Others are measured, and raise what they raise.

        Args:
            need: of a metric.
            game: that is scored.
        """
        return ""


def knowledge_of(material: Material) -> Knowledge:
    """Returns what the room of the data knows of them."""
    room = find_modality(material.modality)
    return (room.load("knowledge") if room.knowledge else Knowledge)(material)
