"""What `multigan data check` tells of clips."""

from typing import Any

__all__ = ["tell"]


def tell(source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Returns rows for people, and what `--json` has of clips alone, as `multigan.modality.Modality.tell` has it."""
    frames, rate = source.shape[0], source.frame_rate
    shape = " x ".join(map(str, source.shape))
    seconds = frames / rate
    rows = [
        ("shape", f"{shape} (frames x height x width x channels), values in [-1, 1]"),
        ("frame rate", f"{rate:g} frames a second, a clip lasts {seconds:.3g} s"),
    ]
    return rows, {"frames": frames, "frame_rate": rate, "seconds": round(seconds, 3)}
