"""The benchmarks: their page follows from their records, the peers do the same work, and that work is counted right."""

import importlib.util
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def run(*arguments):
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "tensorflow"},
    )  # fmt: skip


# The page


def test_the_page_shows_what_the_records_say():
    done = run(BENCHMARKS / "tables.py", "--check")
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_noticed(tmp_path, monkeypatch):
    import tables
    from click.testing import CliRunner

    page = tmp_path / "benchmarks.md"
    page.write_text(tables.PAGE.read_text().replace("<!-- begin engine -->", "<!-- begin engine -->\n\nold"))
    monkeypatch.setattr(tables, "PAGE", page)
    for name in ("HEALTH_PAGE", "TRANSLATION_PAGE", "STUDIO_PAGE"):
        other = tmp_path / getattr(tables, name).name
        other.write_text(getattr(tables, name).read_text())
        monkeypatch.setattr(tables, name, other)
    assert CliRunner().invoke(tables.main, ["--check"]).exit_code == 1
    assert CliRunner().invoke(tables.main, []).exit_code == 0
    assert CliRunner().invoke(tables.main, ["--check"]).exit_code == 0


def test_the_newest_record_is_the_one_that_is_shown(tmp_path, monkeypatch):
    import tables

    monkeypatch.setitem(tables.TABLES, "engine", lambda record: record["shown"])
    for name, date in (("a", "2026-02-01T00:00:00Z"), ("b", "2026-01-01T00:00:00Z")):
        (tmp_path / f"engine-{name}.json").write_text(json.dumps({"date": date, "shown": name}))
    assert tables.render("engine", tmp_path) == "a"


# The work in a step


def taps(side, width=4, stride=2, before=1):
    """How many taps of a convolution's kernel fall inside the larger map, by looking at each."""
    inside = 0
    for position, tap in itertools.product(range(side), range(width)):
        inside += 0 <= position * stride - before + tap < side * stride
    return inside**2


@pytest.mark.parametrize("side", [4, 8, 32])
def test_a_convolutions_work_is_its_taps_one_by_one(side):
    from dcgan_step.work import Layer

    layer = Layer(side, 3, 5, False)
    assert layer.flops(2, padding=False) == 2 * 2 * taps(side) * 3 * 5
    assert layer.flops(2, padding=True) == 2 * 2 * (side * 4) ** 2 * 3 * 5


def test_a_steps_work_is_the_sum_over_what_each_update_needs():
    from dcgan_step.setup import Setup
    from dcgan_step.work import step_flops

    # 8 x 8 has one hidden map: a dense layer and a convolution in each network.
    setup = Setup(size=8, channels=3, batch_size=2, width=5, latent_dim=7)
    dense, image, first, last = 2 * 2 * 7 * 80, 2 * 2 * 256 * 5 * 3, 2 * 2 * 256 * 3 * 5, 2 * 2 * 80
    discriminator_turn = (dense + image) + 2 * (first + last) + 2 * (first + last) + 2 * last
    generator_turn = (dense + image) + 2 * (first + last) + (dense + image) + image
    assert step_flops(setup) == discriminator_turn + generator_turn
    assert step_flops(setup, shared_fake=True) == discriminator_turn + generator_turn - (dense + image)


def test_sizes_that_the_step_is_not_written_for_are_refused():
    from dcgan_step.setup import Setup

    for size in (4, 20, 30, 48):
        with pytest.raises(ValueError, match=f"size {size}"):
            Setup(size=size)


# The contenders


@pytest.fixture(scope="module")
def tiny():
    """A step small enough to compare at once: setup, weights, batches, latents, multigan's losses."""
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("the engine's benchmark runs on TensorFlow")
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from dcgan_step.on_multigan import OnMultigan
        from dcgan_step.setup import Setup, images, latents

        setup = Setup(size=16, batch_size=8, width=8, latent_dim=6)
        own = OnMultigan(setup)
    finally:
        sys.path.remove(str(BENCHMARKS))
    given = own.weights(), images(setup, 2), latents(setup, 4).reshape(2, 2, 8, 6)
    return setup, own, given, own.losses(*given)


@pytest.mark.parametrize("fused", [False, True])
def test_plain_tensorflow_is_the_same_step(tiny, fused):
    from dcgan_step.on_tensorflow import OnTensorFlow
    from dcgan_step.work import parameters

    setup, own, given, losses = tiny
    peer = OnTensorFlow(setup, fused)
    assert peer.facts()["parameters"] == own.facts()["parameters"] == parameters(setup)
    np.testing.assert_allclose(peer.losses(*given), losses, rtol=1e-4)
    peer.run(2)


@pytest.mark.extra
def test_plain_pytorch_is_the_same_step(tiny):
    pytest.importorskip("torch")
    from dcgan_step.on_torch import OnTorch
    from dcgan_step.work import parameters

    setup, _, given, losses = tiny
    peer = OnTorch(setup)
    assert peer.facts()["parameters"] == parameters(setup)
    np.testing.assert_allclose(peer.losses(*given), losses, rtol=1e-4)
    peer.run(2)


@pytest.mark.extra
def test_pytorch_in_its_tutorials_order_is_the_step_of_equal_latents(tiny):
    pytest.importorskip("torch")
    from dcgan_step.on_torch import OnTorch

    setup, own, (weights, batches, latents), _ = tiny
    latents = np.repeat(latents[:, :1], 2, axis=1)
    given = weights, batches, latents
    np.testing.assert_allclose(OnTorch(setup, shared_fake=True).losses(*given), own.losses(*given), rtol=1e-4)


# The protocol


def test_contenders_take_turns_and_each_block_opens_with_untimed_work(monkeypatch):
    import side_by_side

    class Local:
        """A worker without a process, that writes down its calls."""

        def __init__(self, name):
            self.name = name

        def call(self, method, count):
            calls.append((self.name, method, count, "untimed"))

        def timed(self, method, count):
            calls.append((self.name, method, count, "timed"))
            return None, 6.0, 3.0

    calls = []
    monkeypatch.setattr(side_by_side, "PAUSE", 0)
    times = side_by_side.alternate({name: (Local(name), "run", 3) for name in "ab"}, rounds=2)
    assert times["a"]["seconds"] == times["b"]["seconds"] == [2.0, 2.0]
    assert times["a"]["cpu_seconds"] == [1.0, 1.0]
    assert [name for name, *_, kind in calls if kind == "timed"] == ["a", "b", "b", "a"]
    assert calls[:2] == [("a", "run", 1, "untimed"), ("a", "run", 3, "timed")]


def test_a_spread_is_median_extremes_and_quartiles():
    import side_by_side

    assert side_by_side.spread([5, 1, 2, 3, 4]) == {"median": 3, "min": 1, "lower": 2, "upper": 4, "max": 5}
    assert side_by_side.spread([7.0])["upper"] == 7.0


def test_a_worker_lives_in_its_own_process_and_tells_its_errors(tmp_path, monkeypatch):
    import side_by_side

    (tmp_path / "counting_contender.py").write_text(
        "import os\n"
        "class Counting:\n"
        "    def __init__(self, start): self.done = start\n"
        "    def work(self, count): self.done += count; return self.done, os.getpid()\n"
        "    def fail(self): raise ValueError('the contender broke')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    worker = side_by_side.Worker("counting", "counting_contender:Counting", start=2)
    done, process = worker.call("work", 3)
    assert done == 5
    assert process != os.getpid()
    assert worker.timed("work", 1)[1] > 0
    with pytest.raises(RuntimeError, match=r"(?s)^counting: .*the contender broke"):
        worker.call("fail")
    worker.close()


# The whole


@pytest.mark.skipif(os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow", reason="runs on TensorFlow only")
def test_the_command_measures_and_its_record_becomes_a_table(tmp_path):
    import tables

    record = tmp_path / "engine-trial.json"
    small = ("--sizes", "8", "--batch-size", "2", "--width", "2", "--rounds", "2", "--steps", "1")
    done = run(BENCHMARKS / "engine.py", *small, "--peers", "tensorflow", "--out", record)
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(record.read_text())["sizes"]
    assert list(entry["contenders"]) == ["multigan", "tensorflow"]
    for name, ratio in entry["ratios"].items():
        own, other = (np.array(entry["contenders"][n]["seconds"]) for n in ("multigan", name))
        assert ratio["median"] == pytest.approx(np.median(own / other))
    page = tables.updated("<!-- begin engine -->\n<!-- end engine -->", tmp_path, ["engine"])
    assert "| bare TensorFlow: Keras layers, Keras Adam |" in page
    assert "8 x 8, 3 channels, batch 2, width 2" in page


# Comparisons of recipes


def test_stacked_digits_are_named_by_their_channels():
    import modes
    from sklearn.datasets import load_digits

    digits = load_digits()
    triples = [(0, 1, 2), (0, 1, 2), (3, 4, 5), (7, 7, 7)]
    first = [int((digits.target == k).argmax()) for k in range(10)]
    images = np.stack([np.stack([digits.images[first[k]] for k in triple], axis=-1) for triple in triples]) / 8 - 1
    figures = modes.stacked_figures(np.kron(images, np.ones((1, 2, 2, 1))))
    assert figures["modes"] == 3
    expected = 0.5 * np.log(500) + 2 * 0.25 * np.log(250)
    assert figures["reverse_kl"] == pytest.approx(expected)
    assert 0.97 < figures["classifier_accuracy"] < 1.0


def test_a_run_of_the_modes_benchmark_replaces_its_older_self_and_the_table_tells_mean_and_worst(tmp_path):
    from recipe_runs import add_to_record
    from table_rows import modes_table

    def entry(seed, captured):
        scores = {"modes": captured, "of": 8, "high_quality": 0.5, "reverse_kl": 0.25}
        return {
            "contender": "gan", "what": "GAN", "recipe": "gan-points", "data": "ring", "seed": seed, "steps": 10,
            "batch_size": 4, "seconds": 60.0, "findings": ["collapse"], "date": "2026-01-01T00:00:00Z",
            "scores": scores | {"real": scores | {"modes": 8}},
        }  # fmt: skip

    for one in (entry(0, 1), entry(1, 6), entry(0, 4)):
        add_to_record(tmp_path / "modes.json", "modes", "As told.", one)
    record = json.loads((tmp_path / "modes.json").read_text())
    assert [run["scores"]["modes"] for run in record["runs"]] == [4, 6]
    table = modes_table(record)
    assert "5.0 +- 1.4 (worst 4.0)" in table
    assert "| collapse |" in table


SMALL_STEPS = {
    "wgan_gp": ["--sizes", 16, "--rounds", 2, "--steps", 1, "--batch-size", 8, "--width", 8],
    "wavegan": ["--dims", 4, "--rounds", 2, "--steps", 1, "--batch-size", 4, "--length", 1024],
}


@pytest.mark.extra
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", SMALL_STEPS)
def test_both_contenders_make_the_same_step(name, tmp_path):
    from table_rows import step_table

    out = tmp_path / "record.json"
    done = run(BENCHMARKS / f"{name}.py", *SMALL_STEPS[name], "--out", out)
    assert "plain PyTorch" in step_table(json.loads(out.read_text()))
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(out.read_text())["sizes"]
    losses = entry["compared"]["losses of each update"]
    assert len(losses["multigan"]) == 6
    np.testing.assert_allclose(losses["multigan"], losses["torch"], rtol=5e-3, atol=5e-3)


@pytest.mark.extra
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_seqgans_contenders_do_the_same_work_and_become_tables(tmp_path):
    from tables import updated

    out = tmp_path / "seqgan-trial.json"
    small = {"vocabulary": 50, "length": 6, "batch-size": 8, "rollouts": 2, "filters": 0.05, "count": 80}
    options = [part for name, value in small.items() for part in (f"--{name}", value)]
    done = run(BENCHMARKS / "seqgan.py", *options, "--rounds", "2,2", "--units", "1,2", "--out", out)
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text())
    for kind, peers in {"turn": 2, "epoch": 2}.items():
        own = record[kind]["contenders"]["multigan"]["seconds"]
        assert len(record[kind]["ratios"]) == peers
        for name, ratio in record[kind]["ratios"].items():
            assert ratio["max"] == pytest.approx(np.max(np.divide(own, record[kind]["contenders"][name]["seconds"])))
    assert record["turn"]["compared"]["rewards' deviation"] > 1e-3
    page = updated("<!-- begin seqgan -->\n<!-- end seqgan -->", tmp_path, ["seqgan"])
    assert "| one epoch of the discriminator, 10 updates |" in page
    assert "| plain PyTorch: eager, one batch after the other |" in page


@pytest.mark.extra
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_gaugans_contenders_make_the_same_step_and_become_a_table(tmp_path):
    from tables import updated

    out = tmp_path / "gaugan-trial.json"
    small = ["--sizes", 16, "--batch-sizes", 2, "--width", 2, "--critic-width", 2, "--rounds", 2, "--steps", 1]
    done = run(BENCHMARKS / "gaugan.py", *small, "--out", out)
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(out.read_text())["sizes"]
    losses = entry["compared"]["losses of each update"]
    assert len(losses["multigan"]) == 4
    np.testing.assert_allclose(losses["multigan"], losses["torch"], rtol=1e-4)
    page = updated("<!-- begin gaugan -->\n<!-- end gaugan -->", tmp_path, ["gaugan"])
    assert "| multigan: the gaugan plugin on TensorFlow; 16 x 16, batch 2, width 2 |" in page


@pytest.mark.extra
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_the_contenders_of_clips_make_the_same_step_and_become_a_table(tmp_path):
    from tables import updated

    out = tmp_path / "clips-trial.json"
    small = ["--clips", "16x4x3", "--batch-size", 8, "--width", 8, "--critic-width", 8, "--rounds", 2, "--steps", 1]
    done = run(BENCHMARKS / "clips.py", *small, "--out", out)
    assert done.returncode == 0, done.stderr
    (entry,) = json.loads(out.read_text())["sizes"]
    losses = entry["compared"]["losses of each update"]
    assert len(losses["multigan"]) == 8
    np.testing.assert_allclose(losses["multigan"], losses["torch"], rtol=1e-3, atol=1e-4)
    page = updated("<!-- begin clips -->\n<!-- end clips -->", tmp_path, ["clips"])
    assert "| multigan: the animation plugin on TensorFlow; 4 frames of 16 x 16, batch 8, width 8, 3 channels |" in page
