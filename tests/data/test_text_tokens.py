"""Tokens of texts: there and back again, and which of them count."""

import sys

import numpy as np
import pytest

from multigan.errors import DataError, UsageError
from multigan.modalities.text.tokens import END, UNKNOWN, NumberTokenizer, Tokenizer, load_tokenizer, valid
from multigan.modalities.text.train import train_tokenizer

SCRIPTS = [
    "The cat sat on the mat.",
    "a  line  with   blanks (and 'marks', \"all\" of them!)",
    "一丈荒墳上 悠悠落日斜 子孫來祭後 守墓掃松花",
    "Ein Größenwahn, naïve façade; e\u0301 stays two characters",
    "здравствуй, мир",
    "שלום עולם مرحبا",
    "emoji 👩‍👩‍👧 and ①②③ ﬁ ½",
]
LINES = [f"{line} {number}" for line in SCRIPTS for number in range(12)]


def test_a_position_counts_until_the_first_end():
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 3, (500, 7))
    expected = [[END not in row[:place] for place in range(7)] for row in tokens.tolist()]
    np.testing.assert_array_equal(valid(tokens, END), expected)
    assert valid(tokens, -1).all()
    np.testing.assert_array_equal(valid(tokens[0], END), expected[0])
    assert valid(np.zeros((0, 7), int), END).shape == (0, 7)
    assert valid(np.zeros((2, 3), int), END).tolist() == [[True, False, False]] * 2


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char"])
def test_every_text_of_every_script_comes_back(kind):
    tokenizer = train_tokenizer(LINES, kind)
    rows = tokenizer.encode_all(LINES)
    assert rows == [tokenizer.encode(line) for line in LINES]
    assert [tokenizer.decode(row) for row in rows] == LINES
    assert not {END, UNKNOWN} & {token for row in rows for token in row}
    assert max(max(row) for row in rows) < tokenizer.vocabulary
    assert tokenizer.decode([*rows[0], END, *rows[1]]) == LINES[0]
    assert tokenizer.decode([END, 5]) == ""


def test_characters_are_tokens_and_no_blank_comes_before_them():
    tokenizer = train_tokenizer(["ab c", "cab"], "char")
    assert len(tokenizer.encode("ab c")) == 4
    assert tokenizer.vocabulary == 2 + len("abc ")


def test_words_are_tokens_and_rare_ones_are_unknown():
    tokenizer = train_tokenizer(["the cat sat", "the cat ran", "the dog"], "word")
    assert tokenizer.vocabulary == 2 + len(["the", "cat"])
    assert tokenizer.decode(tokenizer.encode("the dog the cat")) == "the \u2047 the cat"
    assert tokenizer.encode("dog sat the") == [UNKNOWN, UNKNOWN, tokenizer.encode("the")[0]]
    assert tokenizer.decode(tokenizer.encode("dog sat the")) == "\u2047 \u2047 the"
    assert tokenizer.unknown("the dog sat the sat") == ["dog", "sat"]


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char", "word"])
def test_the_error_of_a_vocabulary_too_large_says_the_largest_that_works(kind):
    with pytest.raises(UsageError, match=r"here: option vocabulary=90000: .* give at most (\d+)") as refused:
        train_tokenizer(LINES, kind, 90_000, "here")
    largest = int(str(refused.value).partition("give at most ")[2].partition(",")[0])
    assert train_tokenizer(LINES, kind, largest).vocabulary == largest
    with pytest.raises(UsageError, match=f"give at most {largest}"):
        train_tokenizer(LINES, kind, largest + 1)


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_the_error_of_a_vocabulary_without_room_for_the_characters_says_the_smallest(kind):
    with pytest.raises(UsageError, match="each of which needs a token") as refused:
        train_tokenizer(LINES, kind, 10)
    smallest = int(str(refused.value).partition("give at least ")[2].partition(",")[0])
    assert train_tokenizer(LINES, kind, smallest).vocabulary == smallest
    assert train_tokenizer(LINES, "char", 10).vocabulary == 10


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char", "word"])
@pytest.mark.parametrize("lines", [["a", "b"], ["hello", "hello world"], ["一", "二", "三"]])
def test_the_chosen_vocabulary_works_for_the_smallest_sets(kind, lines):
    tokenizer = train_tokenizer(lines, kind)
    if kind != "word":
        assert [tokenizer.decode(row) for row in tokenizer.encode_all(lines)] == lines


def test_the_same_texts_give_the_same_model():
    assert train_tokenizer(LINES, "unigram").content == train_tokenizer(LINES, "unigram").content


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char"])
def test_characters_of_the_alphabet_are_known_though_no_line_has_them(kind):
    tokenizer = train_tokenizer(LINES, kind, alphabet="猫ß")
    assert tokenizer.decode(tokenizer.encode("the 猫 ß")) == "the 猫 ß"
    assert tokenizer.unknown("the 犬 and Ø, Ø") == ["犬", "Ø"]


def test_sentencepieces_own_character_is_unknown_and_harms_nothing():
    tokenizer = train_tokenizer([*LINES, "a \u2585 b"], "unigram")
    assert tokenizer.unknown("a \u2585 b") == ["\u2585"]


def test_a_tokenizer_is_kept_and_found_again(tmp_path):
    for kept in (train_tokenizer(LINES, "unigram"), NumberTokenizer(40)):
        kept.save(tmp_path / "tokenizer.model")
        found = load_tokenizer(tmp_path / "tokenizer.model")
        assert type(found) is type(kept)
        assert (found.content, found.vocabulary, found.end) == (kept.content, kept.vocabulary, kept.end)


def test_numbers_are_their_own_tokens():
    tokenizer = NumberTokenizer(40)
    assert tokenizer.encode("3 0  39") == [3, 0, 39]
    assert tokenizer.decode(np.array([3, 0, 39], np.int32)) == "3 0 39"
    assert tokenizer.decode_all(np.array([[3, 0], [0, 0]])) == ["3 0", "0 0"]
    assert tokenizer.unknown("1 40 -1 x ٣ 1.0 40 " + "9" * 5000) == ["40", "-1", "x", "٣", "1.0", "9" * 5000]
    with pytest.raises(UsageError, match="'40' is no token; they are whole numbers from 0 to 39"):
        tokenizer.encode("1 40")


@pytest.mark.parametrize("content", [b"", b"junk", b"{", b'{"numbers": "5"}', b'{"numbers": 0}', b"{}", b"{[1]"])
def test_a_damaged_tokenizer_is_refused_by_name(tmp_path, content):
    path = tmp_path / "tokenizer.model"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"tokenizer\.model: "):
        load_tokenizer(path)


def test_a_tokenizer_that_is_not_there_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(DataError, match="no tokenizer there"):
        load_tokenizer(tmp_path / "gone.model")
    import sentencepiece

    with open(tmp_path / "other.model", "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(LINES), model_writer=file, model_type="char", vocab_size=20, minloglevel=3
        )
    with pytest.raises(DataError, match=r"other\.model: its end is not token 0"):
        load_tokenizer(tmp_path / "other.model")


def test_without_sentencepiece_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    for make in (lambda: train_tokenizer(LINES, "char"), lambda: Tokenizer(b"x")):
        with pytest.raises(UsageError, match=r'texts need sentencepiece: pip install "multigan\[text\]"'):
            make()
