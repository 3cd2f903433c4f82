"""What `multigan data check` tells of images."""

from typing import Any

__all__ = ["tell"]


def tell(source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Returns rows for people, and what `--json` has of images alone, as `multigan.modality.Modality.tell` has it."""
    height, width, channels = source.shape
    return [("shape", f"{height} x {width} x {channels} (height x width x channels), values in [-1, 1]")], {}
