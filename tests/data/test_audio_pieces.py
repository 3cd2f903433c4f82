"""Files that hold several sounds, or more than one piece of one: all of them are read, and a note counts the files."""

import io
import struct
import zlib

import numpy as np
import pytest

from multigan.data.collection import UnreadableError
from multigan.modalities.audio.reading.decode import open_bytes, open_file

RATE = 16_000
JOINED = "several pieces of sound in one file, all of which are used, one after another: 1 (b.wav)"
LONGER = "a header that says less than the file holds, all of which is used: 1 (b.wav)"
MORE = "a header that says more than the file holds, which is whole: 1 (b.wav)"
CUT = "cut off or damaged"


@pytest.fixture
def wave(tone):
    return tone(1.0) + 0.02 * np.random.default_rng(0).normal(size=(RATE, 1))


@pytest.fixture
def read(sounds, heard):
    """The samples and the notes of a file beside one without fault."""

    def read(content):
        place = sounds("a.wav", **{"b.wav": content})
        source = heard(place, length=RATE * 4, slices="first", normalise="none")
        look = source._looks[1]
        return source[1]["audio"][: look.frames], source.report.notes

    return read


def told(notes, note):
    return any(found.startswith(note) for found in notes)


def pages(content):
    """The pages of an Ogg file."""
    place = 0
    while place < len(content):
        parts = content[place + 26]
        size = 27 + parts + sum(content[place + 27 : place + 27 + parts])
        yield content[place : place + size]
        place += size


def counted(page, count):
    """An Ogg page with another count of samples, and its checksum."""
    page = page[:6] + struct.pack("<q", count) + page[14:22] + bytes(4) + page[26:]
    mirror = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
    total = zlib.crc32(page.translate(mirror), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return page[:22] + int(f"{total:032b}"[::-1], 2).to_bytes(4, "little") + page[26:]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("WAV", {}),
        ("WAV", {"subtype": "PCM_U8"}),
        ("WAVEX", {}),
        ("RF64", {}),
        ("W64", {}),
        ("AIFF", {}),
        ("AU", {}),
        ("AU", {"endian": "LITTLE"}),
        ("CAF", {}),
        ("VOC", {}),
        ("FLAC", {}),
        ("OGG", {"subtype": "VORBIS"}),
        ("OGG", {"subtype": "OPUS"}),
        ("MP3", {}),
    ],
)
def test_two_sounds_in_one_file_are_read_one_after_another(kind, options, read, recorded, wave):
    first, second = recorded(wave, kind=kind, **options), recorded(wave[::-1][:9_001], kind=kind, **options)
    samples, notes = read(first + second)
    np.testing.assert_array_equal(samples, np.concatenate([read(first)[0], read(second)[0]]))
    assert len(samples) == RATE + 9_001
    assert JOINED in notes
    assert not told(notes, CUT)


def test_so_are_two_kinds(read, recorded, wave):
    samples, notes = read(recorded(wave) + recorded(wave, kind="AIFF"))
    np.testing.assert_allclose(samples, np.concatenate([wave, wave]), atol=1e-4)
    assert JOINED in notes


@pytest.mark.parametrize("between", [b"", b"LIST" + struct.pack("<I", 5) + b"INFOx\0"])
@pytest.mark.parametrize("second", [RATE, 5_001, 0xFFFF_FFFF])
def test_a_second_chunk_of_samples_is_read(between, second, read, recorded, wave):
    good = recorded(wave)
    head, data = good[:40], good[44:]
    content = head + struct.pack("<I", RATE) + data[:RATE] + between + b"data" + struct.pack("<I", second) + data[RATE:]
    samples, notes = read(content)
    np.testing.assert_array_equal(samples, read(good)[0])
    assert told(notes, LONGER) == (second == 5_001)
    assert JOINED in notes


@pytest.mark.parametrize("kind", ["W64", "AIFF", "CAF"])
def test_so_it_is_in_other_kinds(kind, read, recorded, wave):
    good = recorded(wave, kind=kind)
    if kind == "W64":
        at = good.index(b"data")
        length, head = struct.pack("<Q", 24 + RATE), good[at : at + 16]
        content = good[: at + 16] + length + good[at + 24 :][:RATE] + head + length + good[at + 24 :][RATE:]
    else:
        name, form, more = (b"SSND", ">I", 8) if kind == "AIFF" else (b"data", ">q", 4)
        at = good.index(name)
        head, data = name + struct.pack(form, RATE + more) + bytes(more), good[-2 * RATE :]
        content = good[:at] + head + data[:RATE] + head + data[RATE:]
    samples, notes = read(content)
    np.testing.assert_array_equal(samples, read(good)[0])
    assert JOINED in notes


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_sounds_of_several_rates_or_channels_in_one_file_are_refused(kind, recorded, wave):
    content = recorded(wave, kind=kind)
    others = {"8,000 Hz mono": recorded(wave, 8_000, kind), "16,000 Hz stereo": recorded(np.tile(wave, 2), kind=kind)}
    for form, other in others.items():
        reason = f"16,000 Hz mono, and behind it {form}, in one file; take them apart"
        with pytest.raises(UnreadableError, match=reason), open_bytes(content + other, "b.wav", 100):
            pass


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_part_is_read_over_the_joint(kind, recorded, wave, tmp_path, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.lengths._LARGE", 0)
    (tmp_path / "b.wav").write_bytes(recorded(wave, kind=kind) + recorded(wave[::-1], kind=kind))
    with open_file(tmp_path / "b.wav", 100) as recording:
        whole = np.concatenate(list(recording.blocks()))
    for start, count in ((0, 10), (RATE - 700, 1_400), (RATE, 5), (2 * RATE - 10, 50)):
        with open_file(tmp_path / "b.wav", 100) as recording:
            part = recording.read(start, count)
        np.testing.assert_allclose(part, whole[start : start + count], atol=1e-4 if kind == "MP3" else 1e-6)


def test_the_second_of_two_may_be_damaged(read, recorded, wave):
    flac = recorded(wave, kind="FLAC")
    samples, notes = read(flac + flac[: len(flac) // 2])
    assert RATE < len(samples) < 2 * RATE
    assert JOINED in notes
    assert told(notes, CUT)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_of_two_one_may_be_cut_off_in_its_header(subtype, read, recorded, wave):
    content = recorded(wave, kind="OGG", subtype=subtype)
    samples, notes = read(content + content[: len(next(pages(content))) + 40])
    np.testing.assert_array_equal(samples, read(content)[0])
    assert told(notes, CUT)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_an_ogg_file_that_counts_backwards_is_refused(subtype, recorded, wave):
    *first, last = pages(recorded(np.tile(wave, (3, 1)), kind="OGG", subtype=subtype))
    for count in (0, 100):
        content = b"".join(first) + counted(last, count)
        reason = "an Ogg file that counts its samples backwards"
        with pytest.raises(UnreadableError, match=reason), open_bytes(content, "b.ogg", 100):
            pass
    assert counted(last, struct.unpack("<q", last[6:14])[0]) == last


def flac_of(content, count):
    numbers = int.from_bytes(content[18:26], "big") >> 36 << 36 | count
    return content[:18] + numbers.to_bytes(8, "big") + content[26:]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("count", "note"), [(RATE // 2, LONGER), (1, LONGER), (0, ""), (RATE - 1, LONGER)])
def test_all_of_a_flac_is_read_whose_header_says_less(count, note, channels, read, recorded, wave):
    good = recorded(np.tile(wave, channels), kind="FLAC")
    for before in (b"", b"ID3\4\0\0\0\0\0\x05" + bytes(5)):
        samples, notes = read(before + flac_of(good, count))
        np.testing.assert_array_equal(samples, read(good)[0])
        assert told(notes, note)
        assert not told(notes, CUT)


@pytest.mark.parametrize(("rest", "cut"), [(bytes(999), False), (b"TAG" + bytes(125), False), (b"rest" * 99, True)])
def test_what_follows_such_a_flac_is_told_if_it_is_no_tag(rest, cut, read, recorded, wave):
    good = recorded(wave, kind="FLAC")
    samples, notes = read(flac_of(good, 0) + rest)
    np.testing.assert_array_equal(samples, read(good)[0])
    assert told(notes, CUT) == cut


def test_a_flac_that_is_cut_off_where_its_header_says_nothing(read, recorded, wave):
    good = recorded(np.tile(wave, (4, 1)), kind="FLAC")
    samples, notes = read(flac_of(good, 0)[: len(good) // 2])
    assert RATE < len(samples) < 3 * RATE
    assert told(notes, CUT)


@pytest.mark.parametrize(("count", "note"), [(0, LONGER), (RATE // 2, LONGER), (2 * RATE, MORE)])
@pytest.mark.parametrize("options", [{}, {"subtype": "PCM_24"}, {"subtype": "FLOAT"}, {"subtype": "ULAW"}])
def test_an_aiff_that_counts_other_frames_than_it_has_is_noted(count, note, options, read, recorded, wave):
    good = recorded(wave, kind="AIFF", **options)
    at = good.index(b"COMM") + 10
    samples, notes = read(good[:at] + struct.pack(">I", count) + good[at + 4 :])
    np.testing.assert_array_equal(samples, read(good)[0])
    assert note in notes
    assert not any("header" in found for found in read(good)[1])


def test_an_aiff_of_a_stream_that_is_cut_off_is_known_by_its_frames(read, recorded, wave):
    good = recorded(wave, kind="AIFF")
    at = good.index(b"SSND") + 4
    samples, notes = read((good[:at] + b"\xff\xff\xff\xff" + good[at + 4 :])[:-RATE])
    assert len(samples) == RATE // 2
    assert told(notes, CUT)


@pytest.mark.parametrize("kind", ["WAV", "VOC", "FLAC", "OGG", "MP3"])
def test_too_many_sounds_in_one_file_are_refused(kind, recorded, wave, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.shown.MOST", 3)
    content = recorded(wave[:3_000], kind=kind)
    with open_bytes(content * 3, "b.wav", 100) as recording:
        assert recording.frames == 9_000
    with pytest.raises(UnreadableError, match="more than 3 sounds in one file"), open_bytes(content * 4, "b.wav", 100):
        pass


def test_what_is_known_of_a_large_file_is_looked_at_once(recorded, wave, tmp_path, monkeypatch):
    monkeypatch.setattr("multigan.modalities.audio.reading.lengths._LARGE", 0)
    monkeypatch.setattr("multigan.modalities.audio.reading.lengths._known", {})
    path = tmp_path / "b.mp3"
    path.write_bytes(recorded(wave, kind="MP3") * 2)
    with open_file(path, 100):
        pass
    monkeypatch.setattr("multigan.modalities.audio.reading.lengths._look", None)
    with open_file(path, 100) as recording:
        assert recording.header == "joined"


def test_a_pattern_over_the_end_of_a_block_is_found(monkeypatch):
    from multigan.modalities.audio.reading.shown import search

    monkeypatch.setattr("multigan.modalities.audio.reading.shown._BLOCK", 10)
    file = io.BytesIO(b"abcd....abcdxyz.....abcd..abce")
    assert search(file, (b"abcd", b"abce"), 0) == [0, 8, 20, 26]
    assert search(file, (b"abcd",), 3) == [8, 20]
