"""How samples of a kind that only this test knows are written, shown and drawn: by its room, or plainly without one."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from multigan import modality
from multigan.errors import UsageError
from multigan.health.reference import Reference, read_reference
from multigan.modalities.files import Context, Files, InOrder, check_values, files_for, write_array
from multigan.modality import Modality, add_modality, find_modality
from multigan.recipe import DataInfo
from multigan.report.gallery import gallery, show_pictures
from multigan.runlog import read_run
from multigan.runs import RunDirectory
from multigan.trained import evaluating
from multigan.trained.sampling import draw
from multigan.training import previews
from multigan.training.previews import Previews

HERE = __name__
SHAPE = (3, 2)
CLASSES = ("sweet", "sour")


@pytest.fixture
def smells(monkeypatch):
    """Makes a modality of smells known while a test lasts: `smells(**attributes)`."""
    modality.modalities()
    monkeypatch.setattr(modality, "_known", dict(modality._known))

    def known(**attributes):
        add_modality(
            Modality(
                name="smells", noun="whiffs", summary="s", field="smell", facts={"nose": ""}, open="x:y", **attributes
            )
        )

    return known


class Nose:
    """A game whose samples are its latents; it takes a label or nothing."""

    fields, scale = (), 1

    def __init__(self, conditional=""):
        self.asks, self.steered = (conditional,) if conditional else (), []

    def latents(self, count, seed):
        return np.random.default_rng(seed).random((count, *SHAPE), "float32")

    def sample_at(self, latents, condition=None):
        return latents

    def sample(self, count, seed, condition=None):
        return self.latents(count, seed)

    def show(self, asked, samples):
        return {"output": samples}

    def interpolate(self, latents, count):
        return np.repeat(latents[:1], count, axis=0)


def run_of(path, conditional=""):
    return SimpleNamespace(
        recipe=SimpleNamespace(name="sniff", modality="smells"),
        game=Nose(conditional),
        data=DataInfo(name="air", shape=SHAPE, classes=CLASSES, facts={"nose": "a long one"}),
        directory=RunDirectory(path),
    )


# What the room of smells does.


def files(context):
    """All in one file, few in a preview, with a file in order beside it, and lines to print; the nose is in each."""
    nose = context.fact("nose", "nobody's")

    def text(path, samples, labels, classes, *rest):
        path.write_text(f"{nose} {len(samples)} {[] if labels is None else [classes[label] for label in labels]}")

    return Files(
        noun="whiffs",
        suffix=".txt",
        check=check_values,
        preview=text,
        formats={"vial": text, "npy": lambda path, samples, labels, classes: write_array(path, samples)},
        together=nose == "nobody's",
        shown=4,
        ready=lambda shape: refuse(shape),
        in_order=InOrder(suffix=".whiff", write=text, pack=lambda samples: samples.astype("float16")),
        lines=lambda samples: [f"{nose} smells {len(samples)}"],
    )


def single_files(context):
    """As `files`, one sample a file."""
    both = files(context)
    return Files(**(vars(both) | {"formats": {"npy": write_array}, "together": False}))


def refuse(shape):
    if shape != SHAPE:
        raise UsageError(f"a smell of shape {shape} is not for writing")


def steer(trained, temperature, prefix):
    trained.game.steered.append((temperature, prefix))


def blocks(samples, notices):
    notices.append(f"{len(samples)} steps were smelled")
    return show_pictures({step: path for step, paths in samples.items() for path in paths[:1]}, notices)


def pairs(stem, samples, nearest):
    path = stem.with_suffix(".txt")
    path.parent.mkdir(parents=True)
    path.write_text(f"{samples.shape} {nearest.shape} {nearest[0, 0, 0, 0]:g}")
    return path


def test_without_a_room_of_its_own_a_kind_is_written_as_arrays(smells, tmp_path):
    smells()
    run = run_of(tmp_path / "run")
    drawn = draw(run, tmp_path / "out", 70, 3)
    assert [path.name for path in drawn.files] == [f"{index:05d}.npy" for index in range(70)]
    np.testing.assert_array_equal([np.load(path) for path in drawn.files], run.game.latents(70, 3))
    np.testing.assert_array_equal(np.load(drawn.preview), run.game.latents(70, 3)[:64])
    assert (drawn.sequence, drawn.texts) == (None, ())
    with pytest.raises(UsageError, match="format wav: whiffs are written as npy"):
        draw(run, tmp_path / "out", 8, 0, format="wav")


def test_without_a_room_of_its_own_a_kind_takes_no_temperature_and_no_prefix(smells, tmp_path):
    smells()
    for wish, flag in (({"prefix": "musk"}, "--prefix"), ({"temperature": 0.5}, "--temperature")):
        with pytest.raises(UsageError, match=re.escape(f"{flag}: for texts, and sniff makes smells; leave it out")):
            draw(run_of(tmp_path / "run"), tmp_path / "out", 8, 0, **wish)
    assert not list(tmp_path.iterdir())


def test_a_room_writes_one_sample_a_file_and_a_path_in_order(smells, tmp_path):
    smells(files=f"{HERE}:single_files")
    drawn = draw(run_of(tmp_path / "run", "label"), tmp_path / "out", 6, 0)
    assert [path.name for path in drawn.files][::5] == ["00000-sweet.npy", "00005-sour.npy"]
    assert drawn.preview.read_text() == "a long one 4 ['sweet', 'sweet', 'sour', 'sour']"
    assert (drawn.sequence, drawn.texts) == (None, ("a long one smells 4",))
    drawn = draw(run_of(tmp_path / "run"), tmp_path / "path", 9, 0, keys=2)
    assert drawn.sequence == tmp_path / "path" / "sequence.whiff"
    assert drawn.sequence.read_text() == "a long one 9 []"


def test_a_room_that_writes_all_in_one_file_has_no_path(smells, tmp_path):
    smells(files=f"{HERE}:files")
    assert files_for("smells").together
    run = run_of(tmp_path / "run")
    run.data = DataInfo(name="air", shape=SHAPE)
    drawn = draw(run, tmp_path / "out", 130, 0)
    assert [path.name for path in drawn.files] == ["samples.vial"]
    assert drawn.files[0].read_text() == "nobody's 130 []"
    with pytest.raises(UsageError, match="--interpolate: whiffs have no order to be looked at in"):
        draw(run, tmp_path / "out", 8, 0, keys=2)


def test_a_room_steers_its_own_samples_and_only_when_it_is_asked_to(smells, tmp_path):
    smells(steer=f"{HERE}:steer")
    run = run_of(tmp_path / "run")
    draw(run, tmp_path / "out", 2, 0)
    assert run.game.steered == []
    draw(run, tmp_path / "out", 2, 0, temperature=0.5, prefix="musk")
    assert run.game.steered == [(0.5, "musk")]


class Air:
    """Forty smells; the sample is not the first thing in a batch."""

    def __len__(self):
        return 40

    def __getitem__(self, index):
        return {key: values[0] for key, values in self.batch(np.array([index])).items()}

    def batch(self, indices):
        smell = np.broadcast_to(indices[:, None, None], (len(indices), *SHAPE)).astype("float32")
        return {"label": indices.astype(np.int32) % 2, "smell": smell}


@pytest.fixture
def previews_of(smells, tmp_path, monkeypatch):
    """The previews of a run on smells in `tmp_path`, with figures that no one looks at."""
    gauge = SimpleNamespace(count=10, measure=lambda samples: "figures")
    monkeypatch.setattr(previews, "open_gauge", lambda *arguments, **more: gauge)
    smell = Air().batch(np.arange(40))["smell"]
    monkeypatch.setattr(previews, "choose_reference", lambda *rest, **more: Reference(smell, np.arange(40) % 2))

    def made(conditional="", shape=SHAPE, **attributes):
        smells(**attributes)
        run = run_of(tmp_path, conditional)
        run.data = DataInfo(name="air", shape=shape, classes=CLASSES, facts={"nose": "a long one"})
        return Previews(run, Air())

    return made


def test_a_runs_previews_are_its_rooms_with_what_stands_beside_them(previews_of, tmp_path):
    shown, measured = previews_of("label", files=f"{HERE}:files").draw(20)
    assert (shown.shape, measured) == ((4, *SHAPE), "figures")
    names = ["step-00000020.txt", "step-00000020.whiff"]
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == names
    for name in names:
        assert (tmp_path / "samples" / name).read_text() == "a long one 4 ['sweet', 'sweet', 'sour', 'sour']"


def test_what_a_room_cannot_write_is_told_before_the_training(previews_of):
    with pytest.raises(UsageError, match=r"a smell of shape \(9,\) is not for writing"):
        previews_of(shape=(9,), files=f"{HERE}:files")


@pytest.mark.parametrize("kept", [0, 5])
def test_a_run_keeps_as_many_samples_of_its_data_as_the_room_says(previews_of, tmp_path, kept):
    previews_of(kept=kept)
    reference = read_reference(RunDirectory(tmp_path).reference)
    assert (len(reference.samples), len(reference.labels)) == (kept, kept or 40)


def test_a_number_of_kept_samples_is_a_count(smells):
    for wrong in (-1, 2.5, True, "all"):
        with pytest.raises(ValueError, match="kept is"):
            smells(kept=wrong)


def previews_at(folder, *suffixes):
    """The files of two steps, as `read_run` finds them."""
    (folder / "samples").mkdir()
    for step in (10, 20):
        for suffix in suffixes:
            path = folder / "samples" / f"step-{step:08d}{suffix}"
            if suffix == ".png":
                Image.new("L", (4, 4)).save(path)
            else:
                path.write_bytes(b"a\nb\n")
    return read_run(folder).samples


def test_a_report_shows_what_the_room_says(smells, tmp_path):
    smells(blocks=f"{HERE}:blocks")
    found = gallery(previews_at(tmp_path, ".png", ".flac"), "smells")
    assert [picture["step"] for picture in (*found["strip"], found["last"])] == [10, 20]
    assert (found["texts"], found["shortened"]) == (None, False)
    assert found["notices"] == ["2 steps were smelled"]


@pytest.mark.parametrize("name", ["smells", "nobody knows"])
def test_a_report_of_a_kind_that_is_not_installed_shows_its_previews(smells, tmp_path, name):
    smells()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    found = gallery(previews_at(tmp_path / "a", ".flac", ".png"), name)
    assert (found["last"]["step"], len(found["strip"]), found["notices"]) == (20, 1, [])
    found = gallery(previews_at(tmp_path / "b", ".mid", ".txt"), name)
    assert (found["last"], found["texts"]["rows"]) == (None, [["a", "a"], ["b", "b"]])
    found = gallery(previews_at(tmp_path / "c", ".npy"), name)
    assert found["notices"] == ["samples/step-00000020.npy is an array, which a page cannot show."]


def test_the_nearest_training_samples_are_drawn_by_the_room(smells, tmp_path):
    smells(pairs=f"{HERE}:pairs")
    trained, nearest = run_of(tmp_path), np.array([[7, 8, 9], [1, 2, 3]])
    evaluation = SimpleNamespace(
        pairs={"memorisation": (0, np.array([4, 5]), nearest)},
        samples=lambda game, seed, positions: game.latents(10, seed)[positions],
        material=SimpleNamespace(modality="smells", training=Air),
    )
    scores = [{"metric": "memorisation"}, {"metric": "recall"}]
    evaluating._draw_pairs(trained.directory, evaluation, trained.game, scores)
    assert scores == [{"metric": "memorisation", "picture": "metrics/neighbours.txt"}, {"metric": "recall"}]
    assert (tmp_path / "metrics" / "neighbours.txt").read_text() == "(2, 3, 2) (2, 3, 3, 2) 7"


def test_without_a_room_of_its_own_no_pairs_are_drawn(smells, tmp_path):
    smells()
    trained = run_of(tmp_path)
    material = SimpleNamespace(modality="smells")
    evaluation = SimpleNamespace(pairs={"memorisation": (0, np.array([4]), np.array([[7]]))}, material=material)
    evaluating._draw_pairs(trained.directory, evaluation, trained.game, [])
    assert not list(tmp_path.iterdir())


def test_points_tell_their_origin_beside_an_exported_model():
    exported = find_modality("points").load("exported")
    assert exported(DataInfo(name="p", shape=(2,), facts={"origin": ()})) == ({}, "")
    told = exported(DataInfo(name="p", shape=(2,), facts={"origin": (1700000000.0, 0.5)}))
    assert told == ({"origin": [1700000000.0, 0.5]}, "add 1700000000, 0.5 to the points that it makes")


def test_the_formats_of_every_room_can_be_asked_for_without_a_run():
    assert Context().fact("nose", "nobody's") == "nobody's"
    for name in ("images", "points", "audio", "text", "clips"):
        assert "npy" in files_for(name).formats, name


def test_samples_of_given_latents_are_written(smells, tmp_path):
    smells()
    latents = np.arange(12, dtype="float32").reshape(2, *SHAPE)
    drawn = draw(run_of(tmp_path / "run"), tmp_path / "out", None, 0, latents=latents)
    assert drawn.count == 2
    np.testing.assert_array_equal([np.load(path) for path in drawn.files], latents)
