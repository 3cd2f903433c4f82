"""Games that make pictures of pictures, or have several inputs, from files to files through the real command line."""

import importlib.util
import json
import os
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from small import Collector, log_without_times, stopper

from multigan.modalities.images.reading.held_out import held_out
from multigan.plugins import load_plugins
from multigan.runs import RunDirectory
from multigan.testing import call, differences
from multigan.training.configuration import resolve
from multigan.training.session import start

GAMES = Path(__file__).parents[1] / "games"
SIDE, COUNT = 16, 12
FLAGS = {"steps": 20, "batch_size": 4, "log_every": 10, "sample_every": 10, "checkpoint_every": 10}
# Titles stand over pictures, which are enlarged to 64 pixels, with gaps of 4 between them.
TITLE, TALL, GAP = 20, 64, 4


@pytest.fixture(scope="module", autouse=True)
def games():
    """The games' plugins are installed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
            patch.delenv(name)
        patch.syspath_prepend(GAMES)
        yield


def colours(seed):
    """A picture of a few soft colours."""
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of pictures: `a` goes in, `b` is made, the negatives of the same names; and two classes."""
    place = tmp_path_factory.mktemp("pictures")
    for side in "ab":
        (place / side).mkdir()
        (place / "classes" / side).mkdir(parents=True)
    for number in range(COUNT):
        for side in "ab":
            colours((number, side == "a")).save(place / "classes" / side / f"{number}.png")
        picture = colours(number)
        picture.save(place / "a" / f"p{number}.png")
        Image.fromarray(255 - np.asarray(picture)).save(place / "b" / f"p{number}.png")
    return place


def train(recipe, place, data, options, **flags):
    """Trains in this process, and stops after the tenth step."""
    registry = load_plugins(environ={})
    registry.register("stop", stopper(9))  # a hook hears of a step when the next one has begun
    plugin, chosen = registry.recipe(recipe)
    config = resolve(
        plugin, chosen, flags={**FLAGS, "data": str(data), **flags}, options=options, environ={}, config={},
        datasets=registry.datasets, directory=place, resume=False,
    )  # fmt: skip
    return start(config, registry, Collector(), False)


def flags_of(options, **more):
    words = [word for key, value in {**FLAGS, **more}.items() for word in (f"--{key.replace('_', '-')}", value)]
    return [*words, *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]


RUNS = {
    "cyclegan": ("a", {"width": 2, "blocks": 1, "pool": 6, "to": "b"}),
    "pix2pix": ("a", {"width": 2, "to": "b", "pairs": "names", "flip": "true", "held_out": 0.3}),
    "grey": ("b", {"width": 2, "make": "grey"}),
    "several": ("classes", {"width": 4}),
}


@pytest.fixture(scope="module")
def runs(folders, tmp_path_factory):
    """Runs of 20 steps, each trained once, when it is asked for."""
    place = tmp_path_factory.mktemp("runs")

    def run(name):
        if not (place / name).exists():
            data, options = options_of(name, folders)
            plugin = "little-pix2pix" if name == "grey" else f"little-{name}"
            call("run", "--plugin", plugin, "--data", data, "--run-dir", place / name, *flags_of(options))
        return place / name

    return run


def options_of(name, folders):
    data, options = RUNS[name]
    return folders / data, options | ({"to": folders / options["to"]} if "to" in options else {})


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def column(picture, number, row=0):
    """One of a preview's pictures, made small again."""
    left, top = number * (TALL + GAP), TITLE + row * (TALL + GAP)
    return picture[top : top + TALL : TALL // SIDE, left : left + TALL : TALL // SIDE]


def near(one, other):
    return np.abs(one.astype(int) - other.astype(int)).max() <= 1


def test_a_preview_shows_what_went_in_what_came_out_and_the_way_back(runs, folders):
    picture = pixels(runs("cyclegan") / "samples" / "step-00000020.png")
    assert picture.shape[0] == TITLE + 4 * (TALL + GAP) - GAP, "eight rows in two blocks"
    inputs = [pixels(path) for path in (folders / "a").iterdir()]
    first = column(picture, 0)
    assert any(near(first, each) for each in inputs)
    assert not any(near(column(picture, number), each) for number in (1, 2) for each in inputs)


def test_a_preview_of_pairs_shows_what_was_wanted_of_held_out_pictures(runs, folders):
    picture = pixels(runs("pix2pix") / "samples" / "step-00000020.png")
    first, wanted = column(picture, 0), column(picture, 2)
    assert near(255 - first, wanted)
    names = {path.name: pixels(path) for path in (folders / "a").iterdir()}
    (shown,) = [name for name, each in names.items() if near(first, each)]
    assert held_out([*names], 0.3)[[*names].index(shown)]


def test_a_preview_of_pictures_that_were_made_shows_what_they_were_made_of(runs, folders):
    picture = pixels(runs("grey") / "samples" / "step-00000020.png")
    grey, wanted = column(picture, 0), column(picture, 2)
    assert (grey == grey[..., :1]).all()
    assert any(near(wanted, pixels(path)) for path in (folders / "b").iterdir())


def test_a_preview_of_classes_shows_some_of_each(runs, folders):
    picture = pixels(runs("several") / "samples" / "step-00000020.png")
    right = 3 * (TALL + GAP) - GAP + 16
    records = [column(picture[:, left:], 2, row) for left in (0, right) for row in range(4)]
    classes = {side: [pixels(path) for path in (folders / "classes" / side).iterdir()] for side in "ab"}
    shown = ["".join(s for s in "ab" if any(near(each, other) for other in classes[s])) for each in records]
    assert shown == ["a"] * 4 + ["b"] * 4


@pytest.mark.parametrize(("name", "columns"), [("cyclegan", 3), ("pix2pix", 2)])
def test_samples_are_called_like_what_they_are_made_of(name, columns, runs, folders, tmp_path):
    out, said = call("sample", runs(name), "--input", folders / "a", "--out", tmp_path / "s", "--json")
    assert json.loads(out)["files"] == [f"p{number}.png" for number in range(COUNT)]
    assert "12 samples of step 20" in said
    assert {path.name for path in (tmp_path / "s").iterdir()} == {*json.loads(out)["files"], "preview.png"}
    picture = pixels(tmp_path / "s" / "preview.png")
    made = column(picture, 1)
    assert near(column(picture, 0), pixels(folders / "a" / "p0.png")), "what went in stands beside what came out"
    assert near(made, pixels(tmp_path / "s" / "p0.png"))
    call("sample", runs(name), "--ask", f"source={folders / 'a' / 'p7.png'}", "--out", tmp_path / "one")
    assert near(pixels(tmp_path / "one" / "p7.png"), pixels(tmp_path / "s" / "p7.png"))
    assert columns * (TALL + GAP) - GAP <= picture.shape[1]


def test_pictures_that_cannot_be_read_are_named_and_stop_no_others(runs, folders, tmp_path):
    (tmp_path / "in").mkdir()
    colours(1).save(tmp_path / "in" / "good.png")
    (tmp_path / "in" / "bad.png").write_text("no picture")
    words = ("sample", runs("pix2pix"), "--out", tmp_path / "s")
    out, said = call(*words, "--input", tmp_path / "in", "--json", code=3)
    assert "error: 1 of 2 files cannot be read and were left out:\n  bad.png: not an image of a known format" in said
    assert json.loads(out)["files"] == ["good.png"]
    assert json.loads(out)["skipped"] == [{"name": "bad.png", "reason": "not an image of a known format"}]
    _, said = call(*words, "--input", tmp_path / "in" / "bad.png", "--out", tmp_path / "alone", code=2)
    assert "bad.png: not an image of a known format; mend" in said
    assert not (tmp_path / "alone").exists()
    _, said = call("sample", runs("pix2pix"), "--label", "3", code=2)
    assert "takes no --label; give --input FILE_OR_FOLDER" in said
    _, said = call("sample", runs("pix2pix"), "--interpolate", 3, code=2)
    assert "--interpolate: little-pix2pix draws no latents" in said
    _, said = call("sample", runs("pix2pix"), "--as-is", "--input", folders / "a", code=2)
    assert "--as-is: nothing is made of what is given" in said
    _, said = call("sample", runs("pix2pix"), "--compare", code=2)
    assert "--compare: for samples that are made of files" in said


def test_pictures_of_any_size_keep_it_and_nothing_is_replaced(runs, folders, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name, size in {"a": (1, 1), "deep/b": (37, 22)}.items():
        colours(1).resize(size[::-1]).save(tmp_path / "in" / f"{name}.png")
    words = ("sample", runs("cyclegan"), "--input", tmp_path / "in", "--out", tmp_path / "s", "--json")
    told = json.loads(call(*words, "--compare")[0])
    assert told["files"] == ["a.png", "deep/b.png"]
    assert [pixels(tmp_path / "s" / name).shape for name in told["files"]] == [(1, 1, 3), (37, 22, 3)]
    assert [Path(sheet).name for sheet in told["sheets"]] == ["compare-001.png"]
    for kept in ("preview.png", "a.png", "compare-001.png"):
        (tmp_path / "s" / kept).unlink()
    _, said = call(*words, code=2)
    assert "the file deep/b.png would be replaced" in said
    _, said = call("sample", runs("cyclegan"), "--input", tmp_path / "in", "--out", tmp_path / "in" / "deep", code=2)
    assert "whose files go in, and what is made would go in the next time" in said


def test_a_run_goes_each_of_its_directions(runs, folders, tmp_path):
    run, name = runs("cyclegan"), "p3.png"
    for place, way in {"usual": (), "a2b": ("--direction", "a2b"), "b2a": ("--direction", "b2a")}.items():
        call("sample", run, "--input", folders / "a" / name, *way, "--out", tmp_path / place)
    usual, first, back = (pixels(tmp_path / place / name) for place in ("usual", "a2b", "b2a"))
    assert np.array_equal(usual, first)
    assert not np.array_equal(usual, back)
    _, said = call("sample", run, "--input", folders / "a", "--direction", "b2c", code=2)
    assert "--direction b2c: not one of a2b, b2a" in said
    _, said = call("sample", run, "--direction", "b2a", code=2)
    assert "it keeps no values of source; give --input" in said, "what it kept goes in at the other side"
    _, said = call("export", runs("pix2pix"), "--direction", "b2a", code=2)
    assert "--direction b2a: this run goes one way only; leave it out" in said
    call("export", run, "--direction", "a2b", "--direction", "b2a")
    models = [
        keras.saving.load_model(run / "export" / f"little-cyclegan-00000020-{way}.keras") for way in ("a2b", "b2a")
    ]
    given = np.asarray(colours(5), np.float32)[None, :12] / 127.5 - 1
    one, other = (keras.ops.convert_to_numpy(model(given)) for model in models)
    assert one.shape == given.shape, "any size that divides by 4"
    assert not np.allclose(one, other)
    call("evaluate", run, "-n", 8, "--metric", "diversity", "--direction", "b2a", "--seeds", 1)
    score = [*RunDirectory(run).lines(RunDirectory(run).scores)][-1]
    assert score["direction"] == "b2a"
    assert np.isfinite(score["value"])


def test_without_a_wish_samples_are_made_of_what_the_run_kept(runs, tmp_path):
    out, _ = call("sample", runs("grey"), "-n", 2, "--out", tmp_path / "a", "--json")
    assert json.loads(out)["files"] == ["00000.png", "00001.png"]


@pytest.mark.parametrize("name", ["pix2pix", "several"])
def test_runs_are_evaluated_on_what_they_are_asked_by(name, runs):
    call("evaluate", runs(name), "-n", 8, "--metric", "diversity")
    (score,) = [*RunDirectory(runs(name)).lines(RunDirectory(runs(name)).scores)]
    assert score["metric"] == "diversity"
    assert np.isfinite(score["value"])


@pytest.mark.extra
@pytest.mark.parametrize("name", ["cyclegan", "pix2pix", "several"])
def test_exports_have_the_games_inputs_by_name(name, runs):
    _, said = call("export", runs(name))
    assert "largest difference from the game" in said
    model = keras.saving.load_model(runs(name) / "export" / f"little-{name}-00000020.keras")
    wanted = ["z", "style", "label", "source", "code"] if name == "several" else ["source"]
    assert [tensor.name for tensor in model.inputs] == wanted
    if keras.backend.backend() != "jax" and importlib.util.find_spec("onnxruntime"):
        call("export", runs(name), "--format", "onnx")
    if keras.backend.backend() == "tensorflow" and name == "several":
        call("export", runs(name), "--format", "savedmodel")


def test_a_game_is_asked_for_all_its_fields_at_once(runs, folders, tmp_path):
    """Labels share the samples, pictures and codes are taken in turn; the names are the pictures'."""
    words = ("sample", runs("several"), "--seed", 3, "--json", "--label", "b", "--input", folders / "a" / "p1.png")
    for code in ("1,-1", "-1,1"):
        out, _ = call(*words, "--ask", f"code={code}", "--out", tmp_path / code)
        told = json.loads(out)
        assert (told["files"], told["labels"]) == (["p1.png"], ["b"])
    one, other = (pixels(tmp_path / code / "p1.png") for code in ("1,-1", "-1,1"))
    assert (one != other).any()
    _, said = call(*words, "--ask", "code=1", code=2)
    assert "--ask code=1: this run takes 2 finite numbers" in said
    call("sample", runs("several"), "--interpolate", 2, "-n", 4, "--label", "a", "--out", tmp_path / "path")


def test_a_field_that_the_data_lack_is_told_before_anything_is_trained(folders, tmp_path):
    words = ("--data", folders / "a", "--run-dir", tmp_path / "run")
    _, said = call("run", "--plugin", "little-cyclegan", *words, code=2)
    assert "holds pictures of one kind only" in said
    _, said = call("run", "--plugin", "little-pix2pix", *words, "--to", folders / "b", code=2)
    assert "its pictures are not paired" in said
    (tmp_path / "maps").mkdir()
    for number, path in enumerate((folders / "b").iterdir()):
        Image.fromarray(np.eye(SIDE, k=number, dtype=np.uint8)).save(tmp_path / "maps" / f"{path.stem}.png")
    words = ("--data", tmp_path / "maps", "--to", folders / "b", "--run-dir", tmp_path / "run", "-o", "maps=true")
    for plugin, pairs in (("little-pix2pix", "names"), ("little-cyclegan", "")):
        _, said = call("run", "--plugin", plugin, *words, "-o", f"pairs={pairs}", code=2)
        assert "this makes pictures of pictures, and source is a label map" in said


def test_a_single_held_out_picture_is_no_measure_and_stops_nothing(folders, tmp_path):
    options = {"width": 2, "make": "grey", "held_out": 0.001}
    words = ("--data", folders / "b", "--run-dir", tmp_path / "run", *flags_of(options, steps=2))
    _, said = call("run", "--plugin", "little-pix2pix", *words)
    assert "one held-out sample alone is nothing to measure with: previews and health take the others" in said
    assert log_without_times(tmp_path / "run")[-1]["health"]["diversity"] >= 0
    out, said = call("evaluate", tmp_path / "run", "--metric", "L1", "-n", 8, "--seeds", 2, "--json")
    assert "one held-out sample alone is nothing to measure with: the training data are" in said
    assert json.loads(out)[0]["split"] == "training data"


def test_too_few_pictures_are_refused_before_anything_is_written(folders, tmp_path):
    (tmp_path / "one").mkdir()
    colours(0).save(tmp_path / "one" / "a.png")
    words = ("--plugin", "little-pix2pix", "-o", "make=grey", "--run-dir", tmp_path / "run")
    _, said = call("run", *words, "--data", tmp_path / "one", "--batch-size", 1, code=2)
    assert f"{tmp_path}/one: only one of its images is there to train on" in said
    assert not (tmp_path / "run").exists()
    words = ("--plugin", "little-cyclegan", "--data", tmp_path / "one", "--to", folders / "b", *words[-2:])
    _, said = call("run", *words, "--batch-size", COUNT + 1, code=2)
    assert f"{folders / 'b'}: {COUNT} samples, fewer than one batch of {COUNT + 1}" in said
    assert not (tmp_path / "run").exists()


def test_what_is_to_be_made_needs_what_it_is_made_of(folders, tmp_path):
    for words in (("--to", folders / "b"), ("-o", f"to={folders / 'b'}")):
        _, said = call("run", "--plugin", "little-cyclegan", *words, "--run-dir", tmp_path / "run", code=2)
        assert f"--to {folders / 'b'}: what it is to be made out of is not given; add --data PLACE" in said
    assert not (tmp_path / "run").exists()


def test_a_link_to_nothing_is_left_out_and_named(runs, folders, tmp_path):
    (tmp_path / "in").mkdir()
    colours(0).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").symlink_to("gone.png")
    for out in ((), ("--out", tmp_path / "out")):
        _, said = call("sample", runs("grey"), "--input", tmp_path / "in", *out, code=3)
        assert "1 of 2 files cannot be read and were left out:\n  b.png: No such file or directory" in said
    assert (tmp_path / "out" / "a.png").is_file()


def test_a_pool_that_is_smaller_than_a_batch_is_told(folders, tmp_path):
    options = {"to": folders / "b", "pool": 3, "width": 2, "blocks": 1}
    words = ("--data", folders / "a", "--run-dir", tmp_path / "run", *flags_of(options))
    _, said = call("run", "--plugin", "little-cyclegan", *words, code=2)
    assert "error: a replay pool of 3 samples and batches of 4: make the pool at least as large, or lower" in said


def test_mirrored_pairs_stay_pairs(folders, tmp_path):
    from multigan.data import batches, open_source
    from multigan.modality import data_options

    options = {key: option.default for key, option in data_options("images").items()}
    chosen = options | {"to": str(folders / "b"), "pairs": "names", "flip": True}
    stream = batches(open_source(str(folders / "a"), "images", chosen, {}), COUNT, seed=0)
    batch = next(stream)
    np.testing.assert_allclose(batch["source"], -batch["image"], atol=0.01)
    plain = next(batches(open_source(str(folders / "a"), "images", chosen | {"flip": False}, {}), COUNT, seed=0))
    moved = [not np.array_equal(one, other) for one, other in zip(batch["image"], plain["image"], strict=True)]
    assert 0 < sum(moved) < COUNT


@pytest.mark.parametrize("name", ["cyclegan", "pix2pix"])
def test_a_run_that_was_stopped_and_resumed_is_the_run_that_was_not(name, runs, folders, tmp_path):
    whole = runs(name)
    data, options = options_of(name, folders)
    options = {key: str(value) for key, value in options.items()}
    assert train(f"little-{name}", tmp_path / "halves", data, options).result.outcome == "interrupted"
    assert [*RunDirectory(tmp_path / "halves").lines()][-1]["step"] == 10
    call("run", "--resume", tmp_path / "halves")
    assert set(differences(whole, tmp_path / "halves")) <= {"scores"}, "but for what other tests measured"


def test_a_semi_supervised_run_resumes_and_logs_how_many_it_gets_right(folders, tmp_path):
    options, data = {"width": 4, "size": "8", "labelled": 0.5}, folders / "classes"
    words = ("--data", data, "--run-dir", tmp_path / "whole", *flags_of(options))
    call("run", "--plugin", "little-semisupervised", *words)
    train("little-semisupervised", tmp_path / "halves", data, {key: str(value) for key, value in options.items()})
    call("run", "--resume", tmp_path / "halves")
    assert differences(tmp_path / "whole", tmp_path / "halves") == []
    health = log_without_times(tmp_path / "whole")[-1]["health"]
    assert 0.2 < health["classifier/labelled"] < 0.8
    assert 0 < health["classifier/accuracy"] <= 1
    call("evaluate", tmp_path / "whole", "-n", 16)
    out, _ = call("sample", tmp_path / "whole", "-n", 3, "--out", tmp_path / "s", "--json")
    assert json.loads(out)["files"] == ["00000.png", "00001.png", "00002.png"]
    call("export", tmp_path / "whole")
