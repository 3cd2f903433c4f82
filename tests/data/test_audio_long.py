"""Long recordings are read by slices: what is decoded does not depend on how long they are."""

import numpy as np
import pytest
import soundfile

from multigan.modalities.audio.reading.normalise import loudness
from multigan.modalities.audio.reading.resample import Form


@pytest.fixture(autouse=True)
def one_second_is_long(monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.long.LONG_SECONDS", 1)
    monkeypatch.setattr("multigan.modalities.audio.reading.decode.BLOCK", 4_000)


@pytest.fixture
def noise():
    """Seconds of noise of changing level at 44.1 kHz, in stereo."""

    def make(seconds):
        count = int(seconds * 44_100)
        level = 0.2 + 0.15 * np.sin(np.arange(count) / 30_000)
        return np.random.default_rng(0).uniform(-1, 1, (count, 2)) * level[:, None]

    return make


@pytest.fixture
def frames_read(monkeypatch):
    """The sizes of everything that soundfile was asked for and gave."""
    sizes, read = [], soundfile.SoundFile.read

    def counted(self, *args, **options):
        block = read(self, *args, **options)
        sizes.append(len(block))
        return block

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    return sizes


def place_of(sounds, recorded, samples, kind="WAV"):
    return sounds(root=f"{kind}{len(samples)}", **{f"long.{kind.lower()}": recorded(samples, 44_100, kind)})


@pytest.mark.parametrize("cache", [False, True])
def test_no_read_grows_with_the_recording(cache, sounds, heard, noise, recorded, frames_read):
    largest = []
    for seconds in (4, 12):
        frames_read.clear()
        source = heard(place_of(sounds, recorded, noise(seconds)), length=1_024, cache=cache)
        assert sum(frames_read) == seconds * 44_100, "one pass"
        largest.append(max(frames_read))
        frames_read.clear()
        source.batch(np.arange(4), np.random.default_rng(0))
        # 1,024 samples at 16 kHz are 2,823 at 44.1 kHz; margins lie on both sides.
        assert all(2_823 <= size < 2_823 + 3 * 441 + 1_000 for size in frames_read)
        assert len(frames_read) == (0 if cache else 4)
    assert largest[0] == largest[1] == 4_000


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
@pytest.mark.parametrize("cache", [False, True])
def test_slices_are_those_of_the_whole_and_join_without_a_seam(kind, cache, sounds, heard, noise, recorded, tmp_path):
    place = place_of(sounds, recorded, noise(5), kind)
    decoded, rate = soundfile.read(place / f"long.{kind.lower()}", dtype="float32")
    whole = Form(16_000, 1).whole(decoded, rate)
    source = heard(place, length=1_000, slices="grid", channels=1, cache=cache)
    assert source.in_memory == cache
    joined = source.batch(np.arange(len(source)))["audio"].reshape(-1)
    np.testing.assert_allclose(joined[: len(whole)], whole[:, 0] / np.abs(whole).max(), atol=2e-5)
    assert (joined[len(whole) :] == 0).all()
    place_now = f"{tmp_path / 'cache' / 'audio'}"
    notes = " ".join(source.report.notes)
    assert "longer than a minute, read by slices and never whole: 1 (long." in notes
    assert (f"kept in {place_now} (option cache)" if cache else "decoded while training (option cache)") in notes


def test_a_long_sound_is_treated_as_a_short_one_is(sounds, heard, noise, recorded, monkeypatch):
    samples = noise(4)
    samples[:30_000] *= 0.0001
    samples[-50_000:] *= 0.0001
    place = place_of(sounds, recorded, samples)
    options = {"length": 2_000, "slices": "grid", "trim": 40, "sample_rate": 16_000}
    read = {}
    for long in (1, 60):
        monkeypatch.setattr("multigan.modalities.audio.reading.long.LONG_SECONDS", long)
        for cache in (False, True):
            source = heard(place, **options, cache=cache)
            read[long, cache] = source.batch(np.arange(len(source)))["audio"], source.seconds, source.fingerprint
    first = read.pop((60, True))
    for audio, seconds, fingerprint in read.values():
        assert (seconds, fingerprint) == first[1:]
        np.testing.assert_allclose(audio, first[0], atol=2e-5)
    assert first[1] == pytest.approx(4 - 80_000 / 44_100, abs=0.01)


def test_the_loudness_of_a_long_sound(sounds, heard, noise, recorded, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.long.LOUDNESS_SECONDS", 2)
    source = heard(place_of(sounds, recorded, noise(9)), length=9 * 16_000, slices="first", normalise="loudness")
    assert loudness(source[0]["audio"], 16_000) == pytest.approx(-20, abs=1)


def test_long_and_short_sounds_together(sounds, heard, noise, recorded, tone, frames_read):
    files = {"a.wav": recorded(noise(3), 44_100), "b.wav": tone(), "c.wav": b"", "d.wav": recorded(noise(2), 44_100)}
    place = sounds(**files)
    first = heard(place, length=8_000, skip_bad=0.5)
    everything = first.batch(np.arange(len(first)))["audio"]
    frames_read.clear()
    second = heard(place, length=8_000, skip_bad=0.5)
    assert sum(frames_read) == 1_600, "only the short one is decoded again"
    np.testing.assert_array_equal(second.batch(np.arange(len(second)))["audio"], everything)
    plain = heard(place, length=8_000, skip_bad=0.5, cache=False)
    np.testing.assert_allclose(plain.batch(np.arange(len(plain)))["audio"], everything, atol=2e-5)


def test_a_long_sound_may_be_silent_or_broken(sounds, heard, noise, recorded, cached):
    broken = noise(2)
    broken[70_000] = np.nan
    files = {"a.wav": np.zeros((40_000, 1)), "b.wav": recorded(broken, 44_100, subtype="FLOAT"), "c.wav": noise(2)}
    source = heard(sounds(**files), length=1_000, skip_bad=0.9)
    assert dict(source.report.skipped) == {
        "a.wav": "silent",
        "b.wav": "samples that are not finite (NaN or infinite), first at 1.587 s",
    }
    assert [path.suffix for path in cached.iterdir()] == [".sounds"], "nothing unfinished is left behind"


@pytest.mark.parametrize("kind", ["MP3", "FLAC"])
@pytest.mark.parametrize("cache", [False, True])
def test_a_long_sound_that_is_cut_off_is_used_up_to_there(kind, cache, sounds, heard, noise, recorded):
    content = recorded(noise(6), 44_100, kind)
    place = sounds(root=kind, **{f"cut.{kind.lower()}": content[: len(content) // 2]})
    source = heard(place, length=4_000, slices="grid", cache=cache)
    assert 2 < source.seconds < 3.5
    audio = source.batch(np.arange(len(source)))["audio"]
    assert (np.abs(audio[:-1]).max(axis=(1, 2)) > 0.1).all()
    assert any(note.startswith("cut off or damaged, what is there is used: 1") for note in source.report.notes)


def test_without_room_on_the_disk_slices_are_decoded(sounds, heard, noise, recorded, cached, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.cache.RUN_BYTES", 100_000)
    place = place_of(sounds, recorded, noise(5))
    source = heard(place, length=1_000)
    assert not source.in_memory
    assert f"long sounds are decoded while training ({cached} cannot hold them)" in source.report.notes
    assert list(cached.iterdir()) == []
