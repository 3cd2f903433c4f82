"""`multigan evaluate` of texts: a small run, its curve, and other texts."""

import json
import os

import pytest
from toys import METRICS
from writings import Tokenizer, Writer, Writings, sentences

from multigan.errors import UsageError
from multigan.metrics.extractors import Material
from multigan.modalities.text.controls import CONTROLS
from multigan.modalities.text.curve import TEMPERATURES
from multigan.trained.evaluating import _measurable


def lines(count, seed):
    return [Tokenizer().decode(row) for row in sentences(count, seed)]


@pytest.fixture(scope="module")
def run(tmp_path_factory, forked):
    """A run of a control, which needs no discriminator, on lines of the small grammar."""
    folder = tmp_path_factory.mktemp("evaluate-texts")
    (folder / "lines.txt").write_text("\n".join(lines(300, 0)))
    options = {"hidden": 4, "embedding": 4, "pretrain_steps": 2, "rollouts": 0, "reward": "constant", "held_out": 0.3}
    options |= {"tokens": "word", "max_tokens": 8}
    words = ["run", "--plugin", "seqgan", "--data", "lines.txt", "--run-dir", "r", "-q", "--steps", "3"]
    words += ["--batch-size", "8", *(word for pair in options.items() for word in ("-o", "{}={}".format(*pair)))]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MULTIGAN_")}
    done = forked(words, cwd=folder, env=kept)
    assert done.returncode == 0, done.stderr
    return folder


def evaluate(run, *words):
    from click.testing import CliRunner

    from multigan.cli import cli

    return CliRunner().invoke(cli, ["-q", "evaluate", str(run / "r"), "--seeds", "1", "-n", "40", *map(str, words)])


def test_a_curve_has_a_record_for_each_temperature_with_controls_and_the_report_tells_them_apart(run):
    done = evaluate(run, "--curve", "--metric", "NLL-gen", "--metric", "self-BLEU-2")
    assert done.exit_code == 0, done.output
    records = [json.loads(line) for line in (run / "r" / "scores.jsonl").read_text().splitlines()]
    assert [(r["temperature"], r["metric"]) for r in records] == [
        (heat, metric) for heat in TEMPERATURES for metric in ("NLL-gen", "self-BLEU-2")
    ]
    assert len({r["value"] for r in records}) > len(TEMPERATURES), "they are drawn at different temperatures"
    for likelihood, alike in zip(records[::2], records[1::2], strict=True):
        assert (likelihood["split"], likelihood["generated"]) == ("held-out part", 40)
        assert list(likelihood["controls"]) == ["bigram", "unigram", "uniform"]
        assert likelihood["details"]["bits_per_character"] > 0
        assert tuple(alike["controls"]) == tuple(control.name for control in CONTROLS)
        assert alike["controls"]["repeated"]["value"] == pytest.approx(1)
    assert "temperature" in done.stdout.splitlines()[0]
    report = (run / "r" / "report.html").read_text()
    assert all(f"self-BLEU-2 at temperature {heat:g}" in report for heat in TEMPERATURES)


def test_other_texts_are_read_by_the_run_s_own_tokens_and_all_of_them_are_compared_with(run):
    other = run / "other.txt"
    other.write_text("\n".join(dict.fromkeys(lines(25, 9))))
    done = evaluate(run, "--json", "--data", other, "--metric", "BLEU-2")
    assert done.exit_code == 0, done.exception
    [record] = json.loads(done.stdout)
    assert record["split"] == "other data"
    assert record["real"] == len(other.read_text().splitlines())
    assert "temperature" not in record


def test_an_oracle_that_nobody_knows_is_a_usage_error(run):
    error = evaluate(run, "--metric", "NLL-oracle").exception
    assert isinstance(error, UsageError)
    assert "NLL-oracle: needs data that a known network wrote" in str(error)


def material(**more):
    source = Writings(sentences(20), **more)
    return Material(source, lambda: source, modality="text")


def test_a_recipe_s_metrics_are_left_out_where_data_or_game_lack_what_they_need():
    named = {metric.name: metric for metric in METRICS}
    chosen = [named[name] for name in ("NLL-oracle", "NLL-gen", "BLEU-2")]
    said = []
    kept = _measurable(chosen, material(), Writer(None), said.append)
    assert [metric.name for metric in kept] == ["BLEU-2"]
    assert said == [
        "not measured: NLL-oracle (no known network wrote writings)",
        "not measured: NLL-gen (the recipe tells no likelihood of a text)",
    ]
    told = Writer(None, lambda tokens: tokens.sum(axis=1))
    assert _measurable(chosen, material(oracle="lstm"), told, said.append) == chosen
    assert _measurable(chosen[:1], material(), told, said.append) == chosen[:1], "or there were none"
    assert len(said) == 2
