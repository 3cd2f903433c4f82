"""Metrics of any modality: what a room brings is found through its object, and the kit knows no room."""

import ast
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from toys import Game

from multigan import Metric, Modality, Recipe, hookimpl
from multigan import modality as known
from multigan.errors import UsageError
from multigan.metrics import QuickScore, evaluate
from multigan.metrics import controls as kit
from multigan.metrics.curves import Draw
from multigan.metrics.extractors import Extractor, Material, extractors_of, load_extractor
from multigan.metrics.families import families
from multigan.metrics.knowledge import Knowledge as Plain
from multigan.metrics.scoring import Evaluation
from multigan.modality import add_modality, modalities
from multigan.plugins import Registry, load_plugins
from multigan.recipe import NEEDS
from multigan.trained.evaluating import _measurable, choose_metrics, draws_of

KIT = sorted((Path(__file__).parents[2] / "multigan" / "metrics").rglob("*.py"))


def words(path):
    """The strings in a file's code, but for docstrings; and the modules that it imports."""
    tree = ast.parse(path.read_text())
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_the_kit_names_no_room():
    assert len(KIT) > 10
    for path in KIT:
        found = [word for word in words(path) if word.startswith("multigan.modalities") or word in modalities()]
        assert not found, path


def test_what_a_room_needs_it_knows_and_its_extractors_are_there():
    for room in modalities().values():
        needs = {need for metric in (room.load("metrics") if room.metrics else ()) for need in metric.needs}
        assert needs <= {*NEEDS, *room.needs}, room.name
        assert all(hasattr(room.load("knowledge"), need) for need in room.needs), room.name
        metrics = room.load("metrics") if room.metrics else ()
        assert {metric.extractor for metric in metrics} - {""} <= set(extractors_of(room.name)), room.name
        assert {metric.modality for metric in metrics} <= {room.name}


# A room of its own: sand, whose grains stand behind another field in a batch.


class Sand:
    """Grains `(width,)`, after their weather, as a source; the last tenth is kept out."""

    in_memory, report, classes = True, None, ()

    def __init__(self, grains, name="beach", weather=True):
        self.grains, self.name, self.weather = grains, name, weather
        self.shape, self.fingerprint = grains.shape[1:], name

    def __len__(self):
        return len(self.grains)

    def __getitem__(self, index):
        return {key: value[0] for key, value in self.batch(np.array([index])).items()}

    def batch(self, indices, rng=None):
        return {"condition": np.zeros((len(indices), 3), "float32"), "grain": self.grains[indices]}


class Knowledge(Plain):
    """Knows the weight of a grain."""

    @property
    def weight(self):
        if not self.material.reference.weather:
            raise UsageError("needs weather")
        return 7.0

    def lacks(self, need, game):
        return "" if need != "weight" or self.material.reference.weather else "no weather"


def held_out(source):
    return Sand(source.grains[-20:], "kept") if len(source) > 100 else None


def heavy(real, generated, seed, *, weight):
    return {"value": weight * float(generated.mean()), "real": weight * float(real.mean())}


def doubled(material):
    double = lambda samples: np.asarray(samples, "float32") * 2  # noqa: E731
    double.facts = {"held": len(material.reference)}
    return double


@contextmanager
def hotter(game, by):
    game.by = by
    yield
    game.by = 0


HEAVY = Metric(name="heavy", summary="", modality="sand", compute="test_rooms:heavy", protocol="", needs=("weight",))
METRICS = (*families("sand", {"doubled": "twice the grains"}), HEAVY)
EXTRACTORS = (Extractor(name="doubled", summary="", load="test_rooms:doubled"),)
CONTROLS = (kit.Control("real", None), kit.REPLAY)
CURVE = tuple(Draw({"heat": by}, partial(hotter, by=by), usual=by == 0) for by in (0, 5))
PARTS = ("metrics", "extractors", "controls", "curve")
PLAIN = {"name": "sand", "noun": "grains", "summary": "", "field": "grain", "open": "test_rooms:Sand"}
ROOM = Modality(
    **PLAIN,
    needs=("weight",),
    knowledge="test_rooms:Knowledge",
    held_out="test_rooms:held_out",
    **{part: f"test_rooms:{part.upper()}" for part in PARTS},
)
GRAINS = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")


class Plugin:
    """Registers a room, and metrics beside those of the room."""

    def __init__(self, room, *metrics):
        self.room, self.metrics = room, metrics

    @hookimpl
    def register_modalities(self):
        return [self.room]

    @hookimpl
    def register_metrics(self):
        return self.metrics


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setitem(sys.modules, "test_rooms", sys.modules[heavy.__module__])
    monkeypatch.setattr(known, "_known", dict(modalities()))


def registered(*metrics, room=ROOM):
    registry = Registry()
    registry.register("toy", Plugin(room, *metrics))
    return registry.metrics


def metric(name, needs, modality="sand"):
    return Metric(name=name, summary="", modality=modality, compute="test_rooms:heavy", protocol="", needs=needs)


def material(source):
    return Material.of(source, lambda: source, modality="sand")


def test_a_room_s_metrics_are_registered_with_it_once():
    assert sorted(registered(metric("more", ("weight",)))) == sorted(["more", *(metric.name for metric in METRICS)])
    with pytest.raises(Exception, match="it registers metric heavy twice"):
        registered(HEAVY)
    with pytest.raises(Exception, match="test_rooms:PARTS holds 'metrics', which is no Metric"):
        registered(room=Modality(**PLAIN, metrics="test_rooms:PARTS"))


def test_a_metric_needs_what_any_may_and_what_its_own_room_knows():
    with pytest.raises(Exception, match=r"metric x needs 'logits', which is none of moments, .*answers, weight"):
        registered(metric("x", ("logits",)))
    with pytest.raises(Exception, match="metric x needs 'modes', which is none of"):
        registered(metric("x", ("modes",)))
    assert "x" in registered(metric("x", ("modes",), "points"))
    with pytest.raises(ValueError, match="no knowledge that could answer"):
        Modality(**PLAIN, needs=("weight",))


def test_a_room_s_samples_extractors_controls_and_knowledge_take_part_in_an_evaluation():
    named, source = registered(), Sand(GRAINS)
    chosen = [named["heavy"], named["recall(doubled)"]]
    assert material(source).split == "held-out part"
    evaluation = Evaluation(chosen, material(source), count=100, controls=CONTROLS)
    game = Game(lambda rng, count, condition: GRAINS[rng.integers(200, size=count)])
    first, second = evaluate(evaluation, game, [0], step=1)
    assert first["details"]["real"] == pytest.approx(7 * GRAINS[-20:].mean(), rel=1e-5), "the grains, not the weather"
    assert (first["real"], first["generated"]) == (20, 20)
    assert second["extractor"] == {"name": "doubled", "held": 20}
    beside = evaluation.controls(game, 0)
    assert list(beside) == ["real", "replay"]
    assert beside["real"]["heavy"]["value"] == beside["replay"]["heavy"]["real"] == first["details"]["real"]
    assert QuickScore(named["heavy"], source, count=10).record(game, 1)["split"] == "held-out part"


def test_what_a_room_cannot_tell_is_left_out_or_said_with_the_metric_s_name():
    named, source, said = registered(), Sand(GRAINS[:50], weather=False), []
    chosen, game = [named["heavy"], named["FD(doubled)"]], Game(None)
    assert _measurable(chosen, material(source), game, said.append) == chosen[1:]
    assert said == ["not measured: heavy (no weather)"]
    evaluation = Evaluation(chosen[:1], material(source))
    with pytest.raises(UsageError, match=r"^heavy: needs weather$"):
        evaluation.score(Game(lambda rng, count, condition: GRAINS[:count]), 0)


def test_a_room_has_a_curve_or_says_whose_it_is():
    registered()
    game, found = Game(None), []
    for draw in draws_of("sand"):
        with draw.of(game):
            found.append((dict(draw.facts), game.by, draw.usual))
    assert found == [({"heat": 0}, 0, True), ({"heat": 5}, 5, False)]
    with pytest.raises(UsageError, match="--curve: for texts, grains, and the recipe makes images; leave it out"):
        draws_of("images")


def test_an_extractor_is_looked_for_in_the_data_s_own_room():
    registered()
    assert load_extractor("doubled", material(Sand(GRAINS))).facts == {"held": 20}
    with pytest.raises(UsageError, match="log-mel takes audio, and kept holds sand; choose one of doubled"):
        load_extractor("log-mel", material(Sand(GRAINS)))
    with pytest.raises(UsageError, match=r"no feature extractor double; did you mean doubled\? \(known: doubled\)"):
        load_extractor("double", material(Sand(GRAINS)))
    add_modality(Modality(**PLAIN))
    with pytest.raises(UsageError, match=r"no feature extractor x \(metrics of sand take none\)"):
        load_extractor("x", material(Sand(GRAINS)))


def test_a_recipe_without_metrics_is_told_those_that_there_are_or_that_there_are_none():
    add_modality(Modality(**PLAIN))
    settings = {"name": "toy", "summary": "", "game": "a:B", "data": "ring"}
    with pytest.raises(UsageError) as none:
        choose_metrics(load_plugins(), Recipe(modality="sand", **settings), (), None)
    assert str(none.value) == (
        "recipe toy has no metric of its own; and no metric of sand is installed; a plugin can register one "
        "(docs/hooks.md)"
    )
    with pytest.raises(UsageError, match="no metric of its own; choose one with --metric: modes, high-quality, "):
        choose_metrics(load_plugins(), Recipe(modality="points", **settings), (), None)


def test_a_small_room_needs_nothing():
    add_modality(Modality(**PLAIN))
    source, own = Sand(GRAINS), metric("plain", ("moments",))
    assert Material.of(source, lambda: source, modality="sand").split == "training data"
    evaluation = Evaluation([own], material(source), count=50)
    assert evaluation.count == 50
    assert evaluation.controls(Game(None), 0) == {}
