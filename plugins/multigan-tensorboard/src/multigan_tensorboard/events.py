"""Writes event files by tensorboardX, at once: its own writer has a thread, which a full disk ends without a word."""

import io
import time
import wave

from PIL import Image
from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.summary import text as text_summary


class Events:
    """A new event file in a folder; TensorBoard reads those of a folder in the order of their names."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self.file = RecordWriter(str(folder / f"events.out.tfevents.{time.time_ns()}"))
        self._write(file_version="brain.Event:2")

    def restart(self, step):
        """Voids what was written of this step and later ones."""
        self._write(step=step, session_log=SessionLog(status=SessionLog.START))

    def scalars(self, step, values):
        """Writes numbers by name."""
        scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._write(step=step, summary=Summary(value=scalars))

    def text(self, name, step, markdown):
        """Writes Markdown."""
        self._write(step=step, summary=text_summary(name, markdown))

    def preview(self, step, path):
        """Writes a picture as it is, moving or not, or lines of text, indented so that none is markup."""
        if path.suffix == ".txt":
            lines = path.read_text(encoding="utf-8").splitlines()
            self.text("samples", step, "\n".join(f"    {line}" for line in lines))
        elif path.suffix in (".png", ".gif", ".jpg"):
            with Image.open(path) as opened:
                size = {"width": opened.width, "height": opened.height, "colorspace": len(opened.getbands())}
            picture = Summary.Image(encoded_image_string=path.read_bytes(), **size)
            self._write(step=step, summary=Summary(value=[Summary.Value(tag="samples", image=picture)]))

    def sound(self, name, step, sound, rate):
        """Writes a sound `(length, channels)` in [-1, 1], of so many samples a second."""
        (length, channels), held = sound.shape, io.BytesIO()
        with wave.open(held, "wb") as file:
            file.setparams((channels, 2, rate, length, "NONE", ""))
            file.writeframes((sound.clip(-1, 1) * 32767).round().astype("<i2").tobytes())
        kind = {"content_type": "audio/wav", "sample_rate": rate, "num_channels": channels, "length_frames": length}
        audio = Summary.Audio(encoded_audio_string=held.getvalue(), **kind)
        self._write(step=step, summary=Summary(value=[Summary.Value(tag=name, audio=audio)]))

    def _write(self, **content):
        self.file.write(Event(wall_time=time.time(), **content).SerializeToString())
        self.file.flush()
