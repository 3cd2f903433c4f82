"""`multigan.train` and `SavedRun.resume`: what they leave is what the command leaves, and errors are exceptions."""

import inspect
import json
import signal
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import multigan
from multigan.settings import SETTINGS
from multigan.testing import call, differences

OPTIONS = {"size": 16, "width": 4}
SMALL = {"batch_size": 8, "log_every": 2, "sample_every": 2, "checkpoint_every": 2, "quiet": True}
FLAGS = [
    "--batch-size", 8, "--log-every", 2, "--sample-every", 2, "--checkpoint-every", 2, "-q",
    "-o", "size=16", "-o", "width=4",
]  # fmt: skip


def facts(path):
    """What run.toml says, without when and from where values came; a backend that runs is a variable, too."""
    told = multigan.RunDirectory(path).facts()
    values = {table: {key: entry["value"] for key, entry in told[table].items()} for table in ("settings", "options")}
    return {**told, **values, "settings": {**values["settings"], "backend": ""}, "started": ""}


def differing(run, path):
    """What is not the same in two runs; of the log but for the line that says that one of them ended on its way."""
    logs = [
        [(line["step"], line["losses"], line["health"]) for line in each.log] for each in (run, multigan.open(path))
    ]
    return [name for name in differences(run.path, path) if name != "log" or logs[0] != logs[1]]


def test_a_program_and_the_command_leave_the_same_run(paths, tmp_path):
    call("run", "--plugin", "dcgan", "--data", "digits", "--steps", 4, "--run-dir", tmp_path / "command", *FLAGS)
    assert differences(paths("dcgan"), tmp_path / "command") == []
    assert facts(paths("dcgan")) == facts(tmp_path / "command")


def test_a_run_of_two_and_two_steps_is_one_of_four(paths, tmp_path):
    run = multigan.train("dcgan", "digits", 2, options=OPTIONS, run_dir=tmp_path / "run", **SMALL)
    assert (run.step, run.outcome) == (2, "done")
    assert run.resume(4) is run
    assert (run.step, run.outcome, run.settings["steps"]) == (4, "done", 4)
    assert differing(run, paths("dcgan")) == []


def test_a_command_goes_on_with_a_programs_run(paths, tmp_path):
    run = multigan.train("dcgan", "digits", 2, options=OPTIONS, run_dir=tmp_path / "run", **SMALL)
    call("run", "--resume", run.path, "--steps", 4, "-q")
    assert differing(run, paths("dcgan")) == []


def test_what_a_process_has_built_before_changes_no_run(tmp_path):
    """TensorFlow adds gradients up in an order that follows the names of layers, which are numbered on and on."""

    def train(name):
        small = {"size": 32, "width": 4}
        return multigan.train("gaugan", "earth", 2, options=small, run_dir=tmp_path / name, **SMALL).path

    first = train("first")
    for _ in range(7):
        keras.layers.Conv2D(1, 1), keras.layers.Dense(1), keras.layers.BatchNormalization(), keras.layers.LeakyReLU()
    assert differences(first, train("second")) == []


def test_a_listener_gets_the_logs_lines(tmp_path):
    seen = []
    run = multigan.train(
        "dcgan", "digits", 4, options=OPTIONS, run_dir=tmp_path / "run", on_progress=seen.append, **SMALL
    )
    assert [line["step"] for line in seen] == [2, 4]
    assert [line["losses"] for line in seen] == [line["losses"] for line in run.log]
    assert all(line["samples_per_second"] > 0 for line in seen)


def test_what_a_listener_raises_ends_the_run_and_is_kept(tmp_path):
    def stop(line):
        raise ZeroDivisionError("enough")

    with pytest.raises(ZeroDivisionError, match="enough"):
        multigan.train("dcgan", "digits", 9, options=OPTIONS, run_dir=tmp_path / "run", on_progress=stop, **SMALL)
    run = multigan.open(tmp_path / "run", quiet=True)
    assert run.outcome == "failed"
    assert run.resume().outcome == "done"


def test_an_interrupt_writes_a_checkpoint_and_says_how_to_go_on(tmp_path):
    def interrupt(line):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        multigan.train("dcgan", "digits", 9, options=OPTIONS, run_dir=tmp_path / "run", on_progress=interrupt, **SMALL)
    said, _, mend = str(caught.value).partition("; go on with: ")
    assert said == "SIGINT after step 3, which a checkpoint holds"
    run = eval(mend.removesuffix(".resume()"), {"multigan": multigan})
    assert (run.path, run.outcome, run.step) == (tmp_path / "run", "interrupted", 3)


def test_a_time_limit_ends_it_without_an_exception(tmp_path):
    run = multigan.train("dcgan", "digits", 9, options=OPTIONS, run_dir=tmp_path / "run", max_minutes=1e-9, **SMALL)
    assert (run.outcome, run.step) == ("interrupted", 1)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"recipe": "dcgam"}, multigan.UsageError, "did you mean dcgan?"),
        ({"data": "./nowhere"}, multigan.DataError, "nowhere: no such file or folder"),
        ({"steps": 0}, multigan.UsageError, "steps=0: must be at least 1"),
        ({"steps": "many"}, multigan.UsageError, "steps=many: expected a whole number"),
        ({"batch_size": 2.5}, multigan.UsageError, "batch_size=2.5: expected a whole number"),
        ({"precision": "half"}, multigan.UsageError, "precision=half: not one of float32, bf16"),
        ({"options": {"widht": 4}}, multigan.UsageError, "has no widht; did you mean width?"),
        ({"options": {"size": 17}}, multigan.UsageError, "images of 17 x 17 cannot be halved"),
        ({"to": "there"}, multigan.UsageError, "name two places"),
        ({"run_dir": ""}, multigan.UsageError, "run_dir is empty; name a place"),
        ({"keep_best": "beauty"}, multigan.UsageError, "beauty"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_exception_and_leaves_nothing(arguments, error, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {"to": "here"} if "to" in arguments else {}
    given = {"recipe": "dcgan", "data": "digits", "steps": 2, "options": options, "quiet": True} | arguments
    with pytest.raises(error) as caught:
        multigan.train(**given)
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_a_run_is_refused(paths):
    with pytest.raises(multigan.UsageError, match="holds a run"):
        multigan.train("dcgan", "digits", 2, run_dir=paths("dcgan"), quiet=True)


def test_a_change_that_a_run_cannot_have_is_refused(paths):
    run = multigan.open(paths("dcgan"), quiet=True)
    with pytest.raises(multigan.UsageError, match="cannot be resumed with batch_size=9"):
        run.resume(8, batch_size=9)
    with pytest.raises(multigan.UsageError, match=r"resume\(\) takes no stepps; did you mean steps\?"):
        run.resume(stepps=9)


def test_another_backend_than_the_one_that_runs_is_told(tmp_path):
    other = "jax" if keras.backend.backend() != "jax" else "tensorflow"
    said = f"Keras already runs on {keras.backend.backend()}; start a new process for {other}"
    with pytest.raises(multigan.UsageError) as caught:
        multigan.train("dcgan", "digits", 2, backend=other, run_dir=tmp_path / "run", quiet=True)
    missing = f'the backend {other} is not installed; install one with: pip install "multigan[{other}]"'
    assert str(caught.value) in (said, missing)
    assert not (tmp_path / "run").exists()


def test_a_run_of_another_backend_is_opened_on_the_one_that_runs(paths, tmp_path):
    text = (paths("dcgan") / "run.toml").read_text()
    ran = keras.backend.backend()
    other = tmp_path / "run"
    other.mkdir()
    (other / "run.toml").write_text(text.replace(f'backend = "{ran}"', 'backend = "torch"'))
    (other / "checkpoints").symlink_to(paths("dcgan") / "checkpoints")
    assert (multigan.open(other, quiet=True).sample(2) == multigan.open(paths("dcgan"), quiet=True).sample(2)).all()


def test_a_path_is_never_the_name_of_a_data_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(multigan.DataError, match="digits: no such file or folder"):
        multigan.train("dcgan", Path("digits"), 2, quiet=True)


def test_every_setting_is_an_argument():
    assert set(SETTINGS) <= set(inspect.signature(multigan.train).parameters)


def test_the_names_cost_nothing_and_opening_starts_no_framework(paths):
    code = (
        "import sys, multigan; multigan.train; run = multigan.open(sys.argv[1]); run.options, run.log, run.outcome; "
        "print(run._repr_html_()[:3]); print([n for n in ('keras', 'tensorflow', 'jax', 'torch') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, paths("dcgan")], capture_output=True, text=True, check=True)
    assert done.stdout == "<p>\n[]\n"
    code = "import sys; from multigan import open, train; print([n for n in ('numpy', 'click') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_talk_is_on_stderr_and_quiet_says_nothing(tmp_path, capfd):
    arguments = {"options": OPTIONS, **SMALL}
    multigan.train("dcgan", "digits", 2, run_dir=tmp_path / "quiet", **arguments)
    assert capfd.readouterr() == ("", "")
    multigan.train("dcgan", "digits", 2, run_dir=tmp_path / "talk", **arguments | {"quiet": False})
    out, err = capfd.readouterr()
    assert out == ""
    assert "step 2/2" in err
    assert f"done: 2 steps; report: {tmp_path / 'talk' / 'report.html'}" in err


def test_records_of_the_log_are_those_of_the_file(paths):
    lines = [json.loads(line) for line in (paths("dcgan") / "log.jsonl").read_text().splitlines()]
    run = multigan.open(paths("dcgan"))
    assert [line["losses"] for line in run.log] == [line["losses"] for line in lines if line.get("kind") == "log"]
    assert run.log
