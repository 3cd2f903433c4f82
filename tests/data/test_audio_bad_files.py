"""Sounds that cannot be used, and those that can but are odd: each counted and named."""

import numpy as np
import pytest

from multigan.data import batches, open_source
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError, UsageError


@pytest.fixture
def odd(tone, recorded):
    """One file of each kind that cannot be used, by name."""
    broken = tone()
    broken[800] = np.nan
    flac = bytearray(recorded(tone(), kind="FLAC"))
    flac[60:] = bytes(len(flac) - 60)
    both = tone()
    faded = np.hanning(19_200)[:, None] * tone(0.1, 192_000, 29_000.0)
    return {
        "zero.wav": b"",
        "text.wav": b"this is a text and no sound " * 20,
        "image.mp3": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "header.wav": recorded(np.empty((0, 1))),
        "one.wav": recorded(np.ones((1, 1)) / 2),
        "nan.wav": recorded(broken, subtype="FLOAT"),
        "infinite.wav": recorded(np.where(np.arange(900) == 8, np.inf, 0.1), subtype="FLOAT"),
        "silent.wav": recorded(np.zeros((2_000, 2))),
        "dither.wav": recorded(np.tile([0.0, 1 / 32768], 1_000)),
        "opposed.wav": recorded(np.concatenate([both, -both], axis=1)),
        "ultrasound.wav": recorded(faded, 192_000),
        "damaged.flac": bytes(flac),
        "slow.wav": recorded(tone(), 3),
        "samples.voc": b"Creative Voice File\x1a" + bytes(9),
    }


REASONS = {
    "zero.wav": "0 bytes",
    "text.wav": "text, not a sound file",
    "image.mp3": "an image (PNG), not a sound file",
    "header.wav": "0 samples",
    "one.wav": "1 sample at 16,000 Hz, too few for a sound",
    "nan.wav": "samples that are not finite (NaN or infinite), first at 0.050 s",
    "infinite.wav": "samples that are not finite (NaN or infinite), first at 0.001 s",
    "silent.wav": "silent",
    "dither.wav": "silent, a peak of -90 dB",
    "opposed.wav": "silent when its 2 channels are mixed; -o channels=2 keeps two",
    "ultrasound.wav": "silent below 8,000 Hz; -o sample_rate=0 keeps its rate",
    "slow.wav": "a sample rate of 3 Hz; 1,000 to 768,000 are read",
    "link.wav": "No such file or directory",
}


def test_each_is_skipped_counted_and_named_with_its_reason(odd, sounds, heard):
    place = sounds(*[f"{i}.wav" for i in range(20)], **odd)
    (place / "link.wav").symlink_to(place / "nowhere.wav")
    source = heard(place, length=1_600, channels=1, skip_bad=0.5)
    reasons = dict(source.report.skipped)
    assert (source.report.found, source.report.used, len(source)) == (35, 20, 20)
    assert {name: reasons[name] for name in REASONS} == REASONS
    assert reasons["damaged.flac"].startswith("damaged FLAC 16 bit (")
    assert set(reasons) == {*odd, "link.wav"}


def test_labels_stay_with_their_sounds_when_others_are_skipped(sounds, heard):
    place = sounds("a/0.wav", "b/1.wav", "b/3.wav", **{"a/1.wav": b"", "b/2.wav": b""})
    source = heard(place, length=100, slices="first", skip_bad=0.5)
    assert source.labels.tolist() == [0, 1, 1]
    assert "2 classes of 1 to 2 sounds" in source.report.notes


def test_one_bad_file_among_many_is_skipped_and_too_many_are_an_error(sounds, heard):
    names = [f"{i}.wav" for i in range(39)]
    assert len(heard(sounds(*names, **{"bad.wav": b""}), slices="first")) == 39
    place = sounds(**{f"bad{i}.wav": b"" for i in range(4)})
    with pytest.raises(UnreadableDataError) as caught:
        heard(place)
    message = str(caught.value)
    assert "5 of 44 sounds (11.4%) cannot be used, more than skip_bad=0.05 allows" in message
    assert "bad1.wav: 0 bytes; bad2.wav: 0 bytes; and 2 more); mend or delete them" in message
    assert "-o skip_bad=0.114" in message
    assert len(caught.value.report.skipped) == 5


def test_all_silent_is_an_error(sounds, heard):
    place = sounds(**{f"{i}.wav": np.zeros((500, 1)) for i in range(3)})
    with pytest.raises(DataError, match=r"none of 3 sounds can be used \(0\.wav: silent; "):
        heard(place, skip_bad=1)


def test_all_the_same_is_an_error(sounds, heard, tone):
    with pytest.raises(DataError, match=r"all 3 sounds are the same \(1\.wav is a copy of 0\.wav\)"):
        heard(sounds(**{f"{i}.wav": tone() for i in range(3)}))


def test_a_folder_without_sounds_and_an_empty_one(sounds, heard, tmp_path):
    with pytest.raises(DataError, match=r"no sounds in it, it is empty \(looked for .*\.wav"):
        heard(sounds())
    with pytest.raises(DataError, match=r"no sounds in it, only 2 other files \(1 \.txt, 1 \.png\)"):
        heard(sounds(**{"a.txt": b"x", "b.png": b"x"}))
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        heard(tmp_path / "nowhere")
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.wav: 0 bytes; get it anew"):
        heard(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_bytes(b"text")
    with pytest.raises(DataError, match="not a kind of file that sounds are read from"):
        heard(tmp_path / "a.txt")


def test_places_that_hold_something_else(heard):
    with pytest.raises(UsageError, match="data set digits holds images, not sounds"):
        heard("digits")
    with pytest.raises(UsageError, match="hf:some/thing: only images are read from there"):
        heard("hf:some/thing")


@pytest.mark.parametrize(("kind", "suffix"), [("MP3", "mp3"), ("FLAC", "flac"), ("WAV", "wav"), ("AIFF", "aiff")])
def test_what_a_truncated_file_still_holds_is_used(kind, suffix, sounds, heard, tone, recorded):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (160_000, 1))
    content = recorded(noise, kind=kind)
    place = sounds("0.wav", **{f"cut.{suffix}": content[: len(content) // 2]})
    source = heard(place, length=1_600, slices="first")
    note = next(
        note for note in source.report.notes if note.startswith("cut off or damaged, what is there is used: 1 (cut.")
    )
    seconds = float(note.split(", ")[-1].split(" s")[0])
    assert 3 < seconds < 5.1
    if suffix in ("mp3", "flac"):
        assert note.endswith("of 10 s")
    assert np.abs(source[1]["audio"]).max() > 0.1


def test_oddities_are_noted(sounds, heard, tone):
    clipped = np.clip(tone(level=2.0), -1, 1)
    files = {"a.wav": 0.4 * np.sign(tone()) + 0.1, "b.wav": clipped, "c.wav": tone(), "d.wav": tone()}
    notes = heard(sounds(**files), length=1_600).report.notes
    assert "not centred on zero (DC offset): 1 (a.wav), 20% of its peak" in notes
    assert "clipped, or recorded to the limit: 1 (b.wav)" in notes
    assert "exact copies of another: 1 (d.wav of c.wav)" in notes


@pytest.mark.parametrize(
    ("scale", "told"),
    [
        (16_000, "values up to 16,000, and floats hold -1 to 1: divide by 32,768"),
        (40, "values up to 40, and floats hold -1 to 1: divide by 32,768"),
        (800_000, "values up to 800,000, and floats hold -1 to 1: divide by 8,388,608"),
        (1_600_000_000, "values up to 1,600,000,000, and floats hold -1 to 1: divide by 2,147,483,648"),
        (1 << 40, "values up to 1,099,511,627,776, and floats hold -1 to 1: divide by their full scale"),
    ],
)
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_floats_in_units_of_whole_numbers_are_told_as_such(subtype, scale, told, sounds, heard, tone, recorded):
    wave = tone() / np.abs(tone()).max()
    place = sounds("a.wav", **{"b.wav": recorded(wave * scale, subtype=subtype)})
    source = heard(place, length=1_600, slices="first")
    assert f"{told}: 1 (b.wav), made quieter (normalise=peak)" in source.report.notes
    assert not any("clipped" in note for note in source.report.notes)
    np.testing.assert_allclose(source[1]["audio"], wave, atol=1e-5)
    report = heard(place, length=1_600, slices="first", normalise="none", skip_bad=0.5).report
    assert report.skipped == (("b.wav", f"{told}, or give -o normalise=peak"),)


def test_so_are_arrays(heard, tone, tmp_path):
    np.savez(tmp_path / "a.npz", sounds=np.stack([tone(level=9_000.0)[:, 0], tone()[:, 0]]), sample_rate=16_000)
    notes = heard(tmp_path / "a.npz", length=1_600).report.notes
    assert any("and floats hold -1 to 1: divide by 32,768: 1 (" in note for note in notes)
    np.savez(tmp_path / "b.npz", sounds=np.int16([tone(level=9_000.0)[:, 0], tone()[:, 0] * 900]), sample_rate=16_000)
    assert not any("floats" in note for note in heard(tmp_path / "b.npz", length=1_600).report.notes)


def test_floats_a_little_beyond_full_scale_are_no_such_thing(sounds, heard, tone, recorded):
    place = sounds("a.wav", **{"b.wav": recorded(tone(level=1.8), subtype="FLOAT")})
    notes = heard(place, length=1_600).report.notes
    assert not any("clipped" in note or "floats" in note for note in notes)
    notes = heard(place, length=1_600, normalise="none").report.notes
    assert "values beyond [-1, 1], cut there: 1 (b.wav) (normalise=none)" in notes
    clipped = recorded(np.clip(tone(level=1.8), -1, 1), subtype="FLOAT")
    assert "clipped, or recorded to the limit: 1 (b.wav)" in heard(sounds(**{"b.wav": clipped})).report.notes


def test_good_sounds_have_no_such_notes(sounds, heard):
    notes = heard(sounds("a.wav", "b.wav", "c.wav"), length=1_600).report.notes
    assert notes == (
        "stored as WAV 16 bit; 16,000 Hz; mono",
        "0.3 s in all, 0.1 s each",
        "3 slices of 0.1 s, 1 from a sound (slices=random)",
    )


def test_fewer_sounds_than_a_batch_is_told(sounds, heard):
    with pytest.raises(DataError, match=r"2 samples, fewer than one batch of 4; lower --batch-size to 2"):
        batches(heard(sounds("a.wav", "b.wav")), 4, seed=0)


def test_a_file_that_vanishes_while_training_is_named(sounds, heard, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.keep.KEEP_BYTES", 0)
    place = sounds("a.wav", "b.wav")
    source = heard(place, cache=False)
    assert not source.in_memory
    (place / "b.wav").unlink()
    with pytest.raises(DataError, match=r"b\.wav: .*No such file.*; it could be read when the data was checked"):
        source.batch(np.array([1]))


def test_progress_counts_every_file_once(sounds, cached):
    seen = []
    place = sounds(*[f"{i}.wav" for i in range(9)])
    open_source(str(place), "audio", {}, {}, lambda done, total: seen.append((done, total)))
    assert seen == [(done, 9) for done in range(1, 10)]
