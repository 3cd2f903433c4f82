"""What is odd in texts is noted, with how many lines and the first of them."""

import pytest

from multigan.data import open_source

LINES = [
    f"line number {number} of a text" for number in ("one", "two", "three", "four", "five", "six", "seven", "eight")
]


@pytest.fixture
def notes(tmp_path):
    """The notes on a file of these lines, and its texts."""

    def read(lines):
        (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
        source = open_source(str(tmp_path / "a.txt"), "text", {"tokens": "char", "held_out": 0}, {})
        return source.report.notes, source.tokenizer.decode_all(source.batch(range(len(source)))["text"])

    return read


@pytest.mark.parametrize(
    ("odd", "note", "text"),
    [
        ("a\x0cb", "unusual line breaks within a line, read as blanks: in 2 lines (first line 1: U+000C)", "a b"),
        ("a\u2028b", "unusual line breaks within a line, read as blanks: in 2 lines (first line 1: U+2028)", "a b"),
        ("a\ufeffb", "byte order marks within the text, left out: in 2 lines (first line 1: U+FEFF)", "ab"),
        ("a\x1b[0m", "control characters, kept: in 2 lines (first line 1: U+001B)", "a\x1b[0m"),
        ("caf\ufffd", "U+FFFD, which stands for what could not be read, kept: in 2 lines (first line 1: U+FFFD)", None),
    ],
)
def test_odd_characters(notes, odd, note, text):
    found, texts = notes([odd, *LINES, odd + "!"])
    assert note in found
    assert text is None or texts[0] == text


def test_files_that_were_put_together_have_no_mark_in_their_texts(notes):
    _, texts = notes(["\ufeffa b", *LINES, "\ufeffa b"])
    assert texts == ["a b", *LINES]


@pytest.mark.parametrize(
    ("lines", "begins"),
    [
        ([f"00:00:0{n},000 --> 00:00:0{n},900" for n in range(9)], "subtitles?"),
        ([f"{n}. {line}" for n, line in enumerate(LINES)], "numbered lines?"),
        ([f"<p>{line}</p>" for line in LINES], "HTML or XML?"),
    ],
)
def test_shapes_that_are_learnt_with_the_texts(notes, lines, begins):
    assert any(note.startswith(begins) for note in notes(lines)[0])


def test_plain_texts_have_no_such_notes(notes):
    found, _ = notes(
        [*LINES, "<3 you all", "3 men in a boat", "1914 was a year", "12:30 --> lunch?", "naïve “so” … 東京 \u200d"]
    )
    assert len(found) == 2, found


def test_files_of_a_folder_without_a_text_are_counted(tmp_path):
    (tmp_path / "a.txt").write_text("\n".join(LINES))
    (tmp_path / "b.txt").touch()
    (tmp_path / "c.txt").write_text("\n \n")
    notes = open_source(str(tmp_path), "text", {"tokens": "char"}, {}).report.notes
    assert "files without a text: 2 (first b.txt)" in notes
