"""Lines from files of every kind, and from files that are no text."""

import gzip
import io
import itertools
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from multigan.builtin import DATASETS
from multigan.data import open_source
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError, UsageError
from multigan.modalities.text.reading.lines import LONGEST, Lines, tidy
from multigan.recipe import DataSource

NAMED = {dataset.name: dataset for dataset in DATASETS}
WORDS = ["the cat sat", "a dog ran off", "x", "y", "rain fell", "z"]


def opened(place, datasets=NAMED, **options):
    """Opens texts, by characters and none held out where nothing else is said."""
    return open_source(str(place), "text", {"tokens": "char", "held_out": 0, **options}, datasets)


def texts(source):
    return source.tokenizer.decode_all(source.batch(np.arange(len(source)))["text"])


@pytest.fixture
def written(tmp_path):
    """A file of these bytes, or of these lines: `written(b"...", "a.txt")`."""

    def write(content, name="a.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else "".join(f"{x}\n" for x in content).encode())
        return path

    return write


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_every_system_and_a_byte_order_mark(written, ends, last):
    content = "\ufeff" + ends.join(WORDS) + ends * last
    source = opened(written(content.encode()))
    assert texts(source) == WORDS
    assert (source.report.found, source.report.skipped) == (len(WORDS), ())


def test_every_mixture_of_line_ends_is_read_as_python_reads_it():
    for content in map("".join, itertools.product("ab\r\n", repeat=5)):
        lines = Lines()
        lines.read(io.BytesIO(content.encode()), "")
        assert lines.texts == [line for line in io.StringIO(content, newline=None).read().split("\n") if line], content


def test_blank_lines_and_copies_are_left_out_and_counted(written):
    place = written([*WORDS, "", "  ", WORDS[0], "\t", WORDS[0]])
    assert texts(opened(place)) == WORDS
    notes = opened(place).report.notes
    assert "blank lines left out: 3" in notes
    assert "exact copies of another left out: 2" in notes
    assert texts(opened(place, deduplicate=False)) == [*WORDS, WORDS[0], WORDS[0]]


def test_what_could_break_a_line_of_output_becomes_a_blank():
    assert tidy("\ta\tb\x0bc\x85d\u2028e\u2029 \x1c") == "a b c d e"
    assert tidy("a \u2581b") == "a _b"
    assert len(tidy("a\x0c\x1d\x1e\x1fb\r").splitlines()) == 1


def test_gzip_folder_and_zip_give_the_same_texts(written, tmp_path):
    written(WORDS[:2], "set/2.txt")
    written(gzip.compress("".join(f"{x}\n" for x in WORDS[2:4]).encode()), "set/10.txt.gz")
    written(WORDS[4:], "set/below/1.text")
    written(b"x,y\n", "set/other.csv")
    source = opened(tmp_path / "set")
    assert texts(source) == WORDS
    assert "3 files, read one after another" in source.report.notes
    assert any("1 .csv" in note for note in source.report.notes)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in ("2.txt", "10.txt.gz", "below/1.text"):
            archive.write(tmp_path / "set" / name, name)
    assert texts(opened(tmp_path / "set.zip")) == WORDS


def test_a_line_that_is_not_utf8_is_named_by_file_and_line_and_skipped(written, tmp_path):
    lines = [f"line {number} of many".encode() for number in range(30)]
    lines[6] = b"caf\xe9"
    place = written(b"\n".join(lines))
    source = opened(place)
    assert source.report.skipped == (("line 7", "not UTF-8 (byte 0xe9 after 3 others)"),)
    assert (source.report.found, source.report.used) == (30, 29)
    assert opened(tmp_path).report.skipped[0][0] == "a.txt: line 7"
    with pytest.raises(UnreadableDataError, match=r"a\.txt: 1 of 30 lines .*line 7: not UTF-8.*skip_bad=0\.034"):
        opened(place, skip_bad=0.01)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 bytes; get it anew"),
        (b"\n\r\n  \n", "no text in it, 3 blank lines"),
        (b"only one\n\n", "one text only; give at least a batch"),
        (b"one\none\none", "one text only"),
        (b"\x00\x01\x02" * 99, "none of 1 lines can be used (line 1: a NUL character in it"),
        (
            bytes(range(1, 128)) * 9,
            "the file: a binary file (162 of its first 1,143 bytes are control characters), no text",
        ),
        (bytes(99), "the file: a binary file (nothing but bytes of 0), no text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "the file: an image (PNG), no text"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "the file: a Windows program (.exe, .dll), no text"),
        (pickle.dumps({"a": [1.5]}), "the file: a Python pickle, no text"),
        (gzip.compress(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", mtime=0), "the file: an image (PNG), no text"),
        (b"version https://git-lfs.github.com/spec/v1\noid x\n", "git lfs pull gets the file"),
        (
            "a\u2028b\u2028c".encode(),
            "one text only; give at least a batch of different ones, one a line (unusual line",
        ),
        (b"a" * (LONGEST + 1), "line 1: longer than 1 MiB; give one text a line"),
        (b"\x1f\x8bno gzip", "cannot be read to its end"),
        (b"PK\x03\x04 no zip", "cannot be opened as a zip file"),
        (b"\xff\xfd\n\xfa\n", "none of 2 lines can be used (line 1: not UTF-8"),
    ],
)
def test_a_file_without_texts_is_refused(written, content, said):
    with pytest.raises(DataError) as refused:
        opened(written(content))
    assert said in str(refused.value)
    assert "a.txt: " in str(refused.value)


@pytest.mark.parametrize("number", [0, 5, 1500])
@pytest.mark.parametrize("count", [1, 5000])
def test_nul_characters_cost_their_line_wherever_it_stands(written, number, count):
    lines = [f"line number {at} of a text" for at in range(2000)]
    lines[number] += "\0" * count
    report = opened(written(lines), max_tokens=99).report
    assert report.skipped == ((f"line {number + 1}", "a NUL character in it, as in binary files"),)
    assert (report.found, report.used) == (2000, 1999)


def test_a_large_file_of_the_old_macintosh_is_no_single_line(written):
    lines = [f"line number {number} of a text that is long" for number in range(30_000)]
    lines_read = Lines()
    lines_read.read(io.BytesIO("\r".join(lines).encode()), "")
    assert (lines_read.texts, lines_read.bad) == (lines, [])


def test_equal_texts_that_are_kept_are_refused(written):
    with pytest.raises(DataError, match="all 3 texts are equal"):
        opened(written(["one"] * 3), deduplicate=False)


def test_of_a_file_that_is_cut_short_what_is_there_is_read_and_the_rest_told(written):
    content = gzip.compress("".join(f"{number} words\n" for number in range(5000)).encode())
    source = opened(written(content[:-3000], "a.txt.gz"))
    assert 100 < source.report.used < 5000
    [(name, reason)] = source.report.skipped
    assert name == "the file"
    assert "cannot be read to its end" in reason


def test_a_binary_file_among_many_is_one_skipped_file(written, tmp_path):
    written([f"{word} {number}" for word in WORDS for number in range(10)], "set/a.txt")
    written(b"\x00" * 5000, "set/b.txt")
    assert opened(tmp_path / "set").report.skipped[0][0] == "b.txt"


class Endless(io.RawIOBase):
    """A stream of one line of so many bytes, between two short ones, that is nowhere in memory."""

    def __init__(self, size):
        self.position, self.middle = 0, memoryview(b"a" * (1 << 20))
        self.ends = 6, 6 + size

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, position, whence=0):
        self.position = position
        return position

    def readinto(self, buffer):
        """Fills the buffer from where the stream stands."""
        begin, end = self.ends
        if self.position < begin:
            content = b"first\n"[self.position :]
        elif self.position < end:
            content = self.middle[: end - self.position]
        else:
            content = b"\nlast\n"[self.position - end :]
        count = min(len(content), len(buffer))
        buffer[:count] = content[:count]
        self.position += count
        return count


def test_a_line_of_two_gigabytes_is_skipped_in_little_memory():
    lines = Lines()
    with io.BufferedReader(Endless(2 << 30), 1 << 20) as file:
        tracemalloc.start()
        try:
            lines.read(file, "big.txt")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert lines.texts == ["first", "last"]
    assert lines.bad == [("big.txt: line 2", "longer than 1 MiB; give one text a line")]
    assert peak < 16 << 20


@pytest.mark.parametrize("size", [LONGEST - 1, LONGEST, LONGEST + 1])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_the_longest_line_is_read_and_one_byte_more_is_not(written, size, end):
    lines = Lines()
    with open(written(b"a\n" + b"b" * size + end), "rb") as file:
        lines.read(file, "")
    assert [len(text) for text in lines.texts] == ([1, size] if size <= LONGEST else [1])
    assert len(lines.bad) == (size > LONGEST)


def test_more_text_than_memory_should_hold_is_refused(monkeypatch):
    monkeypatch.setattr("multigan.modalities.text.reading.lines.MOST", 20)
    lines = Lines()
    lines.add("0123456789")
    with pytest.raises(DataError, match="of text, which training keeps in memory"):
        lines.add("01234567890")


def test_texts_where_something_else_is_expected_and_the_reverse(written, tmp_path, folder):
    place = written(WORDS)
    with pytest.raises(DataError, match="not a kind of file that images are read from"):
        open_source(str(place), "images", {}, NAMED)
    with pytest.raises(DataError, match="no images in it, only 1 other file"):
        open_source(str(tmp_path), "images", {}, NAMED)
    with pytest.raises(DataError, match=r"no texts in it, only 2 other files \(2 \.png\)"):
        opened(folder("1.png", "2.png"))
    with pytest.raises(UsageError, match="digits holds images, not text"):
        opened("digits")
    with pytest.raises(UsageError, match="only images are read from there"):
        opened("hf:some/thing")


def test_a_data_set_of_a_plugin_may_be_lines(monkeypatch):
    monkeypatch.setattr("multigan.modalities.text.pydoc.load", lambda: iter(["a\tb", "", "c d"]))
    named = DataSource(name="own", summary="", modality="text", load="multigan.modalities.text.pydoc:load")
    assert texts(opened("own", {"own": named})) == ["a b", "c d"]
