"""What metrics of texts have to know of them."""

from functools import cached_property

from multigan.errors import UsageError
from multigan.metrics.knowledge import Knowledge as Plain
from multigan.modalities.text.oracle import Oracle
from multigan.modalities.text.texts import Texts

__all__ = ["Knowledge"]


class Knowledge(Plain):
    """Knows how texts read, and who wrote them. Held-out texts are few; each is compared with all samples."""

    as_many = False

    @cached_property
    def texts(self) -> Texts:
        """How token ids read, and what the training saw."""
        return Texts(self.material.reference, self.material.training)

    @cached_property
    def oracle(self) -> Oracle:
        """The network that wrote the data; a UsageError where no known one did."""
        source = self.material.reference
        if not source.oracle:
            raise UsageError(
                f"needs data that a known network wrote, and {source.name} is not such; run on --data oracle, or "
                "measure NLL-gen and BLEU-2"
            )
        return Oracle.of(source.oracle)

    def lacks(self, need, game):
        """Not all texts have an oracle, and not every game tells a likelihood."""
        source = self.material.reference
        if need == "oracle" and not source.oracle:
            return f"no known network wrote {source.name}"
        if need == "game" and game.log_likelihood(source[0]["text"][None]) is None:
            return "the recipe tells no likelihood of a text"
        return ""
