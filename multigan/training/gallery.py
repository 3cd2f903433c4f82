"""The samples in a report: a few previews of the run, the last one large, as data that the page holds itself."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["gallery"]

STRIP = 5  # previews beside the last one: the first, and some between
LARGE, SMALL = 1600, 800  # pixels; a wider preview is made smaller before it is embedded


def gallery(samples: Mapping[int, Path]) -> dict[str, Any]:
    """Chooses previews over the run and embeds them.

    Args:
        samples: files by step, in order.

    Returns:
        `last` (None without samples) and `strip`, pictures with `step`, `data` (a data URI), `width` and `height`; and
        `notices`, a sentence for each file that could not be shown.
    """
    notices: list[str] = []
    pictures = {}
    steps = list(samples)
    while steps and not pictures:
        pictures = _embed(samples, steps[-1], LARGE, notices)
        steps.pop()
    last = next(iter(pictures.values()), None)
    strip = {}
    for step in _spread(steps, STRIP):
        strip |= _embed(samples, step, SMALL, notices)
    return {"last": last, "strip": list(strip.values()), "notices": notices}


def _spread(steps: list[int], count: int) -> list[int]:
    """At most `count` of the steps, evenly over them, with the first; the last shown one follows at the same pace."""
    if len(steps) <= count:
        return steps
    return [steps[round(index * len(steps) / count)] for index in range(count)]


def _embed(samples: Mapping[int, Path], step: int, limit: int, notices: list[str]) -> dict[int, dict[str, Any]]:
    from PIL import Image

    path = samples[step]
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            media, (width, height) = Image.MIME[picture.format], picture.size
            if width > limit:
                width, height = limit, max(1, round(height * limit / width))
                buffer = io.BytesIO()
                picture.resize((width, height), Image.Resampling.LANCZOS).save(buffer, format="PNG")
                content, media = buffer.getvalue(), "image/png"
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        notices.append(f"samples/{path.name} could not be shown ({type(error).__name__}).")
        return {}
    data = f"data:{media};base64,{base64.b64encode(content).decode()}"
    return {step: {"step": step, "data": data, "width": width, "height": height}}
