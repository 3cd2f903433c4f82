"""What TensorBoard reads of a run is what happened in it."""

import io
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from multigan.runlog import read_run
from multigan.testing import call, check_plugin

pytest.importorskip("tensorboard", reason="TensorBoard reads what is written: uv run --group observers pytest")
plugin = pytest.importorskip("multigan_tensorboard", reason="not installed: uv run --group observers pytest")

pytestmark = pytest.mark.extra

SMALL = ("-o", "size=8", "-o", "width=4", "--batch-size", 8, "--log-every", 2, "--sample-every", 4, "--quiet")


def read(path):
    """What TensorBoard finds in a run's folder, whole."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(path / "events"), size_guidance=dict.fromkeys(("images", "audio", "tensors"), 0))
    return found.Reload()


def points(events, name):
    return {event.step: event.value for event in events.Scalars(name)}


def texts(events, name):
    return [event.tensor_proto.string_val[0].decode() for event in events.Tensors(f"{name}/text_summary")]


@pytest.fixture
def run(tmp_path):
    """As much of a run as the hooks look at."""
    return SimpleNamespace(
        directory=SimpleNamespace(path=tmp_path),
        plugin="small",
        backend="jax",
        data=SimpleNamespace(name="toys", facts={}),
        settings={"steps": 9},
        options={"width": 4},
        step=0,
        findings=[],
        recoveries=0,
        preview=(),
        outcome="",
    )


def line(**losses):
    return {"losses": losses, "health": {"recall": 0.5}, "steps_per_second": 8.0}


def test_nothing_is_wrong_with_the_plugin():
    check_plugin("tensorboard")


def test_a_run_that_was_interrupted_and_scored_is_read_back_whole(tmp_path):
    path = tmp_path / "run"
    call("run", "--plugin", "dcgan", "--steps", 4, "--run-dir", path, *SMALL)
    call("run", "--resume", path, "--steps", 6, "--quiet")
    call("evaluate", path, "--metric", "diversity", "-n", 16, "--seeds", 1, "--quiet")
    events, log = read(path), read_run(path)
    for name in ("discriminator/adversarial", "generator/adversarial"):
        assert points(events, name) == pytest.approx({each["step"]: each["losses"][name] for each in log.lines})
    assert points(events, "health/diversity").keys() == {4, 6}
    assert points(events, "score/diversity") == {6: pytest.approx(log.scores[-1]["value"])}
    shown = events.Images("samples")
    assert [each.step for each in shown] == [4, 6]
    assert shown[0].encoded_image_string == (path / "samples" / "step-00000004.png").read_bytes()
    assert "    width = 4" in texts(events, "run")[0]
    assert texts(events, "outcome") == ["done at step 4", "done at step 6"]


def test_sounds_can_be_heard(run):
    run.data.facts["sample_rate"] = 8000
    sounds = np.linspace(-1.5, 1, 6 * 100 * 2).reshape(6, 100, 2).astype("float32")
    plugin.run_started(run)
    plugin.samples_produced(run, 3, sounds)
    plugin.run_finished(run, None)
    events = read(run.directory.path)
    assert events.Tags()["audio"] == [f"sounds/{number}" for number in range(4)]
    (heard,) = events.Audio("sounds/3")
    assert (heard.step, heard.sample_rate, heard.length_frames) == (3, 8000, 100)
    with wave.open(io.BytesIO(heard.encoded_audio_string)) as file:
        assert file.getparams()[:4] == (2, 2, 8000, 100)
        played = np.frombuffer(file.readframes(100), "<i2").reshape(100, 2) / 32767
    assert played == pytest.approx(sounds[3].clip(-1, 1), abs=1e-4)


def test_lines_of_text_are_no_markup_and_moving_pictures_stay_what_they_are(run):
    lines, film = run.directory.path / "step-3.txt", run.directory.path / "step-3.gif"
    lines.write_text("# a line\n*another*\n", encoding="utf-8")
    frames = [Image.new("L", (6, 4), shade) for shade in (0, 99)]
    frames[0].save(film, save_all=True, append_images=frames[1:])
    run.preview = (film, lines, Path("step-3.flac"))
    plugin.run_started(run)
    plugin.samples_produced(run, 3, np.zeros((2, 4)))
    plugin.run_finished(run, None)
    events = read(run.directory.path)
    assert texts(events, "samples") == ["    # a line\n    *another*"]
    (shown,) = events.Images("samples")
    assert (shown.width, shown.height, shown.encoded_image_string) == (6, 4, film.read_bytes())


def test_a_recovery_voids_the_curves_beyond_the_checkpoint(run):
    plugin.run_started(run)
    plugin.log_written(run, 2, line(loss=1.0))
    plugin.log_written(run, 4, line(loss=2.0))
    run.recoveries, run.preview = 1, (run.directory.path / "step-3.txt",)
    run.preview[0].write_text("a line")
    plugin.samples_produced(run, 3, np.zeros((2, 4)))  # before the line of the log, as a run does it
    plugin.log_written(run, 3, line(loss=3.0))
    plugin.run_finished(run, None)
    events = read(run.directory.path)
    assert points(events, "loss") == {2: 1.0, 3: 3.0}
    assert texts(events, "samples") == ["    a line"]


def test_each_finding_is_told_once_with_its_advice_and_an_error_at_the_end(run):
    run.findings.append(SimpleNamespace(name="old", message="told before", advice="of a resume"))
    plugin.run_started(run)
    run.findings.append(SimpleNamespace(name="collapse", message="all alike", advice="try pack=2"))
    plugin.log_written(run, 2, line(loss=1.0))
    plugin.log_written(run, 4, line(loss=1.0))
    run.outcome, run.step = "failed", 5
    plugin.run_finished(run, ValueError("no room"))
    events = read(run.directory.path)
    assert texts(events, "findings") == ["**collapse**: all alike (try pack=2)"]
    assert texts(events, "outcome") == ["failed at step 5: no room"]
    assert plugin.opened == {}


def test_a_folder_that_cannot_be_written_costs_the_events_and_not_the_run(tmp_path):
    path = tmp_path / "run"
    call("run", "--plugin", "dcgan", "--steps", 2, "--run-dir", path, *SMALL)
    for each in (path / "events").iterdir():
        each.unlink()
    (path / "events").rmdir()
    (path / "events").write_text("mine")
    _, err = call("run", "--resume", path, "--steps", 4, code=3)
    assert "warning: plugin tensorboard failed in run_started and is detached: FileExistsError" in err
    assert (path / "checkpoints" / "step-00000004").is_dir()
    assert (path / "events").read_text() == "mine"
