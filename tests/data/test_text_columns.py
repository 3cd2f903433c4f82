"""Texts that are a field of JSON lines, of a JSON array or of a table."""

import gzip
import json
import shlex

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError

WORDS = [f"text {number}, and more" for number in range(30)]
RECORDS = [{"id": number, "text": text} for number, text in enumerate(WORDS)]
LINES = "\n".join(map(json.dumps, RECORDS))
TABLE = "id,text\n" + "".join(f'{number},"{text}"\n' for number, text in enumerate(WORDS))


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
        ("a.jsonl", LINES),
        ("a.ndjson", LINES + "\n\n"),
        ("a.txt", LINES),
        ("a.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)),
        ("a.json", json.dumps(RECORDS)),
        ("b.json", json.dumps(RECORDS, indent=2)),
        ("a.csv", TABLE),
        ("b.csv", TABLE.replace(',"', ';"').replace("id,", "id;")),
        ("a.tsv", TABLE.replace(',"', '\t"').replace("id,", "id\t")),
        ("c.csv", TABLE.encode("utf-16")),
    ],
)
def test_the_field_that_is_named_is_the_text(opened, name, content):
    source = opened(content, name, column="text")
    assert texts(source) == WORDS
    assert source.report.skipped == ()


def test_a_column_may_be_given_by_its_number_and_every_row_counts_then(opened):
    assert (
        texts(opened("".join(f"{number}\t{text}\n" for number, text in enumerate(WORDS)), "a.tsv", column="2")) == WORDS
    )


def test_line_breaks_within_a_field_become_blanks(opened):
    assert texts(opened('id,text\n1,"a\nb"\n2,"c ""d"""\n', "a.csv", column="text")) == ["a b", 'c "d"']
    assert texts(opened('{"text": "a\\nb"}\n{"text": "c"}', "a.jsonl", column="text")) == ["a b", "c"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", LINES, r"a\.jsonl: JSON lines of id, text; say which of them is the text, e\.g\. -o column=text"),
        ("a.json", json.dumps(RECORDS), r"a\.json: a JSON array of id, text; say which"),
        ("a.csv", TABLE, r"a\.csv: a table of id, text; say which"),
        ("b.json", json.dumps([1, 2, 3]), "a JSON array; save a text a line"),
        ("c.json", json.dumps({"a": 1}, indent=1), "a JSON object; save a text a line"),
    ],
)
def test_records_are_not_read_as_lines_without_a_word(opened, name, content, said):
    with pytest.raises(DataError, match=said):
        opened(content, name)


def test_lines_that_only_look_like_records_are_read_and_noted(opened):
    notes = opened(LINES, "a.txt").report.notes
    assert "JSON lines of id, text?; read as lines; -o column=NAME takes one field alone" in notes
    assert any(note.startswith("a table of id, text?") for note in opened(TABLE, "b.txt").report.notes)
    assert texts(opened("\n".join(WORDS[:3]).replace(",", ""), "a.csv")) == [
        word.replace(",", "") for word in WORDS[:3]
    ]


def test_what_has_no_such_text_is_skipped_counted_and_named(opened):
    odd = [{"id": 1}, {"text": None}, {"text": 5}, {"text": "a\0"}, {"text": "\ud800"}, {"text": " "}]
    content = LINES + "\n" + "\n".join(map(json.dumps, odd)) + '\n{"text":\n[]'
    report = opened(content, "a.jsonl", column="text", skip_bad=1).report
    assert report.skipped == (
        ("line 31", "no field text (fields: id)"),
        ("line 32", "its text is null, no text"),
        ("line 33", "its text is a number, no text"),
        ("line 34", "a NUL character in it, as in binary files"),
        ("line 35", "its text is not UTF-8"),
        ("line 37", "no JSON"),
        ("line 38", "no JSON object"),
    )
    assert (report.found, report.used) == (37, 30)
    assert "blank lines left out: 1" in report.notes


def test_rows_of_a_table_that_are_damaged_are_named(opened):
    content = TABLE.encode() + b'31\n32,caf\xe9\n33,"ok"x\n34,"never\nclosed\n'
    assert opened(content, "a.csv", column="text", skip_bad=1).report.skipped == (
        ("line 32", "1 column, no text"),
        ("line 33", "its text is not UTF-8"),
        ("line 34", "no row of a table (',' expected after '\"'); look at its quotation marks"),
        (
            "line 35",
            "no row of a table, which goes on to line 36 (unexpected end of data); look at its quotation marks",
        ),
        ("line 36", "1 column, no text"),
    )


def test_a_column_that_is_not_there_is_refused(opened):
    with pytest.raises(UnreadableDataError, match=r"line 1: no field txt; did you mean text\? \(fields: id, text\)"):
        opened(LINES, "a.jsonl", column="txt")
    with pytest.raises(DataError, match=r"a\.csv: no column txt; did you mean text\? \(columns: id, text\)"):
        opened(TABLE, "a.csv", column="txt")
    with pytest.raises(DataError, match="no column 3"):
        opened(TABLE, "a.csv", column="3")
    with pytest.raises(DataError, match="no records in it to take text from"):
        opened("a\nb\n", "a.txt", column="text")


def test_in_a_folder_the_files_of_records_are_read(tmp_path):
    (tmp_path / "a.jsonl").write_text(LINES)
    (tmp_path / "b.csv").write_text("id,text\n1,last\n")
    (tmp_path / "README.txt").write_text("no record")
    source = open_source(str(tmp_path), "text", {"tokens": "char", "held_out": 0, "column": "text"}, {})
    assert texts(source) == [*WORDS, "last"]
    assert any("1 .txt" in note for note in source.report.notes)


PLAIN = [f"text {number}" for number in range(60)]


@pytest.mark.parametrize("marked", [(5,), (5, 20), (5, 20, 21, 58), (58, 59)])
def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_alone(opened, marked):
    rows = [f'{number},"{text}' if number in marked else f"{number},{text}" for number, text in enumerate(PLAIN)]
    source = opened("id,text\n" + "\n".join(rows) + "\n", "a.csv", column="text", skip_bad=0.1)
    assert texts(source) == [text for number, text in enumerate(PLAIN) if number not in marked]
    assert [place for place, _ in source.report.skipped] == [f"line {number + 2}" for number in marked]
    assert source.report.found == 60


def test_a_quotation_mark_that_is_closed_in_another_row_costs_its_own_row_alone(opened):
    rows = [f"{number},{text}" for number, text in enumerate(PLAIN)]
    rows[5], rows[20] = '5,"text 5', '20,text 20"'
    source = opened("id,text\n" + "\n".join(rows), "a.csv", column="text", long="cut", max_tokens=9)
    (place, reason), *others = source.report.skipped
    assert (place, others) == ("line 7", [])
    assert reason.startswith("no row of a table, which goes on to line 22 (these look like rows of their own)")
    assert (source.report.found, 'text 20"' in texts(source)) == (60, True)


def test_texts_of_several_lines_are_noted(opened):
    source = opened('id,text\n1,"a\nb"\n2,"c\n\nd, e"\n3,f\n', "a.csv", column="text")
    assert texts(source) == ["a b", "c  d, e", "f"]
    assert "texts of several lines, read as one: 2 (the longest 3, line 4)" in source.report.notes


def test_a_comma_without_quotation_marks_cuts_no_text(opened):
    report = opened(TABLE + "31,well, then\n32,ends,\n", "a.csv", column="text").report
    assert report.skipped == (("line 32", "3 columns where the first row has 2 (quotation marks left out?)"),)
    assert report.found == 32


@pytest.mark.parametrize("above", ["sep=,\n", "# by me\n", "# by me, with care\n\n# and love\n", "sep=,\n# by me\n"])
def test_what_stands_above_a_table_of_texts_is_no_heading(opened, above):
    assert texts(opened(above + TABLE, "a.csv", column="text")) == WORDS
    assert texts(opened((above + TABLE).encode("utf-8-sig"), "a.csv", column="text")) == WORDS
    with pytest.raises(DataError, match="a table of id, text; say which"):
        opened(above + TABLE, "a.csv")


def test_the_line_that_says_the_mark_is_believed(opened):
    table = "sep=|\nid|text\n" + "".join(f"{number}|{text}; well\n" for number, text in enumerate(WORDS))
    assert texts(opened(table, "a.csv", column="text")) == [f"{text}; well" for text in WORDS]


SINGLE = "text\n" + "".join(f'"{text} ""here"""\n' for text in WORDS) + "well, unquoted\n"


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_table_of_one_column_is_read_by_it(opened, name):
    expected = [*(f'{text} "here"' for text in WORDS), "well, unquoted"]
    assert texts(opened(SINGLE, name, column="text")) == expected
    assert texts(opened(SINGLE, name, column="1")) == ["text", *expected]
    assert texts(opened("sep=;\n" + SINGLE, name, column="text")) == expected
    with pytest.raises(DataError, match="a table of text, with quotation marks around texts; -o column=text reads"):
        opened(SINGLE, name)
    with pytest.raises(DataError, match="a table of 1 column, with quotation marks around texts; -o column=1 reads"):
        opened(SINGLE.removeprefix("text\n"), name)


def test_one_column_without_quotation_marks_is_lines_and_noted(opened):
    plain = "\n".join(PLAIN)
    source = opened("text\n" + plain, "a.csv")
    assert texts(source) == ["text", *PLAIN]
    assert any(note.startswith("a table of text?; read as lines; -o column=NAME") for note in source.report.notes)
    assert not any(
        "table" in note for note in opened("Well, it was dark.\n".replace(",", "") + plain, "a.csv").report.notes
    )


@pytest.mark.parametrize(
    ("fields", "advised"),
    [
        ({"id": 7, "comment": "a nice thing", "stars": 3}, "comment"),
        ({"title": 5, "remark": "a nice thing", "url": "https://example.org/a/long/way/down"}, "remark"),
        ({"id": 7, "text": "nice", "author": "a. b. and others"}, "text"),
        ({"id": 7, "my words": "a nice thing", "n": "5"}, "my words"),
        ({"id": 7, "word's": "nice"}, "word's"),
        ({"": 7, "comment": "nice"}, "comment"),
    ],
)
def test_the_field_that_looks_like_text_is_advised(opened, fields, advised):
    table = ",".join(fields) + "\n" + (",".join(map(str, fields.values())) + "\n") * 9
    for name, content in (
        ("a.csv", table),
        ("a.jsonl", "\n".join([json.dumps(fields)] * 9)),
        ("a.json", json.dumps([fields])),
    ):
        with pytest.raises(DataError, match="say which of them is the text") as caught:
            opened(content, name)
        assert shlex.split(str(caught.value).partition("-o ")[2]) == [f"column={advised}"]


def test_no_field_is_advised_where_none_looks_like_text(opened):
    with pytest.raises(DataError, match="a table of x, y; none looks like text; if one is, give -o column=NAME"):
        opened("x,y\n" + "1,2\n" * 9, "a.csv")
    with pytest.raises(DataError, match=r"looks like no heading \(1\.5, 2\.5\); for one text a line call it \.txt"):
        opened("1.5,2.5\n" * 9, "a.csv")
    with pytest.raises(DataError, match=r"looks like no heading \(It was dark, he said\.\); .*, e\.g\. -o column=1$"):
        opened("It was dark, he said.\nAnd very cold, she said.\n" * 9, "a.csv")
