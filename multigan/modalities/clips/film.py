"""A clip as an mp4, which every player shows."""

from fractions import Fraction
from pathlib import Path

import numpy

from multigan.errors import UsageError
from multigan.modalities.clips.library import library
from multigan.modalities.grid import to_uint8

__all__ = ["write_mp4"]

# Pixels of the shorter side: players show less as a stamp, and encoders refuse some of it. Whole factors only.
SHORTEST = 128
QUALITY = {"crf": "12", "preset": "medium"}


def write_mp4(rate: float, path: Path, clip: numpy.ndarray) -> None:
    """Writes a clip `(frames, height, width, channels)` in [-1, 1] as H.264; small ones are enlarged by a whole factor.

    An mp4 has no transparency: it is laid over black. Sides of odd length get one more row or column, like their last.

    Raises:
        UsageError: PyAV is not installed, or has no encoder for it.
    """
    av = library("format mp4")
    frames = _colours(to_uint8(clip))
    factor = max(1, -(-SHORTEST // min(frames.shape[1:3])))
    frames = frames.repeat(factor, axis=1).repeat(factor, axis=2)
    frames = numpy.pad(frames, ((0, 0), (0, frames.shape[1] % 2), (0, frames.shape[2] % 2), (0, 0)), mode="edge")
    try:
        # One thread, so that the same clip gives the same file.
        with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
            stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001), options=QUALITY)
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(numpy.ascontiguousarray(frame), format="rgb24")))
            container.mux(stream.encode())
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError) as error:
        raise UsageError(f"format mp4: this PyAV cannot write H.264 ({error}); choose webp or gif") from None


def _colours(frames: numpy.ndarray) -> numpy.ndarray:
    """Bytes of 1 to 4 channels as RGB."""
    if frames.shape[-1] in (2, 4):
        frames = numpy.rint(frames[..., :-1] * (frames[..., -1:] / 255.0)).astype(numpy.uint8)
    return frames.repeat(3, axis=-1) if frames.shape[-1] == 1 else frames
