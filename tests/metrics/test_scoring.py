"""Evaluation in blocks, and its records."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys import METRICS, Game, Source, stripes

from multigan.errors import UsageError
from multigan.metrics import QuickScore, evaluate, quick_score, scoring
from multigan.metrics.controls import NOISE, OTHERS
from multigan.metrics.extractors import Material, extractors_of
from multigan.metrics.families import with_extractor
from multigan.metrics.frechet import frechet
from multigan.metrics.neighbours import coverage
from multigan.metrics.scoring import Evaluation
from multigan.modality import modalities
from multigan.progress import Progress
from multigan.recipe import Metric

NAMED = {metric.name: metric for metric in METRICS}
IMAGES, LABELS = stripes(600)


def metric(name, **more):
    settings = {"summary": "", "modality": "images", "protocol": "by hand", "better": "one"}
    return Metric(name=name, compute=f"test_scoring:{name.replace('-', '_')}", **settings | more)


def first_value(real, generated, seed):
    return float(generated[0, 0, 0, 0]) + seed


def given(real, generated, seed, **needs):
    GIVEN.append((real, generated, needs))
    return {"value": 1, "more": 2.0, "names": ["a"]}


GIVEN = []


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setitem(sys.modules, "test_scoring", sys.modules[first_value.__module__])
    GIVEN.clear()


def material(source=None, **more):
    source = source or Source(IMAGES, LABELS, "abc")
    return Material(source, lambda: source, modality="images", **more)


def fresh(rng, count, condition):
    return stripes(count, int(rng.integers(1 << 30)))[0]


def test_a_record_tells_all_that_is_needed_to_measure_again():
    source = Source(np.random.default_rng(0).normal(size=(9, 2, 2, 1)))
    constant = Game(lambda rng, count, condition: np.full((count, 2, 2, 1), 2.0))
    evaluation = Evaluation([metric("first-value")], material(source), count=50)
    [record] = evaluate(evaluation, constant, range(1, 4), step=500)
    assert [asked[:2] for asked in constant.asked] == [(9, [1, 0]), (9, [2, 0]), (9, [3, 0])]
    assert json.loads(json.dumps(record)) == record == {
        "step": 500, "metric": "first-value", "value": 4.0, "deviation": 1.0, "values": [3.0, 4.0, 5.0],
        "better": "one", "protocol": "by hand", "real": 9, "generated": 9, "kept": None, "seeds": [1, 2, 3],
        "references": [], "extractor": None, "details": {}, "notes": [],
    }  # fmt: skip
    [record] = evaluate(evaluation, constant, [0], step=1)
    assert record["deviation"] is None
    with pytest.raises(UsageError, match="at least one seed"):
        evaluate(evaluation, constant, [], step=1)


def test_values_that_are_equal_but_for_rounding_deviate_by_nothing():
    source, values = Source(np.random.default_rng(0).normal(size=(9, 2, 2, 1))), [0.3, 0.3 + 2**-54, 0.3]
    measured = replace(metric("first-value"), name="rounded")
    evaluation = Evaluation([measured], material(source), count=50)
    game = Game(lambda rng, count, condition: np.full((count, 2, 2, 1), 2.0))
    evaluation.score = lambda game, seed: {"rounded": {"value": values[seed]}}
    [record] = evaluate(evaluation, game, range(3), step=1)
    assert record["deviation"] == 0
    values[1] = 0.3 + 1e-9
    [record] = evaluate(evaluation, game, range(3), step=1)
    assert record["deviation"] == pytest.approx(1e-9 / np.sqrt(3), rel=1e-3)


def test_blocks_give_the_values_of_one_piece(monkeypatch):
    chosen = [NAMED["FD(pixels)"], NAMED["coverage(pixels)"]]
    monkeypatch.setattr(scoring, "BLOCK", 64)
    game = Game(fresh)
    result = Evaluation(chosen, material(), count=600).score(game, 3)
    whole = np.concatenate([game.sample(64, [3, block]) for block in range(9)] + [game.sample(24, [3, 9])])
    real, generated = IMAGES.reshape(600, -1), whole.reshape(600, -1)
    assert result["FD(pixels)"]["value"] == pytest.approx(frechet(real, generated)["value"], rel=1e-4)
    assert result["coverage(pixels)"]["value"] == coverage(real, generated)


def test_an_extractor_sees_a_block_at_a_time_and_what_is_kept_is_bounded(monkeypatch):
    sizes = []

    class Watched:
        facts = {}

        def __call__(self, samples):
            sizes.append(len(samples))
            return samples.reshape(len(samples), -1)[:, :4]

    monkeypatch.setattr(scoring, "load_extractor", lambda name, material: Watched())
    monkeypatch.setattr(scoring, "BLOCK", 50)
    chosen = [metric("given", extractor="pixels", needs=("moments", "asked", "labels")), NAMED["coverage(pixels)"]]
    evaluation = Evaluation(chosen, material(), count=600, kept=100)
    records = evaluate(evaluation, Game(fresh, "label"), [0], step=1)
    assert max(sizes) == 50
    assert sum(sizes) == 1200
    [(real, generated, needs)] = GIVEN
    assert real.shape == generated.shape == (100, 4)
    assert [moments.count for moments in needs["moments"]] == [600, 600], "the moments are those of all"
    assert len(needs["labels"]) == len(needs["asked"]) == 100
    assert records[1]["kept"] == 100
    assert "100 of the 600 samples" in records[1]["protocol"]


def test_a_game_is_asked_for_each_class_as_often_as_the_data_have_it():
    labels = np.array([0] * 30 + [1] * 10 + [2] * 60)
    source = Source(IMAGES[:100], labels, "abc")
    game = Game(lambda rng, count, condition: IMAGES[condition], "label")
    evaluation = Evaluation([metric("given", needs=("asked",))], material(source))
    evaluation.score(game, 0)
    evaluation.score(game, 1)
    asked = [condition for _, _, condition in game.asked]
    assert [np.bincount(condition).tolist() for condition in asked] == [[30, 10, 60]] * 2
    assert (asked[0] != asked[1]).any()
    generated, needs = GIVEN[0][1:]
    np.testing.assert_array_equal(generated, IMAGES[needs["asked"]], "asked stays beside its sample")


def test_vector_conditions_are_the_data_s_own():
    source = Source(IMAGES[:40], conditions=np.arange(80.0).reshape(40, 2))
    game = Game(fresh, "condition")
    Evaluation([metric("given")], material(source)).score(game, 0)
    [(_, _, conditions)] = game.asked
    np.testing.assert_array_equal(np.sort(conditions, axis=0), source.conditions)


def test_what_else_a_metric_tells_is_kept():
    [record] = evaluate(Evaluation([metric("given")], material()), Game(fresh), [0, 1], step=1)
    assert record["details"] == {"more": 2.0, "names": [["a"], ["a"]]}


def test_data_and_samples_that_cannot_be_scored_are_told(monkeypatch):
    chosen = [metric("given")]

    def score(make, conditional="", source=None, needs=()):
        source = source or Source(IMAGES, LABELS, "abc")
        evaluation = Evaluation([metric("given", needs=needs)], material(source))
        evaluation.score(Game(make, conditional), 0)

    broken = IMAGES.copy()
    broken[300:302, 0, 0, 0] = [np.nan, np.inf]
    with pytest.raises(UsageError, match=r"2 of 256 generated samples .* number 44\); use a checkpoint"):
        score(lambda rng, count, condition: broken[256 : 256 + count] if count == 256 else broken[:count])
    with pytest.raises(UsageError, match=r"2 of 256 real samples .* number 300\); remove them"):
        Evaluation(chosen, material(Source(broken)))
    with pytest.raises(UsageError, match="600 real samples that are all alike"):
        Evaluation(chosen, material(Source(np.zeros((600, 8, 8, 1)))))
    with pytest.raises(UsageError, match="one real sample alone; a metric has nothing to compare with"):
        Evaluation(chosen, material(Source(IMAGES[:1])))
    with pytest.raises(UsageError, match="4x8x1 cannot be compared with data of shape 8x8x1"):
        score(lambda rng, count, condition: IMAGES[:count, :4])
    with pytest.raises(UsageError, match="given: needs a game that is asked for a class"):
        score(fresh, needs=("asked",))
    with pytest.raises(UsageError, match="given: needs labels, and data has none"):
        score(fresh, source=Source(IMAGES), needs=("labels",))
    with pytest.raises(UsageError, match="has no label of its samples"):
        score(fresh, "label", source=Source(IMAGES))


def test_memorised_samples_are_found_again_for_the_picture():
    training = Source(IMAGES, LABELS, "abc")
    game = Game(lambda rng, count, condition: IMAGES[rng.integers(600, size=count)])
    evaluation = Evaluation([NAMED["memorisation(pixels)"]], material(training), count=300)
    assert evaluation.score(game, 5)["memorisation(pixels)"]["value"] == 1.0
    seed, positions, nearest = evaluation.pairs["memorisation(pixels)"]
    assert seed == 5
    np.testing.assert_array_equal(evaluation.samples(game, seed, positions), IMAGES[nearest[:, 0]])


def test_quick_score_computes_the_real_side_once_and_is_the_evaluation_s_value():
    source, game = Source(IMAGES, LABELS, "abc"), Game(fresh)
    read = []
    source.batch = lambda indices, batch=source.batch: read.append(len(indices)) or batch(indices)
    quick = QuickScore(NAMED["recall(pixels)"], source, count=300, seed=2)
    values = [quick(game), quick(game)]
    assert sum(read) == 301, "all once, and the first one to see what it has"
    assert values[0] == values[1] == quick_score(NAMED["recall(pixels)"], source, game, 300, 2)
    record = quick.record(game, 7)
    assert (record["step"], record["split"], record["fingerprint"]) == (7, "training data", source.fingerprint)


class Told(Progress):
    """Keeps what it is told."""

    def __init__(self):
        self.rounds, self.parts = [], []

    def round(self, what):
        self.rounds.append(what)

    def part(self, what, done=0, total=0):
        self.parts.append((what, done, total))


def test_an_evaluation_tells_its_rounds_and_in_each_its_parts_from_nothing_to_all():
    told, source = Told(), Source(IMAGES, LABELS, "abc")
    chosen = [NAMED["recall(pixels)"], NAMED["memorisation(pixels)"]]
    evaluation = Evaluation(chosen, material(source), count=300, progress=told, controls=(OTHERS, NOISE))
    assert told.parts[-2:] == [("real samples", 256, 300), ("real samples", 300, 300)]
    evaluate(evaluation, Game(fresh), [4, 5], step=1200)
    evaluation.controls(Game(fresh), 0)
    assert told.rounds == [
        "step 1,200, seed 4",
        "step 1,200, seed 5",
        "real in place of samples",
        "noise in place of samples",
    ]
    assert len(told.rounds) == 2 + evaluation.control_rounds
    assert ("generated samples", 0, 300) in told.parts
    assert ("recall(pixels) (metric 1 of 2)", 0, 0) in told.parts
    assert told.parts.count(("training samples", 0, 600)) == 1, "kept for the next seeds"
    assert ("training samples", 600, 600) in told.parts


def test_the_standard_names_are_inception_s_alone():
    assert {name for name in NAMED if name.startswith(("FID", "KID", "IS"))} == {
        "FID", "KID", "IS", "IS(local)", "IS(local-mel)", "IS(clip-local)",
    }  # fmt: skip
    assert {NAMED[name].extractor for name in ("FID", "KID", "IS")} == {"inception"}
    for name, found in NAMED.items():
        if "(" in name and found.modality == "images":
            assert name.endswith(f"({found.extractor})")
        assert not found.extractor or found.extractor in extractors_of(found.modality)


@pytest.mark.parametrize(
    ("name", "extractor", "expected"),
    [
        ("FD", "pca-64", "FD(pca-64)"),
        ("FID", "pixels", "FD(pixels)"),
        ("KD(pixels)", "inception", "KID"),
        ("recall(pixels)", "inception", "recall(inception)"),
        ("diversity", "local", "diversity"),
        ("accuracy(local)", "pixels", "accuracy(local)"),
    ],
)
def test_an_extractor_takes_another_s_place(name, extractor, expected):
    assert with_extractor(name, extractor) == expected


def test_the_page_has_every_metric_and_extractor():
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    families = {name.partition("(")[0] for name in NAMED}
    for name in families | {name for modality in modalities() for name in extractors_of(modality)}:
        assert f"`{name}" in page, name


def test_listing_the_metrics_imports_no_numpy():
    code = "import sys; from multigan.plugins import load_plugins; print(load_plugins().metrics.keys())"
    code += "\nsys.exit(bool({'numpy', 'sklearn', 'keras', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
