"""Files whose names say another kind than they are: what they are is said, and the name that mends it."""

import gzip
import io
import os
import re
import struct
import zipfile

import numpy as np
import pytest

from multigan.data.collection import UnreadableError
from multigan.errors import DataError
from multigan.modalities.images.reading.decode import decode

IDX = b"\0\0\x08\x03" + struct.pack(">III", 4, 8, 8) + bytes(range(256))
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)
FILM = b"\0\0\0\x18ftypisom" + bytes(40)
RAW = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(40)


def arrays(save, **named):
    buffer = io.BytesIO()
    save(buffer, **named)
    return buffer.getvalue()


@pytest.fixture
def contents(encoded, noise):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.png", encoded(noise()))
    images = np.stack([noise() for _ in range(4)])
    return {
        "zip": packed.getvalue(),
        "npy": arrays(np.save, arr=images),
        "npz": arrays(np.savez, images=images),
        "idx": IDX,
        "gz": gzip.compress(IDX),
        "png": encoded(noise()),
        "wav": WAV,
        "film": FILM,
        "raw": RAW,
    }


@pytest.mark.parametrize(
    ("kind", "told", "right"),
    [
        ("zip", "a zip file, whatever its name says; rename it so that it ends in .zip", ".zip"),
        ("npy", "a NumPy array (.npy), whatever its name says; rename it so that it ends in .npy", ".npy"),
        ("npz", "NumPy arrays, whatever its name says; rename it so that it ends in .npz", ".npz"),
        ("idx", "an IDX file, whatever its name says; rename it so that it ends in .idx", ".idx"),
        ("gz", "a gzip file, whatever its name says; rename it so that it ends in .gz", ".gz"),
    ],
)
def test_a_data_set_that_is_called_like_a_picture_is_named_and_read_by_its_right_name(
    kind, told, right, contents, tmp_path, opened
):
    path = tmp_path / "data.png"
    path.write_bytes(contents[kind])
    with pytest.raises(DataError) as caught:
        opened(path)
    assert str(caught.value) == f"{path}: {told}"
    assert len(opened(path.rename(tmp_path / f"data{right}"))) == 4


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("data.png", "wav", "a sound (WAV), whatever its name says; give a folder of images, or a zip, .npz"),
        ("data.png", "film", "an MPEG-4 file (.mp4, .mov or .m4a), whatever its name says; give a folder of images"),
        ("data.jpg", "raw", "camera raw: develop to PNG or JPEG, for instance with rawpy; one image is no data set"),
        ("data.png", "png", "one image is no data set; give the folder that it lies in"),
        ("data.zip", "png", "an image (PNG); one image is no data set; give a folder of images"),
        ("data", "png", "an image (PNG); one image is no data set; give a folder of images"),
        ("data.kra", "zip", "pictures in layers: save as PNG or JPEG; one image is no data set"),
        ("data.npy", "npz", "NumPy arrays in a zip file; rename it so that it ends in .npz"),
        ("data.zip", "npz", "NumPy arrays in a zip file; rename it so that it ends in .npz"),
        ("data.npz", "zip", "a zip file without arrays; rename it so that it ends in .zip if it holds images"),
    ],
)
def test_what_a_file_is_is_said_whatever_it_is_called(name, kind, told, contents, tmp_path, opened):
    path = tmp_path / name
    path.write_bytes(contents[kind])
    with pytest.raises(DataError) as caught:
        opened(path)
    assert str(caught.value).startswith(f"{path}: {told}")
    assert "; it begins as" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (WAV, "a sound (WAV) in a picture's place: get the picture anew"),
        (FILM, "an MPEG-4 file (.mp4, .mov or .m4a) in a picture's place: get the picture anew"),
        (b"\x93NUMPY\1\0", "a NumPy array (.npy) in a picture's place: rename it, and give it by itself"),
        (b"\x89PNG\r\n", "damaged, an image (PNG) by its first bytes: get it anew"),
        (b"words", "not an image of a known format"),
    ],
)
def test_what_lies_among_pictures_and_is_none_is_named(content, told):
    with pytest.raises(UnreadableError) as caught:
        decode(content, 1000)
    assert str(caught.value) == told


@pytest.mark.parametrize("suffix", ["", ".bin", ".txt", ".jpg_large"])
@pytest.mark.parametrize("packed", [False, True])
def test_pictures_that_are_called_something_else_are_told_with_the_mend(
    packed, suffix, folder, opened, encoded, noise, tmp_path
):
    def place(root, names):
        files = folder(
            root=root, **dict.fromkeys(names), **{f"{i}{suffix}": encoded(noise(), "JPEG") for i in range(7)}
        )
        if not packed:
            return files
        with zipfile.ZipFile(tmp_path / f"{root}.zip", "w") as archive:
            for path in sorted(files.iterdir()):
                archive.write(path, path.name)
        return tmp_path / f"{root}.zip"

    told = (
        f"7 other files (7 {suffix or 'no suffix'}), some begin as an image (JPEG) does: rename those that are images"
    )
    assert f"{told}; left out by name" in opened(place("some", ["a.png", "b.png"])).report.notes
    with pytest.raises(DataError, match=f"no images in it, only {re.escape(told)} "):
        opened(place("none", []))


def test_other_files_are_looked_into_without_harm(folder, opened, tmp_path):
    place = folder("a.png", "b.png", **{"notes.txt": b"words", "empty.bin": b"", "sound.dat": WAV})
    (place / "gone").symlink_to(place / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    (place / "pipe.bin").symlink_to(tmp_path / "pipe")
    assert "5 other files (2 .bin, 1 " in "\n".join(opened(place).report.notes)
