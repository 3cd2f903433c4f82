"""What a sweep finds: means and deviations over seeds, the best first, with how they were measured."""

import json
import math
import re
from dataclasses import replace

import pytest

from multigan.report.sweep import write_sweep
from multigan.sweeps.call import Sweep
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Plan
from multigan.sweeps.results import table_of

PLAN = Plan("gan-points", {"pack": (1, 2, 4)}, (0, 1), count=64)


def record(value, metric="recall(points)", better="higher", **facts):
    how = {"protocol": "by arXiv 1904.06991", "generated": 64, "real": 50, "seeds": [0, 1, 2], "data": "ring"}
    return {"metric": metric, "value": value, "better": better, "controls": {"real": {"value": 0.9}}, **how, **facts}


@pytest.fixture
def found(tmp_path):
    """Makes the table of values by choice and seed; None: that run is not done."""

    def make(values, better="higher", failed=()):
        folder = Folder(tmp_path)
        for pack, of_seeds in values.items():
            for seed, value in enumerate(of_seeds):
                if value is not None:
                    result = {
                        "records": [record(value, better=better)],
                        "findings": ["mode collapse"] * (value == 0.25),
                    }
                    folder.write_result(f"pack={pack},seed={seed}", result)
        return table_of(folder, PLAN, dict(failed))

    return make


def test_means_and_deviations_are_over_seeds_and_the_best_is_first(found):
    table = found({1: (0.25, 0.75), 2: (0.5, 0.75), 4: (0.1, 0.2)})
    assert [row.values["pack"] for row in table.rows] == [2, 1, 4]
    score = table.rows[1].scores["recall(points)"]
    assert (score.mean, score.values) == (0.5, {0: 0.25, 1: 0.75})
    assert score.deviation == pytest.approx(math.sqrt(0.125))
    assert table.rows[1].findings == {"mode collapse": 1}
    assert (table.done, table.runs) == (6, 6)


@pytest.mark.parametrize(("better", "order"), [("lower", [4, 1, 2]), ("one", [2, 1, 4])])
def test_what_is_best_is_the_metrics_matter(found, better, order):
    table = found({1: (0.25, 0.75), 2: (0.5, 0.75), 4: (0.1, 0.2)}, better)
    assert [row.values["pack"] for row in table.rows] == order


def test_a_choice_with_a_run_that_failed_comes_after_those_that_are_whole(found):
    table = found({1: (0.9, None), 2: (0.1, 0.1)}, failed={"pack=1,seed=1": "the loss is not finite"})
    assert [row.values["pack"] for row in table.rows] == [2, 1, 4]
    assert (table.rows[1].scores["recall(points)"].deviation, table.rows[1].done) == (None, (0,))
    assert table.rows[1].failed == {1: "the loss is not finite"}
    assert (table.rows[2].scores, table.done) == ({}, 3)


def test_a_value_that_is_not_finite_is_the_worst(found):
    table = found({1: (0.5, math.nan), 2: (0.1, 0.1), 4: (0.2, 0.2)})
    assert [row.values["pack"] for row in table.rows] == [4, 2, 1]
    assert json.loads(json.dumps(table.as_json(), allow_nan=False))[2]["scores"]["recall(points)"]["mean"] == "nan"


def test_no_figure_stands_without_how_it_was_measured(found):
    table = found({1: (0.5, 0.5)})
    told = "by arXiv 1904.06991; 64 generated and 50 real samples of ring, mean of 3 draws a run"
    assert table.protocols == {"recall(points)": told}
    assert table.controls == {"recall(points)": {"real": pytest.approx(0.9)}}


def test_both_ways_of_a_translator_are_columns_of_their_own(tmp_path):
    folder = Folder(tmp_path)
    records = [record(0.5), record(0.25, direction="b2a")]
    for job in PLAN.jobs():
        folder.write_result(job.name, {"records": records})
    table = table_of(folder, PLAN, {})
    assert {name: score.mean for name, score in table.rows[0].scores.items()} == {
        "recall(points)": 0.5,
        "recall(points), b2a": 0.25,
    }


def test_the_page_shows_it_all_and_needs_no_network(found, tmp_path):
    table = found({1: (0.9, None), 2: (0.1, 0.3)}, failed={"pack=1,seed=1": "a <b> loss"})
    report = tmp_path / "runs" / "pack=2,seed=0" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("")
    page = write_sweep(tmp_path, tmp_path / "sweep.html", Sweep(tmp_path, PLAN, table)).read_text()
    assert "0.2000" in page
    assert "0.1414" in page
    assert 'by <a href="https://arxiv.org/abs/1904.06991"' in page
    assert "a &lt;b&gt; loss" in page
    assert "3 of 6 runs" not in page
    assert 'href="runs/pack%3D2%2Cseed%3D0/report.html"' in page
    assert not re.findall(r'(?:src|href)="(?!data:|#|runs/|logs/|https://arxiv)[^"]*"', page)
    assert "default-src 'none'" in page
    assert page.index(">2</td>") < page.index(">1</td>")


@pytest.mark.parametrize(
    ("values", "interrupted", "word"),
    [
        ({1: (0.1, 0.2), 2: (0.1, 0.3), 4: (0.1, 0.4)}, "", "done"),
        ({1: (0.1, None)}, "SIGINT", "interrupted"),
        ({1: (0.1, None)}, "", "done but for what failed"),
        ({}, "SIGTERM", "interrupted"),
    ],
)
def test_the_page_says_how_it_ended(found, tmp_path, values, interrupted, word):
    done = Sweep(tmp_path, replace(PLAN), found(values), interrupted)
    page = write_sweep(tmp_path, tmp_path / "sweep.html", done).read_text()
    assert f'">{word}</span>' in page
