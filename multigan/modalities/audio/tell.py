"""What `multigan data check` tells of sounds."""

from typing import Any

__all__ = ["tell"]


def tell(source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Returns rows for people, and what `--json` has of sounds alone, as `multigan.modality.Modality.tell` has it."""
    (length, channels), rate, slices = source.shape, source.sample_rate, len(source)
    rows = [
        ("shape", f"{length:,} x {channels} (samples x channels) at {rate:,} Hz, values in [-1, 1]"),
        ("slices", f"{slices:,} of {length / rate:.3g} s, from {source.seconds:,.1f} s of sound"),
    ]
    return rows, {"sample_rate": rate, "seconds": source.seconds, "slices": slices}
