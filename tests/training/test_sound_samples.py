"""Sounds as files, as a sheet and as a sequence, and the previews of a run on audio."""

import sys
import warnings
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
import soundfile
from PIL import Image

from multigan.errors import DataError, RunFailedError, UsageError
from multigan.modalities.audio import sheet as soundsheet
from multigan.modalities.audio.files import read_sequence, sound_files
from multigan.modalities.audio.mel import BANDS, FLOOR
from multigan.modalities.files import files_for, write_each, write_in_order, write_samples
from multigan.recipe import DataInfo
from multigan.training.previews import Previews

RATE = 8000
SOUNDS = sound_files(RATE)


def tones(count=3, length=2000, channels=1, rate=RATE):
    """Sounds of one frequency each, from 400 Hz up in steps of 200; the channels have other levels."""
    time = np.arange(length) / rate
    waves = np.sin(2 * np.pi * time * (400 + 200 * np.arange(count))[:, None])
    return (waves[:, :, None] * np.linspace(0.8, 0.2, channels)).astype("float32")


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("name", "rate"), [("wav", 16000), ("flac", 44100), ("ogg", 22050), ("npy", 16000)])
def test_every_format_holds_one_sound_a_file_at_its_rate(tmp_path, name, rate, channels):
    sounds = tones(channels=channels, rate=rate)
    paths = write_each(tmp_path / "out", sounds, sound_files(rate), name)
    assert [path.name for path in paths] == [f"0000{index}.{name}" for index in range(3)]
    assert sorted((tmp_path / "out").iterdir()) == paths, "nothing else is left behind"
    for path, sound in zip(paths, sounds, strict=True):
        if name == "npy":
            np.testing.assert_array_equal(np.load(path), sound)
            continue
        told = soundfile.info(path)
        assert (told.samplerate, told.channels, told.frames) == (rate, channels, 2000)
        assert told.subtype == ("VORBIS" if name == "ogg" else "PCM_16")
        read, _ = soundfile.read(path, always_2d=True)
        assert np.abs(read - sound).max() < (0.1 if name == "ogg" else 1e-4)


def test_values_outside_the_range_are_clipped_not_wrapped(tmp_path):
    sounds = np.array([-7.0, 7.0, 1.0, -1.0, 0.0], "float32").reshape(1, 5, 1)
    for name in ("wav", "flac"):
        [path] = write_each(tmp_path, sounds, SOUNDS, name)
        assert soundfile.read(path, dtype="int16")[0].tolist() == [-32767, 32767, 32767, -32767, 0]


def test_files_carry_the_class_and_go_on_counting_in_the_next_part(tmp_path):
    labels, classes = np.array([1, 0, 1]), ("kick", "hi-hat/open")
    paths = write_each(tmp_path, tones(), SOUNDS, "wav", first=64, labels=labels, classes=classes)
    assert [path.name for path in paths] == ["00064-hi-hat-open.wav", "00065-kick.wav", "00066-hi-hat-open.wav"]


def test_long_sounds_are_whole_in_every_format(tmp_path):
    """The Vorbis encoder crashes when it gets minutes at once."""
    for name in ("wav", "ogg"):
        [path] = write_each(tmp_path, tones(1, 30 * RATE * 60), SOUNDS, name)
        assert soundfile.info(path).frames == 30 * RATE * 60


@pytest.mark.parametrize(
    ("sounds", "name", "rate", "message"),
    [
        (tones(), "mp3", RATE, r"format mp3: sounds are written as wav, flac, ogg, npy"),
        (tones(), "ogg", 700_000, r"format ogg: ends at 192,000 Hz, these have 700,000; choose wav"),
        (tones(), "flac", 700_000, r"format flac: ends at 655,350 Hz, these have 700,000; choose wav"),
        (tones(channels=3), "wav", RATE, r"3x2000x3: sounds are count x length x channels"),
        (tones()[..., 0], "wav", RATE, r"3x2000: sounds are"),
        (tones()[:0], "wav", RATE, "no samples"),
        (tones()[:, :0], "wav", RATE, "no samples"),
        (tones(), "wav", 0, "sample rate 0"),
    ],
)
def test_errors_name_the_thing_and_the_mend(tmp_path, sounds, name, rate, message):
    with pytest.raises(UsageError, match=message):
        write_each(tmp_path, sounds, sound_files(rate), name)
    assert not list(tmp_path.iterdir())


def test_values_that_are_not_finite_are_an_error_and_never_written(tmp_path):
    sounds = tones()
    sounds[1, 5, 0] = np.nan
    for write, number in (
        (lambda: write_samples(tmp_path / "a.png", sounds, SOUNDS), 1),
        (lambda: write_each(tmp_path, sounds, SOUNDS, "wav", first=64), 65),
        (lambda: write_in_order(tmp_path / "a", sounds, SOUNDS), 1),
    ):
        with pytest.raises(RunFailedError, match=rf"1 of 3 samples.*number {number}\)"):
            write()
    assert not list(tmp_path.iterdir())


def test_without_soundfile_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(UsageError, match=r'pip install "multigan\[audio\]"'):
        write_each(tmp_path, tones(), SOUNDS, "wav")
    assert write_each(tmp_path, tones(), SOUNDS, "npy"), "an array needs no library"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_in_order(tmp_path / "a", tones(), SOUNDS)
    before = path.read_bytes()

    def full_disk(target, content):
        with target.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_in_order(tmp_path / "a", tones(2), SOUNDS)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_known_of_audio_can_be_asked_for():
    files = files_for("audio")
    assert tuple(files.formats) == ("wav", "flac", "ogg", "npy")
    assert (files.suffix, files.shown, files.in_order.suffix) == (".png", 16, ".flac")


@pytest.mark.parametrize("channels", [1, 2])
def test_a_sequence_is_one_sound_after_another_and_can_be_taken_apart(tmp_path, channels):
    sounds, classes = tones(channels=channels), ('été "x" 音', "b" * 5000)
    path = write_in_order(tmp_path / "step-1", sounds, SOUNDS, labels=np.array([1, 0, 1]), classes=classes)
    assert path == tmp_path / "step-1.flac"
    heard, rate = soundfile.read(path, always_2d=True)
    assert (rate, heard.shape) == (RATE, (3 * 2000 + 2 * 2000, channels)), "a quarter of a second between two"
    np.testing.assert_allclose(heard[4000:6000], sounds[1], atol=1e-4)
    assert not heard[2000:4000].any()
    sequence = read_sequence(path)
    assert (sequence.sample_rate, sequence.names) == (RATE, ("b" * 40, classes[0], "b" * 40))
    np.testing.assert_allclose(sequence.sounds / 32767, sounds, atol=1e-4)
    assert len(sequence.joined([0, 2])) == 2000 + 2000 + 2000
    again = write_in_order(tmp_path / "b", sounds, SOUNDS, labels=np.array([1, 0, 1]), classes=classes)
    assert again.read_bytes() == path.read_bytes(), "the same sounds make the same file"


def test_a_sequence_that_is_damaged_or_another_file_is_a_data_error(tmp_path):
    path = write_in_order(tmp_path / "a", tones(), SOUNDS)
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], content[:20], b"", b"no sound"):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"a\.flac"):
            read_sequence(path)
    for comment in (
        "no JSON",
        "[]",
        '{"length": 0, "pause": 2000, "names": []}',
        '{"length": "x", "pause": 1, "names": 3}',
    ):
        with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
            file.comment = comment
            file.write(tones()[0])
        with pytest.raises(DataError, match="no sequence of sounds"):
            read_sequence(path)
    with pytest.raises(DataError, match=r"gone\.flac"):
        read_sequence(tmp_path / "gone.flac")


def test_the_sheet_is_the_same_for_the_same_sounds_whatever_the_callers_settings(tmp_path):
    first = write_samples(tmp_path / "a.png", tones(5), SOUNDS)
    with matplotlib.rc_context({"axes.facecolor": "red", "font.size": 30}):
        again = write_samples(tmp_path / "b.png", tones(5), SOUNDS)
        assert matplotlib.rcParams["axes.facecolor"] == "red"
    assert first.read_bytes() == again.read_bytes()
    assert b"atplotlib" not in first.read_bytes()


def cell(picture, row=0, column=0, names=0.0):
    """The pixels of one spectrogram, from the top."""
    s = soundsheet
    top = s.TOP + row * (s.TITLE + s.WAVE + s.SPECTROGRAM + s.GAP) + s.TITLE + s.WAVE
    left = s.LEFT + names + column * (s.WIDTH + s.GAP)
    edges = [round(100 * edge) for edge in (top, top + s.SPECTROGRAM, left, left + s.WIDTH)]
    return picture[edges[0] + 2 : edges[1] - 2, edges[2] + 2 : edges[3] - 2]


def brightness(part):
    return part.sum(axis=-1) / 765


def test_a_tone_is_a_bright_line_at_its_height_and_a_quiet_one_is_darker(tmp_path):
    time = np.arange(8000) / RATE
    sounds = np.stack([a * np.sin(2 * np.pi * f * time) for f in (500, 2000) for a in (1.0, 0.01)])[..., None]
    picture = pixels(write_samples(tmp_path / "a.png", sounds, SOUNDS))
    middle = [brightness(cell(picture, 0, column))[:, 100:180].mean(axis=1) for column in range(4)]
    heights = [1 - line.argmax() / len(line) for line in middle]
    expected = [(soundsheet._band(f, RATE) + 0.5) / BANDS for f in (500, 500, 2000, 2000)]
    assert heights == pytest.approx(expected, abs=0.04)
    assert heights[0] < 0.4 < 0.6 < heights[2]
    peaks = [line.max() for line in middle]
    assert peaks[0] > peaks[1] + 0.2
    assert peaks[2] > peaks[3] + 0.2
    assert min(line.min() for line in middle) < 0.05, "silence is the floor"
    assert FLOOR == -80


def test_labels_make_rows_and_many_classes_make_a_plain_grid(tmp_path):
    def size(count, labels=None):
        classes = [f"class {number} $x_1$ \N{MUSICAL SYMBOL G CLEF}" for number in range(40)]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            path = write_samples(tmp_path / "a.png", tones(count, 400), SOUNDS, labels=labels, classes=classes)
        with Image.open(path) as picture:
            return picture.size

    one, plain = size(1), size(16)
    assert size(40) == plain, "sixteen are shown"
    row = (plain[1] - one[1]) / 3
    assert row == pytest.approx(100 * (soundsheet.TITLE + soundsheet.WAVE + soundsheet.SPECTROGRAM + soundsheet.GAP), 1)
    named = size(16, np.arange(16) % 5)
    assert named[1] == pytest.approx(one[1] + 4 * row, abs=2), "five rows"
    assert named[0] > plain[0], "with names at their left"
    assert size(6, np.zeros(6, int))[1] == pytest.approx(one[1] + row, abs=2), "a class goes on in a second row"
    assert size(16, np.arange(16)) == plain


@pytest.mark.parametrize("sounds", [np.zeros((1, 4000, 1)), 9 * np.ones((2, 4000, 2)), np.ones((3, 1, 1)), tones(2, 7)])
def test_sounds_of_any_kind_are_drawn(tmp_path, sounds):
    for rate in (1000, 96000):
        path = write_samples(tmp_path / "a.png", np.asarray(sounds, "float32"), sound_files(rate))
        assert pixels(path).min() < 60


def test_the_sheet_of_a_stereo_sound_has_a_lane_for_each_channel(tmp_path):
    colours = [np.array([int(wave[i : i + 2], 16) for i in (1, 3, 5)]) for wave in soundsheet.WAVES]
    for channels in (1, 2):
        path = write_samples(tmp_path / "a.png", tones(1, channels=channels), SOUNDS)
        found = [int((abs(pixels(path) - colour).max(axis=-1) < 30).sum()) for colour in colours]
        assert (found[0] > 300, found[1] > 100) == (True, channels == 2)


class Source:
    """Forty tones of four classes, as a source of audio."""

    def __init__(self):
        self.sounds, self.labels = tones(40, 1024), np.arange(40, dtype=np.int32) % 4

    def __len__(self):
        return 40

    def __getitem__(self, index):
        return {"audio": self.sounds[index], "label": self.labels[index]}

    def batch(self, indices):
        return {"audio": self.sounds[indices], "label": self.labels[indices]}


def previews_of(tmp_path, rate=RATE, conditional="label"):
    """The previews of a run whose game gives noise at a level that its class tells."""

    def sample(count, seed, condition=None):
        noise = np.random.default_rng(seed).uniform(-0.2, 0.2, (count, 1024, 1)).astype("float32")
        return noise if condition is None else noise * (1 + condition["label"][:, None, None]).astype("float32")

    from multigan.runs import RunDirectory

    classes = ("kick", "snare", "hat", "clap")
    run = SimpleNamespace(
        recipe=SimpleNamespace(modality="audio"),
        data=DataInfo(name="tones", shape=(1024, 1), classes=classes, facts={"sample_rate": rate}),
        directory=RunDirectory(tmp_path),
        game=SimpleNamespace(
            sample=sample,
            latents=lambda count, seed: np.zeros((count, 2), "float32"),
            asks=(conditional,) if conditional else (),
            fields=(),
            show=lambda asked, samples: {"output": samples},
        ),
    )
    return Previews(run, Source())


def test_a_run_leaves_a_sheet_and_a_sequence_at_every_preview_the_same_each_time(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for place in ("a", "b"):
        shown, measured = previews_of(tmp_path / place).draw(1000)
    assert shown.shape == (16, 1024, 1)
    assert "diversity" in measured.figures
    names = ["step-00001000.flac", "step-00001000.png"]
    assert sorted(path.name for path in (tmp_path / "a" / "samples").iterdir()) == names
    for name in names:
        files = [(tmp_path / place / "samples" / name).read_bytes() for place in ("a", "b")]
        assert files[0] == files[1]
    sequence = read_sequence(tmp_path / "a" / "samples" / names[0])
    assert sequence.names == ("kick",) * 4 + ("snare",) * 4 + ("hat",) * 4 + ("clap",) * 4
    np.testing.assert_allclose(sequence.sounds / 32767, shown, atol=1e-4)


def test_a_run_without_classes_shows_the_first_sounds(tmp_path):
    shown, _ = previews_of(tmp_path, conditional="").draw(5)
    assert read_sequence(tmp_path / "samples" / "step-00000005.flac").names == ("",) * 16
    assert shown.shape == (16, 1024, 1)


def test_what_stands_in_the_way_of_writing_sounds_is_told_before_the_training(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"700,000"):
        previews_of(tmp_path, rate=700_000)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(UsageError, match="pip install"):
        previews_of(tmp_path)
