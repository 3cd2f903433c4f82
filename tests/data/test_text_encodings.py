"""Texts that are not UTF-8: read where it is known how, and named where it is not."""

import gzip
import sys

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError, UsageError
from multigan.modalities.text.reading.encodings import check_encoding

WORDS = ["the cat sat", "a dog ran off", "rain fell", "façade of café"]


@pytest.fixture
def opened(tmp_path):
    """Opens a file of these bytes."""

    def open_bytes(content, name="a.txt", **options):
        (tmp_path / name).write_bytes(content)
        return open_source(str(tmp_path / name), "text", {"tokens": "char", "held_out": 0, **options}, {})

    return open_bytes


def texts(source):
    return source.tokenizer.decode_all(source.batch(np.arange(len(source)))["text"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("mark", "encoding", "named"),
    [
        (b"\xff\xfe", "utf-16-le", "UTF-16"),
        (b"\xfe\xff", "utf-16-be", "UTF-16"),
        (b"\xff\xfe\0\0", "utf-32-le", "UTF-32"),
        (b"\0\0\xfe\xff", "utf-32-be", "UTF-32"),
    ],
)
def test_a_byte_order_mark_says_how_a_file_is_read(opened, mark, encoding, named, end):
    content = mark + end.join(WORDS).encode(encoding)
    for source in (opened(content), opened(gzip.compress(content), "a.txt.gz"), opened(content, encoding="cp1252")):
        assert texts(source) == WORDS
        assert f"read as {named}, as a byte order mark says: 1 file" in source.report.notes
    assert source.fingerprint == opened("\n".join(WORDS).encode()).fingerprint


@pytest.mark.parametrize(
    ("encoding", "given", "words"),
    [
        ("latin-1", "latin-1", WORDS),
        ("cp1252", "windows-1252", [*WORDS, "“so” … €"]),
        ("cp1251", "cp1251", ["мы идём", "домой"]),
        ("shift-jis", "shift-jis", ["東京は", "大きい都市"]),
        ("gb18030", "GB18030", ["我们今天", "去公园"]),
        ("utf-16-le", "utf-16", WORDS),
        ("utf-16-be", "utf-16-be", WORDS),
        ("cp037", "cp037", WORDS),
    ],
)
def test_the_option_says_it_where_nothing_else_does(opened, encoding, given, words):
    source = opened("\r\n".join(words).encode(encoding), encoding=given)
    assert texts(source) == words
    assert f"read as {check_encoding(given)} (option encoding)" in source.report.notes


@pytest.mark.parametrize(
    ("encoding", "line", "named"),
    [
        ("latin-1", "un café et une crêpe brûlée à Besançon", "latin-1"),
        ("cp1252", "il dit “déjà vu” … c'est l'été", "cp1252"),
        ("cp1250", "příliš žluťoučký kůň pěl ďábelské ódy", "cp1250"),
        ("cp1251", "мы идём домой по тёмной улице", "cp1251"),
        ("shift-jis", "東京は大きい都市です", "cp932"),
        ("gb18030", "这是一个中文句子我们今天去公园玩", "gb18030"),
    ],
)
def test_another_encoding_is_named_with_what_it_would_give(opened, encoding, line, named):
    content = "\n".join(f"{line} {number}" for number in range(50)).encode(encoding)
    with pytest.raises(UnreadableDataError) as refused:
        opened(content)
    assert f"give -o encoding={named}" in str(refused.value)
    assert repr(line)[1:9] in str(refused.value)
    assert len(opened(content, encoding=named)) == 50
    mostly = b"\n".join([*[b"plain %d" % number for number in range(99)], content.split(b"\n")[0]])
    assert any(f"give -o encoding={named}" in note for note in opened(mostly).report.notes)


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("cp437", "un café et une crêpe brûlée à Besançon"),
        ("mac_roman", "die Größe der Häuser überraschte"),
        ("mac_roman", "so “yes” he said"),
        ("cp850", "el niño comió mañana"),
        ("cp866", "мы идём домой по тёмной улице"),
        ("iso8859_5", "мы идём домой по тёмной улице"),
        ("cp874", "สวัสดีชาวโลก"),
        ("cp1256", "مرحبا بالعالم"),
    ],
)
def test_what_reads_as_garbage_is_not_offered(opened, encoding, line):
    with pytest.raises(UnreadableDataError) as refused:
        opened("\n".join(f"{line} {number}" for number in range(50)).encode(encoding))
    assert "-o encoding" not in str(refused.value)


@pytest.mark.parametrize("damage", [b"abc \xff def", b"it\xe2\x80 cut", b"caf\xc3", b"na\xc3\xafve caf\xc3\xa9 \xff"])
def test_a_damaged_byte_is_no_sign_of_an_encoding(opened, damage):
    notes = opened(b"\n".join([*[b"plain %d" % number for number in range(99)], damage])).report.notes
    assert not any("-o encoding" in note for note in notes)


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("koi8-r", "дом"),
        ("koi8-r", "Программа Windows XP работает в США"),
        ("cp1250", "zażółć gęślą jaźń"),
        ("euc-jp", "東京は大きい都市です"),
        ("big5", "今天天氣很好我們去公園玩"),
        ("cp949", "저는 한국어를 공부합니다"),
        ("latin-1", "20°C ±3 µm, 2º piso"),
        ("latin-1", "ÉCOLE NATIONALE À ROUEN"),
    ],
)
def test_the_first_guess_that_reads_like_a_text_is_offered(opened, encoding, line):
    with pytest.raises(UnreadableDataError) as refused:
        opened("\n".join(f"{line} {number}" for number in range(50)).encode(encoding))
    assert f"such lines read {line + ' 0'!r}"[:40] in str(refused.value)
    assert f"give -o encoding={encoding}" in str(refused.value)


def test_without_the_library_that_guesses_the_lines_are_still_named(opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    with pytest.raises(UnreadableDataError, match="line 1: not UTF-8"):
        opened("café\ncrêpe".encode("latin-1"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_wide_encoding_without_a_mark_is_named(opened, encoding):
    content = "\n".join(f"{word} {number}" for word in WORDS for number in range(9)).encode(encoding)
    with pytest.raises(DataError, match=f"without a byte order mark; give -o encoding={encoding}"):
        opened(content)
    assert len(opened(content, encoding=encoding)) == 36


def test_a_wrong_encoding_does_not_pass_in_silence(opened):
    plain = "\n".join(WORDS).encode()
    with pytest.raises(DataError, match=r"not utf-16-le \(no byte is 0\); leave out -o encoding"):
        opened(plain, encoding="utf-16")
    assert any(note.startswith("every line is UTF-8 as well") for note in opened(plain, encoding="cp1252").report.notes)
    latin = "\n".join(WORDS).encode("latin-1")
    assert not any("as well" in note for note in opened(latin, encoding="latin-1").report.notes)
    notes = opened("“so”\nno".encode("cp1252"), encoding="latin-1").report.notes
    assert "control characters, kept: in 1 line (first line 1: U+0093, a letter or mark in cp1252)" in notes
    with pytest.raises(UnreadableDataError, match=r"line 4: not cp932 \(byte 0xe9 after 13 others\)"):
        opened(latin, encoding="cp932")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("latin-2x", "did you mean latin-?2"),
        ("uft-8", "did you mean utf-8"),
        ("base64", "no encoding of this name is known"),
        ("idna", "no file of texts is written in it"),
        ("", "no encoding of this name is known"),
        ("a\0b", "no encoding of this name is known"),
    ],
)
def test_an_encoding_that_is_none_is_refused(opened, name, said):
    with pytest.raises(UsageError, match=said):
        opened(b"a\nb\n", encoding=name)
