"""What each option does to the samples; `test_audio_slices.py` has those of slices."""

import numpy as np
import pytest

from multigan.data import data_options
from multigan.errors import DataError, UsageError
from multigan.modalities.audio.reading.classes import prefix_of
from multigan.modalities.audio.reading.normalise import find_gain, join_loudness, loudness


def test_sample_rate_and_channels_as_in_the_data(sounds, heard, tone, recorded):
    files = {f"{i}.wav": recorded(tone(0.1, 22_050, 300 + i, channels=2), 22_050) for i in range(3)}
    files |= {f"{i}.wav": recorded(tone(0.1, 48_000, 300 + i), 48_000) for i in range(3, 5)}
    place = sounds(**files)
    source = heard(place, sample_rate=0)
    assert (source.sample_rate, source.shape) == (22_050, (16_384, 2))
    assert "22,050 Hz 3, 48,000 Hz 2" in source.report.notes[0]
    (place / "0.wav").unlink()
    even = heard(place, sample_rate=0)
    assert (even.sample_rate, even.shape[1]) == (48_000, 1), "of two that are as common, the higher rate, and mono"
    asked = heard(place, sample_rate=8_000, channels=2, length=64)
    assert (asked.sample_rate, asked.shape) == (8_000, (64, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_rate": 999}, "option sample_rate: 999 Hz is not within"),
        ({"sample_rate": -1}, "sample_rate"),
        ({"length": 15}, "length"),
        ({"channels": 3}, "channels"),
        ({"overlap": 0.96}, "overlap"),
        ({"trim": -1}, "trim"),
        ({"slices": "all"}, "slices"),
        ({"normalise": "rms"}, "normalise"),
        ({"classes": "names"}, "classes"),
        ({"skip_bad": 2}, "skip_bad"),
        ({"max_seconds": 0}, "max_seconds"),
        ({"size": 3}, "size"),
    ],
)
def test_values_out_of_range_are_refused(options, message, sounds, heard):
    with pytest.raises(UsageError, match=message):
        heard(sounds("1.wav"), **options)


def test_normalise(sounds, heard, tone):
    quiet, loud = tone(0.5, level=0.05), tone(0.5, frequency=700, level=0.8)
    place = sounds(**{"1.wav": quiet, "2.wav": loud})
    peaks = {}
    for how in ("none", "peak", "loudness"):
        source = heard(place, length=8_000, normalise=how)
        peaks[how] = [np.abs(source[i]["audio"]).max() for i in (0, 1)]
        assert max(peaks[how]) <= 1
    assert peaks["none"] == pytest.approx([np.abs(quiet).max(), np.abs(loud).max()], abs=1e-3)
    assert peaks["peak"] == pytest.approx([1, 1], abs=1e-6)
    source = heard(place, length=8_000, normalise="loudness")
    assert [loudness(source[i]["audio"], 16_000) for i in (0, 1)] == pytest.approx([-20, -20], abs=0.1)


def test_loudness_never_clips_and_measures_short_and_very_quiet_sounds(sounds, heard):
    click = np.zeros((4_000, 1))
    click[100:120] = 0.5
    wave = np.random.default_rng(0).normal(0, 0.0003, (8_000, 1))
    burst = np.random.default_rng(0).normal(0, 0.1, (800, 1))
    place = sounds(**{"click.wav": click, "quiet.wav": wave, "short.wav": burst})
    source = heard(place, length=8_000, normalise="loudness")
    assert np.abs(source[0]["audio"]).max() == pytest.approx(1), "the peak holds it back"
    assert loudness(source[1]["audio"], 16_000) == pytest.approx(-20, abs=0.1)
    assert loudness(source[2]["audio"][:800], 16_000) == pytest.approx(-20, abs=0.1)


def test_every_short_length_can_be_measured():
    noise = np.random.default_rng(0).normal(0, 0.1, (17_640, 1))
    found = [loudness(noise[:count], 44_100) for count in (*range(16, 400), 17_639, 17_640)]
    assert np.isfinite(found).all()


def test_gains_by_hand():
    assert find_gain("none", 0.25) == 1
    assert find_gain("peak", 0.25) == 4
    assert find_gain("loudness", 0.25, -26.0) == pytest.approx(10 ** (6 / 20))
    assert find_gain("loudness", 0.25, -60.0) == 4
    assert find_gain("loudness", 0.25, -np.inf) == 4
    assert join_loudness([(-20.0, 30), (-20.0, 30), (-80.0, 30)]) == pytest.approx(-20.0)
    assert join_loudness([(-20.0, 30), (-23.0103, 30)]) == pytest.approx(10 * np.log10(0.0075), abs=1e-4)
    assert join_loudness([(-np.inf, 30)]) == -np.inf


def test_values_beyond_full_scale_are_cut_only_without_normalising(sounds, heard, tone, recorded):
    place = sounds(**{"1.wav": recorded(tone(level=2.0), subtype="FLOAT"), "2.wav": tone()})
    plain = heard(place, length=1_600, normalise="none")
    assert np.abs(plain[0]["audio"]).max() == 1
    assert "values beyond [-1, 1], cut there: 1 (1.wav) (normalise=none)" in plain.report.notes
    scaled = heard(place, length=1_600)
    wave = tone()
    np.testing.assert_allclose(scaled[0]["audio"], wave / np.abs(wave).max(), atol=1e-5)
    assert not any("beyond" in note for note in scaled.report.notes)


def test_trim_cuts_both_ends_and_nothing_between(sounds, heard):
    wave = np.zeros((1_000, 2))
    wave[200], wave[500, 1], wave[700] = 0.5, 0.004, -0.5
    wave[100], wave[800] = 0.004, 0.004
    place = sounds(**{"1.wav": wave})
    source = heard(place, length=1_000, trim=40, normalise="none")
    assert source.seconds == 501 / 16_000
    assert np.flatnonzero(source[0]["audio"][:, 1]).tolist() == [0, 300, 500]
    assert "silence cut from both ends: 0.0312 s in all (trim=40)" in source.report.notes
    assert heard(place, trim=45).seconds == 701 / 16_000
    assert heard(place).seconds == 1_000 / 16_000
    with pytest.raises(DataError, match="1 sample at 16,000 Hz, too few for a sound"):
        heard(sounds(root="one", **{"1.wav": np.eye(1, 900, 30).T}), trim=40)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("bd_808.flac", "bd"),
        ("kit/BD_808.flac", "bd"),
        ("kick01.wav", "kick"),
        ("Open Hat-3.wav", "open"),
        ("tom (2).wav", "tom"),
        ("größe.1.wav", "größe"),
        ("808_bd.wav", ""),
        ("recording.wav", ""),
        ("_x.wav", ""),
    ],
)
def test_prefixes(name, prefix):
    assert prefix_of(name) == prefix


def test_classes_by_prefix(sounds, heard):
    place = sounds("bd_1.wav", "bd_2.wav", "SN-1.wav", "sn 2.wav")
    source = heard(place, length=100, slices="first")
    assert source.classes == ("bd", "sn")
    assert [source.classes[label] for label in source.labels] == ["bd", "bd", "sn", "sn"]
    assert source.report.notes[0] == "the class is the beginning of a file's name, as bd of bd_1.wav (option classes)"
    assert heard(place, classes="none").classes == ()
    assert heard(place, classes="none").labels is None


def test_auto_takes_prefixes_only_when_they_are_plain(sounds, heard):
    assert heard(sounds("bd_1.wav", "bd_2.wav", "sn_1.wav", root="once")).classes == ()
    assert heard(sounds("take1.wav", "take2.wav", root="one")).classes == ()
    place = sounds("bd_1.wav", "bd_2.wav", "sn_1.wav", "sn_2.wav", "other.wav", root="without")
    assert heard(place).classes == ()
    with pytest.raises(DataError, match=r"classes=prefix, but 1 names have none \(first other\.wav\)"):
        heard(place, classes="prefix")
    assert heard(sounds(root="once"), classes="prefix").classes == ("bd", "sn")


def test_classes_by_folder_come_first(sounds, heard):
    place = sounds("a/bd_1.wav", "a/sn_1.wav", "b/bd_2.wav", "b/sn_2.wav")
    assert heard(place).classes == heard(place, classes="folders").classes == ("a", "b")
    assert heard(place).report.notes[0] == "the class is the sub-folder (option classes)"
    assert heard(place, classes="prefix").classes == ("bd", "sn")
    with pytest.raises(DataError, match="classes=folders, but the files do not lie in sub-folders"):
        heard(sounds("1.wav", root="flat"), classes="folders")


def test_labels_of_a_file_take_the_place_of_names(sounds, heard, tmp_path):
    place = sounds("bd_1.wav", "bd_2.wav", "sn_1.wav", "sn_2.wav")
    (tmp_path / "labels.csv").write_text("bd_1.wav,x\nbd_2.wav,y\nsn_1.wav,x\nsn_2.wav,y\n")
    source = heard(place, labels=str(tmp_path / "labels.csv"))
    assert (source.classes, source.labels.tolist()) == (("x", "y"), [0, 1, 0, 1])


def test_arrays_have_no_names(heard, tmp_path):
    np.savez(tmp_path / "a.npz", sounds=np.random.default_rng(0).uniform(-1, 1, (4, 99)), labels=[0, 1, 0, 1])
    assert heard(tmp_path / "a.npz").classes == ("0", "1")
    assert heard(tmp_path / "a.npz", classes="none").classes == ()
    with pytest.raises(UsageError, match="option classes=prefix is for files"):
        heard(tmp_path / "a.npz", classes="prefix")


def test_max_seconds_is_judged_by_the_header(sounds, heard, tone):
    source = heard(sounds(**{"1.wav": tone(), "2.wav": tone(2.0)}), max_seconds=1, skip_bad=0.5)
    assert dict(source.report.skipped) == {"2.wav": "2 seconds, more than max_seconds=1"}


def test_the_fingerprint_is_that_of_content_and_of_what_changes_training(sounds, heard, tone, tmp_path):
    place = sounds("a/1.wav", "a/2.wav", "b/3.wav")
    first = heard(place).fingerprint
    assert first == heard(place, cache=False, skip_bad=0.3, max_seconds=9).fingerprint
    assert len(first) == 64
    again = sounds("a/1.wav", "a/2.wav", "b/3.wav", root="elsewhere")
    assert heard(again).fingerprint == first
    np.save(tmp_path / "c.npy", np.arange(3.0))
    np.save(tmp_path / "l.npy", np.array([1, 0, 1]))
    others = [
        {"sample_rate": 8_000},
        {"length": 1_024},
        {"channels": 2},
        {"slices": "first"},
        {"slices": "grid"},
        {"overlap": 0.5},
        {"pad": False, "length": 100},
        {"trim": 40},
        {"normalise": "none"},
        {"normalise": "loudness"},
        {"classes": "none"},
        {"labels": str(tmp_path / "l.npy")},
        {"conditions": str(tmp_path / "c.npy")},
    ]
    found = {heard(place, **options).fingerprint for options in others}
    assert len(found | {first}) == len(others) + 1
    told = {name for options in others for name in options}
    assert told | {"cache", "skip_bad", "max_seconds"} == set(data_options("audio"))
    (again / "a" / "1.wav").write_bytes((again / "a" / "1.wav").read_bytes()[:-2] + b"\x01\x02")
    assert heard(again).fingerprint != first
    (again / "a" / "2.wav").rename(again / "a" / "4.wav")
    assert heard(sounds(root="elsewhere")).fingerprint not in found


def test_the_fingerprint_is_the_same_on_every_machine(heard, tmp_path):
    wave = (np.outer([1, 2, 3], np.arange(400)) * 20).astype(np.int16)
    np.savez(tmp_path / "a.npz", sounds=wave, sample_rate=16_000, labels=[0, 1, 0])
    expected = "c0114ebfa4ca3bec20740c71da10a41a58e63e3088047b2388be185f6986456b"
    assert heard(tmp_path / "a.npz").fingerprint == expected
    np.savez(tmp_path / "b.npz", sounds=wave.astype(">i2"), sample_rate=16_000, labels=[0, 1, 0])
    assert heard(tmp_path / "b.npz").fingerprint == expected
