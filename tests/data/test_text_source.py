"""Texts as training reads them: lengths, what is held out, fingerprints, batches, options."""

import json
import random

import numpy as np
import pytest

from multigan.builtin import DATASETS
from multigan.cli import main
from multigan.data import batches, describe_source, open_source
from multigan.errors import DataError, UsageError
from multigan.modalities.text import pydoc
from multigan.modalities.text.tokens import END, NumberTokenizer, Tokens
from multigan.recipe import DataSource

NAMED = {dataset.name: dataset for dataset in DATASETS}
# Of 2 to 11 words; one text in thirty of 41.
WORDS = ["red", "blue", "green", "cat", "dog", "runs", "sleeps", "often", "never", "here"]
LINES = [
    " ".join(random.Random(number).choices(WORDS, k=40 if number % 30 == 0 else 2 + number % 9)) + f" {number}"
    for number in range(300)
]


@pytest.fixture
def lines(tmp_path):
    """A file of lines: `lines(LINES)`."""

    def write(texts, name="a.txt"):
        path = tmp_path / name
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return path

    return write


def opened(place, **options):
    return open_source(str(place), "text", options, NAMED)


def texts(source, rows=None):
    return source.tokenizer.decode_all(source.batch(np.arange(len(source)))["text"] if rows is None else rows)


def test_a_row_is_a_text_its_end_and_ends(lines):
    source = opened(lines(LINES), tokens="word", vocabulary=12, deduplicate=False)
    assert source.vocabulary == 12
    assert (source.end, source.oracle, source.classes, source.condition) == (END, "", (), 0)
    rows = source.batch(np.arange(len(source)))["text"]
    assert rows.dtype == np.int32
    assert rows.shape == (len(source), *source.shape)
    for row in rows.tolist():
        first = row.index(END)
        assert set(row[first:]) == {END}
    np.testing.assert_array_equal(source.lengths(), [row.index(END) + 1 for row in rows.tolist()])
    np.testing.assert_array_equal(source[3]["text"], rows[3])
    with pytest.raises(IndexError):
        source[len(source)]
    facts = describe_source(source)
    assert (facts.vocabulary, facts.end, facts.shape, facts.count) == (12, END, source.shape, len(source))


def test_the_usual_length_is_that_of_nearly_all_and_longer_texts_are_left_out_and_counted(lines):
    source = opened(lines(LINES), tokens="char", held_out=0)
    sizes = sorted(map(len, LINES))
    limit = source.shape[0] - 1
    assert 0.94 < np.mean(np.array(sizes) <= limit) < 0.97
    assert len(source) == source.report.used == sum(size <= limit for size in sizes)
    assert set(texts(source)) == {line for line in LINES if len(line) <= limit}
    longer = len(LINES) - len(source)
    assert f"longer than {limit} tokens, left out: {longer} (options max_tokens, long)" in source.report.notes
    assert opened(lines(["a" * 99 + str(n) for n in range(9)]), tokens="char", max_tokens=101).shape == (102,)


def test_longer_texts_are_cut_where_that_is_asked(lines):
    source = opened(lines(LINES), tokens="char", max_tokens=10, long="cut", held_out=0)
    assert texts(source) == [line[:10].strip() for line in LINES]
    assert source.shape == (11,)
    assert (source.batch(np.arange(300))["text"][:, -1] == END).all()
    assert any(note.startswith("longer than 10 tokens, cut: ") for note in source.report.notes)


def test_no_text_short_enough_is_an_error_that_says_the_shortest(lines):
    with pytest.raises(DataError, match="no text has at most 2 tokens, the shortest 5; raise max_tokens, or cut"):
        opened(lines(["abcde", "abcdefg", "gfedcba"]), tokens="char", max_tokens=2)


def test_what_is_held_out_is_the_same_in_any_order_and_never_in_training(lines):
    source = opened(lines(LINES), max_tokens=400)
    out = set(texts(source, source.held_out))
    assert len(out) == len(source.held_out) == 30
    assert not out & set(texts(source))
    assert out | set(texts(source)) == set(LINES)
    other = opened(lines(LINES[::-1]), max_tokens=400)
    assert set(texts(other, other.held_out)) == out
    assert source.held_out.dtype == np.int32
    copies = opened(lines(LINES * 2), max_tokens=400, deduplicate=False)
    assert not set(texts(copies, copies.held_out)) & set(texts(copies))
    assert opened(lines(LINES), held_out=0).held_out.shape[0] == 0


def test_the_smallest_set_has_something_on_either_side(lines):
    for share in (0.01, 0.9):
        source = opened(lines(["ab", "ba"]), tokens="char", held_out=share)
        assert (len(source), len(source.held_out)) == (1, 1)


def test_texts_that_are_held_out_can_be_read_back_though_training_never_saw_their_characters(lines):
    place = lines([chr(0x4E00 + number) * 3 for number in range(50)])
    source = opened(place, tokens="unigram", held_out=0.5)
    assert len(set("".join(texts(source, source.held_out)))) == len(source.held_out) == 25
    assert "every text can be read back from its tokens" in source.report.notes


def test_what_has_no_token_is_told(lines):
    source = opened(lines(LINES), tokens="word", vocabulary=7)
    [note] = [note for note in source.report.notes if "no token" in note]
    assert note.startswith("words that are no token: ")
    assert "\u2047" in "".join(texts(source))


def test_the_fingerprint_is_of_the_texts_and_of_what_changes_their_tokens(lines):
    place = lines(LINES)
    first = opened(place).fingerprint
    assert opened(lines(LINES, "b.txt")).fingerprint == first
    assert opened(lines([*LINES, "", f"  {LINES[0]}"], "b.txt")).fingerprint == first
    for changed in ({"tokens": "char"}, {"vocabulary": 40}, {"max_tokens": 20}, {"long": "cut"}, {"held_out": 0.2}):
        assert opened(place, **changed).fingerprint != first, changed
    assert opened(lines([*LINES[:-1], f"{LINES[-1]}."])).fingerprint != first


def test_batches_go_on_where_they_stopped(lines):
    place = lines(LINES)
    stream = batches(opened(place), 32, seed=3)
    seen = [next(stream)["text"] for _ in range(20)]
    assert {batch.shape for batch in seen} == {(32, *opened(place).shape)}
    np.testing.assert_array_equal(next(batches(opened(place), 32, seed=3, start=19))["text"], seen[19])
    count = len(opened(place))
    assert len({tuple(row) for row in np.concatenate(seen)[:count].tolist()}) == count


def test_the_tokenizer_of_another_run_makes_the_same_tokens_of_other_texts(lines, tmp_path):
    first = opened(lines(LINES), max_tokens=50)
    first.tokenizer.save(tmp_path / "tokenizer.model")
    options = {"tokenizer": str(tmp_path / "tokenizer.model"), "max_tokens": 50, "held_out": 0}
    other = opened(lines(["green cat sleeps 7", "zzz ß"]), **options)
    assert other.shape == first.shape
    assert other.tokenizer.content == first.tokenizer.content
    assert other[0]["text"].tolist()[:-1] == [*first.tokenizer.encode("green cat sleeps 7"), *[END] * 50][:50]
    assert any("such as z ß" in note for note in other.report.notes)
    with pytest.raises(DataError, match=r"gone\.model: no tokenizer there"):
        opened(lines(LINES), tokenizer=str(tmp_path / "gone.model"))


@pytest.fixture
def numbered(monkeypatch):
    """Opens a data set whose `load()` gives these tokens."""

    def make(ids, vocabulary=9, oracle="", **options):
        monkeypatch.setattr(pydoc, "load", lambda: Tokens(ids, vocabulary, oracle))
        named = DataSource(name="numbers", summary="", modality="text", load="multigan.modalities.text.pydoc:load")
        return open_source("numbers", "text", options, {"numbers": named})

    return make


def test_data_that_are_tokens_already_stay_as_they_are(numbered):
    ids = np.arange(60).reshape(20, 3) % 9
    source = numbered(ids, 12, "who wrote them", held_out=0)
    np.testing.assert_array_equal(source.batch(np.arange(20))["text"], ids)
    assert isinstance(source.tokenizer, NumberTokenizer)
    assert (source.vocabulary, source.end, source.oracle, source.shape) == (12, -1, "who wrote them", (3,))
    assert describe_source(source).oracle == "who wrote them"
    assert (source.lengths() == 3).all()
    halves = numbered(np.arange(60).reshape(20, 3), 60, held_out=0.5)
    rows = {tuple(row) for row in [*halves.held_out.tolist(), *halves.batch(np.arange(10))["text"].tolist()]}
    assert (len(halves), len(halves.held_out), len(rows)) == (10, 10, 20)
    assert numbered(ids, 12).fingerprint != numbered(ids, 13).fingerprint


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (np.zeros((3, 2)), "give whole numbers"),
        (np.zeros(3, int), "shape (3,)"),
        (np.zeros((0, 2), int), "shape (0, 2)"),
        (np.array([[0, 9]]), "tokens from 0 to 9, where 9 are from 0 to 8"),
        (np.array([[-1, 3]]), "tokens from -1 to 3"),
    ],
)
def test_tokens_that_are_none_are_refused(numbered, ids, said):
    with pytest.raises(DataError) as refused:
        numbered(ids)
    assert said in str(refused.value)


def test_python_brings_sentences_along():
    source = opened("pydoc")
    assert len(source) > 1000
    assert len(source.held_out) > 100
    assert source.vocabulary < 3000
    assert source.shape[0] <= 65
    assert all(text[-1] == "." for text in texts(source)[:200])


def test_data_check_tells_of_texts(lines, capsys):
    place = lines([*LINES, "", LINES[1]])
    with pytest.raises(SystemExit):
        main(["data", "check", str(place), "--json"])
    facts = json.loads(capsys.readouterr().out)
    source = opened(place)
    assert facts["modality"] == "text"
    assert (facts["vocabulary"], facts["end"], facts["held_out"]) == (source.vocabulary, 0, len(source.held_out))
    assert facts["lengths"]["longest"] == source.lengths().max() - 1 <= facts["shape"][0] - 1
    assert facts["examples"][0] == texts(source)[0]
    assert (facts["found"], facts["used"]) == (301, source.report.used)
    with pytest.raises(SystemExit):
        main(["data", "check", str(place)])
    out = capsys.readouterr().out
    assert f"at most {source.shape[0] - 1} tokens and an end, of a vocabulary of {source.vocabulary}" in out
    assert "exact copies of another left out: 1" in out


def test_an_option_that_text_has_not_is_refused(lines):
    with pytest.raises(UsageError, match="text data has no option size"):
        opened(lines(LINES), size="8")
