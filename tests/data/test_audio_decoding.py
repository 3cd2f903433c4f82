"""From files of every kind to the samples that training sees."""

import sys
import zipfile

import numpy as np
import pytest

from multigan.errors import DataError, UsageError
from multigan.modalities.audio.reading.decode import SUFFIXES, ArrayRecording
from multigan.modalities.audio.reading.resample import Form

RAW = {"sample_rate": 0, "normalise": "none", "slices": "first"}


@pytest.mark.parametrize(
    ("suffix", "kind", "options", "tolerance"),
    [
        ("wav", "WAV", {"subtype": "PCM_U8"}, 1 / 128),
        ("wav", "WAV", {"subtype": "PCM_16"}, 1 / 32768),
        ("wav", "WAV", {"subtype": "PCM_24"}, 1 / (1 << 23)),
        ("wav", "WAV", {"subtype": "PCM_32"}, 1e-7),
        ("wav", "WAV", {"subtype": "FLOAT"}, 1e-7),
        ("WAV", "WAV", {"subtype": "DOUBLE"}, 1e-7),
        ("wav", "WAV", {"subtype": "ULAW"}, 0.02),
        ("flac", "FLAC", {"subtype": "PCM_24"}, 1 / (1 << 23)),
        ("aiff", "AIFF", {}, 1 / 32768),
        ("aif", "AIFF", {"subtype": "PCM_S8"}, 1 / 128),
        ("au", "AU", {}, 1 / 32768),
        ("caf", "CAF", {}, 1 / 32768),
        ("w64", "W64", {}, 1 / 32768),
        ("rf64", "RF64", {}, 1 / 32768),
        ("ogg", "OGG", {}, 0.05),
        ("opus", "OGG", {"subtype": "OPUS"}, 0.05),
        ("mp3", "MP3", {}, 0.05),
    ],
)
def test_every_kind_of_file_gives_the_samples_that_were_written(
    suffix, kind, options, tolerance, sounds, heard, tone, recorded
):
    wave = tone(0.5, 48_000)
    source = heard(sounds(**{f"1.{suffix}": recorded(wave, 48_000, kind, **options)}), length=20_000, **RAW)
    assert (source.shape, source.sample_rate) == ((20_000, 1), 48_000)
    assert source[0]["audio"].dtype == np.float32
    np.testing.assert_allclose(source[0]["audio"], wave[:20_000], atol=tolerance)
    assert f"stored as {kind}" in " ".join(source.report.notes)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_any_rate_becomes_the_one_that_is_asked_for(rate, sounds, heard, tone):
    source = heard(sounds(rate=rate, **{"1.wav": tone(1.0, rate, 440.0)}), length=16_000, normalise="none")
    assert source.sample_rate == 16_000
    middle = slice(500, -500)
    np.testing.assert_allclose(source[0]["audio"][middle], tone(1.0, 16_000, 440.0)[middle], atol=2e-4)
    notes = source.report.notes
    assert any(note.startswith("resampled to 16,000 Hz: 1") for note in notes)
    assert any(note.startswith(f"nothing in them above {rate // 2:,} Hz") for note in notes) == (rate < 16_000)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 44_101, 192_000])
def test_a_window_and_blocks_are_what_the_whole_is(rate):
    samples = np.random.default_rng(0).uniform(-1, 1, (2 * rate + 17, 3)).astype(np.float32)
    recording, form = ArrayRecording(samples, rate), Form(16_000, 1)
    whole = form.whole(samples, rate)
    blocks = np.concatenate(list(form.blocks(iter(np.array_split(samples, 7)), rate)))
    np.testing.assert_allclose(blocks, whole, atol=2e-6)
    for start in (0, 1, 777, 16_000, len(whole) - 1_000):
        window = form.window(recording, start, 1_000)
        assert window.shape == (1_000, 1)
        np.testing.assert_allclose(window, whole[start : start + 1_000], atol=5e-6)
    assert len(form.window(recording, len(whole) - 10, 1_000)) == 10


def test_mono_stereo_and_more_channels(sounds, heard, tone):
    left, right = tone(frequency=300.0), tone(frequency=500.0)
    surround = np.concatenate([left, right, 0 * left, 0 * left, 0 * left, left], axis=1)
    files = {"1.wav": left, "2.wav": np.concatenate([left, right], axis=1), "3.wav": surround}
    place = sounds(**files)
    mono = heard(place, length=1_600, channels=1, **RAW)
    np.testing.assert_allclose(mono[1]["audio"], (left + right) / 2, atol=1e-4)
    np.testing.assert_allclose(mono[2]["audio"], (2 * left + right) / 6, atol=1e-4)
    assert "stereo, mixed to mono: 1 (2.wav) (option channels)" in mono.report.notes
    assert "more than two channels, mixed to their mean: 1 (3.wav)" in mono.report.notes
    stereo = heard(place, length=1_600, **RAW)  # two of three files have two channels or more
    assert stereo.shape == (1_600, 2)
    np.testing.assert_allclose(stereo[0]["audio"], np.repeat(left, 2, axis=1), atol=1e-4)
    np.testing.assert_allclose(stereo[1]["audio"], np.concatenate([left, right], axis=1), atol=1e-4)
    np.testing.assert_allclose(stereo[2]["audio"], np.repeat((2 * left + right) / 6, 2, axis=1), atol=1e-4)
    assert "mono, the same in both channels: 1 (1.wav) (option channels)" in stereo.report.notes
    assert any("more than two channels" in note and "both" in note for note in stereo.report.notes)
    assert any(note.endswith("mono 1, stereo 1, 6 channels 1") for note in stereo.report.notes)


def test_a_zip_is_read_like_its_folder(sounds, heard, tmp_path):
    place = sounds("kick/1.wav", "kick/2.flac.wav", "snare/ü 1.wav")
    archive = tmp_path / "kit.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(place.rglob("*.wav")):
            file.write(path, path.relative_to(place))
        file.writestr("kick/9.m4a", b"something")
    folder, packed = heard(place, length=1_000), heard(archive, length=1_000, skip_bad=0.5)
    assert packed.classes == folder.classes == ("kick", "snare")
    assert packed.fingerprint == folder.fingerprint
    np.testing.assert_array_equal(packed[2]["audio"], folder[2]["audio"])
    assert dict(packed.report.skipped) == {"kick/9.m4a": ".m4a is not read from a zip file; unpack it"}


def test_one_file_is_a_data_set(sounds, heard, tone):
    place = sounds(**{"Straße 東京.wav": tone(1.0)})
    source = heard(place / "Straße 東京.wav", length=1_600)
    assert (len(source), source.classes, source.seconds) == (10, (), 1.0)


def test_no_file_is_changed(sounds, heard):
    place = sounds("a_1.wav", "a_2.wav", "b_1.wav", "b_2.wav")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.iterdir()}
    heard(place, length=100, trim=40).batch(np.arange(4))
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.iterdir()} == before


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float32, 1), (np.float64, 1), (np.int16, 1 << 15), (np.int32, 1 << 31), (np.uint8, 0)]
)
def test_arrays(dtype, scale, tone, heard, tmp_path):
    wave = np.stack([tone(frequency=300.0)[:, 0], tone(frequency=400.0)[:, 0]])
    array = (wave * 127 + 128 if scale == 0 else wave * scale).round(6).astype(dtype)
    np.savez(tmp_path / "a.npz", sounds=array, labels=[1, 0], sample_rate=8_000, conditions=[[1.0], [2.0]])
    source = heard(tmp_path / "a.npz", length=1_600, **RAW)
    assert (source.shape, source.sample_rate, source.classes) == ((1_600, 1), 8_000, ("0", "1"))
    np.testing.assert_allclose(source[1]["audio"][:, 0], wave[1], atol=0.01 if scale == 0 else 1e-4)
    assert source.batch(np.array([1, 0]))["label"].tolist() == [0, 1]
    assert source[1]["condition"].tolist() == [2.0]
    doubled = heard(tmp_path / "a.npz", length=3_200, sample_rate=16_000)
    assert doubled.sample_rate == 16_000
    assert any(note.startswith("resampled") for note in doubled.report.notes)
    np.save(tmp_path / "a.npy", array[:, None])
    channels_first = heard(tmp_path / "a.npy", length=1_600, normalise="none")
    assert channels_first.sample_rate == 16_000
    notes = " ".join(channels_first.report.notes)
    assert "taken to be 16,000 Hz" in notes
    assert "read as (n, channels, length)" in notes
    np.testing.assert_array_equal(channels_first[0]["audio"], source[0]["audio"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"sounds": np.zeros(9)}, "expected"),
        ({"sounds": np.zeros((2, 20, 20))}, "20 channels"),
        ({"sounds": np.zeros((0, 20))}, "no sounds in it"),
        ({"sounds": np.zeros((2, 20), bool)}, "sounds of type bool"),
        ({"sounds": np.zeros((2, 20)), "sample_rate": np.arange(3)}, "sample_rate is an array"),
        ({"sounds": np.zeros((2, 20)), "sample_rate": 0}, "a sample_rate of 0"),
        ({"sounds": np.ones((2, 20)), "labels": [0, 1, 2]}, "3 labels for 2 samples"),
        ({"text": np.array(["a"])}, "no array of sounds"),
    ],
)
def test_arrays_that_hold_no_sounds_are_refused(arrays, message, heard, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        heard(tmp_path / "a.npz")


def test_an_array_must_say_its_rate_somewhere(heard, tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 50)))
    with pytest.raises(UsageError, match="does not say its sample rate"):
        heard(tmp_path / "a.npy", sample_rate=0)


def test_what_soundfile_cannot_read_goes_through_audioread(sounds, heard, tone, monkeypatch):
    import audioread

    wave = tone(0.2, 22_050, channels=2)

    class File:
        samplerate, channels = 22_050, 2

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def __iter__(self):
            content = (wave * 32767).astype("<i2").tobytes()
            return (content[start : start + 4096] for start in range(0, len(content), 4096))

    def open_one(path):
        if path.endswith("good.m4a"):
            return File()
        raise audioread.NoBackendError if path.endswith("other.aac") else audioread.DecodeError

    monkeypatch.setattr(audioread, "audio_open", open_one)
    place = sounds(**{"good.m4a": b"x", "other.aac": b"x", "bad.wma": b"x"})
    source = heard(place, length=4_000, skip_bad=1, **RAW)
    np.testing.assert_allclose(source[0]["audio"], wave[:4_000], atol=1e-4)
    assert dict(source.report.skipped) == {
        "bad.wma": "damaged WMA (cannot be decoded)",
        "other.aac": "AAC needs ffmpeg, or is damaged; convert it to flac or wav",
    }
    monkeypatch.setattr("multigan.modalities.audio.reading.decode.OTHERS_SECONDS", 0.1)
    with pytest.raises(DataError, match=r"M4A of more than 0\.1 seconds; convert it"):
        heard(place, skip_bad=1)


@pytest.mark.parametrize("name", ["soundfile", "soxr"])
def test_a_library_that_is_missing_is_named_with_its_extra(name, sounds, heard, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=rf'sounds need {name}.*pip install "multigan\[audio\]"'):
        heard(sounds("1.wav"))


def test_a_library_that_cannot_be_loaded_tells_why(sounds, heard, monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "soundfile":
                raise OSError("sndfile library not found")

    monkeypatch.delitem(sys.modules, "soundfile")
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(UsageError, match=r"sounds need soundfile \(sndfile library not found\): pip"):
        heard(sounds("1.wav"))


def test_suffixes_are_lower_case_and_no_image_or_table_is_among_them():
    from multigan.modalities.images.reading.decode import SUFFIXES as IMAGES

    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUFFIXES)
    assert not SUFFIXES & (IMAGES | {".csv", ".tsv", ".npy", ".npz", ".zip", ".txt"})
