"""The samples in a report: a few previews of the run, the last one large, and what else the modality's room shows of
them, embedded in the page.
"""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.modality import modalities
from multigan.report.lines import line_table

__all__ = ["gallery", "show_pictures", "show_previews", "thumbnail"]

STRIP = 5  # previews beside the last one: the first, and some between
LARGE, SMALL = 1600, 800  # pixels; a wider preview is made smaller before it is embedded

Samples = Mapping[int, tuple[Path, ...]]


def gallery(samples: Samples, modality: str) -> dict[str, Any]:
    """Chooses previews over the run and embeds them, as the modality's room shows them.

    Args:
        samples: the files of each step, in order, the preview first.
        modality: of the run; where it is not known here, such as a plugin's that is not installed, the previews alone
            are shown.

    Returns:
        `last` (None without samples) and `strip`, pictures with `step`, `data` (a data URI), `width`, `height` and
        `sound`, None or players for the template of what can be heard of them; `shortened`, whether some of it was left
        out; `texts`, of previews that are lines what `line_table` returns; and `notices`, a sentence for each file that
        could not be shown.
    """
    notices: list[str] = []
    room = modalities().get(modality)
    blocks = room.load("blocks") if room and room.blocks else show_previews
    found = {"last": None, "strip": [], "shortened": False, "texts": None} | blocks(samples, notices)
    return found | {"notices": notices}


def show_previews(samples: Samples, notices: list[str]) -> dict[str, Any]:
    """Shows the previews as what they are: pictures, or lines of text.

    Args:
        samples: as of `gallery`.
        notices: takes a sentence for each file that could not be shown.

    Returns:
        `last` and `strip`, or `texts`, as of `gallery`.
    """
    previews = {step: paths[0] for step, paths in samples.items()}
    lines = {step: path for step, path in previews.items() if path.suffix == ".txt"}
    arrays = {step: path for step, path in previews.items() if path.suffix == ".npy"}
    pictures = {step: path for step, path in previews.items() if step not in lines and step not in arrays}
    if arrays:
        notices.append(f"samples/{arrays[max(arrays)].name} is an array, which a page cannot show.")
    texts = line_table(lines, notices) if lines else None
    return show_pictures(pictures, notices) | {"texts": texts}


def show_pictures(previews: Mapping[int, Path], notices: list[str]) -> dict[str, Any]:
    """Embeds the last of some pictures that can be read, and some before it, evenly chosen.

    Args:
        previews: pictures by step, in order.
        notices: takes a sentence for each file that could not be shown.

    Returns:
        `last` and `strip`, as of `gallery`, without sounds.
    """
    steps, last = list(previews), None
    while steps and not last:
        last = _embed(previews[step := steps.pop()], step, LARGE, notices)
    strip = [_embed(previews[step], step, SMALL, notices) for step in _spread(steps, STRIP)]
    return {"last": last, "strip": [picture for picture in strip if picture]}


def thumbnail(path: Path) -> dict[str, Any] | None:
    """Returns a preview as a small picture, as of `gallery`; None where it is none, or cannot be read."""
    return _embed(path, 0, SMALL, []) if path.suffix not in (".txt", ".npy") else None


def _spread(steps: list[int], count: int) -> list[int]:
    """At most `count` of the steps, evenly over them, with the first; the last shown one follows at the same pace."""
    if len(steps) <= count:
        return steps
    return [steps[round(index * len(steps) / count)] for index in range(count)]


def _embed(path: Path, step: int, limit: int, notices: list[str]) -> dict[str, Any] | None:
    from PIL import Image

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
        return None
    data = f"data:{media};base64,{base64.b64encode(content).decode()}"
    return {"step": step, "data": data, "width": width, "height": height, "sound": None}
