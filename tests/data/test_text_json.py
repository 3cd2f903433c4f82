"""Texts in JSON that are no fields of objects: strings, lists, and one object that holds the list."""

import gzip
import json

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError

WORDS = [f'Caf\u00e9 "{number}", and more' for number in range(30)]
STRINGS = "\n".join(map(json.dumps, WORDS))
LISTS = "\n".join(json.dumps([number, text]) for number, text in enumerate(WORDS))
READ = "the texts are JSON strings, read as JSON says: no quotation marks around them, no escapes"
DEEP = "lists or objects lie too deep in each other"


@pytest.fixture
def opened(tmp_path):
    """Opens a file of this content."""

    def open_content(content, name, **options):
        content = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(content)
        return open_source(str(tmp_path / name), "text", {"tokens": "char", "held_out": 0, **options}, {})

    return open_content


def texts(source):
    return source.tokenizer.decode_all(source.batch(np.arange(len(source)))["text"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", STRINGS),
        ("a.ndjson", "\ufeff" + STRINGS + "\n\n"),
        ("a.jsonl.gz", gzip.compress(STRINGS.encode(), mtime=0)),
        ("a.json", STRINGS),
        ("b.json", json.dumps(WORDS)),
        ("c.json", json.dumps(WORDS, indent=1)),
        ("b.jsonl", json.dumps(WORDS)),
    ],
)
def test_json_strings_are_texts_without_quotation_marks_and_escapes_and_told(opened, name, content):
    source = opened(content, name)
    assert texts(source) == WORDS
    assert READ in source.report.notes
    with pytest.raises(DataError, match="of texts, which have no fields; leave out -o column"):
        opened(content, name, column="text")


def test_what_is_no_string_among_them_is_skipped_and_named(opened):
    report = opened(STRINGS + '\n5\nplain\n{"a": 1}\n"two\\nlines"', "a.jsonl", skip_bad=1).report
    assert report.skipped == (
        ("line 31", "it is a number, no text"),
        ("line 32", "no JSON"),
        ("line 33", "it is an object, no text"),
    )
    assert "texts of several lines, read as one: 1 (the longest 2, line 34)" in report.notes


def test_a_long_first_string_is_one_all_the_same(opened):
    assert READ in opened(json.dumps("x" * 9000) + "\n" + STRINGS, "a.jsonl").report.notes


def test_a_txt_is_read_by_its_lines_and_told_where_they_have_escapes(opened):
    source = opened(STRINGS, "a.txt")
    assert texts(source)[0] == json.dumps(WORDS[0])
    assert "JSON lines of texts?; read as lines; a file called .jsonl is read as JSON says" in source.report.notes
    assert not any("JSON" in note for note in opened('"Well," he said.\n"No."\n' * 9 + "a", "b.txt").report.notes)


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", LISTS), ("a.json", f"[{LISTS.replace(chr(10), ',')}]")])
def test_a_value_of_lists_is_taken_by_its_number(opened, name, content):
    assert texts(opened(content, name, column="2")) == WORDS
    with pytest.raises(DataError, match=r"of lists; say by its number which value is the text, e.g. -o column=2"):
        opened(content, name)
    with pytest.raises(UnreadableDataError, match="1: a list of 2 values, no text; give the number of one"):
        opened(content, name, column="text")
    with pytest.raises(UnreadableDataError, match="1: a list of 2 values, no 3; give the number of one"):
        opened(content, name, column="3")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("options", [{}, {"column": "text"}, {"column": "data"}])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_an_object_that_holds_the_records_is_told(opened, indent, options, name):
    content = json.dumps({"data": [{"text": text} for text in WORDS * 20]}, indent=indent)
    with pytest.raises(DataError, match="a JSON object that holds a list in data, and texts are read from a list"):
        opened(content, name, **options)


def test_records_that_begin_with_a_list_are_json_lines(opened):
    lines = "\n".join(json.dumps({"tags": ["a", "b"], "text": text}) for text in WORDS)
    assert texts(opened(lines, "a.jsonl", column="text")) == WORDS


def test_json_that_lies_too_deep_is_told_in_plain_words(opened):
    with pytest.raises(DataError, match=DEEP):
        opened("[" * 100_000, "a.json", column="text")
    records = [json.dumps({"text": text}) for text in WORDS]
    report = opened("\n".join([*records, '{"text":' * 100_000]), "a.jsonl", column="text").report
    assert report.skipped == (("line 31", f"no JSON that can be read: {DEEP}"),)


@pytest.mark.parametrize(
    ("content", "told"),
    [('[\n{"text": 1}\n{}]', r"line 3, column 1: expecting ',' delimiter"), (b'[{"text": "\xe9"}]', "not UTF-8")],
)
def test_a_damaged_array_is_told_in_plain_words(opened, content, told):
    with pytest.raises(DataError, match=rf"cannot be read as JSON \({told}\)"):
        opened(content, "a.json", column="text")


def table(names, mark=","):
    return "\n".join([mark.join(names), *(mark.join([f"one {i} a", f"two {i} b", str(i)]) for i in range(30))])


def test_columns_of_one_name_are_never_chosen_in_silence(opened):
    content = table(["text", "text", "n"])
    with pytest.raises(DataError, match=r"several columns have one name \(text, text, n\); give each one of its own"):
        opened(content, "a.csv")
    with pytest.raises(DataError, match="columns 1 and 2 are both called text; give a number"):
        opened(content, "a.csv", column="text")
    source = opened(content, "a.csv", column="2")
    assert texts(source)[:2] == ["text", "two 0 b"]
    assert "the first row (text, text, n) is read as a text, since -o column gives a number" in source.report.notes


def test_vertical_bars_part_columns_as_well(opened):
    content = table(["id", "text", "n"], "|")
    assert texts(opened(content, "a.csv", column="text"))[0] == "two 0 b"
    with pytest.raises(DataError, match="a table of id, text, n; say which"):
        opened(content, "a.csv")
    assert any(
        note.startswith("a table of id, text, n?; read as lines") for note in opened(content, "a.txt").report.notes
    )


def test_a_tsv_that_is_parted_by_commas_is_told(opened):
    with pytest.raises(DataError, match=r"\(columns: id,text,n\); if its columns are parted by commas, call it"):
        opened(table(["id", "text", "n"]), "a.tsv", column="text")
