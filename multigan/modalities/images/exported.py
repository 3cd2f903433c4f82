"""What is to be known of an exported network of pictures: what it takes, where that is made of pictures."""

from typing import Any

from multigan.recipe import DataInfo

__all__ = ["exported"]


def exported(data: DataInfo) -> tuple[dict[str, Any], str]:
    """Returns how smaller pictures were made, as JSON has it, and the sentence that tells it; nothing of others."""
    made = next((field.made for field in data.fields.values() if field.made.startswith("low")), "")
    if not made:
        return {}, ""
    _, scale, *how = made.split(":")
    found = {"scale": int(scale), "degradation": how[0] if how else "bicubic"}
    return found, f"give it pictures that became {scale} times smaller by degradation={found['degradation']}"
