"""The commands that use a run, through the real command line."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from small import FLAGS

from multigan.runs import RunDirectory


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("commands") / "run"


@pytest.fixture
def run(place, command):
    """A finished run of 40 steps, trained once."""
    if not place.exists():
        words = ("--plugin", "dcgan", "--steps", "40", "--run-dir", place, "--json", *FLAGS)
        done = command("run", *words, fresh=True)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["outcome"], told["step"], told["recipe"]) == ("done", 40, "dcgan")
        assert set(told["losses"]) == {"discriminator/adversarial", "generator/adversarial"}
        assert "on tensorflow (cpu)" in done.stderr or "on jax (cpu)" in done.stderr or "on torch (cpu)" in done.stderr
        assert "steps/s" in done.stderr
    return place


def test_a_run_leaves_what_the_design_says(run):
    names = {path.name for path in run.iterdir()}
    assert {"run.toml", "log.jsonl", "samples", "checkpoints", "report.html"} <= names
    assert sorted(path.name for path in (run / "samples").glob("step-*.png")) == [
        "step-00000020.png",
        "step-00000040.png",
    ]
    facts = RunDirectory(run).facts()
    assert facts["settings"]["steps"] == {"value": 40, "origin": "flag"}
    assert facts["options"]["width"] == {"value": 4, "origin": "flag"}
    assert facts["options"]["loss"] == {"value": "non-saturating", "origin": "default"}
    assert facts["data"]["count"] == 1797
    assert {"keras", "numpy", "grain", "python", "multigan", "multigan-dcgan"} <= set(facts["versions"])


def test_sample_writes_one_file_a_sample_and_a_preview_the_same_for_the_same_seed(run, command, tmp_path):
    done = command("sample", run, "-n", "5", "--seed", "7", "--out", tmp_path / "a", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == [f"{index:05d}.png" for index in range(5)]
    command("sample", run, "-n", "3", "--seed", "7", "--out", tmp_path / "b", "--checkpoint", "40")
    for index in range(3):
        name = f"{index:05d}.png"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "preview.png").exists()


def test_evaluate_keeps_every_value_with_its_protocol_and_best_follows_the_first_metric(run, command, tmp_path):
    early = command("sample", run, "--checkpoint", "best", "--out", tmp_path / "early")
    assert early.returncode == 2
    assert "multigan evaluate" in early.stderr
    done = command("evaluate", run, "--checkpoint", "all", "-n", "100", "--seeds", "2", "--json")
    assert done.returncode == 0, done.stderr
    records = json.loads(done.stdout)
    assert {(record["step"], record["metric"]) for record in records} == {
        (step, metric) for step in (20, 40) for metric in ("recall(pixels)", "precision(pixels)", "diversity")
    }
    for record in records:
        assert record["protocol"]
        assert record["split"] == "training data"
        assert (record["real"], record["generated"], record["seeds"]) == (100, 100, [0, 1])
    assert list(RunDirectory(run).lines(run / "scores.jsonl")) == records
    best = json.loads(
        command("sample", run, "-n", "1", "--checkpoint", "best", "--out", tmp_path / "s", "--json").stdout
    )
    recall = {record["step"]: record["value"] for record in records if record["metric"] == "recall(pixels)"}
    assert recall[best["step"]] == max(recall.values())
    assert "recall(pixels)" in (run / "report.html").read_text()


def test_a_keras_export_loads_without_multigan_and_makes_the_same_images(run, command, tmp_path):
    import subprocess
    import sys

    done = command("export", run, "--out", tmp_path / "generator.keras", "--json", "--quiet", fresh=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["largest_difference"] < 1e-4
    assert done.stderr == "", "libraries are held back"
    command("sample", run, "-n", "4", "--seed", "3", "--format", "npy", "--out", tmp_path / "own")
    code = (
        "import sys, numpy, keras; "
        "model = keras.saving.load_model('generator.keras'); "
        "z = numpy.random.default_rng(3).standard_normal((4, 100)).astype('float32'); "
        "numpy.save('images.npy', keras.ops.convert_to_numpy(model(z, training=False))); "
        "assert not any(name.split('.')[0] == 'multigan' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, capture_output=True)
    own = np.stack([np.load(tmp_path / "own" / f"{index:05d}.npy") for index in range(4)])
    np.testing.assert_allclose(np.load(tmp_path / "images.npy"), own, atol=1e-4)


def test_an_export_that_differs_from_the_game_is_not_kept(tmp_path):
    from multigan.errors import RunFailedError
    from multigan.trained.exporting import verifier

    class Game:
        asks, multiple, sampler = (), 1, SimpleNamespace(inputs=[SimpleNamespace(shape=(None, 2))])

        def latents(self, count, seed):
            return np.zeros((count, 2), "float32")

        def generate(self, latents):
            return np.ones((len(latents), 3), "float32")

    verify = verifier(Game(), "float32")
    assert verify(lambda latents: np.ones((len(latents), 3))) == 0.0
    for wrong in (np.full((16, 3), 1.01), np.full((16, 3), np.nan), np.ones((16, 4))):
        with pytest.raises(RunFailedError):
            verify(lambda latents, wrong=wrong: wrong)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--plugin", "dcgna"), "did you mean dcgan?"),
        (("run",), "--plugin NAME"),
        (("run", "--plugin", "dcgan", "-o", "widht=3"), "did you mean width?"),
        (("run", "--plugin", "dcgan", "-o", "width"), "is not KEY=VALUE"),
        (("run", "--plugin", "dcgan", "--data", "nowhere/at/all"), "nowhere: no such file or folder"),
        (("run", "--plugin", "dcgan", "--config", "gone.toml"), "gone.toml"),
        (("run", "--resume", "gone"), "no such run directory"),
        (("run", "--plugin", "dcgan", "--steps", "0"), "at least 1"),
        (("run", "--plugin", "dcgan", "--stesp", "3"), "--steps"),
        (("sample", "gone"), "no such run directory"),
        (("export", "gone", "--format", "onx"), "did you mean onnx?"),
    ],
)
def test_usage_errors_are_one_sentence_with_exit_code_2(command, words, said):
    done = command(*words)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_dry_run_prints_every_value_with_its_origin_and_writes_nothing(command, tmp_path):
    (tmp_path / "set.toml").write_text('plugin = "dcgan"\nsteps = 30\n[options]\nwidth = 8\n')
    done = command("run", "--config", "set.toml", "--seed", "5", "--dry-run", "--json", MULTIGAN_BATCH_SIZE="16")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["settings"]["steps"] == {"value": 30, "origin": "config"}
    assert told["settings"]["seed"] == {"value": 5, "origin": "flag"}
    assert told["settings"]["batch_size"] == {"value": 16, "origin": "environment"}
    assert told["options"]["width"] == {"value": 8, "origin": "config"}
    assert told["options"]["size"] == {"value": "auto", "origin": "default"}
    assert not (tmp_path / "runs").exists()
