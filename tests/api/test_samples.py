"""Samples, translations, scores and exports of a run: those that the commands write."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

import multigan
from multigan.modalities.grid import to_uint8
from multigan.testing import call


def written(folder):
    """The arrays that a command has written, in order."""
    return [np.load(path) for path in sorted(folder.glob("*.npy"))]


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_samples_are_what_the_command_writes(run, tmp_path):
    samples = run("dcgan").sample(5, seed=3)
    call("sample", run("dcgan").path, "-n", 5, "--seed", 3, "--format", "npy", "--out", tmp_path / "npy")
    np.testing.assert_array_equal(samples, np.stack(written(tmp_path / "npy")))
    call("sample", run("dcgan").path, "-n", 5, "--seed", 3, "--out", tmp_path / "png")
    files = [pixels(path) for path in sorted((tmp_path / "png").glob("0*.png"))]
    np.testing.assert_array_equal(to_uint8(samples)[..., 0], np.stack(files))
    assert (samples.shape, samples.dtype) == ((5, 16, 16, 1), np.float32)
    assert not (samples == run("dcgan").sample(5, seed=4)).all()


def test_points_are_what_the_command_writes_in_the_datas_own_units(tmp_path):
    table = tmp_path / "far.csv"
    rows = np.random.default_rng(0).normal((1_000_000, 0), 1, (64, 2))
    table.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in rows))
    options = {"generator_units": 8}
    run = multigan.train("gan", table, 1, options=options, batch_size=8, run_dir=tmp_path / "r", quiet=True)
    samples = run.sample(7, seed=1)
    call("sample", run.path, "-n", 7, "--seed", 1, "--format", "npy", "--out", tmp_path / "out")
    np.testing.assert_array_equal(samples, written(tmp_path / "out")[0])
    assert abs(samples[:, 0] - 1_000_000).max() < 100


@pytest.mark.parametrize("label", ["3", 3, ["3", "5"], np.array([5, 3])])
def test_a_class_is_asked_for_by_name_or_number(label, run, tmp_path):
    flags = [word for each in np.atleast_1d(label) for word in ("--label", each)]
    call("sample", run("cgan").path, "-n", 6, "--seed", 2, *flags, "--format", "npy", "--out", tmp_path / "out")
    np.testing.assert_array_equal(run("cgan").sample(6, seed=2, label=label), written(tmp_path / "out")[0])


def test_a_path_between_latents_is_the_commands(run, tmp_path):
    call("sample", run("dcgan").path, "-n", 5, "--interpolate", 2, "--format", "npy", "--out", tmp_path / "out")
    np.testing.assert_array_equal(run("dcgan").sample(5, interpolate=2), np.stack(written(tmp_path / "out")))


def test_files_are_written_as_the_command_does(run, tmp_path):
    drawn = run("cgan").write_samples(tmp_path / "mine", 6, seed=2, label=3)
    call("sample", run("cgan").path, "-n", 6, "--seed", 2, "--label", 3, "--out", tmp_path / "theirs")
    assert [path.name for path in drawn.files] == ["samples.csv"]
    assert drawn.files[0].read_bytes() == (tmp_path / "theirs" / "samples.csv").read_bytes()
    assert drawn.preview.read_bytes() == (tmp_path / "theirs" / "preview.png").read_bytes()
    with pytest.raises(multigan.UsageError, match="overwrite"):
        run("cgan").write_samples(tmp_path / "mine", 6)
    own = run("cgan").write_samples(count=2, label=3).preview.parent
    assert own.parent == run("cgan").path / "samples"


def test_translations_are_what_the_command_writes(run, pictures, tmp_path):
    wide = np.random.default_rng(1).integers(0, 256, (18, 40, 3), dtype=np.uint8)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    path = pictures / "p00.png"
    call("sample", run("pix2pix").path, "--input", path, "--input", tmp_path / "wide.png", "--out", tmp_path / "out")
    expected = [pixels(tmp_path / "out" / f"{name}.png") for name in ("p00", "wide")]
    assert expected[1].shape == (18, 40, 3)
    with Image.open(path) as picture:
        given = [str(path), path, picture.copy(), np.asarray(picture), np.asarray(picture) / 127.5 - 1]
    for first in given:
        made = run("pix2pix").translate([first, wide])
        assert [each.dtype for each in made] == [np.float32] * 2
        for one, other in zip(made, expected, strict=True):
            np.testing.assert_array_equal(to_uint8(one), other)


def test_a_folder_a_single_picture_and_an_array_of_several_are_translated(run, pictures):
    translate = run("pix2pix").translate
    assert len(translate(pictures)) == 16
    one = translate(pictures / "p00.png")
    np.testing.assert_array_equal(one[0], translate(pictures)[0])
    several = np.stack([pixels(pictures / f"p{number:02d}.png") for number in range(3)])
    for made, expected in zip(translate(several), translate(pictures), strict=False):
        np.testing.assert_array_equal(made, expected)


def test_what_goes_in_as_it_is_is_what_the_command_makes_of_it(run, pictures, tmp_path):
    sharp, made = pixels(pictures / "p00.png"), {}
    for as_is in (False, True):
        words = ["--input", pictures / "p00.png", "--format", "npy", "--out", tmp_path / str(as_is)]
        call("sample", run("blur").path, *words, *["--as-is"] * as_is)
        (made[as_is],) = run("blur").translate(sharp, as_is=as_is)
        np.testing.assert_array_equal(made[as_is], written(tmp_path / str(as_is))[0])
    assert not (made[False] == made[True]).all()


def test_a_bad_file_is_named_and_none_is_left_out(run, pictures, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.png").write_bytes((pictures / "p00.png").read_bytes())
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(multigan.DataError, match=r"bad\.png: .*mend the files"):
        run("pix2pix").translate(tmp_path)


@pytest.mark.parametrize(
    ("name", "action", "said"),
    [
        ("dcgan", lambda run: run.sample(0), "count=0: must be at least 1"),
        ("dcgan", lambda run: run.sample("many"), "count='many': expected a whole number"),
        ("dcgan", lambda run: run.sample(4, seed=-1), "seed=-1: must be at least 0"),
        ("dcgan", lambda run: run.sample(4, label="cat"), "takes no label"),
        ("dcgan", lambda run: run.sample(4, style=1), "is not asked by style"),
        ("dcgan", lambda run: run.sample(4, prefix="a"), "prefix: for texts"),
        ("dcgan", lambda run: run.sample(4, direction="b2a"), "b2a"),
        ("dcgan", lambda run: run.translate("x.png"), "takes no pictures"),
        ("dcgan", lambda run: run.texts(run.sample(1)), "makes images, which say nothing"),
        ("dcgan", lambda run: run.write_samples(run.path), "keeps its own files there"),
        ("dcgan", lambda run: run.write_samples("new", format="pgn"), "did you mean png?"),
        ("dcgan", lambda run: run.evaluate("beauty"), "no metric beauty"),
        ("dcgan", lambda run: run.export("kears"), "did you mean keras?"),
        ("cgan", lambda run: run.sample(4, label="cat"), "no such class"),
        ("pix2pix", lambda run: run.translate("nowhere.png"), "nowhere.png: no such file or folder"),
        ("pix2pix", lambda run: run.translate([]), "none is given"),
        ("pix2pix", lambda run: run.translate(np.zeros((4, 4, 7))), "source 0: an array of shape (4, 4, 7)"),
        ("pix2pix", lambda run: run.sample(4, input=np.zeros((8, 8, 3))), "use translate()"),
    ],
)  # fmt: skip
def test_what_a_run_cannot_do_is_told(name, action, said, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(multigan.UsageError) as caught:
        action(run(name))
    assert said in str(caught.value)


def test_a_run_that_is_not_there_is_told(tmp_path):
    with pytest.raises(multigan.UsageError, match="no such run directory"):
        multigan.open(tmp_path / "nowhere")
    with pytest.raises(multigan.UsageError, match="not a run directory"):
        multigan.open(tmp_path)


def test_a_checkpoint_is_chosen_by_its_step(paths, run):
    assert multigan.open(paths("dcgan"), checkpoint=2, quiet=True).step == 2
    assert run("dcgan").step == 4
    with pytest.raises(multigan.UsageError, match="whole checkpoints: 2, 4"):
        multigan.open(paths("dcgan"), checkpoint=3, quiet=True).sample(1)


def test_scores_are_the_commands(run, paths):
    records = run("cgan").evaluate(count=40, seeds=1)
    out, _ = call("evaluate", paths("cgan"), "-n", 40, "--seeds", 1, "--json", "-q")
    assert records == json.loads(out)
    assert {(record["generated"], tuple(record["seeds"])) for record in records} == {(40, (0,))}
    assert json.loads(json.dumps(records)) == records
    assert run("cgan").scores == records * 2
    (one,) = run("cgan").evaluate("sliced-wasserstein", count=40, seeds=1)
    assert one["metric"] == "sliced-wasserstein"


def test_an_export_is_what_keras_loads(run, tmp_path):
    written = run("dcgan").export(out=tmp_path / "generator.keras")
    assert (written.path, written.step) == (tmp_path / "generator.keras", 4)
    assert written.difference < 1e-4
    z = run("dcgan").game.latents(2, 3)
    made = keras.saving.load_model(written.path)(z, training=False)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(made), run("dcgan").sample(2, seed=3), atol=1e-4)
    assert run("dcgan").export().path.parent == run("dcgan").path / "export"


def test_the_game_makes_the_samples_that_the_run_does(run):
    assert isinstance(run("dcgan").game, multigan.Game)
    np.testing.assert_array_equal(run("dcgan").game.sample(3, seed=5), run("dcgan").sample(3, seed=5))


def test_an_open_run_draws_the_same_while_others_are_trained(run, tmp_path):
    before = run("dcgan").sample(3)
    arguments = {"options": {"size": 16, "width": 4}, "batch_size": 8, "quiet": True}
    multigan.train("dcgan", "digits", 1, run_dir=tmp_path / "other", seed=1, **arguments)
    np.testing.assert_array_equal(run("dcgan").sample(3), before)


def test_what_the_files_tell(run, paths):
    opened = run("dcgan")
    assert (opened.path, opened.outcome, opened.recipe.name) == (paths("dcgan"), "done", "dcgan")
    assert (opened.options["width"], opened.settings["batch_size"]) == (4, 8)
    assert (opened.data.shape, opened.data.count) == ((16, 16, 1), 1797)
    assert [line["step"] for line in opened.log] == [2, 4]
    assert opened.preview == opened.path / "samples" / "step-00000004.png"
    assert opened.report.is_file()
    assert repr(opened) == f"<run of dcgan in {opened.path}>"


def test_texts_are_what_the_command_prints(tmp_path):
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"the {a} {b} the {c}\n" for a in ("old", "new") for b in ("cat", "dog") * 8
                             for c in ("sun", "sea")))  # fmt: skip
    options = {"hidden": 4, "embedding": 4, "pretrain_steps": 1, "rollouts": 0, "reward": "constant"}
    options |= {"tokens": "word", "max_tokens": 8}
    run = multigan.train("seqgan", lines, 1, options=options, batch_size=4, run_dir=tmp_path / "r", quiet=True)
    tokens = run.sample(4, seed=1, prefix="the")
    out, _ = call("sample", run.path, "-n", 4, "--seed", 1, "--prefix", "the", "-q", "--out", tmp_path / "out")
    assert tokens.dtype == np.int32
    assert run.texts(tokens) == out.splitlines()
    assert all(text.startswith("the") for text in run.texts(tokens))
    assert "<pre>" in run._repr_html_()
