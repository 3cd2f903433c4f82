"""What a run on texts keeps of them, so that its samples can be read without them."""

from collections.abc import Mapping

__all__ = ["TOKENIZER", "keep"]

# In the run's directory.
TOKENIZER = "tokenizer.model"


def keep(source) -> Mapping[str, bytes]:
    """Returns the tokenizer's file, as `multigan.modality.Modality.keep` has it."""
    return {TOKENIZER: source.tokenizer.content}
