"""A run that was stopped, however it was, goes on as if it had not been."""

import json
import signal

import numpy as np
import pytest
from small import FLAGS, KILL, Collector, assert_same_run, log_without_times, variables

from multigan.errors import UsageError
from multigan.runs import RunDirectory
from multigan.training.checkpoints import steps_saved

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """100 steps without a stop, trained once for the module's tests; in a process of its own, as the others are."""
    return tmp_path_factory.mktemp("straight") / "run"


@pytest.fixture
def reference(straight, command):
    if not straight.exists():
        done = command("run", "--plugin", "dcgan", "--steps", "100", "--run-dir", straight, *FLAGS)
        assert done.returncode == 0, done.stderr
    return straight


def test_resume_is_bit_identical_after_a_kill(command, reference, tmp_path):
    run = tmp_path / "run"
    killed = command(
        "run", "--plugin", "dcgan", "--steps", "100", "--run-dir", run, *FLAGS,
        watcher=KILL, KILL_AT="57", KILL_WITH=str(int(signal.SIGKILL)),
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    assert steps_saved(run / "checkpoints") == [20, 40]
    resumed = command("run", "--resume", run)
    assert resumed.returncode == 0, resumed.stderr
    lines = list(RunDirectory(run).lines())
    assert [line["step"] for line in lines if line.get("abandoned")] == [50]
    assert [line["step"] for line in lines if line["kind"] == "resume"] == [40]
    assert_same_run(reference, run, 100)


@pytest.mark.once
def test_ctrl_c_finishes_the_step_writes_a_checkpoint_and_exits_130(command, reference, tmp_path):
    run = tmp_path / "run"
    stopped = command(
        "run", "--plugin", "dcgan", "--steps", "100", "--run-dir", run, *FLAGS,
        watcher=KILL, KILL_AT="33", KILL_WITH=str(int(signal.SIGINT)),
    )  # fmt: skip
    assert stopped.returncode == 130, stopped.stderr
    (last,) = set(steps_saved(run / "checkpoints")) - {20}
    assert last in (33, 34)
    assert f"--resume {run}" in stopped.stderr
    end = list(RunDirectory(run).lines())[-1]
    assert (end["kind"], end["outcome"], end["message"]) == ("end", "interrupted", "SIGINT")
    assert (run / "report.html").exists()
    assert command("run", "--resume", run).returncode == 0
    assert_same_run(reference, run, 100)


@pytest.mark.once
def test_a_second_signal_ends_the_process_at_once(command, tmp_path):
    twice = KILL + "        os.kill(os.getpid(), int(os.environ['KILL_WITH']))\n"
    stopped = command(
        "run", "--plugin", "dcgan", "--steps", "100", "--run-dir", tmp_path / "run", *FLAGS,
        watcher=twice, KILL_AT="33", KILL_WITH=str(int(signal.SIGTERM)),
    )  # fmt: skip
    assert stopped.returncode == 130
    assert steps_saved(tmp_path / "run" / "checkpoints") == [20]


def test_a_longer_total_extends_a_finished_run(train, trained, tmp_path):
    trained(tmp_path / "one", 40)
    train(tmp_path / "one", resume=True, steps=60)
    trained(tmp_path / "two", 60)
    assert_same_run(tmp_path / "one", tmp_path / "two", 60)


@pytest.mark.once
def test_an_extended_run_has_the_weights_of_a_straight_one_and_keeps_what_its_old_end_wrote(train, trained, tmp_path):
    """Where the old last step is none at which a line or a preview is due."""
    trained(tmp_path / "one", 35)
    train(tmp_path / "one", resume=True, steps=60)
    trained(tmp_path / "two", 60)
    for name, value in variables(tmp_path / "two", 60).items():
        np.testing.assert_array_equal(value, variables(tmp_path / "one", 60)[name], err_msg=name)
    one, two = ({line["step"]: line for line in log_without_times(tmp_path / name)} for name in ("one", "two"))
    assert set(one) - set(two) == {35}
    # The line after it has the means since that step, where the straight run's has those of the whole interval.
    assert [step for step in two if one[step] != two[step]] == [40]
    samples = [{path.name for path in (tmp_path / name / "samples").iterdir()} for name in ("one", "two")]
    assert {name.partition(".")[0] for name in samples[0] - samples[1]} == {"step-00000035"}


@pytest.mark.once
def test_a_run_killed_before_its_first_checkpoint_starts_again(train, trained, tmp_path):
    trained(tmp_path / "one", 20)
    for path in (tmp_path / "one" / "checkpoints").iterdir():
        path.rename(path.with_name(".step-00000020.tmp"))
    log = RunDirectory(tmp_path / "one").log
    log.write_text("".join(line for line in log.read_text().splitlines(keepends=True) if '"end"' not in line))
    train(tmp_path / "one", resume=True)
    trained(tmp_path / "two", 20)
    assert_same_run(tmp_path / "one", tmp_path / "two", 20)
    assert [path.name for path in (tmp_path / "one" / "checkpoints").iterdir()] == ["step-00000020"]


@pytest.mark.once
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(train, trained, tmp_path):
    trained(tmp_path / "one", 60)
    damaged = tmp_path / "one" / "checkpoints" / "step-00000060" / "variables.npz"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(bytes(content))
    display = Collector()
    train(tmp_path / "one", resume=True, display=display)
    assert any("step-00000060" in line and "SHA-256" in line for line in display.lines)
    trained(tmp_path / "two", 60)
    assert_same_run(tmp_path / "one", tmp_path / "two", 60)


@pytest.mark.once
def test_sums_that_a_stop_cut_in_the_middle_of_a_log_interval_are_kept(train, tmp_path):
    schedule = {"log_every": 25, "checkpoint_every": 10}
    train(tmp_path / "two", steps=50, **schedule)

    class Stop:
        @staticmethod
        def step_finished(step):
            if step == 33:
                signal.raise_signal(signal.SIGTERM)

    from multigan import hookimpl

    Stop.step_finished = staticmethod(hookimpl(Stop.step_finished))
    train(tmp_path / "one", steps=50, plugins={"stop": Stop}, **schedule)
    train(tmp_path / "one", resume=True)
    assert log_without_times(tmp_path / "one") == log_without_times(tmp_path / "two")


@pytest.mark.once
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": {"width": "8"}}, "width=8.*trained with 4"),
        ({"options": {"flip": "true"}}, "flip=true.*trained with false"),
        ({"batch_size": 32}, "batch_size=32.*trained with 16"),
        ({"seed": 1}, "seed=1.*trained with 0"),
        ({"steps": 10}, "already at step 20"),
        ({"data": "made:other"}, "trained on digits"),
    ],
)
def test_a_resume_that_would_change_the_run_is_refused_and_named(
    train, trained, tmp_path, change, message, monkeypatch
):
    trained(tmp_path / "one", 20)
    before = {path: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()}
    if "data" in change:
        np.save(tmp_path / "other.npy", np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype="uint8"))
        change = {"data": str(tmp_path / "other.npy")}
    with pytest.raises(UsageError, match=message):
        train(tmp_path / "one", resume=True, **{"steps": 40, **change})
    after = {path: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert before == after


@pytest.mark.once
def test_observation_settings_may_change_on_resume(train, trained, tmp_path):
    trained(tmp_path / "one", 20)
    finished = train(tmp_path / "one", resume=True, steps=30, log_every=5)
    assert [line["step"] for line in log_without_times(tmp_path / "one")] == [10, 20, 25, 30]
    assert finished.result.outcome == "done"


@pytest.mark.once
def test_two_processes_on_one_run_are_refused(train, trained, tmp_path):
    trained(tmp_path / "one", 20)
    lock = RunDirectory(tmp_path / "one").lock()
    try:
        with pytest.raises(UsageError, match="in use by another process"):
            train(tmp_path / "one", resume=True, steps=40)
    finally:
        lock.release()
    train(tmp_path / "one", resume=True, steps=40)


@pytest.mark.once
def test_a_new_run_never_writes_into_a_folder_that_holds_something(train, trained, tmp_path):
    trained(tmp_path / "one", 20)
    with pytest.raises(UsageError, match=r"one: holds a run; choose another --run-dir, or go on with: .*--resume"):
        train(tmp_path / "one", steps=20)


@pytest.mark.once
def test_a_folder_of_other_files_is_never_advised_to_go_on_with(train, tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UsageError, match="not empty, and what it holds is no run") as caught:
        train(tmp_path, steps=20)
    assert str(caught.value).endswith("choose a new name for --run-dir")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.once
def test_only_the_newest_checkpoints_are_kept(train, tmp_path):
    train(tmp_path / "one", steps=100, keep_checkpoints=2)
    assert steps_saved(tmp_path / "one" / "checkpoints") == [80, 100]
    manifest = json.loads((tmp_path / "one" / "checkpoints" / "step-00000100" / "manifest.json").read_text())
    assert manifest["host"]["batches"] == 100
