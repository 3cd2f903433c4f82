"""`multigan evaluate` on the command line: a small run, held against several kinds of data."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from multigan.errors import UsageError

# What is measured hangs on what is installed.
pytestmark = pytest.mark.extra


@pytest.fixture(scope="module")
def multigan(forked):
    """Runs the command line in a folder; returns its stdout."""

    def run(folder, *words):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MULTIGAN_")}
        done = forked(words, cwd=folder, env={**kept, "COLUMNS": "200"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory, multigan):
    folder = tmp_path_factory.mktemp("evaluate")
    options = ["-o", "size=8", "-o", "width=4", "-o", "latent_dim=4"]
    settings = ["--steps", "4", "--batch-size", "16", "--checkpoint-every", "2"]
    multigan(folder, "run", "--plugin", "dcgan", "--data", "digits", "--run-dir", "r", "-q", *settings, *options)
    return folder


def test_every_checkpoint_is_scored_and_each_record_tells_its_protocol(run, multigan):
    told = multigan(run, "evaluate", "r", "-q", "-n", "60", "--seeds", "2", "--json", "--checkpoint", "all",
                    "--metric", "FD", "--metric", "recall(pixels)", "--metric", "memorisation(pixels)",
                    "--extractor", "pca-64")  # fmt: skip
    records = json.loads(told)
    assert [(r["step"], r["metric"]) for r in records] == [
        (step, f"{family}(pca-64)") for step in (2, 4) for family in ("FD", "recall", "memorisation")
    ]
    assert records == [json.loads(line) for line in (run / "r" / "scores.jsonl").read_text().splitlines()]
    for record in records:
        assert (record["real"], record["generated"], record["seeds"]) == (60, 60, [0, 1])
        assert record["split"] == "training data"
        assert record["extractor"]["components"] > 30
        assert len(record["extractor"]["sha256"]) == len(record["fingerprint"]) == 64
        assert np.mean(record["values"]) == pytest.approx(record["value"])
    assert "60 samples for 6" in records[0]["notes"][0]
    assert records[2]["picture"] == "metrics/neighbours.png"
    with Image.open(run / "r" / "metrics" / "neighbours.png") as picture:
        assert picture.width / picture.height == pytest.approx((4 * 8 + 2 * 2 + 6) / (8 * 8 + 7 * 2), abs=0.01)
    assert "FD(pca-64)" in (run / "r" / "report.html").read_text()


def in_process(folder, *words, quiet=True):
    from click.testing import CliRunner

    from multigan.cli import cli

    words = ["-q", *words] if quiet else words
    return CliRunner().invoke(cli, ["evaluate", str(folder / "r"), "--seeds", "1", *map(str, words)])


def test_other_data_are_told_as_such(run):
    folder = run / "kept-out"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(40):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype="uint8")).save(folder / f"{index}.png")
    [record] = json.loads(in_process(run, "--json", "--data", folder, "--metric", "memorisation(pixels)").stdout)
    assert record["split"] == "other data"
    assert (record["real"], record["generated"]) == (40, 40), "no more than the data have"


def test_what_cannot_be_measured_is_a_usage_error(run):
    black = run / "black"
    black.mkdir()
    for index in range(20):
        Image.new("L", (8, 8)).save(black / f"{index}.png")
    for words, said in (
        (["--metric", "modes"], "metric modes is of points, and recipe dcgan makes images"),
        (["--metric", "FDD(pixels)"], "no metric FDD(pixels); did you mean FD(pixels)?"),
        (["--metric", "coverage"], "no metric coverage: coverage(pixels), "),
        (["--extractor", "pixel"], "no feature extractor pixel; did you mean pixels?"),
        (["--metric", "diversity-in-class", "-n", "8"], "needs a game that is asked for a class"),
        (["--metric", "memorisation(pixels)", "-n", "12"], "needs at least 20 real samples, got 12"),
        (["--data", black], "all 20 images are the same"),
    ):
        error = in_process(run, *words).exception
        assert isinstance(error, UsageError)
        assert said in str(error)


def test_of_the_recipes_own_metrics_those_are_left_out_that_need_labels_where_there_are_none(tmp_path, multigan):
    multigan(tmp_path, "run", "--plugin", "gan", "--data", "swiss-roll", "--run-dir", "r", "-q", "--steps", "2",
             "-o", "generator_units=4", "-o", "critic_units=4")  # fmt: skip
    told = multigan(tmp_path, "evaluate", "r", "-q", "-n", "60", "--seeds", "1", "--json")
    assert [record["metric"] for record in json.loads(told)] == ["sliced-wasserstein", "recall(points)"]
    left = in_process(tmp_path, "-n", "60", quiet=False).stderr
    assert "not measured: modes, high-quality, reverse-KL (swiss-roll has no labels)" in left
    error = in_process(tmp_path, "-n", "60", "--metric", "modes").exception
    assert "modes: needs to know the modes, and swiss-roll has no labels; measure" in str(error)


def test_the_list_names_metrics_extractors_and_modalities(run):
    told = in_process(run, "--list").stdout
    for words in ("FD(efficientnet-lite0) images lower", "reverse-KL points lower", "diversity images one"):
        assert any(line.split()[:3] == words.split() for line in told.splitlines()), words
