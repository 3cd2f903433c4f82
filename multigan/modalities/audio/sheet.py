"""A picture of sounds: each one's waveform over its log-mel spectrogram, on axes that are the same for all."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy
from PIL import Image

from multigan.modalities.audio.files import SHEET
from multigan.modalities.audio.mel import BANDS, FLOOR, hop_of, log_mel, mel_filters, window_of

__all__ = ["write_sheet"]

COLUMNS = 4
NAMED_ROWS = 8  # classes that get rows of their own; of more, every sound carries its class's name
NAME_LENGTH = 18
# Inches, at 100 pixels each.
WIDTH, WAVE, SPECTROGRAM, TITLE, GAP = 2.9, 0.5, 1.1, 0.2, 0.14
LEFT, RIGHT, TOP, BOTTOM, LETTER = 0.5, 0.8, 0.4, 0.45, 0.085
TICKS = (500, 1000, 2000, 4000, 8000, 16000, 32000)  # Hz
INK, SOFT, LINE = "#333333", "#777777", "#d5d5d5"
WAVES = ("#0b6aa8", "#c9500a")  # of each channel
COLOURS = "magma"


def write_sheet(
    path: Path,
    sounds: numpy.ndarray,
    sample_rate: int,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    numbers: Sequence[int] | None = None,
) -> None:
    """Draws the first 16 of sounds `(count, length, channels)` in a grid, with labels in rows by class.

    Args:
        path: of the PNG; the same sounds give the same file.
        sounds: in [-1, 1]; what lies outside is clipped. The channels of a stereo sound have a lane each for the
            waveform, and the mean of their powers for the spectrogram.
        sample_rate: in Hz.
        labels, classes: `(count,)` and the names that they stand for.
        numbers: what the sounds are called; by default their places from 0.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sounds = numpy.clip(sounds[:SHEET], -1.0, 1.0)
    labels = None if labels is None else labels[:SHEET]
    numbers = range(len(sounds)) if numbers is None else numbers
    named_rows = labels is not None and len(numpy.unique(labels)) <= NAMED_ROWS
    rows = _rows(len(sounds), labels if named_rows else None)
    names = [""] * len(sounds) if labels is None else [_short(classes[label]) for label in labels]
    columns, left = max(map(len, rows)), LEFT + (LETTER * max(map(len, names)) + 0.15 if named_rows else 0)
    cell = TITLE + WAVE + SPECTROGRAM + GAP
    width, height = left + columns * (WIDTH + GAP) + RIGHT, TOP + len(rows) * cell + BOTTOM
    spectrograms, length = log_mel(sounds, sample_rate), sounds.shape[1]
    # The caller's own settings must neither change the picture nor be changed by it.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        figure = Figure(figsize=(width, height), dpi=100)
        canvas = FigureCanvasAgg(figure)

        def place(x, y, wide, high):
            """Axes at inches from the left and from the top."""
            return figure.add_axes((x / width, 1 - (y + high) / height, wide / width, high / height))

        for row, members in enumerate(rows):
            y = TOP + row * cell + TITLE
            for column, index in enumerate(members):
                x = left + column * (WIDTH + GAP)
                below = row + 1 == len(rows) or column >= len(rows[row + 1])
                wave, picture = place(x, y, WIDTH, WAVE), place(x, y + WAVE, WIDTH, SPECTROGRAM)
                _draw_wave(wave, sounds[index], numbered=column == 0)
                image = _draw_spectrogram(picture, spectrograms[index], length, sample_rate, column == 0, below)
                title = f"{numbers[index]}" if named_rows else f"{numbers[index]}  {names[index]}"
                wave.set_title(title, loc="left", fontsize=8, color=SOFT, pad=2, parse_math=False)
            if named_rows and (row == 0 or labels[members[0]] != labels[rows[row - 1][0]]):
                text = {"fontsize": 10, "color": INK, "ha": "right", "va": "center", "parse_math": False}
                middle = y + (WAVE + SPECTROGRAM) / 2
                figure.text((left - LEFT) / width, 1 - middle / height, names[members[0]], **text)
        high = min(len(rows) * cell - TITLE - GAP, 3.0)
        bar = place(left + columns * (WIDTH + GAP), TOP + TITLE, 0.12, high)
        _draw_scale(figure, image, bar)
        _write_heading(figure, sounds, sample_rate, width, height)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)  # a class may have any name
            canvas.draw()
    # Without transparency and the library's version, the file is small and the same for the same samples.
    Image.fromarray(numpy.asarray(canvas.buffer_rgba())[..., :3]).save(path, format="PNG")


def _rows(count: int, labels: numpy.ndarray | None) -> list[list[int]]:
    """The places of the grid, as indices of sounds: four in a row, a class begins a new one."""
    classes = [] if labels is None else numpy.unique(labels)
    groups = [numpy.flatnonzero(labels == label) for label in classes] or [range(count)]
    return [list(group[start : start + COLUMNS]) for group in groups for start in range(0, len(group), COLUMNS)]


def _draw_wave(axes, sound: numpy.ndarray, numbered: bool) -> None:
    """The extremes in every pixel's column; each channel in a lane of its own, from -1 to 1."""
    length, channels = sound.shape
    starts = numpy.unique(numpy.linspace(0, length, min(length, round(WIDTH * 100)), endpoint=False).astype(int))
    for channel in range(channels):
        centre = 2.0 * (channels - 1 - channel)
        low = numpy.minimum.reduceat(sound[:, channel], starts) + centre
        high = numpy.maximum.reduceat(sound[:, channel], starts) + centre
        axes.axhline(centre, color=LINE, linewidth=0.6, zorder=0)
        line = {"color": WAVES[channel], "linewidth": 0.7}
        axes.fill_between(starts, low, high, step="post" if length < WIDTH * 100 else None, **line)
    axes.set_xlim(0, length)
    axes.set_ylim(-1.05, 2 * channels - 0.95)
    axes.set_xticks([])
    lanes = [2.0 * channel for channel in range(channels)]
    axes.set_yticks([] if not numbered else [-1.0, 1.0] if channels == 1 else lanes)
    if numbered:
        axes.set_yticklabels(["-1", "1"] if channels == 1 else ["right", "left"], fontsize=7, color=SOFT)
    axes.tick_params(length=2, color=LINE, pad=2)
    for side in axes.spines.values():
        side.set(color=LINE, linewidth=0.8)


def _draw_spectrogram(axes, bands: numpy.ndarray, length: int, sample_rate: int, numbered: bool, below: bool):
    hop, seconds = hop_of(sample_rate) / sample_rate, length / sample_rate
    bands = numpy.concatenate([bands, bands[-1:]])  # the last frame may begin a hop before the end
    extent = (-hop / 2, (len(bands) - 0.5) * hop, -0.5, BANDS - 0.5)
    limits = {"vmin": FLOOR, "vmax": 0.0, "cmap": COLOURS}
    image = axes.imshow(bands.T, origin="lower", aspect="auto", extent=extent, interpolation="nearest", **limits)
    axes.set_xlim(0, seconds)
    axes.set_ylim(-0.5, BANDS - 0.5)
    axes.tick_params(length=2, color=SOFT, labelcolor=SOFT, labelsize=7, pad=2)
    ticks = [frequency for frequency in TICKS if frequency < sample_rate / 2.5]
    axes.set_yticks([_band(frequency, sample_rate) for frequency in ticks])
    axes.set_yticklabels([f"{tick // 1000}k" if tick >= 1000 else str(tick) for tick in ticks] if numbered else [])
    axes.xaxis.get_major_locator().set_params(nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.tick_params(labelbottom=below, left=numbered)
    if below:
        axes.set_xlabel("seconds", fontsize=7, color=SOFT, labelpad=1)
    if numbered:
        axes.set_ylabel("Hz", fontsize=7, color=SOFT, labelpad=1)
    for side in axes.spines.values():
        side.set(color=LINE, linewidth=0.8)
    return image


def _band(frequency: float, sample_rate: int) -> float:
    """The place of a frequency among the bands: triangles that overlap by half weigh it between their middles."""
    weights = mel_filters(sample_rate, window_of(sample_rate))
    weight = weights[:, round(frequency / (sample_rate / 2) * (weights.shape[1] - 1))]
    return float(weight @ numpy.arange(BANDS) / weight.sum())


def _draw_scale(figure, image, axes) -> None:
    figure.colorbar(image, cax=axes)
    axes.tick_params(length=2, color=SOFT, labelcolor=SOFT, labelsize=7, pad=2)
    axes.set_title("dB", fontsize=7, color=SOFT, pad=3)
    axes.spines[:].set_visible(False)


def _write_heading(figure, sounds: numpy.ndarray, sample_rate: int, width: float, height: float) -> None:
    count, length, channels = sounds.shape
    seconds = length / sample_rate
    told = f"{seconds:.3g} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"
    told = f"1 sound of {told}" if count == 1 else f"{count} sounds of {told} each"
    text = f"{told}, {'mono' if channels == 1 else 'stereo'}, {sample_rate:,} Hz"
    figure.text(0.12 / width, 1 - 0.12 / height, text, fontsize=9, color=INK, ha="left", va="top")


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 3]}..."
