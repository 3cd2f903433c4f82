"""What `multigan data check` tells of texts."""

from typing import Any

import numpy as np

__all__ = ["tell"]

# Texts that are shown, and characters of each.
EXAMPLES = 3
WIDTH = 80


def tell(source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Returns rows for people, and what `--json` has of texts alone, as `multigan.modality.Modality.tell` has it."""
    ends = source.end >= 0
    lengths = np.percentile(source.lengths() - ends, (50, 95, 100))
    chosen = np.linspace(0, len(source) - 1, min(EXAMPLES, len(source))).astype(int)
    examples = source.tokenizer.decode_all(source.batch(chosen)[source.field])
    length = source.shape[0]
    room = f"at most {length - 1:,} tokens and an end" if ends else f"{length:,} tokens"
    rows = [("shape", f"{room}, of a vocabulary of {source.vocabulary:,}")]
    return rows + [("example", _cut(text)) for text in examples], {
        "vocabulary": source.vocabulary,
        "end": source.end,
        "oracle": source.oracle,
        "lengths": dict(zip(("median", "95 %", "longest"), lengths.tolist(), strict=True)),
        "held_out": len(source.held_out),
        "examples": examples,
    }


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."
