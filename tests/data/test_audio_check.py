"""`multigan data check` of sounds, and data that tell by their names that they are sounds."""

import json
import zipfile

import numpy as np
import pytest

from multigan.cli import main
from multigan.data import describe_source, modality_of


@pytest.fixture
def check(capsys, cached):
    """Runs `multigan data check ...`: (exit code, stdout, stderr)."""

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(["data", "check", *map(str, words)])
        return caught.value.code, *capsys.readouterr()

    return run


def test_it_tells_files_seconds_rates_channels_slices_classes_and_notes(check, sounds, tone, recorded):
    stereo = recorded(tone(0.5, 44_100, channels=2), 44_100)
    place = sounds("bd_1.wav", "bd_2.wav", "sn_1.wav", **{"sn_2.wav": stereo, "notes.txt": b"x"})
    code, out, err = check(place, "-o", "length=1600", "-o", "channels=1")
    assert (code, err) == (0, "")
    for told in (
        "4 of 4 sounds can be used",
        "1,600 x 1 (samples x channels) at 16,000 Hz, values in [-1, 1]",
        "8 of 0.1 s, from 0.8 s of sound",
        "2 (bd, sn)",
        "read from memory",
        "1 other file (1 .txt) left out: not sounds by name",
        "stored as WAV 16 bit; 16,000 Hz 3, 44,100 Hz 1; mono 3, stereo 1",
        "0.8 s in all, 0.1 s to 0.5 s each",
        "8 slices of 0.1 s, 1 to 5 from a sound (slices=random)",
    ):
        assert told in out


def test_json(check, sounds):
    place = sounds("1.wav", "2.wav", **{"3.wav": b""})
    code, out, _ = check(place, "--json", "-o", "skip_bad=0.5")
    facts = json.loads(out)
    assert code == 0
    wanted = {"modality": "audio", "sample_rate": 16_000, "seconds": 0.2, "slices": 2, "shape": [16_384, 1]}
    assert {key: facts[key] for key in wanted} == wanted
    assert (facts["found"], facts["used"]) == (3, 2)
    assert facts["skipped"] == [{"name": "3.wav", "reason": "0 bytes"}]


def test_too_many_bad_files_exit_2(check, sounds):
    code, out, err = check(sounds("1.wav", **{"2.wav": b"", "3.wav": b"text"}))
    assert code == 2
    assert "3.wav: text, not a sound file" in out
    assert "2 of 3 sounds (66.7%) cannot be used" in err


def test_a_game_is_told_the_rate_and_the_shape(sounds, heard):
    info = describe_source(heard(sounds("1.wav", "2.wav"), sample_rate=8_000, length=99))
    assert (info.shape, info.sample_rate, info.count) == ((99, 1), 8_000, 18)


def test_names_tell_what_is_sound(sounds, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sounds("a/1.wav", "b/2.flac", "b/3.MP3", root="kit", **{"readme.txt": b"x", "cover.png": b"x", ".4.wav": b"x"})
    sounds(root="pictures", **{"1.png": b"x", "2.jpg": b"x", "3.wav": b"x"})
    sounds(root="neither", **{"1.pdf": b"x"})
    sounds(root="hidden", **{".git/1.wav": b"x"})
    (tmp_path / "wav.wav").mkdir()
    with zipfile.ZipFile("kit.zip", "w") as archive:
        archive.writestr("kit/1.wav", b"x")
        archive.writestr("__MACOSX/kit/._1.png", b"x")
        archive.writestr("__MACOSX/kit/._2.png", b"x")
    (tmp_path / "broken.zip").write_bytes(b"PK no zip")
    np.savez("a.npz", sounds=np.zeros((5, 9)))
    np.savez("b.npz", x=np.zeros((5, 9)), sample_rate=8_000)
    np.savez("c.npz", x=np.zeros((5, 9)))
    names = ["kit", "pictures", "neither", "hidden", "wav.wav", "kit.zip", "broken.zip"]
    names += ["a.npz", "b.npz", "c.npz", "gone.wav", "song.Opus"]
    found = {name: modality_of(name, {}) for name in names}
    assert {name: modality for name, modality in found.items() if modality} == {
        "kit": "audio",
        "pictures": "images",
        "kit.zip": "audio",
        "a.npz": "audio",
        "b.npz": "audio",
        "c.npz": "points",
        "gone.wav": "audio",
        "song.Opus": "audio",
    }


def test_a_large_folder_is_not_listed_whole(sounds, monkeypatch):
    monkeypatch.setattr("multigan.data.seen.SEEN", 3)
    place = sounds(**{f"a/{i}.wav": b"" for i in range(4)}, **{f"b/{i}.png": b"" for i in range(9)})
    assert modality_of(str(place / "a"), {}) == "audio"
    import os

    walked = []
    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda root: (walked.append(step) or step for step in walk(root)))
    modality_of(str(place), {})
    assert len(walked) == 2, "the folder itself and the first below it"
