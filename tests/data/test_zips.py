"""Zip files: like the folder that they hold, and never more than that."""

import struct
import zipfile

import pytest

from multigan.errors import DataError


@pytest.fixture
def zipped(tmp_path, noise, encoded):
    """A zip file with these members: `zipped({"a.png": None, "b.png": b"..."})`, None for a good image."""

    def make(members, kind=zipfile.ZIP_STORED, name="data.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", kind) as archive:
            for member, content in members.items():
                archive.writestr(member, encoded(noise()) if content is None else content)
        return tmp_path / name

    return make


def patch_directory(path, offset, value):
    """Overwrites a 32-bit field of every entry of the central directory."""
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + offset : at + offset + 4] = struct.pack("<I", value)
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)


COMPRESSED_SIZE, EXPANDED_SIZE = 20, 24


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_is_read_like_its_folder(kind, zipped, folder, opened, noise, encoded):
    members = {f"set/{c}/{i}.png": encoded(noise()) for c in "ab" for i in range(3)}
    hidden = {"__MACOSX/set/a/._0.png": b"x", "set/.DS_Store": b"x"}
    from_zip, from_folder = opened(zipped(members | hidden, kind)), opened(folder(**members))
    assert from_zip.classes == ("a", "b")
    assert from_zip.fingerprint == from_folder.fingerprint
    assert from_zip.report.found == 6


def test_nothing_is_written_to_disk(zipped, opened, tmp_path):
    path = zipped({"a/1.png": None, "b/2.png": None})
    opened(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["../a.png", "x/../../a.png", "/etc/a.png", "C:/a.png", "..\\a.png", "\\a.png"])
def test_a_member_that_leaves_the_folder_is_refused(name, zipped, opened):
    with pytest.raises(DataError, match=r"its member .*a\.png leaves the folder; do not trust this file"):
        opened(zipped({"good.png": None, name: None}))


def test_a_zip_that_claims_terabytes_is_refused_unread(zipped, opened):
    path = zipped({f"{i}.png": None for i in range(300)})
    patch_directory(path, EXPANDED_SIZE, 0xFFFFFFF0)
    with pytest.raises(DataError, match=r"bytes that would expand to 1,288,490,[0-9,]+; do not trust"):
        opened(path)


def test_members_that_share_their_bytes_are_refused(zipped, opened):
    path = zipped({f"{i}.png": None for i in range(10)})
    patch_directory(path, COMPRESSED_SIZE, path.stat().st_size)
    with pytest.raises(DataError, match="its members overlap"):
        opened(path)


def test_one_member_that_is_packed_too_densely_is_skipped(zipped, opened, noise, encoded):
    members = {f"{i}.png": encoded(noise(64, 64)) for i in range(30)}
    source = opened(zipped(members | {"bomb.png": bytes(50 << 20)}, zipfile.ZIP_DEFLATED))
    assert [name for name, _ in source.report.skipped] == ["bomb.png"]
    assert "that would expand to 52,428,800" in source.report.skipped[0][1]


def test_one_member_larger_than_any_image_is_skipped_by_its_declared_size(zipped, opened):
    path = zipped({**{f"{i}.png": None for i in range(30)}, "large.png": bytes(2 << 20)})
    source = opened(path, max_pixels="100")
    assert source.report.skipped == (("large.png", "expands to 2,097,152 bytes, more than 1,049,376"),)


def test_a_member_that_holds_more_than_it_declares_is_skipped(zipped, opened, noise, encoded):
    path = zipped({"1.png": None, "liar.png": encoded(noise(64, 64))}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + EXPANDED_SIZE : at + EXPANDED_SIZE + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert opened(path, skip_bad="0.5").report.skipped[0][0] == "liar.png"


def test_an_encrypted_member_is_skipped(zipped, opened):
    path = zipped({"1.png": None, "2.png": None})
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert opened(path, skip_bad="0.5").report.skipped == (("2.png", "encrypted"),)


def test_a_damaged_member_is_skipped(zipped, opened, noise, encoded):
    path = zipped({"1.png": None, "2.png": encoded(noise(64, 64))}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    middle = len(data) * 2 // 3
    data[middle : middle + 50] = bytes(50)
    path.write_bytes(data)
    ((name, reason),) = opened(path, skip_bad="0.5").report.skipped
    assert name == "2.png"
    assert "damaged in the zip file" in reason


@pytest.mark.parametrize("keep", [40, -30])
def test_a_truncated_zip_is_told(keep, zipped, opened):
    path = zipped({"1.png": None})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="cannot be opened as a zip file"):
        opened(path)


def test_a_zip_without_images_counts_what_it_holds(zipped, opened):
    with pytest.raises(DataError, match=r"no images in it, only 1 other file \(1 \.txt\)"):
        opened(zipped({"a.txt": b"x"}))
    with pytest.raises(DataError, match="no images in it, it is empty"):
        opened(zipped({}))


def test_text_in_an_archive_is_no_bomb(zipped, opened):
    text = "".join(f"{i}.png,class {i % 7}\n" for i in range(200_000)).encode()
    assert len(opened(zipped({"1.png": None, "list.csv": text}, zipfile.ZIP_DEFLATED))) == 1
