"""The benchmark of the doctor: what counts as right, and its table."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def health(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "health", raising=False)
    import health

    return health


def diagnosis(*found, verdict=None):
    findings = [{"name": name, "message": f"{name} was seen"} for name in found]
    verdict = verdict or ("ill" if found else "healthy")
    return {"verdict": verdict, "findings": findings, "step": 2000, "past": [], "figures": {"diversity": 0.9}}


@pytest.mark.parametrize(
    ("expected", "said", "right"),
    [
        ((), diagnosis(), True),
        ((), diagnosis("oscillation"), False),
        ((), diagnosis(verdict="unknown"), False),
        (("collapse", "missing-modes"), diagnosis("missing-modes", "oscillation"), True),
        (("collapse",), diagnosis("oscillation"), False),
        (("collapse",), diagnosis(), False),
    ],
)
def test_what_counts_as_right(health, monkeypatch, tmp_path, expected, said, right):
    monkeypatch.setattr(health, "train", lambda *arguments: None)
    monkeypatch.setattr(health, "call", lambda *words: SimpleNamespace(stdout=json.dumps(said)))
    case = health.Case("A run", "dcgan", "digits", 2000, {}, expected)
    assert health.judged("one", 1, case, 1.0, tmp_path)["right"] is right


def test_every_case_is_of_a_recipe_that_has_its_options_and_expects_findings_that_exist(health):
    from multigan.health import illnesses_of
    from multigan.modality import data_options, modalities
    from multigan.plugins import load_plugins
    from multigan.recipe import resolve_options

    recipes = {recipe.name: recipe for _, recipe in load_plugins(environ={}).recipes.values()}
    known = {name for modality in modalities() for name in illnesses_of(modality)}
    assert sum(not case.expected for case in health.CASES.values()) >= 5
    for case in health.CASES.values():
        assert set(case.expected) <= known
        if case.recipe in recipes:
            recipe = recipes[case.recipe]
            resolve_options({**recipe.options, **data_options(recipe.modality)}, case.options, case.recipe)


def test_the_table_counts_hits_misses_and_false_alarms(health):
    from health_tables import confusion_table

    cases = [
        {"what": "Whole", "expected": [], "found": [], "right": True},
        {"what": "Alarm", "expected": [], "found": ["oscillation"], "right": False},
        {"what": "Lost", "expected": ["collapse"], "found": ["collapse"], "right": True},
    ]
    common = {
        "recipe": "dcgan",
        "data": "digits",
        "steps": 2000,
        "seed": 1,
        "options": {"size": "16"},
        "verdict": "healthy",
    }
    record = {"cases": [common | case for case in cases], "protocol": "P.", "date": "2026-01-01T00:00:00Z"}
    table = confusion_table(record | {"multigan": "0.1.0", "commit": "abc", "modified": False})
    assert "| ill (1) | 1 | 0 |\n| healthy (2) | 1 | 1 |" in table
    assert "| Alarm (`dcgan`) | digits, 2,000, 1 | size=16 | nothing | oscillation | **no** |" in table
    assert "Right on 2 of 3." in table
