"""What is to be known of an exported generator of clips: how fast they are."""

from typing import Any

from multigan.recipe import DataInfo

__all__ = ["exported"]


def exported(data: DataInfo) -> tuple[dict[str, Any], str]:
    """Returns the frame rate as JSON has it, and the sentence that tells it; nothing where it is not known."""
    rate = data.facts.get("frame_rate")
    if not rate:
        return {}, ""
    return {"frame_rate": rate}, f"show the frames that it makes at {rate:g} a second"
