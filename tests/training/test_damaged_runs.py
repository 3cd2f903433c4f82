"""What is damaged on the disk is named and never used; what is whole is used without it."""

import json
import shutil
import tomllib

import pytest
from small import Collector, assert_same_run, stopper, variables

from multigan.disk import append_line
from multigan.errors import RunFailedError, UsageError
from multigan.runs import RunDirectory
from multigan.training.checkpoints import clean, latest_checkpoint, load_checkpoint, save_checkpoint, steps_saved


class State:
    """As much of a game as a checkpoint takes."""

    def __init__(self, *values):
        import keras

        self._state = [keras.Variable(value, name=f"v{index}") for index, value in enumerate(values)]

    def state(self):
        return self._state


HOST = {"batches": 35, "seconds": 1.5, "recoveries": 1, "ledger": {"losses": {"g/a": [0.5, 3]}, "health": {}}}


@pytest.fixture
def folder(tmp_path):
    """Checkpoints of the steps 4 and 8."""
    for step in (4, 8):
        save_checkpoint(tmp_path, step, State(float(step), 2.0), HOST | {"batches": step})
    return tmp_path


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS", "variables.npz"])
def test_no_single_bit_of_a_checkpoint_can_be_wrong_unnoticed(folder, name):
    path = folder / "step-00000008" / name
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(UsageError, match="step-00000008"):
            load_checkpoint(folder, 8)
    said = []
    assert latest_checkpoint(folder, said.append).host["batches"] == 4
    assert len(said) == 1


@pytest.mark.parametrize("content", ["", "[]", "12", "null", '"x"', "{}", '{"format": 2}', '{"format": [1]}'])
def test_a_manifest_of_another_shape_is_damaged(folder, content):
    (folder / "step-00000008" / "manifest.json").write_text(content)
    assert latest_checkpoint(folder, lambda line: None).step == 4


@pytest.mark.parametrize(
    "change", [{"step": 7}, {"host": []}, {"host": {"batches": "35"}}, {"variables": 3}, {"host": {"batches": -1}}]
)
def test_an_older_versions_checkpoint_is_read_and_looked_at(folder, change):
    path = folder / "step-00000008"
    whole = json.loads((path / "manifest.json").read_text())
    sums = dict(reversed(line.split("  ")) for line in (path / "SHA256SUMS").read_text().splitlines())
    (path / "SHA256SUMS").unlink()
    old = whole | {"format": 1, "files": {"variables.npz": sums["variables.npz"]}}
    (path / "manifest.json").write_text(json.dumps(old))
    assert load_checkpoint(folder, 8).host["batches"] == 8
    (path / "manifest.json").write_text(json.dumps(old | change))
    with pytest.raises(UsageError, match=r"step-00000008/manifest\.json: damaged"):
        load_checkpoint(folder, 8)


def no_json(folder):
    (folder / "manifest.json").write_bytes(b"\0" * 100)


def no_manifest(folder):
    (folder / "manifest.json").write_text("{}")


def no_variables(folder):
    (folder / "variables.npz").unlink()


def no_sums(folder):
    (folder / "SHA256SUMS").write_text("what")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (no_json, "manifest.json: damaged (it is not as multigan writes it)"),
        (no_manifest, "manifest.json: damaged (it is not as multigan writes it)"),
        (no_variables, "variables.npz: missing"),
        (no_sums, "SHA256SUMS: damaged (it is not as multigan writes it)"),
    ],
)
def test_what_is_wrong_with_a_checkpoint_is_said_in_words(folder, damage, said):
    damage(folder / "step-00000008")
    with pytest.raises(UsageError) as caught:
        load_checkpoint(folder, 8)
    assert str(caught.value) == f"{folder}/step-00000008/{said}"


def test_only_whole_checkpoints_are_offered_and_evaluated(trained, tmp_path):
    from multigan.plugins import load_plugins
    from multigan.trained.evaluating import evaluate_run
    from multigan.trained.opening import Trained

    trained(tmp_path / "one", 60)
    no_variables(tmp_path / "one" / "checkpoints" / "step-00000040")
    registry, said = load_plugins(environ={}), []
    for step, wrong in ((40, "variables.npz: missing"), (7, "no checkpoint of step 7")):
        with pytest.raises(UsageError) as caught:
            Trained(tmp_path / "one", registry, checkpoint=str(step))
        assert str(caught.value).endswith(f"{wrong}; whole checkpoints: 20, 60")
    records, _ = evaluate_run(
        tmp_path / "one", registry, checkpoint="all", names=["recall(pixels)"], count=8, seeds=1, data=None,
        backend=None, device=None, talk=said.append,
    )  # fmt: skip
    assert [record["step"] for record in records] == [20, 60]
    assert [line for line in said if "skipped" in line] == [
        f"skipped a checkpoint: {tmp_path}/one/checkpoints/step-00000040/variables.npz: missing"
    ]


def test_a_checkpoint_that_a_run_deletes_while_others_are_scored_is_skipped(tmp_path, monkeypatch):
    from multigan.plugins import load_plugins
    from multigan.trained import evaluating

    class Opened:
        """A run whose own process deletes the checkpoint of step 20 while it is opened."""

        def __init__(self, path, registry, *, checkpoint, **more):
            self.directory, self.step = RunDirectory(path), checkpoint
            if checkpoint == "20":
                shutil.rmtree(path / "checkpoints" / "step-00000020")
            if checkpoint in ("20", "60"):
                raise UsageError(f"no checkpoint of step {checkpoint}")

    for step in (20, 40, 60):
        save_checkpoint(tmp_path / "checkpoints", step, State(1.0), HOST)
    monkeypatch.setattr(evaluating, "Trained", Opened)
    said = []
    opened = evaluating._checkpoints(tmp_path, load_plugins(environ={}), "all", None, None, said.append)
    assert next(opened)[0].step == "40"
    assert said == ["skipped the checkpoint of step 20: the run has deleted it meanwhile"]
    with pytest.raises(UsageError, match="no checkpoint of step 60"):
        next(opened)


def test_scores_that_another_process_adds_while_a_run_goes_back_are_kept(tmp_path):
    import threading

    run = RunDirectory(tmp_path)
    run.append({"step": 9}, run.scores)

    def add():
        for step in range(200):
            RunDirectory(tmp_path).append({"step": 1, "number": step}, run.scores)

    adding = threading.Thread(target=add)
    adding.start()
    while adding.is_alive():
        run.append({"step": 9}, run.scores)
        run.abandon_after(1)
    adding.join()
    assert [line["number"] for line in run.lines(run.scores) if "number" in line] == list(range(200))


def test_a_checkpoint_that_an_older_version_lost_under_a_deleted_ones_name_is_found(folder):
    shutil.rmtree(folder / "step-00000004")
    (folder / "step-00000008").rename(folder / ".step-00000008.old")
    (folder / ".step-00000008.tmp").mkdir()
    clean(folder)
    assert [path.name for path in folder.iterdir()] == ["step-00000008"]
    assert load_checkpoint(folder, 8).step == 8


def test_where_every_checkpoint_is_damaged_the_run_is_left_as_it_is(train, trained, tmp_path):
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    trained(tmp_path / "one", 40)
    for path in (tmp_path / "one" / "checkpoints").glob("*/variables.npz"):
        path.write_bytes(path.read_bytes()[:-1])
    before = {path: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match=r"no checkpoint is whole \(20, 40\); nothing was changed"):
        train(tmp_path / "one", resume=True, steps=60)
    with pytest.raises(UsageError, match="no checkpoint is whole"):
        Trained(tmp_path / "one", load_plugins(environ={}), warn=lambda line: None)
    assert before == {path: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()}


def test_a_damaged_newest_checkpoint_never_outlives_whole_ones(train, trained, tmp_path):
    """Counted among the newest, it would cost the one that the run went back to, and the one after."""
    trained(tmp_path / "one", 60)
    folder = tmp_path / "one" / "checkpoints"
    (folder / "step-00000060" / "manifest.json").write_bytes(b"")
    display = Collector()
    stopped = train(tmp_path / "one", resume=True, keep_checkpoints=1, plugins={"stop": stopper(45)}, display=display)
    assert stopped.result.outcome == "interrupted"
    assert steps_saved(folder) == [stopped.result.step]
    assert any("damaged, and kept as" in line for line in display.lines)
    assert (folder / "damaged-step-00000060").is_dir()
    train(tmp_path / "one", resume=True)
    trained(tmp_path / "two", 60)
    assert_same_run(tmp_path / "one", tmp_path / "two", 60)
    assert [path.name for path in folder.iterdir()] == ["step-00000060"]


def test_a_torn_last_line_spoils_no_other(tmp_path):
    path = tmp_path / "scores.jsonl"
    path.write_bytes(b'{"step": 1, "metric": "m"}\n{"step": 2, "met')
    append_line(path, {"step": 3, "value": float("nan")})
    append_line(path, {"step": 4})
    assert [line["step"] for line in RunDirectory(tmp_path).lines(path)] == [1, 3, 4]
    path.write_bytes(b"")
    append_line(path, {"step": 5})
    assert path.read_bytes() == b'{"step": 5}\n'


def test_a_line_that_the_disk_refuses_is_not_there_in_part(tmp_path):
    import resource

    path = tmp_path / "log.jsonl"
    append_line(path, {"step": 1})
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            append_line(path, {"step": 2, "text": "x" * 200})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["12", "[]", "null", '"step"', "{", '{"kind": "log"}', '{"step": "4"}', "\xff", "{}"])
def test_a_damaged_log_line_is_left_out_and_left_alone(train, trained, tmp_path, line):
    run = RunDirectory(tmp_path / "one")
    trained(run.path, 20)
    content = line.encode("latin-1")
    for path in (run.log, run.scores):
        path.write_bytes((path.read_bytes() if path.is_file() else b"") + content + b"\n")
    assert train(run.path, resume=True, steps=30).result.step == 30
    assert content in run.log.read_bytes().split(b"\n")
    assert content in run.scores.read_bytes().split(b"\n")
    assert "left out" in (run.path / "report.html").read_text() or line.startswith("{")


def test_a_cut_run_toml_is_never_taken_for_a_whole_one(trained, tmp_path):
    run = RunDirectory(tmp_path / "one")
    trained(run.path, 20)
    path = run.path / "run.toml"
    whole, facts = path.read_text(), run.facts(resume=True)
    sampled = 0
    lines = whole.splitlines(keepends=True)
    for cut in range(len(lines)):
        path.write_text("".join(lines[:cut]))
        with pytest.raises(UsageError, match=r"run\.toml: damaged") as caught:
            run.facts(resume=True)
        try:
            found = run.facts()
        except UsageError as error:
            assert "damaged" in str(error)  # noqa: PT017
        else:
            sampled += 1
            assert "multigan sample and evaluate can still use the run" in str(caught.value)
            assert all(found[table] == facts[table] for table in ("recipe", "settings", "options", "data"))
    assert sampled > 3


@pytest.mark.parametrize(
    ("table", "key", "value", "message"),
    [
        ("data", "shape", 3, "data.shape is 3, and should be a list"),
        ("data", "shape", [8, -8, 1], "data.shape"),
        ("settings", "seed", {"value": "x"}, "settings.seed is 'x', and should be a whole number"),
        ("settings", "seed", {}, "does not tell settings.seed"),
        ("options", "width", 4, "options.width has no value"),
        ("data", None, 3, r"no table \[data\]"),
        (None, "recipe", 5, "recipe is 5, and should be a text"),
    ],
)
def test_a_run_toml_of_another_shape_is_named_with_the_place(trained, tmp_path, table, key, value, message):
    run = RunDirectory(tmp_path / "one")
    trained(run.path, 1)
    facts = run.facts()
    if table is None:
        facts[key] = value
    elif key is None:
        facts[table] = value
    else:
        facts[table][key] = value
    run.write_facts(facts)
    with pytest.raises(UsageError, match=message):
        run.facts()


@pytest.mark.parametrize("change", ["seed", "width", "classes"])
def test_a_run_toml_that_its_checkpoint_contradicts_is_not_used(train, trained, tmp_path, change):
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    run = RunDirectory(tmp_path / "one")
    trained(run.path, 20)
    facts = run.facts()
    if change == "classes":
        facts["data"]["classes"][0] = "o"
    else:
        facts["settings" if change == "seed" else "options"][change]["value"] += 1
    run.write_facts(facts)
    with pytest.raises(UsageError, match=rf"run\.toml: damaged or changed by hand: .*{change}"):
        Trained(run.path, load_plugins(environ={}))
    with pytest.raises(UsageError, match=rf"run\.toml: damaged or changed by hand: .*{change}"):
        train(run.path, resume=True, steps=40)


def test_a_limit_on_file_sizes_is_named_and_the_run_goes_on_without_it(train, trained, tmp_path):
    import resource

    trained(tmp_path / "one", 20)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        with pytest.raises(
            RunFailedError, match=r"a file grew beyond what the system allows \(.*one.*\); raise the limit"
        ):
            train(tmp_path / "one", resume=True, steps=40)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert train(tmp_path / "one", resume=True, steps=40).result.step == 40
    trained(tmp_path / "two", 40)
    assert_same_run(tmp_path / "one", tmp_path / "two", 40)


def test_a_disk_that_is_full_at_a_resume_is_named(train, trained, tmp_path, monkeypatch):
    import errno

    from multigan import disk

    trained(tmp_path / "one", 20)
    kept = variables(tmp_path / "one", 20)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(RunFailedError, match=r"the disk is full \(.*one\); free some space"):
        train(tmp_path / "one", resume=True, steps=40)
    monkeypatch.undo()
    assert list(variables(tmp_path / "one", 20)) == list(kept)
    assert tomllib.loads((tmp_path / "one" / "run.toml").read_text())["settings"]["steps"]["value"] == 20


def test_an_error_of_a_disk_outside_of_a_run_is_no_fault_of_multigan(capsys):
    import errno

    from multigan.cli.errors import report

    assert report(OSError(errno.ENOSPC, "No space left on device"), traceback=False) == 1
    assert capsys.readouterr().err == "multigan: error: the disk is full (no file is named); free some space\n"
