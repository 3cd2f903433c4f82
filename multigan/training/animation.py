"""The previews of a run as one animation."""

import math
import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from multigan.disk import aside
from multigan.errors import UsageError

__all__ = ["write_animation"]

FRAMES = 60  # at most, evenly chosen, with the first and the last: some ten megabytes of images
SIDE = 720  # pixels; larger previews are made smaller by a whole factor, which keeps enlarged pixels whole
STRIP = 18  # pixels below each frame, for the step
SECONDS = 10  # that the animation takes at most, without its last frame
SLOWEST, FASTEST = 400, 60  # milliseconds of one frame
LAST = 2000
FORMATS = {".gif": "GIF", ".webp": "WEBP"}


def write_animation(folder: Path, suffix: str = ".gif") -> Path | None:
    """Writes `training.gif` of the previews `step-*.png` in a folder, in the order of their steps.

    Args:
        folder: a run's samples.
        suffix: `".gif"` or `".webp"`.

    Returns:
        The file's path, or None where fewer than two previews can be read; then nothing is written.

    Raises:
        UsageError: another suffix.
    """
    if suffix not in FORMATS:
        raise UsageError(f"an animation ends in {' or '.join(FORMATS)}, not in {suffix}")
    folder = Path(folder)
    found = [(int(match[1]), path) for path in folder.glob("step-*.png") if (match := _STEP.fullmatch(path.name))]
    frames = _frames(sorted(found))
    if len(frames) < 2:
        return None
    pace = min(SLOWEST, max(FASTEST, SECONDS * 1000 // len(frames)))
    path = folder / f"training{suffix}"
    with aside(path) as temporary:
        frames[0].save(
            temporary,
            format=FORMATS[suffix],
            save_all=True,
            append_images=frames[1:],
            duration=[pace] * (len(frames) - 1) + [LAST],
            loop=0,
        )
    return path


_STEP = re.compile(r"step-(\d+)\.png")


def _frames(found: list[tuple[int, Path]]) -> list[Image.Image]:
    """Returns the chosen previews as frames of one size, that of the last one."""
    if len(found) > FRAMES:
        found = [found[round(index * (len(found) - 1) / (FRAMES - 1))] for index in range(FRAMES)]
    frames: list[Image.Image] = []
    for step, path in reversed(found):
        try:
            with Image.open(path) as picture:
                frame = _frame(picture, step)
        except (OSError, ValueError, Image.DecompressionBombError):
            continue  # the report tells of a damaged preview
        frames.append(frame if not frames or frame.size == frames[0].size else frame.resize(frames[0].size))
    return frames[::-1]


def _frame(picture: Image.Image, step: int) -> Image.Image:
    """Returns a preview over a strip with its step, in at most 256 colours."""
    picture = _opaque(picture)
    picture = picture.reduce(math.ceil(max(picture.size) / SIDE))
    frame = Image.new(picture.mode, (max(picture.width, 96), picture.height + STRIP), "white")
    frame.paste(picture)
    font = ImageFont.load_default(12)
    ImageDraw.Draw(frame).text((4, picture.height + 2), f"step {step:,}", fill="black", font=font)
    if frame.mode == "L":
        return frame
    # The other methods and dithering take ten times as long, and make larger files.
    return frame.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def _opaque(picture: Image.Image) -> Image.Image:
    """Returns a picture of mode L or RGB."""
    if picture.mode in ("LA", "RGBA"):
        below = Image.new("RGB", picture.size, "white")
        below.paste(picture.convert("RGBA"), mask=picture.getchannel("A"))
        return below.convert("L") if picture.mode == "LA" else below
    return picture if picture.mode == "L" else picture.convert("RGB")
