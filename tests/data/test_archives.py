"""Archives that are not read: what they are, and that they must be unpacked, is said of all of them."""

import bz2
import gzip
import io
import lzma
import tarfile

import pytest

from multigan.data import open_source
from multigan.errors import DataError


def tar(mode):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        archive.addfile(tarfile.TarInfo("1.png"), io.BytesIO())
    return buffer.getvalue()


ARCHIVES = {
    "x.tar": (tar("w"), "a tar archive"),
    "x.tar.gz": (tar("w:gz"), "a tar archive packed by gzip"),
    "x.tgz": (tar("w:gz"), "a tar archive packed by gzip"),
    "called.npz": (tar("w:gz"), "a tar archive packed by gzip"),
    "x.tar.bz2": (tar("w:bz2"), "packed by bzip2"),
    "empty.bz2": (bz2.compress(b""), "packed by bzip2"),
    "x.tar.xz": (tar("w:xz"), "packed by xz"),
    "x.lzma": (lzma.compress(b"x", lzma.FORMAT_ALONE), "packed by LZMA"),
    "x.7z": (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7z archive"),
    "x.rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    "x.tar.zst": (b"\x28\xb5\x2f\xfd\0", "packed by Zstandard"),
    "x.lz4": (b"\x04\x22\x4d\x18\0", "packed by LZ4"),
    "old.tar": (b"a name, then zeros" + bytes(1000), "a tar archive"),
    "x.dmg": (b"anything", "a disk image"),
}


@pytest.mark.parametrize("modality", ["images", "audio", "text", "points", "clips"])
@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_told_by_its_kind_and_its_mend(name, modality, tmp_path):
    content, kind = ARCHIVES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as error:
        open_source(str(tmp_path / name), modality, {}, {})
    assert str(error.value).endswith(f"{name}: {kind}, which is not read as it is; unpack it and give the folder")


def test_a_text_that_begins_like_one_is_none(tmp_path):
    (tmp_path / "x.txt").write_text("".join(f"BZh, said number {i}, and went\n" for i in range(60)))
    assert open_source(str(tmp_path / "x.txt"), "text", {"tokens": "char"}, {}).report.found == 60


def test_a_damaged_gzip_file_is_told_as_before(tmp_path, opened):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"hello" * 99)[:12])
    with pytest.raises(DataError, match="cannot be read as an IDX file"):
        opened(tmp_path / "x.gz")


def test_those_among_pictures_are_counted_and_named(folder, opened):
    source = opened(folder("1.png", **{"more.tar.gz": b"", "a.7z": b"", "b.ZIP": b"", "c.txt": b""}))
    told = [note for note in source.report.notes if "left out" in note]
    assert told == [
        "3 other files (1 .7z, 1 .tar.gz, 1 .zip), archives: unpack for what they hold; left out by name",
        "1 other file (1 .txt) left out: not images by name",
    ]


def test_a_folder_of_nothing_else_says_what_to_do(folder, opened):
    with pytest.raises(DataError, match=r"no images in it, only 1 other file \(1 \.tar\), archives: unpack"):
        opened(folder(**{"pictures.tar": b""}))


def test_a_packed_tar_archive_among_texts_is_no_text(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"a line {i} of some words\n" for i in range(60)))
    (tmp_path / "b.tar.gz").write_bytes(tar("w:gz"))
    source = open_source(str(tmp_path), "text", {"tokens": "char"}, {})
    assert not source.report.skipped
    assert any("(1 .tar.gz), archives: unpack" in note for note in source.report.notes)
