"""Sound files whose header does not say what they hold: all of it is read, or what is not is told."""

import io
import struct
import zipfile

import numpy as np
import pytest

from multigan.data.collection import UnreadableError
from multigan.data.signatures import looks_like
from multigan.modalities.audio.reading.decode import _FOR_AUDIOREAD, open_bytes, open_file
from multigan.modalities.audio.reading.shown import Shown

RATE = 16_000
LONGER = "a header that says less than the file holds, all of which is used: 1 (b.wav)"
REST = "bytes behind the end of the sound, which are no such sound and are left out: 1 (b.wav)"
UNKNOWN = 0xFFFF_FFFF


def number(content, at, value):
    return content[:at] + struct.pack("<I", value) + content[at + 4 :]


def promise(content, size, riff=None):
    """The file with another length of its samples, and of all of it."""
    content = number(content, content.index(b"data") + 4, size)
    return content if riff is None else number(content, 4, riff)


@pytest.fixture
def wave(tone):
    return tone(1.0) + 0.02 * np.random.default_rng(0).normal(size=(RATE, 1))


@pytest.fixture
def read(sounds, heard):
    """The samples and the notes of a file beside one without fault: `read(content, "b.wav")`."""

    def read(content, name="b.wav"):
        source = heard(sounds("a.wav", **{name: content}), length=RATE * 2, slices="first", normalise="none")
        look = source._looks[1]
        return source[1]["audio"][: look.frames], source.report.notes

    return read


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "PCM_U8", "ULAW"])
@pytest.mark.parametrize("riff", [None, 0, 36, "half"])
@pytest.mark.parametrize("size", [0, "half"])
def test_all_of_a_file_is_read_whose_header_says_less(subtype, size, riff, read, recorded, wave):
    good = recorded(wave, subtype=subtype)
    at = good.index(b"data") + 8
    half = (len(good) - at) // 2
    content = promise(good, half if size == "half" else 0, at + half - 8 if riff == "half" else riff)
    samples, notes = read(content)
    np.testing.assert_array_equal(samples, read(good, "c.wav")[0])
    assert LONGER in notes


@pytest.mark.parametrize("kind", ["WAVEX", "RF64", "W64"])
def test_so_is_that_of_its_relatives(kind, sounds, heard, recorded, wave):
    good = recorded(wave, kind=kind)
    if kind == "RF64":
        content = good[:28] + struct.pack("<Q", RATE) + good[36:]
    elif kind == "W64":
        at = good.index(b"data")
        content = good[: at + 16] + struct.pack("<Q", 24 + RATE) + good[at + 24 :]
    else:
        content = promise(good, 0, 0)
    source = heard(sounds("a.wav", **{"b.wav": content}), length=RATE, slices="first", normalise="none")
    np.testing.assert_allclose(source[1]["audio"], wave, atol=1e-4)
    assert LONGER in source.report.notes


def length_of(content, size=None):
    """The length that the header of an AIFF, AU or CAF file gives its samples; with a size, the file that says so."""
    if content[:4] in (b".snd", b"dns."):
        at, form, more = 8, ">I" if content[:4] == b".snd" else "<I", 0
    elif content[:4] == b"caff":
        at, form, more = content.index(b"data") + 4, ">q", 4
    else:
        at, form, more = content.index(b"SSND") + 4, ">I", 8
    end = at + struct.calcsize(form)
    if size is None:
        return struct.unpack(form, content[at:end])[0] - more
    return content[:at] + struct.pack(form, size if size in (-1, UNKNOWN) else size + more) + content[end:]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("AIFF", {}),
        ("AIFF", {"subtype": "PCM_24"}),
        ("AIFF", {"subtype": "PCM_S8"}),
        ("AIFF", {"subtype": "FLOAT"}),
        ("AIFF", {"subtype": "ULAW"}),
        ("AIFF", {"endian": "LITTLE"}),
        ("AU", {}),
        ("AU", {"subtype": "DOUBLE"}),
        ("AU", {"subtype": "ALAW"}),
        ("AU", {"endian": "LITTLE"}),
        ("CAF", {}),
        ("CAF", {"subtype": "FLOAT"}),
        ("CAF", {"endian": "LITTLE"}),
    ],
)
@pytest.mark.parametrize("size", [0, "half"])
def test_so_is_that_of_other_kinds(kind, options, size, read, recorded, wave):
    good = recorded(wave, kind=kind, **options)
    content = length_of(good, 0 if size == 0 else length_of(good) // 2)
    samples, notes = read(content)
    assert len(samples) == RATE
    np.testing.assert_array_equal(samples, read(good, "c.wav")[0])
    assert LONGER in notes


@pytest.mark.parametrize("kind", ["AIFF", "AU", "CAF"])
def test_what_follows_the_sound_of_other_kinds_is_not_read_as_sound(kind, read, recorded, wave):
    good = recorded(wave, kind=kind)
    rest = np.random.default_rng(0).bytes(3_001)
    length = struct.pack(">q" if kind == "CAF" else ">I", 500)
    chunk = b"NAME" + length + rest[:500]
    for behind, said in ((rest, True), (bytes(3_000), False), (chunk, kind == "AU")):
        samples, notes = read(good + behind)
        assert len(samples) == RATE
        assert any(note.startswith("bytes behind the end of the sound") for note in notes) == said


@pytest.mark.parametrize(("kind", "size"), [("AU", UNKNOWN), ("AU", 0x7FFF_FFFF), ("AIFF", UNKNOWN), ("CAF", -1)])
def test_a_length_of_other_kinds_that_stands_for_unknown_is_no_fault(kind, size, read, recorded, wave):
    samples, notes = read(length_of(recorded(wave, kind=kind), size))
    assert len(samples) == RATE
    assert not any("header" in note or "cut" in note for note in notes)


@pytest.mark.parametrize("size", [UNKNOWN, 0x7FFF_FFFF])
def test_a_length_that_stands_for_unknown_is_no_fault(size, read, recorded, wave):
    samples, notes = read(promise(recorded(wave), size, size))
    assert len(samples) == RATE
    assert len(notes) == 4, notes


@pytest.mark.parametrize(
    ("rest", "note"),
    [
        (np.random.default_rng(0).bytes(3_001), REST),
        (b"a text that somebody has put behind it by mistake " * 50, REST),
        (b"\x89PNG\r\n\x1a\n" + np.random.default_rng(1).bytes(3_000), REST),
        (bytes(3_000), None),
        (b"LIST" + struct.pack("<I", 500) + np.random.default_rng(2).bytes(500), None),
        (b"LIST" + struct.pack("<I", 500) + np.random.default_rng(2).bytes(100), None),
        (b"abcd" + struct.pack("<I", 500) + np.random.default_rng(2).bytes(500), None),
        (b"TAG" + np.random.default_rng(3).bytes(125), None),
    ],
)
@pytest.mark.parametrize("kind", ["WAV", "W64", "RF64"])
def test_what_follows_the_sound_is_not_read_as_sound(kind, rest, note, read, recorded, wave):
    if kind == "W64" and rest[:4] in (b"LIST", b"abcd"):
        pytest.skip("its chunks have other heads")
    samples, notes = read(recorded(wave, kind=kind) + rest)
    assert len(samples) == RATE
    assert (note or "header") in " ".join(notes) if note else not any("header" in told for told in notes)


def test_a_noise_goes_on_and_louder_noise_behind_it_does_not(read, recorded):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (RATE, 1))
    good = recorded(noise)
    assert len(read(promise(good, RATE, RATE + 36))[0]) == RATE
    assert len(read(good + np.random.default_rng(1).bytes(5_000), "c.wav")[0]) == RATE


def test_the_fingerprint_of_a_file_whose_header_lies_is_another_than_that_of_its_half(
    sounds, heard, recorded, wave, monkeypatch
):
    place = sounds("a.wav", **{"b.wav": promise(recorded(wave), RATE)})
    now = heard(place, length=100).fingerprint
    monkeypatch.setattr("multigan.modalities.audio.reading.decode.open_whole", lambda file: Shown())
    assert heard(place, length=100).fingerprint != now


def test_a_chunk_that_is_not_padded_hides_no_samples(read, recorded, wave):
    good = recorded(wave)
    samples, _ = read(good[:36] + b"LIST" + struct.pack("<I", 5) + b"abcde" + good[36:])
    np.testing.assert_array_equal(samples, read(good, "c.wav")[0])


def test_a_header_that_contradicts_itself_is_noted(read, recorded, wave):
    good = recorded(wave)
    _, notes = read(good[:22] + struct.pack("<H", 2) + good[24:])
    assert any(note.startswith("a header that contradicts itself") and note.endswith("1 (b.wav)") for note in notes)


@pytest.mark.parametrize("kind", ["AU", "RF64", "W64", "WAV", "AIFF", "CAF", "FLAC"])
def test_of_a_file_that_is_cut_off_what_is_there_is_read_and_noted(kind, read, recorded, wave):
    content = recorded(wave, kind=kind)
    samples, notes = read(content[: len(content) * 3 // 4], "b.wav")
    assert RATE // 2 <= len(samples) < RATE
    assert any(note.startswith("cut off or damaged, what is there is used: 1 (b.wav)") for note in notes)


@pytest.mark.parametrize("kind", ["FLAC", "OGG"])
def test_damage_within_is_noted_too(kind, read, recorded, tone):
    content = bytearray(recorded(tone(8.0) + 0.1 * np.random.default_rng(0).normal(size=(8 * RATE, 1)), kind=kind))
    content[len(content) // 2 : len(content) // 2 + 400] = np.random.default_rng(0).bytes(400)
    samples, notes = read(bytes(content))
    assert 0 < len(samples) < 8 * RATE
    assert any(note.startswith("cut off or damaged, what is there is used: 1 (b.wav)") for note in notes)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\0\0\0\x1cftypM4A " + bytes(99), "a sound (MPEG-4, .m4a), which needs ffmpeg, or is damaged; convert it"),
        (b"\xff\xf1" + bytes(99), "a sound (AAC), which needs ffmpeg, or is damaged; convert it to flac or wav"),
        (bytes.fromhex("3026B2758E66CF11") + bytes(99), "a sound (Windows Media, .wma), which needs ffmpeg"),
        (b"<!DOCTYPE html><html></html>", "a web page (HTML), not a sound file"),
        (b"MThd\0\0\0\x06" + bytes(99), "a MIDI file, not a sound file"),
        (np.random.default_rng(0).bytes(999), "not a sound file of a known format; samples without a header need one"),
        (b"fLaC" + bytes(99), ""),
        (b"RIFF", ""),
        (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_named_for_what_it_is(content, reason, tmp_path, monkeypatch):
    import audioread

    def none(path):
        raise audioread.NoBackendError

    monkeypatch.setattr(audioread, "audio_open", none)
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(UnreadableError) as refused, open_file(tmp_path / "a.wav", 100):
        pass
    assert str(refused.value).startswith(reason)


def test_a_sound_that_is_called_otherwise_is_read(tmp_path, recorded, wave):
    for kind, name in (("MP3", "a.wav"), ("FLAC", "b.mp3"), ("WAV", "c.m4a"), ("OGG", "d.wma")):
        (tmp_path / name).write_bytes(recorded(wave, kind=kind))
        with open_file(tmp_path / name, 100) as recording:
            assert recording.frames == RATE


def test_a_rate_of_nothing_and_a_length_that_is_not_said(tmp_path, recorded, wave):
    (tmp_path / "a.wav").write_bytes(number(recorded(wave), 24, 0))
    flac = bytearray(recorded(wave, kind="FLAC"))
    flac[21] &= 0xF0
    flac[22:26] = bytes(4)
    start = flac.index(b"\xff\xf8")
    flac[start:] = bytes(len(flac) - start)
    (tmp_path / "b.flac").write_bytes(flac)
    for name, reason in (("a.wav", "a sample rate of 0 Hz"), ("b.flac", "FLAC 16 bit that does not say its length")):
        with pytest.raises(UnreadableError, match=reason), open_file(tmp_path / name, 100):
            pass


def test_the_kinds_that_libsndfile_does_not_read_are_known_by_their_heads():
    heads = [
        b"\0\0\0\x1cftypM4A ",
        b"\0\0\0\x1cftypmp42",
        bytes.fromhex("3026B2758E66CF11"),
        b"\xff\xf1",
        b"\x1aE\xdf\xa3",
    ]
    heads += [b"#!AMR", b"MAC \x96\x0f", b"wvpk", b"\x0bw"]
    assert {looks_like(head) for head in heads} == _FOR_AUDIOREAD


def test_in_a_zip_file_headers_are_looked_at_too(sounds, heard, recorded, wave, tmp_path):
    good = recorded(wave)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a.wav", recorded(wave / 2))
        archive.writestr("b.wav", promise(good, RATE, RATE + 36))
    source = heard(tmp_path / "set.zip", length=RATE, slices="first", normalise="none")
    np.testing.assert_allclose(source[1]["audio"], wave, atol=1e-4)
    assert LONGER in source.report.notes


def test_a_file_in_memory_that_ends_within_its_header_prints_nothing(recorded, wave, capfd):
    content = recorded(wave, kind="AIFF")[:34]
    with pytest.raises(UnreadableError), open_bytes(content, "b.aiff", 100):
        pass
    assert capfd.readouterr().err == ""


def test_a_window_is_read_like_the_file_it_stands_for():
    from multigan.modalities.audio.reading.shown import Window

    content = bytes(range(200))
    window, plain = Window(b"head", io.BytesIO(content), (50, 60), (110, 40)), io.BytesIO(b"head" + content[50:150])
    for place, count in ((0, 2), (0, 4), (2, 6), (3, 500), (4, 10), (90, 30), (104, 5), (500, 5)):
        assert (window.seek(place), window.read(count)) == (plain.seek(place), plain.read(count))
    assert window.seek(-3, io.SEEK_END) == plain.seek(-3, io.SEEK_END) == 101
