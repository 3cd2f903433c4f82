"""A run on texts that was killed goes on as if it had not been, over the borders between its phases."""

import signal

from small import KILL, assert_same_run

from multigan.runs import RunDirectory
from multigan.training.checkpoints import steps_saved

# Likelihood up to step 3, the discriminator alone in step 4, and then rounds; a checkpoint lies before all of that.
OPTIONS = (
    "pretrain_steps=3", "discriminator_pretrain_steps=1", "discriminator_updates=2", "rollouts=1", "baseline=learned",
    "embedding=4", "hidden=4", "filters=0.01", "discriminator_embedding=4",
)  # fmt: skip


def test_resume_is_bit_identical_after_a_kill(command, tmp_path):
    flags = ["--batch-size", "8", "--steps", "6", "--log-every", "1", "--sample-every", "3", "--checkpoint-every", "2"]
    flags += ["--data", "oracle-small", *(word for option in OPTIONS for word in ("-o", option))]

    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    done = command("run", "--plugin", "seqgan", "--run-dir", straight, *flags)
    assert done.returncode == 0, done.stderr
    phases = [line["phase"] for line in RunDirectory(straight).lines() if line["kind"] == "log"]
    assert phases == ["likelihood"] * 3 + ["discriminator"] + ["adversarial"] * 2
    killed = command(
        "run", "--plugin", "seqgan", "--run-dir", stopped, *flags,
        watcher=KILL, KILL_AT="3", KILL_WITH=str(int(signal.SIGKILL)),
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert steps_saved(stopped / "checkpoints") == [2]
    resumed = command("run", "--resume", stopped)
    assert resumed.returncode == 0, resumed.stderr
    assert_same_run(straight, stopped, 6)
