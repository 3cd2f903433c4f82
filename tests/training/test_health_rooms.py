"""Health knows no modality by its name: what differs comes from the rooms, and a plugin may bring one."""

import ast
import dataclasses
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from multigan import Course, Health, Illness, Measurement, Seen, Treatment, health
from multigan import modality as table
from multigan.health.doctor import diagnose
from multigan.health.gauge import PlainGauge, open_gauge
from multigan.health.illness import health_of
from multigan.health.reference import Reference, choose_reference
from multigan.metrics.diversity import diversity
from multigan.modality import Modality, add_modality, find_modality, modalities
from multigan.recipe import DataInfo, Option, Recipe
from multigan.report.page import write_report

ROOMS = ("images", "points", "audio", "text", "clips")
CLASSES = ("a", "b", "c")
# Of a run that has all that a room can find, and of one that has nothing.
ILL = {
    "diversity": 0.1, "recall": 0.01, "nearest_distance": 0.1, "high_quality": 0.5, "classes_covered": 2.0,
    "silent": 0.5, "clipped": 0.5, "dc_offset": 0.9, "tonal": 0.9, "unique": 0.1, "below_floor": 9.0, "nll_oracle": 2.0,
    "frozen": 0.9, "motion": 9.0,
    "generator/reward": 0.001, "generator/reward_deviation": 0.0001, "generator/entropy": 2.0,
    "critic/accuracy_real": 1.0, "critic/accuracy_generated": 1.0, "critic/gradient_norm": 1e-9,
}  # fmt: skip
OPTIONS = {
    "loss": Option(default="minimax", help="l"), "pack": Option(default=1, help="p"),
    "r1": Option(default=0.0, help="r"), "spectral_norm": Option(default=False, help="s"),
    "upsample": Option(default="zeros", help="u"),
    "teacher_forcing": Option(default=0, help="t"), "learning_rate": Option(default=0.1, help="r"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Modalities that a test adds are gone after it."""
    monkeypatch.setattr(table, "_known", dict(modalities()))


def log(every=100, count=30, **figures):
    lines = []
    for n in range(1, count + 1):
        phase = "adversarial" if n > count // 3 else "likelihood"
        lines.append({"kind": "log", "step": n * every, "phase": phase, "losses": {"generator/adversarial": 0.9}})
        lines[-1] |= {"health": figures or dict(ILL), "shares": [0.5, 0.5, 0.0], "missing": [2]}
    return lines


def run(folder, modality, lines):
    """A run of a recipe with `OPTIONS`, and its recipe."""
    recipe = Recipe(name="toy", summary="s", modality=modality, game="g:G", options=OPTIONS, data="d")
    facts = {
        "recipe": "toy", "modality": modality, "data": {"name": "d", "count": 100, "classes": list(CLASSES)},
        "options": {key: {"value": option.default, "origin": "default"} for key, option in OPTIONS.items()},
    }  # fmt: skip
    folder.mkdir()
    (folder / "run.toml").write_text(tomli_w.dumps(facts))
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder, {"toy": recipe}


def as_told(folder, modality):
    """All that is said of an ill run, its own name and its modality's left out."""
    path, recipes = run(folder, modality, log())
    told = [diagnose(path, recipes), write_report(path).read_text(), health.pending([], modality)]
    return json.dumps(told).replace(str(path), "RUN")


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_under_another_name_is_judged_and_reported_alike(tmp_path, name):
    add_modality(dataclasses.replace(find_modality(name), name="others"))
    expected, told = as_told(tmp_path / "one", name), as_told(tmp_path / "two", "others")
    assert told.replace("others", name) == expected.replace("others", name)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_under_another_name_measures_alike(name):
    shape = {"images": (4, 4, 1), "points": (2,), "audio": (2048, 1), "text": (6,), "clips": (4, 4, 4, 1)}[name]
    rng = np.random.default_rng(0)
    data = rng.integers(9, size=(100, *shape)) if name == "text" else rng.normal(0, 0.2, (100, *shape))
    info = DataInfo(name="d", shape=shape, classes=CLASSES, facts={"sample_rate": 8000, "end": -1, "oracle": ""})
    reference = Reference(data, np.arange(100) % 3)
    add_modality(dataclasses.replace(find_modality(name), name="others"))
    own, other = (open_gauge(modality, reference, info) for modality in (name, "others"))
    assert own.measure(data[:50]) == other.measure(data[:50])
    assert own.count == other.count
    assert len(own.measure(data[:50]).figures) > 1


# What a plugin's room has.


def _dull(course: Course):
    values = [line["health"]["pungency"] for line in course.lines[-3:] if "pungency" in line["health"]]
    return Seen(f"pungency was {values[-1]}", course.lines[0]["step"]) if values and max(values) < 0.5 else None


class Sniff:
    """Measures how strong smells are."""

    count = 7

    def __init__(self, reference, data):
        self._strongest = reference.samples.max() * data.facts["strength"]

    def measure(self, samples):
        return Measurement({"diversity": 1.0, "pungency": float(samples.max() / self._strongest)})


NOSE = {
    "Sniff": Sniff,
    "HEALTH": Health(
        steps=300,
        classes="scents",
        belongs="that smell of it.",
        illnesses=(
            Illness(
                name="no-smell",
                gravity=350,
                check="smells that nobody smells",
                advice="open a window",
                meaning="It smells of nothing.",
                judge=_dull,
                pending=lambda lines: "" if any("pungency" in line["health"] for line in lines) else "nobody sniffed",
                treatments=(Treatment("pack", lambda case: case.values["pack"], "more noses"),),
            ),
        ),
        treatments={"collapse": (Treatment("learning_rate", lambda case: 0.3, "stronger"),)},
        values={"pack": 8},
        needs={"pack": {"spectral_norm": True, "unheard_of": 1}},
        figures=("pungency",),
        curves={"pungency": {"title": "How it smells", "text": "1: as the data."}},
    ),
}
SMELLS = Modality(
    name="smells", noun="whiffs", summary="s", field="smell", open="nose:open", gauge="nose:Sniff", health="nose:HEALTH"
)


@pytest.fixture
def smells(monkeypatch):
    module = types.ModuleType("nose")
    vars(module).update(NOSE)
    monkeypatch.setitem(sys.modules, "nose", module)
    add_modality(SMELLS)


def test_a_plugin_s_own_illness_is_found_in_its_place_and_explained_in_its_words(tmp_path, smells):
    path, recipes = run(tmp_path / "run", "smells", log(diversity=0.1, pungency=0.2))
    diagnosis = diagnose(path, recipes)
    collapse, own, missing = diagnosis["findings"]
    assert [f["name"] for f in (collapse, own, missing)] == ["collapse", "no-smell", "missing-modes"]
    assert (own["message"], own["meaning"], own["since"]) == ("pungency was 0.2", "It smells of nothing.", 100)
    assert own["command"] == "multigan run --plugin toy -o pack=8 -o spectral_norm=true"
    assert missing["message"].startswith("1 of 3 scents are missing: c")
    rates = [t["value"] for t in collapse["treatments"] if t["name"] == "learning_rate"]
    assert rates == [0.3, 0.05], "the room's before what is left when nothing else is"
    assert list(diagnosis["checks"])[2:5] == ["collapse", "no-smell", "missing-modes"]


def test_a_plugin_s_illness_tells_why_it_is_not_judged_yet(smells):
    assert health.pending(log(count=2), "smells")["no-smell"].startswith("it takes 3 measurements of samples over 300")
    assert health.pending(log(diversity=1.0), "smells")["no-smell"] == "nobody sniffed"
    assert "no-smell" not in health.pending(log(), "images")


def test_the_report_has_a_plugin_s_figures_curve_and_words_and_opens_without_it(tmp_path, smells):
    path, _ = run(tmp_path / "run", "smells", log(diversity=1.0, pungency=0.2, classes_covered=2.0))
    page = write_report(path).read_text()
    for told in (
        "How it smells",
        "1: as the data.",
        "Scents",
        "that smell of it.",
        "pungency was 0.2",
        "Open a window.",
    ):
        assert told in page, told
    assert "<dt>pungency</dt>" in page.replace("\n", "")
    del table._known["smells"]
    page = write_report(path).read_text()
    assert "Classes" in page
    assert "pungency was" not in page
    assert "How it smells" not in page
    assert diagnose(path, {})["verdict"] == "ill", "what all runs can have is looked for"


def test_a_plugin_s_gauge_is_given_the_reference_and_what_is_known_of_the_data(smells):
    reference = Reference(np.full((100, 3), 2.0))
    gauge = open_gauge("smells", reference, DataInfo(name="d", shape=(3,), facts={"strength": 2}))
    assert gauge.count == 7
    assert gauge.measure(np.ones((7, 3))).figures == {"diversity": 1.0, "pungency": 0.25}


@pytest.mark.parametrize("kind", ["float32", "int32"])
def test_a_modality_without_gauge_and_health_has_plain_ones(kind):
    add_modality(dataclasses.replace(SMELLS, gauge="", health=""))
    data = np.random.default_rng(0).integers(9, size=(1200, 3, 2)).astype(kind)
    gauge = open_gauge("smells", Reference(data), DataInfo(name="d", shape=(3, 2)))
    assert isinstance(gauge, PlainGauge)
    assert gauge.measure(data[:200]).figures == {"diversity": pytest.approx(diversity(data[:200], data), abs=0.1)}
    assert gauge.measure(data[:1].repeat(200, axis=0)).figures == {"diversity": 0.0}
    assert health_of("smells") == Health() == health_of("unheard-of")
    assert [f.name for f in health.findings(log(diversity=0.1), "smells")] == ["collapse", "missing-modes"]


def test_floats_that_are_not_finite_have_no_diversity():
    gauge = PlainGauge(Reference(np.random.default_rng(0).normal(size=(50, 3))), DataInfo(name="d", shape=(3,)))
    assert np.isnan(gauge.measure(np.full((50, 3), np.nan)).figures["diversity"])


class Mixed:
    """A source whose samples are not what stands first in a batch."""

    def __len__(self):
        return 100

    def __getitem__(self, index):
        return {key: rows[0] for key, rows in self.batch([index]).items()}

    def batch(self, indices):
        return {"label": np.asarray(indices, np.int32), "smell": np.ones((len(indices), 3), np.float32)}


def test_a_reference_holds_the_samples_wherever_they_stand_in_a_batch():
    reference = choose_reference(Mixed(), "smell", 10)
    assert reference.samples.shape == (64, 3)
    assert reference.labels[-1] == 99


@pytest.mark.parametrize("part", ["health", "report"])
def test_health_and_the_report_need_no_training(part):
    found = set()
    for path in (Path(health.__file__).parents[1] / part).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found |= {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            found |= {node.module} if isinstance(node, ast.ImportFrom) else set()
    wrong = ("multigan.training", "multigan.modalities") if part == "health" else ("multigan.training",)
    assert "multigan.runlog" in found
    assert not [name for name in found if str(name).startswith(wrong)]
