"""Data of a modality that a plugin brings: nothing outside its room knows it, and all that is done with data works."""

import json
import sys
import types

import numpy as np
import pytest

from multigan import modality as modality_table
from multigan.cli import main
from multigan.data import batches, describe_source, modality_of, open_source
from multigan.errors import DataError, UsageError
from multigan.modality import Modality, add_modality, find_modality
from multigan.recipe import DataInfo, Option, Recipe
from multigan.runs import RunDirectory
from multigan.terminal.display import _headline
from multigan.testing import ArraySource
from multigan.trained.rereading import Reader
from multigan.training.session import _refuse_other_files, _run_files

PLAIN = {
    "name": "smells", "noun": "whiffs", "summary": "Smells", "field": "smell", "open": "nose:opened",
    "facts": {"strength": 0}, "options": {"share": Option(default=1.0, help="s", maximum=1.0)},
}  # fmt: skip
WHOLE = {
    "dtype": "int32", "counts": "scents", "claims": "nose:claims", "reads": ("a MIDI file",), "tell": "nose:tell",
    "run_files": "nose:run_files", "others": "nose:others", "refit": "nose:refit",
}  # fmt: skip
RECIPE = Recipe(name="r", summary="s", modality="smells", game="g:G", data="digits")


def opened(spec, options, datasets, progress=None):
    try:
        rows = np.loadtxt(spec, "int32", ndmin=2)
    except ValueError:
        raise DataError(f"{spec}: no smells in it") from None
    used = round(len(rows) * float(options.get("share", 1.0)))
    source = ArraySource(rows[:used], "smells", name=spec, facts={"strength": int(rows.max())})
    source.fingerprint = f"{spec}, {used}"
    return source


def refit(source, info):
    if source.strength > info.strength:
        raise UsageError(f"{source.name}: too strong")
    source.strength = info.strength
    return source


NOSE = {
    "opened": opened,
    "refit": refit,
    "claims": lambda seen: seen.share((".smell",)),
    "tell": lambda source: ([("shape", "of smells"), ("strength", str(source.strength))], {"strongest": 9}),
    "run_files": lambda source: {"nose.bin": bytes([source.strength])},
    "others": lambda info, directory: {"share": 0.5},
}


@pytest.fixture(params=["whole", "plain"])
def room(request, monkeypatch):
    """A modality with all that one can have, or with nothing that it need not have."""
    modality_table.modalities()
    monkeypatch.setattr(modality_table, "_known", dict(modality_table._known))
    monkeypatch.setitem(sys.modules, "nose", types.SimpleNamespace(**NOSE))
    room = Modality(**PLAIN, **(WHOLE if request.param == "whole" else {}))
    add_modality(room)
    return room


whole = pytest.mark.parametrize("room", ["whole"], indirect=True)
plain = pytest.mark.parametrize("room", ["plain"], indirect=True)


@pytest.fixture
def place(tmp_path):
    np.savetxt(tmp_path / "a.smell", np.arange(12).reshape(4, 3), fmt="%d")
    return tmp_path / "a.smell"


@pytest.fixture
def check(capsys):
    """Runs `multigan data check ...`: (exit code, stdout, stderr)."""

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(["data", "check", *map(str, words)])
        return caught.value.code, *capsys.readouterr()

    return run


@whole
def test_it_claims_its_data_and_shares_none(room, place, tmp_path, monkeypatch):
    for name in ("b.smell", "c.png"):
        (tmp_path / name).write_bytes(b"")
    assert [modality_of(str(path), {}) for path in (place, tmp_path, tmp_path / "gone.smell")] == ["smells"] * 3
    (tmp_path / "d.png").write_bytes(b"")
    assert modality_of(str(tmp_path), {}) is None, "as many pictures as smells"
    monkeypatch.setitem(NOSE, "claims", lambda seen: 1.0 if seen.suffix == ".csv" else 0.0)
    monkeypatch.setitem(sys.modules, "nose", types.SimpleNamespace(**NOSE))
    assert modality_of("a.csv", {}) is None, "points are as sure"


@plain
def test_without_claims_its_data_must_be_named(room, place):
    assert modality_of(str(place), {}) is None
    assert len(open_source(str(place), "smells", {}, {})) == 4


@whole
def test_an_error_names_it_where_something_else_was_expected(room, place, tmp_path):
    with pytest.raises(DataError, match="by its name or head it holds whiffs, for which there are other recipes"):
        open_source(str(place), "images", {}, {})
    (tmp_path / "b.bin").write_bytes(b"MThd\0\0\0\x06")
    (tmp_path / "c.smell").write_bytes(b"%PDF-1.4\n\0")
    for name, said in (
        ("b.bin", "no smells in it"),
        ("c.smell", "no smells in it; it begins as a PDF document does"),
    ):
        with pytest.raises(DataError) as refused:
            open_source(str(tmp_path / name), "smells", {}, {})
        assert str(refused.value) == f"{tmp_path / name}: {said}", "a MIDI file is what it reads"


@whole
def test_its_data_are_checked_as_it_tells(room, place, check):
    code, out, err = check(place)
    assert (code, err) == (0, "")
    assert "4 of 4 whiffs can be used" in out
    assert "  shape           of smells\n  strength        11\n" in out
    assert "classes" not in out, "without an option labels it has none"
    facts = json.loads(check(place, "--json")[1])
    assert (facts["modality"], facts["strongest"], facts["shape"], facts["found"]) == ("smells", 9, [3], 4)


@plain
def test_its_data_are_checked_where_it_tells_nothing(room, place, check):
    code, out, err = check(place, "--modality", "smells")
    assert (code, err) == (0, "")
    assert "  shape           3\n" in out
    assert json.loads(check(place, "--modality", "smells", "--json")[1])["strength"] == 11


def test_what_is_of_no_known_modality_is_a_usage_error(check, monkeypatch):
    # As a plugin's data set may be.
    monkeypatch.setattr("multigan.data.modality_of", lambda place, datasets: "tastes")
    code, out, err = check("lost")
    assert (code, out) == (2, "")
    assert err.startswith("multigan: error: no modality is called tastes (known: images, points, audio, text")
    assert len(err.splitlines()) == 1


@whole
def test_its_samples_have_its_field_and_type(room, place):
    source = open_source(str(place), "smells", {}, {})
    batch = next(batches(source, 2, seed=0))
    assert {key: (values.shape, values.dtype.name) for key, values in batch.items()} == {
        source.field: ((2, 3), "int32")
    }
    assert describe_source(source).strength == 11


@whole
def test_a_run_is_told_in_its_words(room):
    data = DataInfo(name="a.smell", shape=(4, 3), count=5)
    run = types.SimpleNamespace(
        recipe=RECIPE, data=data, backend="jax", device="cpu", step=0, steps=9, settings={"workers": 2},
        directory=RunDirectory("run"),
    )  # fmt: skip
    assert _headline(run) == "r: 5 whiffs of 4x3 scents from a.smell, on jax (cpu, 2 workers), steps 0 to 9, in run"


@whole
def test_a_run_keeps_its_files_and_goes_on_with_no_others(room, tmp_path):
    source = types.SimpleNamespace(strength=7)
    assert _run_files(room, source) == {"nose.bin": b"\x07"}
    directory = RunDirectory(tmp_path)
    _refuse_other_files(directory, room, source)
    (tmp_path / "nose.bin").write_bytes(b"\x08")
    with pytest.raises(UsageError, match=r"its whiffs now give another nose\.bin"):
        _refuse_other_files(directory, room, source)


@pytest.fixture
def reader(room, place):
    """Reads the data of a run on smells again, or others."""
    info = describe_source(open_source(str(place), "smells", {}, {}))
    (place.parent / "run").mkdir()
    directory = RunDirectory(place.parent / "run")
    setting = {"value": str(place), "origin": "flag"}
    data = {"name": info.name, "shape": list(info.shape), "count": 4, "classes": list(info.classes)}
    directory.write_facts(
        {
            "recipe": "r",
            "modality": "smells",
            "settings": {"data": setting, "seed": {"value": 0}, "precision": {"value": "float32"}},
            "options": {"share": {"value": 1.0}},
            "data": {**data, "fingerprint": info.fingerprint, **info.facts},
            "versions": {"python": "3"},
        }
    )
    return lambda data=None: Reader(directory, RECIPE, {}, data)


def test_a_run_s_own_data_are_read_again(reader):
    assert len(reader().reference()) == 4
    assert reader().hint() == ""


@whole
def test_other_data_are_made_comparable(reader, place):
    other = place.with_name("other.smell")
    np.savetxt(other, np.ones((8, 3), int), fmt="%d")
    source = reader(str(other)).reference()
    assert (len(source), source.strength) == (4, 11), "half of them, as strong as the run's"
    np.savetxt(other, np.full((8, 3), 99), fmt="%d")
    with pytest.raises(UsageError, match="too strong"):
        reader(str(other)).reference()


@plain
def test_other_data_are_read_as_they_are(reader, place):
    other = place.with_name("other.smell")
    np.savetxt(other, np.ones((8, 3), int), fmt="%d")
    assert (len(reader(str(other)).reference()), reader(str(other)).reference().strength) == (8, 1)


def test_every_modality_names_code_that_is_there():
    for name in ("images", "points", "audio", "text", "clips"):
        room = find_modality(name)
        for key in ("claims", "tell", "run_files", "others", "refit"):
            assert not getattr(room, key) or callable(room.load(key))
