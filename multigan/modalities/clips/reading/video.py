"""Films: mp4, webm, mov, mkv, avi. Their packets tell when each frame is shown; frames are decoded where asked for."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.data.signatures import HEAD, looks_like
from multigan.modalities.clips.library import library
from multigan.modalities.clips.reading.film import STILL, Header
from multigan.modalities.clips.reading.kinds import film_format

__all__ = ["Video"]

# Frames before a key frame in the file's order may be shown after it: seeking goes so much further back.
MARGIN = 16
BLOCK = 1 << 20
# Two frames' worth of what a Matroska file says of its length may be missing.
SHORTER = 2
# What frames are converted to, by their channels.
_FORMATS = {1: "gray", 3: "rgb24", 4: "rgba"}


class Video:
    """A film.

    Args:
        place: its path, or what returns its bytes.
        max_pixels: of a frame; a larger one is not decoded.
    """

    def __init__(self, place: str | Callable[[], bytes], max_pixels: int):
        self._place, self._max_pixels = place, max_pixels
        self._points: np.ndarray | None = None
        self._last = 0  # how long the last frame is shown, where the file tells

    def look(self) -> Header:
        """Returns the header; reads all packets, and decodes one frame, which tells how it is turned."""
        with self._opened() as (container, stream):
            bands = self._checked(stream)
            points = self._find_points(container, stream)
            base, kept = float(stream.time_base), np.diff(points)
            shown = (self._last or (kept[-1] if len(kept) else 0)) * base
            times = (points - points[0]) * base
            self._refuse_cut(stream, len(points), float(points[-1] * base), shown)
            container.seek(int(points[0]), stream=stream)
            first = next(self._decoded(container, stream), None)
            if first is None:
                raise UnreadableError("damaged: its first frame cannot be decoded")
            width, height = _shown_size(first, stream)
        if len(points) == 1:
            raise UnreadableError(f"one frame: {STILL}")
        return Header("film", (height, width), len(times), times, float(times[-1] + shown), bands != 1, bands == 4)

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Yields the frames of these numbers, ascending."""
        waiting = iter(picks)
        wanted = next(waiting)
        with self._opened() as (container, stream):
            bands = self._checked(stream)
            if self._points is None:
                self._find_points(container, stream)
            points = self._points
            # An AVI has no times: those of frames that are stored out of order are guesses, and wrong.
            counted = container.format.name == "avi" and stream.codec_context.has_b_frames
            container.seek(int(points[0 if counted else max(wanted - MARGIN, 0)]), stream=stream)
            for count, frame in enumerate(self._decoded(container, stream)):
                here, there = (count, wanted) if counted else (frame.pts, points[wanted])
                if here is None or here < there:
                    continue
                if here > there or frame.is_corrupt:
                    break
                yield self._picture(frame, stream, bands)
                wanted = next(waiting, None)
                if wanted is None:
                    return
        raise UnreadableError(f"damaged or cut off: frame {wanted + 1} of {len(points)} cannot be decoded")

    def digest(self) -> bytes:
        """Returns a SHA-256 of the file, read in blocks."""
        total = hashlib.sha256()
        with self._file() as file:
            while block := file.read(BLOCK):
                total.update(block)
        return total.digest()

    def _file(self) -> io.BufferedIOBase:
        return open(self._place, "rb") if isinstance(self._place, str) else io.BytesIO(self._place())

    @contextmanager
    def _opened(self):
        av = library("reading films")
        with self._file() as file:
            head = file.read(HEAD)
            if not head:
                raise UnreadableError("0 bytes")
            form = film_format(head)
            if not form:
                raise UnreadableError(f"not a film of a known kind ({looks_like(head) or 'its head says nothing'})")
            file.seek(0)
            try:
                container = av.open(file, format=form, metadata_errors="ignore")
            except av.error.FFmpegError:
                raise UnreadableError("damaged or cut off: no index of its frames is found") from None
            with container:
                films = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
                if not films:
                    sound = "only sound" if container.streams.audio else "nothing to be seen"
                    raise UnreadableError(f"no film in it, {sound}")
                yield container, films[0]

    def _checked(self, stream) -> int:
        """How many channels a frame has, which is not too large to be decoded."""
        width, height = stream.codec_context.width, stream.codec_context.height
        if not width or not height:
            raise UnreadableError("damaged or cut off: its frames have no size")
        if width * height > self._max_pixels:
            raise UnreadableError(
                f"{width:,} x {height:,} = {width * height:,} pixels, more than max_pixels={self._max_pixels:,}"
            )
        form = stream.codec_context.format
        bands = 3
        if form is not None:
            alpha = any(component.is_alpha for component in form.components) or "pal8" in form.name
            bands = 4 if alpha else 1 if len(form.components) == 1 and form.name.startswith("gray") else 3
        return bands

    def _find_points(self, container, stream) -> np.ndarray:
        """Returns when each frame is shown, in the stream's own units, ascending."""
        av = library("reading films")
        points, latest = [], (None, 0)
        try:
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    # Only old AVI files do without.
                    points.append(packet.pts if packet.pts is not None else packet.dts)
                    if latest[0] is None or (points[-1] or 0) > latest[0]:
                        latest = points[-1], packet.duration or 0
        except av.error.FFmpegError:
            raise UnreadableError(f"damaged or cut off after frame {len(points)}") from None
        if not points:
            raise UnreadableError("no frames in it: zero length, or cut off")
        if None in points:
            raise UnreadableError("nothing tells when its frames are shown; ffmpeg -i FILE FILE.mp4 mends it")
        self._points, self._last = np.unique(np.array(points, np.int64)), latest[1]
        return self._points

    def _refuse_cut(self, stream, count: int, last: float, shown: float) -> None:
        if stream.frames > count and not _edited(stream):
            raise UnreadableError(f"cut off: {count:,} of {stream.frames:,} frames are there")
        told = _seconds(stream.metadata.get("DURATION", ""))
        if told and last + (SHORTER + 1) * shown < told:
            raise UnreadableError(f"cut off: {last + shown:.2f} of {told:.2f} seconds are there")

    def _decoded(self, container, stream):
        av = library("reading films")
        stream.thread_type = "AUTO"
        try:
            yield from container.decode(stream)
        except av.error.FFmpegError:
            return  # the caller misses a frame, and says which

    def _picture(self, frame, stream, bands: int) -> Image.Image:
        pixels = frame.to_ndarray(format=_FORMATS[bands])
        if quarters := _quarters(frame):
            pixels = np.rot90(pixels, quarters)
        image, size = Image.fromarray(np.ascontiguousarray(pixels)), _shown_size(frame, stream)
        return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)


def _quarters(frame) -> int:
    """How often a frame has to be turned by 90 degrees, against the clock, as phones write it."""
    return round(frame.rotation / 90) % 4


def _shown_size(frame, stream) -> tuple[int, int]:
    """Width and height of a frame as it is shown: its pixels need not be square."""
    width, height, ratio = frame.width, frame.height, stream.sample_aspect_ratio
    if ratio and ratio > 0:
        width = max(1, round(width * ratio))
    return (height, width) if _quarters(frame) % 2 else (width, height)


def _edited(stream) -> bool:
    """Whether a film begins later than its first packet, so that frames are left out on purpose."""
    return bool(stream.start_time)


def _seconds(told: str) -> float:
    try:
        hours, minutes, seconds = told.split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    except ValueError:
        return 0.0
