"""Metrics of texts: closed forms, and the library's own figures."""

import logging

import numpy as np
import pytest
from toys import METRICS
from writings import END, Numbers, Tokenizer, Writer, Writings, rows, sentences

from multigan.errors import UsageError
from multigan.modalities.text.bleu import self_bleu, sentence_bleu
from multigan.modalities.text.metrics import (
    bleu_2,
    bleu_5,
    nll_gen,
    nll_oracle,
    novel,
    self_bleu_2,
    self_bleu_3,
    unique,
)
from multigan.modalities.text.texts import Texts, words_of
from multigan.recipe import load_object

NAMED = {metric.name: metric for metric in METRICS if metric.modality == "text"}


def texts(training, **more):
    source = Writings(training, **more)
    return Texts(source, lambda: source)


def library(order, text, references):
    from sacrebleu.metrics import BLEU

    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # it has advice for other uses
    score = BLEU(tokenize="none", smooth_method="floor", smooth_value=0.1, max_ngram_order=order)
    return score.sentence_score(" ".join(text), [" ".join(words) for words in references]).score / 100


def phrases(count, shortest, seed):
    rng = np.random.default_rng(seed)
    return [rng.choice(list("abcdefgh"), rng.integers(shortest, 12)).tolist() for _ in range(count)]


def test_bleu_is_the_library_s_for_every_order():
    made, references = phrases(25, 5, 0), [*phrases(20, 4, 1), []]
    found = sentence_bleu(made, references)
    assert found.shape == (25, 5)
    for order in range(1, 6):
        expected = [library(order, text, references) for text in made]
        assert found[:, order - 1] == pytest.approx(expected, rel=1e-9)
    assert len(set(found[:, 4])) > 20, "no two alike by accident"


def test_self_bleu_is_the_library_s_against_all_others():
    made = [*phrases(20, 5, 2), *phrases(3, 5, 2), ["a"] * 9, ["a"] * 6]
    found = self_bleu(made)
    for order in range(1, 6):
        others = [[text for place, text in enumerate(made) if place != own] for own in range(len(made))]
        expected = [library(order, text, rest) for text, rest in zip(made, others, strict=True)]
        assert found[:, order - 1] == pytest.approx(expected, rel=1e-9)


def test_a_text_is_not_its_own_reference_but_an_equal_one_is():
    one, other = list("abcdef"), list("uvwxyz")
    assert self_bleu([one, one, one]) == pytest.approx(np.ones((3, 5)))
    assert self_bleu([one, one, other])[:, 3] == pytest.approx([1, 1, 0])
    assert self_bleu([one, other]) == pytest.approx(np.zeros((2, 5)), abs=1e-12)


def test_bleu_of_known_counts():
    """Five words of which four are in the reference, as three pairs, two triples: and the reference is one longer."""
    [score] = sentence_bleu([list("abcdx")], [list("abcdef")])
    brevity = np.exp(1 - 6 / 5)
    assert score[0] == pytest.approx(brevity * 4 / 5)
    assert score[1] == pytest.approx(brevity * (4 / 5 * 3 / 4) ** (1 / 2))
    assert score[3] == pytest.approx(brevity * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** (1 / 4))
    assert score[4] == pytest.approx(brevity * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2 * 0.1) ** (1 / 5)), "no match counts 0.1"
    [repeated] = sentence_bleu([list("aaaa")], [list("abcd"), list("aacd")])
    assert repeated[0] == pytest.approx(2 / 4), "a word matches as often as one reference has it"


def test_texts_that_are_empty_or_shorter_than_the_order_have_a_score():
    """Method 1 gives an order of which a text has nothing 0.1."""
    scores = sentence_bleu([[], ["a"], ["a", "b"]], [["a", "b"], []])
    assert scores[0] == pytest.approx(np.zeros(5))
    assert scores[1] == pytest.approx([0.1 ** ((order - 1) / order) for order in range(1, 6)])
    assert scores[2, 2] == pytest.approx(0.1 ** (1 / 3))
    assert self_bleu([[], []]) == pytest.approx(np.zeros((2, 5)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop: 3.5 cats, naïve", ["Don", "'", "t", "stop", ":", "3", ".", "5", "cats", ",", "naïve"]),
        ("床前明月光。ok", ["床", "前", "明", "月", "光", "。", "ok"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("nai\u0308ve 12 7", ["nai\u0308ve", "12", "7"]),
        ("", []),
    ],
)
def test_words_of_any_script(text, words):
    assert words_of(text) == words


def test_nll_gen_is_that_of_a_known_table_over_the_tokens_that_count():
    table = np.log(np.array([0.2, 0.5, 0.2, *np.full(12, 0.1 / 12)]))
    counted = lambda tokens: np.cumsum(tokens == END, axis=1) - (tokens == END) == 0  # noqa: E731
    game = Writer(None, lambda tokens: (table[tokens] * counted(tokens)).sum(axis=1))
    real = rows("the a", "the", "the the the", length=6)
    expected = -(3 * np.log(0.2) + np.log(0.2) + 5 * np.log(0.5))
    found = nll_gen(real, real, game=game, texts=texts(real))
    assert found["value"] == pytest.approx(expected / 9)
    assert found["per_text"] == pytest.approx(expected / 3)
    assert found["bits_per_character"] == pytest.approx(expected / np.log(2) / (6 + 4 + 12))
    assert "bits_per_character" not in nll_gen(real, real, game=game, texts=texts(real, tokenizer=Numbers(15)))
    with pytest.raises(UsageError, match="NLL-gen: this recipe tells no likelihood"):
        nll_gen(real, real, game=Writer(None), texts=texts(real))


class Dice:
    """An oracle whose tokens are independent, with these probabilities."""

    def __init__(self, *chances):
        self.chances, self.asked = np.log(chances), 0

    def log_likelihood(self, tokens):
        self.asked += 1
        return self.chances[tokens].sum(axis=1)


def test_nll_oracle_is_known_for_a_die_and_less_than_its_floor_is_said():
    oracle, rng = Dice(0.5, 0.25, 0.25), np.random.default_rng(0)
    know = texts(np.zeros((2, 20), int), tokenizer=Numbers(3))
    real, fresh = (rng.choice(3, size=(500, 20), p=[0.5, 0.25, 0.25]) for _ in range(2))
    found = nll_oracle(real, fresh, oracle=oracle, texts=know)
    assert found["value"] == pytest.approx(1.5 * np.log(2), rel=0.02)
    assert found["floor"] == pytest.approx(1.5 * np.log(2), rel=0.02)
    assert "note" not in found
    uniform = nll_oracle(real, rng.integers(3, size=(500, 20)), oracle=oracle, texts=know)
    assert uniform["value"] == pytest.approx(5 / 3 * np.log(2), rel=0.02)
    likeliest = nll_oracle(real, np.zeros((50, 20), int), oracle=oracle, texts=know)
    assert likeliest["value"] == pytest.approx(np.log(2))
    assert "0.693 is below the floor" in likeliest["note"]
    assert oracle.asked == 4, "the real texts once"
    with pytest.raises(UsageError, match="at least 2 generated"):
        nll_oracle(real, fresh[:1], oracle=oracle, texts=know)


def test_unique_and_novel_are_shares_of_texts_not_of_tokens():
    training = rows("the cat runs", "a dog sleeps", "the bird sees")
    real = rows("the cat sees", "the cat runs")
    made = rows("the cat runs", "the cat runs", "the dog runs", "a dog")
    made[1, 5:] = 3  # what follows the end is no part of a text
    know = texts(training)
    assert unique(real, made, texts=know) == {"value": 0.75, "real": 1.0}
    assert novel(real, made, texts=know) == {"value": 0.5, "real": 0.5}
    assert unique(real, made[:1], texts=know)["value"] == 1
    with pytest.raises(UsageError, match="at least 1 generated"):
        novel(real, made[:0], texts=know)


def test_bleu_of_metrics_is_of_words_and_its_real_side_leaves_each_text_out():
    real, made = rows("the cat runs", "the cat runs", "a dog"), rows("the cat runs", "big small old")
    know = texts(real)
    assert bleu_2(real, made, texts=know)["value"] == pytest.approx((1 + 0) / 2)
    assert bleu_2(real, made, texts=know)["real"] == pytest.approx((1 + 1 + 0) / 3)
    assert self_bleu_2(real, made, texts=know) == {"value": 0.0, "real": pytest.approx(2 / 3)}
    assert self_bleu_3(real, np.repeat(made[:1], 5, axis=0), texts=know)["value"] == pytest.approx(1)
    for metric in (bleu_5, self_bleu_3):
        with pytest.raises(UsageError, match="at least 2"):
            metric(real[:1], made[:1], texts=know)


def test_what_is_kept_of_one_set_of_texts_is_not_told_of_another():
    know = texts(sentences(50))
    sets = [sentences(20, seed) for seed in range(4)]
    for _ in range(2):
        for part in sets:
            assert know.words(part) == [text.split() for text in map(Tokenizer().decode, part)]


def test_every_metric_of_texts_is_described_and_can_be_loaded():
    assert set(NAMED) == {
        "NLL-gen", "NLL-oracle", "unique", "novel", *(f"{kind}BLEU-{n}" for kind in ("", "self-") for n in (2, 3, 4, 5))
    }  # fmt: skip
    for metric in NAMED.values():
        assert callable(load_object(metric.compute))
        assert metric.protocol
    scores = {n: load_object(NAMED[f"BLEU-{n}"].compute) for n in (2, 3, 4, 5)}
    made, know = sentences(30, 3), texts(sentences(30, 4))
    values = [scores[n](sentences(30, 4), made, texts=know)["value"] for n in (2, 3, 4, 5)]
    assert values == sorted(values, reverse=True), "each of its own order"
    assert len(set(values)) == 4
