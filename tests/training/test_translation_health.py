"""What is found in runs that make pictures of pictures: the input handed back, colours turned over, one output."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from multigan.data import describe_source
from multigan.field import Field
from multigan.health import findings, illnesses_of, pending
from multigan.health.gauge import Measurement, open_gauge
from multigan.health.reference import Reference
from multigan.modalities.images.kinship import Kinship
from multigan.modalities.images.made import made
from multigan.modalities.images.reading.source import open_images
from multigan.recipe import DataInfo, Recipe
from multigan.runs import RunDirectory
from multigan.training.previews import Previews, _distinct

SIDE, COUNT = 16, 64
RNG = np.random.default_rng(0)
OWN = ("one-output", "returns-input", "inverted-colours")


def soft(count=COUNT, channels=3, seed=0):
    """Pictures with soft colours, rather light, between -1 and 1."""
    coarse = np.random.default_rng(seed).uniform(-1, 1, (count, 4, 4, channels))
    fine = coarse.repeat(SIDE // 4, axis=1).repeat(SIDE // 4, axis=2)
    return ((fine + np.roll(fine, 1, axis=1) + np.roll(fine, 1, axis=2)) / 5 + 0.3).astype("float32")


def autumn(pictures):
    """The same places, darker and redder."""
    return np.clip(pictures * [0.9, 0.7, 0.5] + [0.1, -0.1, -0.15], -1, 1).astype("float32")


def figures(samples, given, wanted, *, paired=True, field=None, data=None):
    field = field or Field(name="source", kind="picture", shape=given.shape[1:], aligned=paired)
    data = wanted if data is None else data
    return Kinship(data, (field,)).measure(samples, {"source": given}, wanted if paired else None)


def found(figures):
    """The findings of a run whose samples had these figures three times."""
    lines = [
        {"kind": "log", "step": step, "losses": {}, "health": {"diversity": 1.0, **figures}, "time": ""}
        for step in (500, 1000, 1500, 2000)
    ]
    return [finding.name for finding in findings(lines, "images")]


SOURCE, WANTED = soft(), autumn(soft())
OTHERS = autumn(soft(seed=1))
NOISE = RNG.normal(0, 0.05, SOURCE.shape).astype("float32")
ILL = {
    "returned": ("returns-input", SOURCE),
    "returned with noise": ("returns-input", SOURCE + NOISE / 4),
    "negative": ("inverted-colours", -SOURCE),
    "red and green exchanged": ("inverted-colours", WANTED[..., [1, 0, 2]] - [0.3, -0.3, 0]),
    "one picture": ("one-output", WANTED[:1].repeat(COUNT, axis=0)),
    "the mean": ("one-output", WANTED.mean(axis=0, keepdims=True).repeat(COUNT, axis=0) + NOISE / 4),
}


@pytest.mark.parametrize("case", ILL)
def test_what_is_wrong_with_a_translator_is_found(case):
    name, samples = ILL[case]
    assert found(figures(samples, SOURCE, WANTED)) == [name]
    if case != "red and green exchanged":  # without an answer it is as good as another one
        assert found(figures(samples, SOURCE, OTHERS, paired=False)) == [name]


@pytest.mark.parametrize("paired", [True, False])
def test_a_translator_that_is_right_or_on_its_way_is_not_ill(paired):
    data = WANTED if paired else OTHERS
    for samples in (WANTED, WANTED + NOISE, (SOURCE + WANTED) / 2, WANTED * 0.8):
        assert found(figures(samples, SOURCE, data, paired=paired)) == []


def test_a_negative_is_right_where_the_data_are_like_it():
    """Light pictures of dark ones, without pairs."""
    dark, others = soft() / 3 - 0.6, 0.6 - soft(seed=1) / 3
    assert "input_correlation" not in figures(-dark, dark, others, paired=False)
    assert found(figures(-dark, dark, others, paired=False)) == []
    assert found(figures(-dark, dark, -dark)) == [], "and with them"
    assert found(figures(dark, dark, -dark)) == ["returns-input", "inverted-colours"], "handed back, it is the negative"


@pytest.mark.parametrize("kind", ["low:2", "mask", "grey", "blur:2"])
def test_where_input_and_answer_are_alike_right_answers_are_no_finding(kind):
    shape = {"low:2": (SIDE // 2, SIDE // 2, 3), "grey": (SIDE, SIDE, 1)}.get(kind, (SIDE, SIDE, 3))
    field = Field(name="source", kind="picture", shape=shape, made=kind)
    wanted = (soft() + RNG.normal(0, 0.1, (COUNT, SIDE, SIDE, 3))).clip(-1, 1).astype("float32")
    given = made(wanted, field)["source"]
    right = figures(wanted, given, wanted, field=field)
    assert (right["moved"], right["answer_correlation"]) == (1, 1)
    assert found(right) == []
    blurred = (wanted + np.roll(wanted, 1, axis=1) + np.roll(wanted, 1, axis=2)) / 3
    assert found(figures(blurred, given, wanted, field=field)) == []
    full = given if kind != "low:2" else None
    if full is not None:
        assert "returns-input" in found(figures(np.broadcast_to(full, wanted.shape), given, wanted, field=field))


def test_label_maps_have_a_response_and_answers_and_nothing_to_hand_back():
    maps = RNG.integers(0, 4, (COUNT, SIDE, SIDE)).astype("int32")
    field = Field(name="source", kind="labelmap", shape=(SIDE, SIDE), classes=tuple("abcd"))
    right = figures(WANTED, maps, WANTED, field=field)
    assert set(right) == {"response", "answer_correlation"}
    assert found(right) == []
    assert found(figures(WANTED[:1].repeat(COUNT, axis=0), maps, WANTED, field=field)) == ["one-output"]


def test_pictures_that_are_made_of_none_have_no_such_figures():
    info = DataInfo(name="", shape=WANTED.shape[1:], classes=("a", "b"))
    gauge = open_gauge("images", Reference(WANTED), info)
    assert gauge.compare(WANTED, {"label": np.zeros(COUNT, "int32")}, None) == {}
    assert gauge.compare(WANTED * np.nan, {}, None) == {}
    field = Field(name="source", kind="picture", shape=WANTED.shape[1:])
    gauge = open_gauge("images", Reference(WANTED), replace(info, beside=(field,)))
    assert gauge.compare(SOURCE, {"source": SOURCE}, WANTED)["moved"] == 0
    assert gauge.compare(SOURCE * np.nan, {"source": SOURCE}, WANTED) == {}
    lines = [{"kind": "log", "step": s, "losses": {}, "health": {"diversity": 1.0}} for s in (500, 1000, 1500, 2000)]
    waiting = pending(lines, "images")
    assert waiting["returns-input"] == "samples are not made of pictures of their size"
    assert waiting["one-output"] == "samples are not made of pictures or label maps"
    assert set(OWN) <= set(illnesses_of("images"))


def test_what_still_grows_is_no_finding():
    def judged(*values):
        lines = [
            {"kind": "log", "step": 500 * (n + 1), "losses": {}, "health": {"diversity": 1.0, "moved": value}}
            for n, value in enumerate(values)
        ]
        return [finding.name for finding in findings(lines, "images")]

    assert judged(0.01, 0.02, 0.05, 0.09) == []
    assert judged(0.09, 0.09, 0.09, 0.09) == ["returns-input"]
    assert judged(0.09, 0.05, 0.02, 0.01) == ["returns-input"]
    assert judged(0.01, 0.01, 0.01, 0.5) == []


class Draws:
    """Draws latents, or none."""

    def __init__(self, latents):
        self.latents = lambda count, seed: latents


def test_copies_that_a_translator_makes_of_what_is_asked_twice_are_not_measured():
    """Twelve held-out pictures asked for in turn are no collapse."""
    asked = {"source": SOURCE[np.arange(40) % 12], "label": np.arange(40) % 2}
    assert len(_distinct(Draws({}), asked, 40)) == 12
    assert len(_distinct(Draws(np.zeros((1, 4))), asked, 40)) == 40, "latents differ"
    assert len(_distinct(Draws({}), None, 40)) == 40
    twelve = _distinct(Draws({}), asked, 40)
    assert len(np.unique(asked["source"][twelve].reshape(12, -1), axis=0)) == 12
    gauge = open_gauge("images", Reference(WANTED), DataInfo(name="", shape=WANTED.shape[1:]))
    assert isinstance(gauge.measure(WANTED[:12]), Measurement)
    assert gauge.measure(WANTED[:12]).figures["nearest_distance"] > 0.3
    assert gauge.measure(WANTED[np.arange(40) % 12]).figures["nearest_distance"] == 0


# From files through previews to findings, with games that do one thing whatever they are told.


class Doctored:
    """Makes of pictures what `make` says."""

    asks, fields = ("source",), ()

    def __init__(self, make):
        self.make = make

    def latents(self, count, seed):
        return {}

    def sample(self, count, seed, asked):
        return np.asarray(self.make(asked["source"]), "float32")

    def show(self, asked, samples):
        return {"output": samples}


GAMES = {
    "right": (lambda source: autumn(source), []),
    "input": (lambda source: source, ["returns-input"]),
    "negative": (lambda source: -source, ["inverted-colours"]),
    "one picture": (lambda source: autumn(source[:1]).repeat(len(source), axis=0), ["one-output", "collapse"]),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Folders of pictures: `a` goes in, `b` is made, the same places in autumn; `c`, other places in autumn."""
    place = tmp_path_factory.mktemp("places")
    for side, pictures in (("a", soft(40)), ("b", autumn(soft(40))), ("c", autumn(soft(40, seed=1)))):
        (place / side).mkdir()
        for number, picture in enumerate(pictures):
            Image.fromarray(np.rint((picture + 1) * 127.5).astype(np.uint8)).save(place / side / f"{number}.png")
    return place


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("paired", [True, False])
def test_what_a_game_does_is_found_in_its_previews(game, paired, places, tmp_path):
    make, expected = GAMES[game]
    options = {"size": str(SIDE), "held_out": 0.4} | ({"to": "b", "pairs": "names"} if paired else {"to": "c"})
    source = open_images(str(places / "a"), options | {"to": str(places / options["to"])}, {})
    recipe = Recipe(name="toy", summary="", modality="images", game="a:B", data="digits")
    run = SimpleNamespace(
        recipe=recipe, directory=RunDirectory(tmp_path), data=describe_source(source), game=Doctored(make)
    )
    (tmp_path / "samples").mkdir()
    _, measured = Previews(run, source).draw(1)
    told = {name for name in measured.figures if name.endswith("_correlation")}
    assert told == ({"answer_correlation"} if paired else {"input_correlation"})
    assert found(measured.figures) == expected
