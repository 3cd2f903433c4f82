"""Clips as files: one each that plays by itself, and a grid of many that plays."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy
from PIL import Image

from multigan.errors import UsageError
from multigan.modalities.clips.film import write_mp4
from multigan.modalities.files import Context, Files, InOrder, check_values, write_array
from multigan.modalities.grid import lay_out, lay_rows, to_picture, to_uint8

__all__ = ["ClipFiles", "check_clips", "clip_files", "durations", "files", "write_sheet"]

SHOWN = 16  # clips in a preview
USUAL_RATE = 10.0  # frames a second, of what does not tell
WIDEST = 800  # pixels of a preview: as many as the report shows without touching it
SHEET_FRAMES = 16  # of a clip in a contact sheet, evenly chosen
SHEET_CLIPS = 256  # in a contact sheet, evenly chosen
NAMED = 32  # rows of a contact sheet that have names


@dataclass(frozen=True, kw_only=True)
class ClipFiles(Files):
    """How clips are written.

    Args:
        rate: frames a second.
    """

    rate: float


def files(context: Context) -> ClipFiles:
    """How clips of a run's frame rate are written."""
    return clip_files(context.fact("frame_rate", 0.0))


def clip_files(frame_rate: float) -> ClipFiles:
    """How clips `(count, frames, height, width, channels)` in [-1, 1] with 1 to 4 channels are written; what lies
    outside is clipped.

    Args:
        frame_rate: frames a second; 0 where it is not known.
    """
    rate = frame_rate or USUAL_RATE

    def preview(path, clips, labels, classes, numbers) -> None:
        write_grid(path, clips, rate, labels, classes)

    return ClipFiles(
        rate=rate,
        noun="clips",
        suffix=".webp",
        check=check_clips,
        preview=preview,
        formats={
            "gif": partial(_write_gif, rate),
            "webp": partial(_write_webp, rate),
            "apng": partial(_write_apng, rate),
            "mp4": partial(write_mp4, rate),
            "png": _write_strip,
            "npy": write_array,
        },
        beside={"png": (".json", partial(_write_atlas, rate))},
        shown=SHOWN,
        in_order=InOrder(suffix=".png", write=write_sheet, pack=to_uint8),
    )


def check_clips(clips: numpy.ndarray, first: int = 0) -> None:
    """Raises `UsageError` or `RunFailedError` for what cannot be written; see `multigan.modalities.files`."""
    if clips.ndim != 5 or not 1 <= clips.shape[-1] <= 4:
        shape = "x".join(map(str, clips.shape))
        raise UsageError(
            f"samples of shape {shape}: clips are count x frames x height x width x channels with 1 to 4 channels"
        )
    check_values(clips, first)


def durations(count: int, rate: float, unit: int = 1) -> list[int]:
    """Returns how long each frame is shown, in milliseconds, so that they end where they should.

    Args:
        count: of the frames.
        rate: frames a second.
        unit: milliseconds that a format counts in; none of them is shorter than two of these.
    """
    ends = [round(1000 / unit * number / rate) * unit for number in range(count + 1)]
    return [max(2 * unit, after - before) for before, after in itertools.pairwise(ends)]


def write_grid(
    path: Path,
    clips: numpy.ndarray,
    rate: float,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
) -> None:
    """Writes clips side by side as one WebP that plays, with labels one row for each class and its name."""
    frames = [lay_out(moment, labels, classes) for moment in to_uint8(clips).swapaxes(0, 1)]
    if frames[0].width > WIDEST:
        size = WIDEST, max(1, round(frames[0].height * WIDEST / frames[0].width))
        frames = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
    _save_webp(path, frames, rate)


def write_sheet(
    path: Path, clips: numpy.ndarray, labels: numpy.ndarray | None = None, classes: Sequence[str] = ()
) -> None:
    """Writes a contact sheet, a PNG with a row for each clip: its frames, or some of them, from left to right."""
    chosen = numpy.linspace(0, len(clips) - 1, min(len(clips), SHEET_CLIPS)).astype(int)
    moments = numpy.linspace(0, clips.shape[1] - 1, min(clips.shape[1], SHEET_FRAMES)).astype(int)
    rows = [clips[number][moments] for number in chosen]
    names = [""] * len(rows) if labels is None or len(rows) > NAMED else [classes[labels[n]] for n in chosen]
    lay_rows(rows, names).save(path, format="PNG")


def _frames(clip: numpy.ndarray) -> list[Image.Image]:
    return [to_picture(frame) for frame in to_uint8(clip)]


def _write_gif(rate: float, path: Path, clip: numpy.ndarray) -> None:
    frames = _frames(clip)
    if frames[0].mode == "LA":
        frames = [frame.convert("RGBA") for frame in frames]
    first, *others = frames
    # Each frame replaces the one before it, which shows where a frame is transparent otherwise.
    first.save(
        path, format="GIF", save_all=True, append_images=others, loop=0, disposal=2,
        duration=durations(len(frames), rate, unit=10),
    )  # fmt: skip


def _write_webp(rate: float, path: Path, clip: numpy.ndarray) -> None:
    _save_webp(path, _frames(clip), rate)


def _save_webp(path: Path, frames: Sequence[Image.Image], rate: float) -> None:
    mode = "RGBA" if "A" in frames[0].mode else "RGB"
    first, *others = (frame.convert(mode) for frame in frames)
    first.save(
        path, format="WEBP", save_all=True, append_images=others, loop=0, lossless=True, exact=True, quality=0,
        method=0, duration=durations(len(frames), rate),
    )  # fmt: skip


def _write_apng(rate: float, path: Path, clip: numpy.ndarray) -> None:
    first, *others = _frames(clip)
    first.save(
        path, format="PNG", save_all=True, append_images=others, loop=0, duration=durations(len(others) + 1, rate)
    )


def _write_strip(path: Path, clip: numpy.ndarray) -> None:
    """Writes a clip's frames from left to right, without gaps: a sheet of one row."""
    to_picture(numpy.concatenate(list(to_uint8(clip)), axis=1)).save(path, format="PNG")


def _write_atlas(rate: float, path: Path, clip: numpy.ndarray, called: str) -> None:
    """Writes where each frame lies in its sheet and how long it is shown, in Aseprite's JSON, which game engines read.

    Args:
        rate: frames a second.
        path: of the JSON.
        clip: `(frames, height, width, channels)`.
        called: the sheet's file.
    """
    count, height, width = clip.shape[:3]
    size = {"w": width, "h": height}
    stem = called.rpartition(".")[0]
    frames = [
        {
            "filename": f"{stem} {number}",
            "frame": {"x": number * width, "y": 0, **size},
            "rotated": False,
            "trimmed": False,
            "spriteSourceSize": {"x": 0, "y": 0, **size},
            "sourceSize": size,
            "duration": duration,
        }
        for number, duration in enumerate(durations(count, rate))
    ]
    whole = {"name": stem, "from": 0, "to": count - 1, "direction": "forward"}
    meta = {
        "app": "multigan",
        "version": "1",
        "image": called,
        "format": "RGBA8888",
        "size": {"w": count * width, "h": height},
        "scale": "1",
        "frameTags": [whole],
    }
    path.write_text(json.dumps({"frames": frames, "meta": meta}, indent=1) + "\n", encoding="utf-8")
