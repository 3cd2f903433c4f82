"""What a run on texts keeps of them, so that its samples can be read without them."""

from collections.abc import Mapping

__all__ = ["TOKENIZER", "run_files"]

# In the run's directory.
TOKENIZER = "tokenizer.model"


def run_files(source) -> Mapping[str, bytes]:
    """Returns the tokenizer's file, as `multigan.modality.Modality.run_files` has it."""
    return {TOKENIZER: source.tokenizer.content}
