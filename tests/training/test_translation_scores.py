"""Runs that make pictures of pictures are scored, both ways and beside what needs no training, by the command line."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from multigan.errors import UsageError
from multigan.field import Field
from multigan.metrics.paired import Block
from multigan.recipe import Recipe
from multigan.runs import RunDirectory
from multigan.testing import call
from multigan.trained.opening import best_step
from multigan.training.session import refuse_precision

GAMES = Path(__file__).parents[1] / "games"
SIDE = 16
NAMES = ("L1", "cycle-L1", "FD(pca-64)", "retrieval(pca-64)")


@pytest.fixture(scope="module", autouse=True)
def games():
    """The games' plugins are installed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
            patch.delenv(name)
        patch.syspath_prepend(GAMES)
        yield


def colours(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two domains, unpaired; of the test folders those of the same name are one another's negatives."""
    place = tmp_path_factory.mktemp("domains")
    for folder, first, count, turn in (
        ("trainA", 0, 9, 0),
        ("trainB", 20, 12, 1),
        ("testA", 40, 8, 0),
        ("testB", 40, 8, 1),
    ):
        (place / folder).mkdir()
        for number in range(first, first + count):
            pixels = colours(number)
            Image.fromarray(255 - pixels if turn else pixels).save(place / folder / f"{number}.png")
    return place


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """A CycleGAN of two steps."""
    place = tmp_path_factory.mktemp("runs") / "run"
    options = ("-o", "width=2", "-o", "blocks=1", "-o", "pool=4", "-o", "answers=names")
    steps = ("--steps", 2, "--batch-size", 2, "--sample-every", 1, "--log-every", 1)
    call("run", "--plugin", "little-cyclegan", "--data", data, "--run-dir", place, *steps, *options)
    return place


def evaluate(run, *words):
    metrics = [word for name in NAMES for word in ("--metric", name)]
    out, err = call("evaluate", run, "--seeds", 1, "-n", 8, "--json", *(words or metrics))
    return json.loads(out), err


def pictures(folder):
    return np.stack([np.asarray(Image.open(path), float) / 127.5 - 1 for path in sorted(folder.iterdir())])


def both_ways(monkeypatch):
    """The game translates back as well, by a generator of its own."""
    import cyclegan.game as module

    class Back:
        asks, swaps, name = ("source",), ("source", "image"), "back"

        def __init__(self, game):
            self.game = game
            self.fields = (Field(name="source", kind="picture", shape=(SIDE, SIDE, 3), aligned=False),)

        def sample(self, count, seed, asked):
            return np.asarray(self.game.generators[1](asked["source"], training=False), "float32")

    monkeypatch.setattr(module.CycleGAN, "directions", ("a2b", "b2a"), raising=False)
    monkeypatch.setattr(module.CycleGAN, "turned", lambda self, direction: Back(self), raising=False)


def test_with_answers_a_run_on_unpaired_data_is_held_against_them_both_ways(run, data, monkeypatch):
    both_ways(monkeypatch)
    records, _ = evaluate(run)
    assert [(r["metric"], r.get("direction")) for r in records] == [(n, way) for way in (None, "b2a") for n in NAMES]
    assert {r["split"] for r in records} == {"held-out part"}
    tests = {side: pictures(data / side) for side in ("testA", "testB")}
    apart = np.abs(tests["testA"] - tests["testB"]).mean()
    for record in records[::4]:
        assert list(record["controls"]) == ["input", "histogram matching", "constant colour", "mean picture"]
        assert record["controls"]["input"]["value"] == pytest.approx(apart, abs=1e-5)
    there, back = (record["controls"]["mean picture"]["value"] for record in records[::4])
    train = pictures(data / "trainA").mean(axis=0)
    assert back == pytest.approx(np.abs(tests["testA"] - train).mean(), abs=1e-5), "the mean of what is made there"
    assert there != pytest.approx(back, abs=1e-3)
    assert "controls" not in records[1] or "cycle-L1" not in records[1]["controls"]
    lines = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
    assert [line["metric"] for line in lines][-8:] == [*NAMES, *NAMES]
    page = (run / "report.html").read_text()
    assert "L1, b2a" in page
    assert "histogram matching" in page


def test_without_answers_only_what_needs_none_is_measured_and_a_question_for_more_is_refused(run):
    _, err = call("evaluate", run, "--seeds", 1, "-n", 8, "--metric", "L1", "-o", "answers=", code=2)
    assert "L1: needs data whose right answers are known, and" in err
    table, _ = call("evaluate", run, "--seeds", 1, "-n", 8, "--metric", "FD(pca-64)", "-o", "answers=")
    assert table.split()[:2] == ["step", "metric"]
    assert "FD(pca-64)" in table


def test_the_log_and_the_preview_have_the_answers_to_what_is_held_out(run):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    health = [line["health"] for line in lines if line.get("kind") == "log"][-1]
    assert {"moved", "response", "answer_correlation"} <= set(health)
    with Image.open(next((run / "samples").glob("*.png"))) as sheet:
        assert sheet.width >= 4 * 64, "what went in, what came out, the way back, what was wanted"


def test_a_precision_that_was_not_shown_to_learn_is_refused_before_anything_is_trained(data, tmp_path):
    # In a process of its own the policy would be set for all tests after this one.
    source = Field(name="source", kind="picture", shape=(SIDE, SIDE, 3), aligned=False)
    settings = {"name": "toy", "summary": "", "modality": "images", "game": "a:B", "data": "digits"}
    with pytest.raises(
        UsageError, match=r"--precision bf16: toy was not shown to learn in it .* use --precision float32"
    ):
        refuse_precision(Recipe(**settings), {"source": source}, "bf16")
    refuse_precision(Recipe(**settings), {"source": source}, "float32")
    refuse_precision(Recipe(**settings, precisions=("float32", "bf16")), {"source": source}, "bf16")
    refuse_precision(Recipe(**settings), {"source": Field(name="source", kind="picture")}, "bf16")
    refuse_precision(Recipe(**settings), {}, "bf16")


def test_the_way_back_starts_where_the_samples_are():
    from multigan.modalities.images.paired import CycleL1

    asked = []

    def sample(count, seed, given):
        asked.append(given["source"])
        return given["source"] / 2

    back = SimpleNamespace(asks=("source",), sample=sample)
    game = SimpleNamespace(directions=("there", "back"), turned=lambda direction: back)
    stream, went = CycleL1(game), np.full((40, 4, 4, 3), 0.25, "float32")
    stream.add(Block(0, 40, {"source": went}, None, 2 * went + 0.5))
    assert stream.result()["value"] == pytest.approx(0.25)
    assert (asked[0] == 2 * went + 0.5).all()


def test_the_best_checkpoint_goes_by_the_usual_way_and_by_the_extractor_that_was_used_last(tmp_path, monkeypatch):
    directory = RunDirectory(tmp_path)
    monkeypatch.setattr(RunDirectory, "facts", lambda self: {"settings": {}})
    monkeypatch.setattr("multigan.training.checkpoints.steps_saved", lambda folder: [1, 2, 3])
    for step, value, metric, more in (
        (1, 0.5, "FD(pca-64)", {}),
        (1, 0.2, "FD(local)", {}),
        (2, 0.3, "FD(local)", {}),
        (3, 0.1, "FD(local)", {"direction": "b2a"}),
    ):
        directory.append({"metric": metric, "step": step, "value": value} | more, directory.scores)
    settings = {"name": "toy", "summary": "", "modality": "images", "game": "a:B", "data": "digits"}
    known = {name: SimpleNamespace(better="lower") for name in ("FD(local)", "FD(pca-64)")}
    assert best_step(directory, Recipe(**settings, metrics=("FD",)), known) == 1
    assert best_step(directory, Recipe(**settings, metrics=("FD(pca-64)",)), known) == 1
    known["FD(local)"].better = "higher"
    assert best_step(directory, Recipe(**settings, metrics=("FD",)), known) == 2
