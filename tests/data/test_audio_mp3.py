"""MP3 files are counted frame by frame, since what they say of their length is an estimate, a lie, or of one part."""

import io
import os
import struct
import sys

import numpy as np
import pytest

from multigan.modalities.audio.reading.decode import open_bytes
from multigan.modalities.audio.reading.mp3 import _frame, show_mp3
from multigan.modalities.audio.reading.quiet import _streams, quiet

RATE = 16_000
JOINED = "several pieces of sound in one file, all of which are used, one after another: 1 (b.mp3)"
LONGER = "a header that says less than the file holds, all of which is used: 1 (b.mp3)"
MORE = "a header that says more than the file holds, which is whole: 1 (b.mp3)"
# Samples of nothing, which the decoder puts before the first frame.
DELAY = 529
CUT = "cut off or damaged, what is there is used"
ID3V1 = b"TAG" + bytes(125)
ID3V2 = b"ID3\4\0\0\0\0\1\0" + b"\xff\xfb" * 64
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 52, 1, 1 << 31 | 1 << 29) + bytes(8) + b"\xff" * 20
APE += b"APETAGEX" + struct.pack("<IIII", 2000, 52, 1, 1 << 31) + bytes(8)


@pytest.fixture
def loud(recorded):
    """An MP3 of two seconds, the first of noise and the second of silence, or the other way round; mono or stereo."""

    def make(first=True, channels=1, rate=RATE, **options):
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, (2 * rate, channels))
        noise[rate:] *= 1e-3
        return recorded(noise if first else noise[::-1], rate, "MP3", **options)

    return make


@pytest.fixture
def read(sounds, heard):
    """The samples and the notes of a file beside one without fault."""

    def read(content):
        source = heard(sounds("a.wav", **{"b.mp3": content}), length=RATE * 10, slices="first", normalise="none")
        look = source._looks[1]
        return source[1]["audio"][: look.frames], source.report.notes

    return read


def frames_of(content):
    """The places of frames, and the end."""
    places = [0]
    while places[-1] < len(content):
        places.append(places[-1] + _frame(content[places[-1] : places[-1] + 4]).size)
    return places


def promised(content, frames):
    at = max(content.find(b"Xing"), content.find(b"Info"))
    return content[: at + 8] + struct.pack(">I", frames) + content[at + 12 :]


def told(notes, note):
    return any(found.startswith(note) for found in notes)


@pytest.mark.parametrize("between", [b"", ID3V1 + ID3V2, APE, bytes(999)], ids=len)
def test_all_of_joined_files_is_read(between, read, loud):
    first, second = loud(), loud(False)
    samples, notes = read(first + between + second + ID3V1)
    np.testing.assert_array_equal(samples, np.concatenate([read(first)[0], read(second)[0]]))
    assert JOINED in notes
    assert not told(notes, CUT)


@pytest.mark.parametrize(("channels", "mode"), [(1, "VARIABLE"), (2, "CONSTANT")])
@pytest.mark.parametrize(("share", "note"), [(0.5, LONGER), (0, LONGER), (2, MORE), (1, None)])
def test_a_wrong_number_of_frames_loses_nothing(share, note, channels, mode, read, loud):
    good = loud(channels=channels, bitrate_mode=mode, compression_level=0.5)
    frames = len(frames_of(good)) - 2
    samples, notes = read(promised(good, int(frames * share)))
    np.testing.assert_array_equal(samples, read(good)[0])
    assert len(samples) == 2 * RATE
    assert note in notes if note else not any("header" in found for found in notes)
    assert not told(notes, CUT)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("rate", "tags"), [(16_000, (b"", b"")), (44_100, (ID3V2, ID3V1)), (8_000, (b"", APE))])
def test_a_file_of_varying_bitrates_without_a_header_is_whole(tags, rate, first, loud):
    good = loud(first, rate=rate)
    places = frames_of(good)
    bare = good[places[1] :]
    with open_bytes(tags[0] + bare + tags[1], "b.mp3", 100) as recording:
        samples = np.concatenate(list(recording.blocks()))
        assert not recording.cut
        assert recording.frames == len(samples) == (len(places) - 2) * (1152 if rate == 44_100 else 576) - DELAY
    with open_bytes(good, "b.mp3", 100) as recording:
        whole = np.concatenate(list(recording.blocks()))
    gap = next(gap for gap in range(2_500) if np.allclose(samples[gap : gap + 1_000], whole[:1_000], atol=1e-6))
    np.testing.assert_allclose(samples[gap : gap + len(whole)], whole[: len(samples) - gap], atol=1e-5)


@pytest.mark.parametrize(("rate", "tags"), [(16_000, (b"", b"")), (44_100, (ID3V2, ID3V1)), (8_000, (b"", APE))])
def test_a_file_of_one_bitrate_without_a_header_is_whole(tags, rate, loud):
    good = loud(rate=rate, bitrate_mode="CONSTANT", compression_level=0.5)
    places = frames_of(good)
    frame = 1152 if rate == 44_100 else 576
    with open_bytes(tags[0] + good[places[1] :] + tags[1], "b.mp3", 100) as recording:
        samples = np.concatenate(list(recording.blocks()))
        assert not recording.cut
        assert (len(places) - 2) * frame <= len(samples) < (len(places) - 1) * frame


def test_a_large_picture_before_it_hides_nothing(read, loud):
    tag = b"ID3\4\0\0" + bytes([0, 40, 0, 0]) + b"\xff\xd8\xff picture".ljust(40 << 14, b"\x55")
    good = loud()
    samples, notes = read(tag + good + good)
    assert len(samples) == 4 * RATE
    assert JOINED in notes


@pytest.mark.parametrize("bare", [True, False])
def test_a_file_that_is_cut_off_is_still_told(bare, read, loud):
    good = loud()
    content = good[frames_of(good)[1] :] if bare else good
    samples, notes = read(content[: len(content) // 2])
    assert RATE // 4 < len(samples) < 2 * RATE
    assert told(notes, CUT)


def test_what_comes_after_damage_is_read(read, loud, capfd):
    good = loud(bitrate_mode="CONSTANT", compression_level=0.5)
    places = frames_of(good)
    start, end = places[10], places[14]
    samples, notes = read(good[:start] + b"\x11" * (end - start) + good[end:])
    whole = read(good)[0]
    assert len(whole) - 8 * 576 < len(samples) < len(whole)
    assert told(notes, CUT)
    assert not told(notes, JOINED)
    assert capfd.readouterr().err == ""


def test_the_fingerprint_is_another_than_that_of_the_first_part(sounds, heard, loud, monkeypatch):
    from multigan.modalities.audio.reading.shown import Shown

    place = sounds("a.wav", **{"b.mp3": loud() + loud(False)})
    now = heard(place, length=100).fingerprint
    monkeypatch.setattr("multigan.modalities.audio.reading.decode.open_whole", lambda file: Shown())
    assert heard(place, length=100).fingerprint != now


def test_noise_is_no_mp3():
    for content in (
        b"\xff\xfb" + bytes(400),
        b"ID3\4\0\0\0\0\0\0" + np.random.default_rng(0).bytes(5_000),
        b"\xff\xfb",
    ):
        assert show_mp3(io.BytesIO(content)) is None


@pytest.mark.skipif(_streams() is None, reason="only glibc's stderr may be changed")
def test_warnings_of_the_decoder_stay_away_from_the_terminal_and_nothing_else_does(capfd, loud):
    good = bytearray(loud())
    places = frames_of(bytes(good))
    good[places[5] + 4 : places[6]] = b"\xff" * (places[6] - places[5] - 4)
    with open_bytes(bytes(good), "b.mp3", 100) as recording:
        list(recording.blocks())
    assert capfd.readouterr().err == ""
    with quiet():
        os.write(2, b"by its number\n")
        print("by Python", file=sys.__stderr__, flush=True)
    assert "by its number" in capfd.readouterr().err


@pytest.mark.skipif(_streams() is None, reason="only glibc's stderr may be changed")
def test_messages_come_back_when_the_last_thread_has_left():
    stderr, silent = _streams()
    before, first, second = stderr.value, quiet(), quiet()
    first.__enter__()
    second.__enter__()
    assert stderr.value == silent
    first.__exit__(None, None, None)
    assert stderr.value == silent
    second.__exit__(None, None, None)
    assert stderr.value == before != silent
