"""What metrics have to know of the data beside samples, found out when the first one asks."""

from functools import cached_property

from multigan.errors import UsageError
from multigan.metrics.extractors import Material

__all__ = ["Knowledge"]


class Knowledge:
    """Knows the modes of points, and how texts read.

    Args:
        material: the data.
    """

    def __init__(self, material: Material):
        self._material = material
        self._oracle = None

    @cached_property
    def modes(self):
        """A `multigan.modalities.points.metrics.Modes`; a UsageError where the data have no labels."""
        from multigan.modalities.points.metrics import modes_of

        return modes_of(self._material.reference)

    @cached_property
    def texts(self):
        """A `multigan.modalities.text.texts.Texts`."""
        from multigan.modalities.text.texts import Texts

        return Texts(self._material.reference, self._material.training)

    def oracle(self, metric: str):
        """The network that wrote the data.

        Args:
            metric: that asks, for messages.

        Raises:
            UsageError: no known network did.
        """
        source = self._material.reference
        if not getattr(source, "oracle", ""):
            raise UsageError(
                f"{metric}: needs data that a known network wrote, and {source.name} is not such; run on --data "
                "oracle, or measure NLL-gen and BLEU-2"
            )
        if self._oracle is None:
            from multigan.modalities.text.oracle import Oracle

            self._oracle = Oracle.of(source.oracle)
        return self._oracle
