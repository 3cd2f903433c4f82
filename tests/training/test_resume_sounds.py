"""A run on sounds that was killed goes on as if it had not been: its slices, phase shifts and spectra too."""

import signal

import numpy as np
import pytest
from small import KILL, assert_same_run

from multigan.training.checkpoints import steps_saved

# Slices are drawn at random from sounds three times as long.
RECIPES = {
    "wavegan": ("length=256", "kernel=9", "dim=2", "critic_steps=2", "ema=0.9"),
    "specgan": ("length=4096", "dim=2", "critic_steps=2", "iterations=2"),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_resume_is_bit_identical_after_a_kill(recipe, command, tmp_path):
    options = RECIPES[recipe]
    length = int(options[0].partition("=")[2])
    time = np.arange(3 * length) / 16_000
    pitch = np.random.default_rng(0).uniform(200, 2_000, (24, 1))
    np.savez(tmp_path / "tones.npz", sounds=np.sin(2 * np.pi * pitch * time).astype("float32"), sample_rate=16_000)
    flags = ["--batch-size", "8", "--steps", "8", "--log-every", "2", "--sample-every", "4", "--checkpoint-every", "4"]
    flags += ["--data", tmp_path / "tones.npz", *(word for option in options for word in ("-o", option))]

    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    done = command("run", "--plugin", recipe, "--run-dir", straight, *flags)
    assert done.returncode == 0, done.stderr
    killed = command(
        "run", "--plugin", recipe, "--run-dir", stopped, *flags,
        watcher=KILL, KILL_AT="7", KILL_WITH=str(int(signal.SIGKILL)),
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert steps_saved(stopped / "checkpoints") == [4]
    resumed = command("run", "--resume", stopped)
    assert resumed.returncode == 0, resumed.stderr
    assert_same_run(straight, stopped, 8)
