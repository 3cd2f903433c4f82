"""Texts are known by their names."""

import zipfile

import pytest

from multigan.data import modality_of


@pytest.mark.parametrize(
    ("names", "modality"),
    [
        (["a.txt", "b.TXT.gz", "c/d.text"], "text"),
        (["a.txt", "a.png"], "images"),  # a picture and its caption
        (["a.txt", "a.wav"], "audio"),
        (["a.wav", "a.png"], None),
        (["a.png", "b.png", "README.txt"], "images"),
        (["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "README.txt"], None),
        (["a.wav", "b.wav", "notes.txt"], "audio"),
        (["a.txt", ".hidden", ".git/b.png"], "text"),
    ],
)
def test_a_folder_or_zip_file_holds_what_most_of_its_files_are(names, modality, tmp_path):
    for name in names:
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.mkdir("folder")
        for name in names:
            archive.writestr(f"folder/{name}", b"")
    assert modality_of(str(tmp_path / "set"), {}) == modality
    assert modality_of(str(tmp_path / "set.zip"), {}) == modality


def test_a_file_is_text_by_its_name():
    names = ("a.txt", "a.TXT.GZ", "a.jsonl", "a.ndjson.gz", "a.gz", "a.md", "a.json")
    assert [modality_of(name, {}) for name in names] == ["text"] * 4 + [None] * 3
