"""What is to be known of an exported generator of points: it gives them less the run's origin."""

from typing import Any

from multigan.recipe import DataInfo

__all__ = ["exported"]


def exported(data: DataInfo) -> tuple[dict[str, Any], str]:
    """Returns the origin as JSON has it, and the sentence that tells it; nothing where the points have none."""
    origin = data.facts.get("origin")
    if not origin:
        return {}, ""
    told = ", ".join(f"{start:.17g}" for start in origin)
    return {"origin": list(origin)}, f"add {told} to the points that it makes"
