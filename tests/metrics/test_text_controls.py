"""What stands beside texts: its distributions, the records with it, curves over temperature."""

import itertools

import numpy as np
import pytest
from toys import METRICS
from writings import END, Numbers, Writer, Writings, rows, sentences

from multigan.errors import UsageError
from multigan.metrics import QuickScore, evaluate
from multigan.metrics.extractors import Material
from multigan.metrics.scoring import Evaluation
from multigan.modalities.text.controls import CONTROLS, Bigram, Repeated, Uniform, Unigram
from multigan.modalities.text.curve import TEMPERATURES, at_temperature, quality_at, temperature_curve
from multigan.modalities.text.oracle import Oracle
from multigan.modalities.text.texts import Texts

NAMED = {metric.name: metric for metric in METRICS if metric.modality == "text"}
TRAINING, HELD_OUT = sentences(400), sentences(60, 1)


def source(**more):
    return Writings(TRAINING, HELD_OUT, **more)


def texts(training, tokenizer=None):
    own = Writings(training, tokenizer=tokenizer)
    return Texts(own, lambda: own)


def material(source):
    return Material.of(source, lambda: source, modality="text")


def honest(rng, count, temperature):
    """Lines of the grammar; the lower the temperature, the fewer different ones."""
    few = sentences(max(1, int(60 * temperature)), seed=5)
    return few[rng.integers(len(few), size=count)]


def scored(*names, game=None, count=200, **more):
    chosen = [NAMED[name] for name in names]
    evaluation = Evaluation(chosen, material(source(**more)), count=count, controls=CONTROLS)
    return evaluation, game or Writer(honest, lambda tokens: -1.0 * (tokens >= 0).sum(axis=1))


@pytest.mark.parametrize("control", [Uniform, Unigram, Bigram])
@pytest.mark.parametrize("end", [0, -1])
def test_the_likelihoods_of_all_texts_sum_to_one(control, end):
    """Of three tokens and length 3, ended ones counted once each."""
    tokenizer = Numbers(3)
    tokenizer.end = end
    training = np.array([[1, 2, 0], [1, 1, 0], [2, 0, 0], [1, 2, 1]])
    every = np.array(list(itertools.product(range(3), repeat=3)))
    if end == 0:
        ended = np.cumsum(every == 0, axis=1) - (every == 0) > 0
        every = every[~(ended & (every != 0)).any(axis=1)]
    found = control(texts(training, tokenizer)).log_likelihood(every)
    assert np.exp(found).sum() == pytest.approx(1)
    assert len(every) == (27 if end < 0 else 15)


def test_the_pairs_likelihood_is_witten_and_bell_s():
    """1 is followed by 2 twice and by 1 once: of 3 counts, of 2 kinds."""
    training = np.array([[1, 2], [1, 2], [1, 1]])
    found = np.exp(Bigram(texts(training, Numbers(4))).log_likelihood(np.array([[1, 2], [1, 3], [3, 3]])))
    once = (np.array([0, 4, 2, 0]) + 1) / 10  # unigrams, each counted once more
    begin = lambda token: ((3 if token == 1 else 0) + once[token]) / (3 + 1)  # noqa: E731
    assert found[0] == pytest.approx(begin(1) * (2 + 2 * once[2]) / (3 + 2))
    assert found[1] == pytest.approx(begin(1) * (2 * once[3]) / (3 + 2))
    assert found[2] == pytest.approx(begin(3) * once[3]), "what nothing follows is the unigrams' alone"


def test_samples_of_pairs_have_only_pairs_of_the_training_as_often_as_there():
    pairs = lambda table: np.stack([table[:, :-1].ravel(), table[:, 1:].ravel()], axis=1)  # noqa: E731
    drawn = np.concatenate([Bigram(texts(TRAINING)).sample(256, [0, block]) for block in range(8)])
    known, made = ({tuple(pair) for pair in pairs(table)} for table in (TRAINING, drawn))
    assert made <= known
    for first in (1, 3):
        shares = [np.mean(pairs(t)[pairs(t)[:, 0] == first, 1] == 7) for t in (TRAINING, drawn)]
        assert shares[0] == pytest.approx(shares[1], abs=0.06)
    after_nothing = Bigram(texts(np.array([[1, 2]] * 9 + [[2, 3]]), Numbers(4))).sample(500, [0, 0])
    assert set(after_nothing[after_nothing[:, 0] == 1, 1]) == {2}
    long = Bigram(texts(np.array([[1, 2, 3]]), Numbers(4)))
    assert long.sample(5, [1, 0]).tolist() == [[1, 2, 3]] * 5


def test_independent_and_uniform_tokens_have_their_shares():
    unigram = Unigram(texts(TRAINING)).sample(2000, [0, 0])
    share = (TRAINING[:, 0] > 0).sum() / (Texts(source(), source).counted(TRAINING).sum())
    assert np.mean(np.isin(unigram[:, 0], [1, 2])) == pytest.approx(
        np.isin(TRAINING, [1, 2]).sum() / Texts(source(), source).counted(TRAINING).sum(), abs=0.04
    )
    assert np.mean(unigram[:, 0] == END) == pytest.approx(share, abs=0.04)
    uniform = Uniform(texts(TRAINING)).sample(2000, [0, 0])
    assert np.bincount(uniform[:, 0], minlength=15) / 2000 == pytest.approx(np.full(15, 1 / 15), abs=0.02)
    for table in (unigram, uniform):
        ended = np.cumsum(table == END, axis=1) > 0
        assert (table[ended] == END).all()
        assert table.dtype == np.int32


@pytest.mark.parametrize("control", [Uniform, Unigram, Bigram, Repeated])
def test_a_seed_gives_the_same_texts_and_another_block_others(control):
    made = control(texts(TRAINING))
    np.testing.assert_array_equal(made.sample(20, [3, 0]), made.sample(20, [3, 0]))
    assert (made.sample(20, [3, 0]) != made.sample(20, [3, 1])).any() == (control is not Repeated)


def test_every_control_stands_beside_every_value_that_it_can_have():
    evaluation, game = scored("NLL-gen", "BLEU-2", "self-BLEU-2", "unique", "novel")
    [record, *_] = evaluate(evaluation, game, [0, 1], step=3)
    assert (record["real"], record["generated"]) == (60, 200), "all held-out texts, and as many samples as asked for"
    assert record["value"] == pytest.approx(9 * 60 / evaluation.knowledge.texts.counted(HELD_OUT).sum())
    beside = evaluation.controls(game, 0)
    assert tuple(beside) == tuple(control.name for control in CONTROLS)
    assert list(beside["real"]) == ["BLEU-2", "self-BLEU-2", "unique", "novel"]
    assert [name for name in beside if "NLL-gen" in beside[name]] == ["bigram", "unigram", "uniform"]
    value = {name: {metric: score["value"] for metric, score in scores.items()} for name, scores in beside.items()}
    likelihoods = [value[name]["NLL-gen"] for name in ("bigram", "unigram", "uniform")]
    assert likelihoods == sorted(likelihoods)
    assert likelihoods[-1] == pytest.approx(np.log(15))
    assert value["replay"]["novel"] == 0
    assert value["replay"]["unique"] == pytest.approx(value["real"]["unique"], abs=0.2)
    assert value["real"]["BLEU-2"] == pytest.approx(value["replay"]["BLEU-2"], abs=0.05)
    assert value["uniform"]["BLEU-2"] < value["bigram"]["BLEU-2"] < value["replay"]["BLEU-2"]
    assert (value["repeated"]["unique"], value["repeated"]["self-BLEU-2"]) == (1 / 200, pytest.approx(1))
    assert evaluation.controls(game, 0) == beside


def test_an_oracle_s_floor_is_that_of_its_held_out_texts():
    oracle = Oracle(20, 4, 6, seed=0)
    drawn = oracle.sample(700, seed=1)
    own = Writings(drawn[100:], drawn[:100], Numbers(20), "small", oracle.identity)
    evaluation = Evaluation([NAMED["NLL-oracle"]], material(own), count=300, controls=CONTROLS)
    score = evaluation.score(Writer(lambda rng, count, heat: oracle.sample(count, int(rng.integers(1000)))), 0)
    floor = -oracle.log_likelihood(drawn[:100]).mean() / 6
    assert score["NLL-oracle"]["floor"] == pytest.approx(floor)
    beside = {name: scores["NLL-oracle"]["value"] for name, scores in evaluation.controls(Writer(honest), 0).items()}
    assert beside["real"] == pytest.approx(floor)
    assert beside["replay"] < beside["bigram"] < beside["unigram"] < beside["uniform"]


def test_data_that_no_network_wrote_have_no_oracle():
    evaluation, game = scored("NLL-oracle")
    with pytest.raises(UsageError, match="NLL-oracle: needs data that a known network wrote, and writings is not such"):
        evaluation.score(game, 0)


def test_without_held_out_texts_the_training_s_own_are_compared_with_and_it_is_said():
    for held_out, split in ((HELD_OUT, "held-out part"), (HELD_OUT[:1], "training data"), (None, "training data")):
        own = Writings(TRAINING, held_out)
        record = QuickScore(NAMED["unique"], own, count=50).record(Writer(honest), 7)
        assert record["split"] == split
        assert record["real"] == 50
        assert record["fingerprint"] == own.fingerprint
    assert Material.of(Writings(TRAINING, HELD_OUT), None, held_out=True, modality="text").split == "other data"


def test_a_curve_draws_at_every_temperature_and_leaves_the_game_as_it_was():
    evaluation, game = scored("BLEU-3", "self-BLEU-3", "unique")
    points = temperature_curve(evaluation, game)
    assert [point["temperature"] for point in points] == list(TEMPERATURES)
    assert [point["unique"] for point in points] == sorted(point["unique"] for point in points)
    assert points[0]["self-BLEU-3"] >= points[-1]["self-BLEU-3"]
    assert game.temperature == 1.0
    with pytest.raises(UsageError), at_temperature(game, 0.5):
        raise UsageError("in the middle")
    assert game.steered[-2:] == [0.5, 1.0]


def test_quality_at_matched_diversity_lies_on_the_curve():
    points = [{"q": 5.0, "d": 0.9}, {"q": 4.0, "d": 0.7}, {"q": 2.0, "d": 0.6}, {"q": 0.0, "d": 0.6}]
    assert quality_at(points, "q", "d", 0.8) == pytest.approx(4.5)
    assert quality_at(points, "q", "d", 0.65) == pytest.approx(3.0)
    assert quality_at(points, "q", "d", 0.6) == pytest.approx(2.0)
    assert quality_at(points, "q", "d", 0.95) is None
    assert quality_at(points[:1], "q", "d", 0.9) == 5.0


def test_tokens_stay_whole_numbers_and_lengths_are_compared():
    evaluation, _ = scored("unique")
    assert evaluation._real[""].rows.dtype == np.int32
    with pytest.raises(UsageError, match="shape 7 cannot be compared with data of shape 9"):
        evaluation.score(Writer(lambda rng, count, heat: rows(*["the cat"] * count, length=7)), 0)
