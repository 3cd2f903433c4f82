"""What is decoded is kept in memory, or on the disk, and never believed without a look."""

import errno
import os
import shutil
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from multigan.data import batches, open_source
from multigan.modalities.audio.reading.cache import Cache, cache_folder


@pytest.fixture
def place(sounds):
    return sounds(*[f"{i}.wav" for i in range(8)], **{"bad.wav": b""})


@pytest.fixture
def small_memory(monkeypatch):
    """Room for two sounds of 1,600 samples."""
    monkeypatch.setattr("multigan.modalities.audio.reading.keep.KEEP_BYTES", 4 * 3_500)


@pytest.fixture
def decoded(monkeypatch):
    """The sounds that were opened to be decoded."""
    from multigan.modalities.audio.reading.collect import Sounds

    opened, plain = [], Sounds.open

    def counted(self, index):
        opened.append(index)
        return plain(self, index)

    monkeypatch.setattr(Sounds, "open", counted)
    return opened


def everything(source):
    return source.batch(np.arange(len(source)))["audio"]


def read(heard, place, **options):
    return heard(place, length=1_000, slices="grid", skip_bad=0.5, channels=1, **options)


def test_what_fits_stays_in_memory_and_nothing_is_written(place, heard, cached, decoded):
    source = read(heard, place)
    assert source.in_memory
    decoded.clear()
    everything(source)
    assert (decoded, cached.exists()) == ([], False)


def test_more_than_that_goes_to_the_disk_and_the_next_run_decodes_nothing(
    place, heard, cached, decoded, small_memory, monkeypatch
):
    first = read(heard, place)
    assert first.in_memory
    assert len(list(cached.iterdir())) == 1
    assert f"0 MiB when decoded: kept in {cached} (option cache)" in first.report.notes
    decoded.clear()
    second = read(heard, place)
    assert decoded == []
    assert f"decoded before, kept in {cached} (option cache)" in second.report.notes
    assert second.fingerprint == first.fingerprint
    assert second.report.skipped == first.report.skipped == (("bad.wav", "0 bytes"),)
    seen = []
    open_source(str(place), "audio", {"skip_bad": 0.5, "channels": 1}, {}, lambda *numbers: seen.append(numbers))
    assert seen == [(9, 9)]
    monkeypatch.undo()
    plain = read(heard, place, cache=False)
    np.testing.assert_array_equal(everything(first), everything(plain))
    np.testing.assert_array_equal(everything(second), everything(plain))


def test_without_the_cache_slices_are_decoded_when_asked_for(place, heard, cached, decoded, small_memory):
    source = read(heard, place, cache=False)
    assert (source.in_memory, cached.exists()) == (False, False)
    assert any(note.endswith("decoded while training (option cache)") for note in source.report.notes)
    decoded.clear()
    assert everything(source).shape == (16, 1_000, 1)
    assert len(decoded) == 16
    np.testing.assert_array_equal(next(batches(source, 4, seed=0))["audio"].shape, (4, 1_000, 1))


def test_other_data_and_other_treatment_have_a_file_of_their_own(place, heard, cached, decoded, small_memory):
    first = everything(read(heard, place))
    assert np.abs(everything(read(heard, place, normalise="none")) - first).max() > 0.1
    (place / "1.wav").write_bytes((place / "2.wav").read_bytes())
    decoded.clear()
    assert (everything(read(heard, place))[2] != first[2]).any()
    assert len(set(decoded)) == 9
    assert len(list(cached.iterdir())) == 3


@pytest.mark.parametrize("damage", ["a sample", "the looks", "the end", "cut", "empty", "text", "another's"])
def test_a_damaged_cache_is_made_anew(damage, place, heard, cached, decoded, small_memory):
    first = everything(read(heard, place))
    (path,) = cached.iterdir()
    content = bytearray(path.read_bytes())
    if damage == "another's":
        read(heard, place, normalise="none")
        (other,) = set(cached.iterdir()) - {path}
        content = other.read_bytes()
    elif damage == "the looks":
        assert content.count(b"WAV 16 bit") == 8
        content = content.replace(b"WAV 16 bit", b"WAV 24 bit", 1)
    elif damage in ("cut", "empty", "text"):
        content = {"cut": content[: len(content) // 2], "empty": b"", "text": b"no sounds" * 99}[damage]
    else:
        content[{"a sample": 4_001, "the end": -3}[damage]] ^= 1
    path.write_bytes(content)
    decoded.clear()
    np.testing.assert_array_equal(everything(read(heard, place)), first)
    assert len(set(decoded)) == 9
    decoded.clear()
    read(heard, place)
    assert decoded == []


def test_a_cache_of_another_version_is_made_anew(place, heard, cached, decoded, small_memory, monkeypatch):
    first = everything(read(heard, place))
    for name, value in (("cache._MARK", b"multigan sounds 1\n"), ("source.FACTS", ("index", "reason"))):
        with monkeypatch.context() as older:
            older.setattr(f"multigan.modalities.audio.reading.{name}", value)
            shutil.rmtree(cached)
            read(heard, place)
        decoded.clear()
        np.testing.assert_array_equal(everything(read(heard, place)), first)
        assert len(set(decoded)) == 9, name


def test_without_a_home_nothing_is_cached(place, heard, small_memory, monkeypatch):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("MULTIGAN_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    source = read(heard, place)
    assert not source.in_memory
    assert any("decoded while training" in note for note in source.report.notes)
    assert "no cache: this user has no folder of their own; set MULTIGAN_CACHE to one" in source.report.notes


def test_a_full_disk_falls_back_to_decoding_and_leaves_nothing(place, heard, cached, small_memory, monkeypatch):
    first = everything(read(heard, place, cache=False))
    monkeypatch.setattr("multigan.modalities.audio.reading.cache.FREE_BYTES", 1 << 60)
    source = read(heard, place)
    assert not source.in_memory
    assert any(f"{cached} cannot hold them (the disk is almost full)" in note for note in source.report.notes)
    np.testing.assert_array_equal(everything(source), first)
    assert list(cached.iterdir()) == []


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_failure_while_writing_does_so_too(step, place, heard, cached, small_memory, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "write":
        monkeypatch.setattr("multigan.modalities.audio.reading.cache.Cache.spend", fail)
    else:
        monkeypatch.setattr(os, step, fail)
    source = read(heard, place)
    assert not source.in_memory
    assert any("cannot hold them (No space left on device)" in note for note in source.report.notes)
    assert list(cached.iterdir()) == []


def test_a_folder_that_cannot_be_made_does_so_too(place, heard, cached, small_memory):
    cached.parent.mkdir()
    cached.write_text("a file in its place")
    source = read(heard, place)
    assert not source.in_memory
    assert any("cannot hold them (" in note for note in source.report.notes)
    assert everything(source).shape == (16, 1_000, 1)


def test_an_interrupted_check_leaves_nothing(place, cached, small_memory):
    def interrupt(done, total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_source(str(place), "audio", {}, {}, interrupt)
    assert list(cached.iterdir()) == []


def test_old_files_make_room_for_new_ones(tmp_path, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.cache.TOTAL_BYTES", 2_000)
    cache, sound = Cache(tmp_path), np.zeros((150, 1), np.float32)
    (tmp_path / "writing-dead.part").write_bytes(b"x")
    (tmp_path / "writing-alive.part").write_bytes(b"x")
    (tmp_path / "other.txt").write_bytes(b"x" * 5_000)
    os.utime(tmp_path / "writing-dead.part", (0, 0))
    for age, key in enumerate("abc"):
        writer = cache.write(key)
        writer.write(sound)
        writer.finish(1, [150], ["facts"])
        os.utime(tmp_path / f"{key}.sounds", (time.time() - 100 + age,) * 2)
        if key == "b":
            cache.read("a")  # so that b is the one that was not read for longest
    assert {path.name for path in tmp_path.iterdir()} == {"a.sounds", "c.sounds", "other.txt", "writing-alive.part"}
    facts, sounds = cache.read("a")
    assert facts == ["facts"]
    assert not sounds[0].flags.writeable


def test_a_sound_without_samples_is_none(tmp_path):
    writer = Cache(tmp_path).write("k")
    writer.write(np.ones((3, 2), np.float32))
    facts, sounds = writer.finish(2, [0, 3, 0], [1, 2, 3])
    again = Cache(tmp_path).read("k")
    for found in (sounds, again[1]):
        assert [None if sound is None else sound.shape for sound in found] == [None, (3, 2), None]
    assert facts == again[0] == [1, 2, 3]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "k.sounds").stat().st_mode) & 0o077 == 0, "recordings are the user's own"


def test_the_folder_follows_the_system(monkeypatch, tmp_path):
    monkeypatch.delenv("MULTIGAN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / "multigan" / "audio"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder().parts[-4:] == ("Library", "Caches", "multigan", "audio")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache_folder() == tmp_path / "multigan" / "audio"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MULTIGAN_CACHE", "~/c")
    assert cache_folder() == tmp_path / "c" / "audio"
    monkeypatch.setenv("MULTIGAN_CACHE", str(tmp_path / "c"))
    assert cache_folder() == tmp_path / "c" / "audio"
