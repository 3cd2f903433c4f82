"""What data are, told from a name or a header."""

import numpy as np
import pytest

from multigan.builtin import DATASETS
from multigan.data import modality_of, open_source
from multigan.errors import DataError

NAMED = {dataset.name: dataset for dataset in DATASETS}


@pytest.mark.parametrize(
    ("array", "modality"),
    [
        (np.zeros((5, 2)), "points"),
        (np.zeros((5, 64), np.float16), "points"),
        (np.zeros((5, 64), np.uint8), None),
        (np.zeros((5, 8, 8)), "images"),
        (np.zeros((5, 8, 8, 3), np.uint8), "images"),
        (np.zeros((5, 4, 8, 8, 3), np.uint8), "clips"),
        (np.zeros(5), None),
    ],
)
def test_an_array_tells_by_its_header(array, modality, tmp_path):
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", x=array, labels=np.zeros(5))
    np.savez_compressed(tmp_path / "b.npz", anything=array, labels=np.zeros(5))
    for name in ("a.npy", "a.npz", "b.npz"):
        assert modality_of(str(tmp_path / name), NAMED) == modality


def test_names_and_tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.CSV").write_text("")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "broken.npy").write_bytes(b"no array")
    found = {
        spec: modality_of(spec, NAMED)
        for spec in ("ring", "digits", "./ring", "a.CSV", "gone.csv", "folder.csv", "broken.npy", "hf:x/y", "", ".")
    }
    assert {spec: modality for spec, modality in found.items() if modality} == {
        "ring": "points",
        "digits": "images",
        "a.CSV": "points",
        "gone.csv": "points",
    }


@pytest.mark.parametrize(
    ("name", "content", "modality", "said"),
    [
        ("a.jsonl", b'{"a": 1}\n', "points", "by its name or head it holds texts, for which there are other recipes"),
        ("a.txt", b"a\nb\n", "images", "it holds texts"),
        ("a.csv", b"x,y\n1,2\n", "audio", "it holds points"),
        ("a.wav", b"RIFF\0\0\0\0WAVE", "images", "it holds sounds"),
        ("a.wav", b"RIFF\0\0\0\0WAVE", "text", "a sound (WAV), no text"),
        ("a.txt", b"\x89PNG\r\n\x1a\n", "points", "it begins as an image (PNG) does"),
        ("a.pdf", b"%PDF-1.4\n\0", "images", "it begins as a PDF document does"),
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0", "images", "by its name or head it holds clips, for which there are other"),
        ("a.bin", b"\0\0\0\x18ftypmp42\0\0", "images", "it begins as an MPEG-4 file (.mp4, .mov or .m4a) does"),
        ("a.pkl", b"\x80\x04\x95\0\0", "audio", "it begins as a Python pickle does"),
    ],
)
def test_data_of_another_kind_are_named_for_what_they_are(name, content, modality, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as refused:
        open_source(str(tmp_path / name), modality, {}, NAMED)
    assert said in str(refused.value)


def test_data_of_the_right_kind_get_no_such_word(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for spec in (str(tmp_path / "a.png"), str(tmp_path / "gone.csv"), str(tmp_path)):
        with pytest.raises(DataError) as refused:
            open_source(spec, "images", {}, NAMED)
        assert "begins as" not in str(refused.value)
        assert "recipes" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "0 bytes"),  # a table, of points by its name, may hold texts
        ("a.pdf", b"%PDF-1.4\n\0", "a PDF document, no text"),
    ],
)
def test_what_an_error_says_already_is_not_said_again(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as refused:
        open_source(str(tmp_path / name), "text", {}, NAMED)
    assert said in str(refused.value)
    assert "begins as" not in str(refused.value)
    assert "recipes" not in str(refused.value)


def test_pictures_are_known_by_their_names_and_a_few_do_not_make_sounds_pictures(tmp_path):
    for name in ("1.wav", "2.wav", "3.wav", "cover.png"):
        (tmp_path / name).write_bytes(b"")
    assert modality_of(str(tmp_path / "cover.png"), NAMED) == "images"
    assert modality_of(str(tmp_path), NAMED) == "audio"
    with pytest.raises(DataError, match="it holds sounds"):
        open_source(str(tmp_path), "images", {}, NAMED)
