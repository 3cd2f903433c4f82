"""The samples in a report: a few previews of the run, the last one large, and their sounds, embedded in the page."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.modalities.text.table import text_table

__all__ = ["gallery"]

STRIP = 5  # previews beside the last one: the first, and some between
SOUND = 3_000_000  # bytes of sound on the page
LARGE, SMALL = 1600, 800  # pixels; a wider preview is made smaller before it is embedded


def gallery(samples: Mapping[int, Path], sounds: Mapping[int, Path]) -> dict[str, Any]:
    """Chooses previews over the run and embeds them.

    Args:
        samples: files by step, in order.
        sounds: of a run on audio, files by step.

    Returns:
        `last` (None without samples) and `strip`, pictures with `step`, `data` (a data URI), `width`, `height` and
        `sound`, which is None or, of the last one, what `play_each`, of the others, what `play_together` returns;
        `shortened`, whether sounds were left out; `texts`, of a run on texts what `text_table` returns; and `notices`,
        a sentence for each file that could not be shown.
    """
    notices: list[str] = []
    written = {step: path for step, path in samples.items() if path.suffix == ".txt"}
    texts = text_table(written, notices) if written else None
    pictures = {}
    steps = [step for step in samples if step not in written]
    while steps and not pictures:
        pictures = _embed(samples, steps[-1], LARGE, notices)
        steps.pop()
    last = next(iter(pictures.values()), None)
    strip = {}
    for step in _spread(steps, STRIP):
        strip |= _embed(samples, step, SMALL, notices)
    if sounds:
        _add_sounds(sounds, last, list(strip.values()), notices)
    shown = [picture["sound"] for picture in (last, *strip.values()) if picture]
    shortened = any(sound and sound["note"] for sound in shown)
    found = {"last": last, "strip": list(strip.values()), "shortened": shortened, "texts": texts}
    return found | {"notices": notices}


def _add_sounds(sounds: Mapping[int, Path], last, strip, notices: list[str]) -> None:
    from multigan.modalities.audio import players

    left = SOUND
    if last and last["step"] in sounds:
        last["sound"] = players.play_each(sounds[last["step"]], SOUND * 2 // 3, notices)
        left -= last["sound"]["size"] if last["sound"] else 0
    for picture in strip:
        if picture["step"] in sounds:
            picture["sound"] = players.play_together(sounds[picture["step"]], left // len(strip), notices)


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
    return {step: {"step": step, "data": data, "width": width, "height": height, "sound": None}}
