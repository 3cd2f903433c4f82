"""Whether several processes that train one run are one: losses and weights beside one process's, exact resumes, and
runs whose workers are killed at random.

Run: `python benchmarks/workers.py`, then `python benchmarks/tables.py`. Half an hour of two cores. What is done is kept
under --work, so that it can be ended and started again.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from provenance import provenance

from multigan.runs import RunDirectory
from multigan.testing import differences

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    "Each run is started by `multigan run` on JAX and this machine's CPU, with the same total batch and the same",
    "seed, by one process and by several. Losses: the largest difference of any loss of any of 50 steps, relative to",
    "the loss, or to .1 where the loss is smaller. Weights: the norm of the difference of all weights, averages and",
    "optimizer states after the 50th step, relative to their norm. Beside each as a control the most that one process",
    "differs from itself when it is told to use older instructions (AVX2, SSE4.2), which round otherwise. Where a sum",
    "so near to 0 that its sign is rounding's meets a ReLU, two runs part, and both are right; so it is told how many",
    "steps pass before any loss differs by more than 1e-6. Resume: a run that SIGTERM stops after 25 steps or a few",
    "more, resumed with as many workers, against the one that nobody stopped, to the bit: checkpoint, log, previews.",
    "Kills: SIGKILL to one worker, drawn uniformly (the leader is one of them), at a moment drawn uniformly over the",
    "time that the straight run took; then the command is to end by itself, with exit code 1 and a word; how long",
    "that took is told. It is resumed until the exit code is 0 (a run that was killed before it had a run.toml is",
    "started again in the same folder), and compared with the straight run to the bit.",
]
FLAGS = {"steps": 50, "log_every": 1, "sample_every": 25, "checkpoint_every": 5, "device": "cpu"}
STEPS = FLAGS["steps"]
# Other roundings of the same sums.
OTHERWISE = ("AVX2", "SSE4_2")
# Seconds after which a command that lost a worker counts as hung.
HUNG = 300


@dataclass(frozen=True)
class Case:
    """One run, and what of it sees a whole batch."""

    what: str
    recipe: str
    batch_size: int
    options: dict


CASES = {
    "dcgan": Case("batch norm, averaged weights", "dcgan", 32, {"size": 16, "width": 16, "ema": 0.9}),
    "wgan-gp": Case("a gradient penalty, five critic updates a step", "wgan-gp", 32, {"size": 16, "width": 16}),
    "cyclegan": Case("two domains, pools of earlier samples", "cyclegan", 4, {"size": 16, "width": 8, "blocks": 1}),
    "relativistic": Case(
        "scores beside the batch's mean score", "dcgan", 32, {"size": 16, "width": 16, "loss": "relativistic"}
    ),
}


def command(case: Case, run: Path, workers: int) -> list[str]:
    """What is typed: to go on where run.toml is there, else to begin."""
    words = [sys.executable, "-m", "multigan", "--quiet", "run"]
    if (run / "run.toml").is_file():
        return [*words, "--resume", str(run)]
    flags = [word for key, value in FLAGS.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    options = [word for key, value in case.options.items() for word in ("-o", f"{key}={value}")]
    words += ["--workers", str(workers)] if workers > 1 else ["--backend", "jax"]
    words += ["--plugin", case.recipe, "--run-dir", str(run), "--batch-size", str(case.batch_size)]
    return [*words, *flags, *options]


def straight(name: str, workers: int, work: Path, environ: dict, kind: str = "") -> tuple[Path, float]:
    """Trains a run that nobody disturbs, unless it is there; returns it and how long it lived, in seconds."""
    run, told = work / f"{name}-{workers}{kind}", work / f"{name}-{workers}{kind}.seconds"
    if not told.is_file():
        shutil.rmtree(run, ignore_errors=True)
        begun = time.monotonic()
        subprocess.run(command(CASES[name], run, workers), env=environ, check=True)
        told.write_text(str(time.monotonic() - begun))
    return run, float(told.read_text())


def losses_of(run: Path) -> np.ndarray:
    """All losses of all steps."""
    lines = [line for line in RunDirectory(run).lines() if line["kind"] == "log" and not line.get("abandoned")]
    return np.array([list(line["losses"].values()) for line in lines])


def weights_of(run: Path) -> np.ndarray:
    """All numbers of the last checkpoint's state, one after another."""
    with np.load(run / "checkpoints" / f"step-{STEPS:08d}" / "variables.npz", allow_pickle=False) as arrays:
        kept = [arrays[name] for name in sorted(arrays.files) if arrays[name].dtype.kind == "f"]
    return np.concatenate([array.astype("float64").ravel() for array in kept])


def apart(one: Path, other: Path) -> dict[str, float]:
    """How far two runs are from each other."""
    losses, weights = losses_of(one), weights_of(one)
    each = np.max(np.abs(losses_of(other) - losses) / np.maximum(np.abs(losses), 0.1), axis=1)
    return {
        "equal": int(np.argmax(each > 1e-6)) if (each > 1e-6).any() else STEPS,
        "losses": float(each.max()),
        "weights": float(np.linalg.norm(weights_of(other) - weights) / np.linalg.norm(weights)),
    }


def stopped(words: list[str], environ: dict, run: Path) -> None:
    """Runs a command that is sent SIGTERM in the middle of its steps."""
    process = subprocess.Popen(words, env=environ)
    while process.poll() is None and not (
        (run / "log.jsonl").is_file() and (run / "log.jsonl").read_text().count("\n") >= STEPS // 2
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    if process.wait() != 130:
        raise click.ClickException(f"{run}: was not stopped in the middle")


def compared(name: str, workers: int, work: Path, environ: dict) -> dict:
    """One row: as many workers beside one, and a resume of theirs."""
    one, _ = straight(name, 1, work, environ)
    many, _ = straight(name, workers, work, environ)
    controls = [
        apart(one, straight(name, 1, work, environ | {"XLA_FLAGS": f"--xla_cpu_max_isa={isa}"}, f"-{isa}")[0])
        for isa in OTHERWISE
    ]
    resumed = work / f"{name}-{workers}-resumed"
    if not (resumed / "checkpoints" / f"step-{STEPS:08d}").is_dir():
        shutil.rmtree(resumed, ignore_errors=True)
        stopped(command(CASES[name], resumed, workers), environ, resumed)
        subprocess.run(command(CASES[name], resumed, workers), env=environ, check=True)
    return {
        "case": name,
        "what": CASES[name].what,
        "workers": workers,
        "steps": STEPS,
        **apart(one, many),
        "control": max(controls, key=lambda control: control["weights"]),
        "resume": differences(many, resumed),
    }


def children(process: subprocess.Popen) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(n) for n in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:
        return []


def killed(words: list[str], environ: dict, log: Path, at: float, draw: random.Random) -> dict:
    """Runs a command, one of whose workers is killed after some seconds; tells how it ended."""
    begun, told = time.monotonic(), {"at": round(at, 2), "victim": None}
    with open(log, "a") as errors:
        process = subprocess.Popen(words, env=environ, stdout=errors, stderr=errors)
        over = threading.Event()
        threading.Thread(target=lambda: (process.wait(), over.set()), daemon=True).start()
        if not over.wait(at) and (workers := children(process)):
            told["victim"] = draw.randrange(len(workers))
            os.kill(workers[told["victim"]], signal.SIGKILL)
            begun = time.monotonic()
        if not over.wait(HUNG):
            process.kill()
            over.wait()
            told["hung"] = True
    return told | {"code": process.returncode, "ended_after": round(time.monotonic() - begun, 2)}


def trial(number: int, work: Path, environ: dict) -> dict:
    """A run of one of the cases by two or four workers of which one is killed; then resumed to its end."""
    kept = work / f"killed-{number}.json"
    if kept.is_file():
        return json.loads(kept.read_text())
    draw = random.Random(f"workers {number}")
    workers = 2 if number % 4 else 4
    reference, life = straight("dcgan", workers, work, environ)
    run, log = work / f"killed-{number}", work / f"killed-{number}.log"
    shutil.rmtree(run, ignore_errors=True)
    log.unlink(missing_ok=True)
    case = CASES["dcgan"]
    told = killed(command(case, run, workers), environ, log, draw.uniform(0, life), draw)
    said = [line for line in log.read_text().splitlines() if "multigan: error: " in line]
    told |= {"workers": workers, "said": said[-1].split("multigan: error: ")[-1].split("; go on")[0] if said else ""}
    resumes = 0
    while told["code"] and resumes < 3:
        resumes += 1
        if not subprocess.run(command(case, run, workers), env=environ).returncode:
            break
    told["different"] = differences(reference, run)
    kept.write_text(json.dumps(told))
    return told


@click.command()
@click.option("--counts", default="2,4", show_default=True, help="of workers, joined by commas")
@click.option("--kills", default=20, show_default=True, help="runs with a worker that is killed")
@click.option("--only", default=",".join(CASES), show_default=True, help="cases, joined by commas")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/workers"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "workers.json")
def main(counts, kills, only, work, out):
    """Trains, kills and resumes runs, and writes a record."""
    work.mkdir(parents=True, exist_ok=True)
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("MULTIGAN_", "KERAS_"))}
    rows, ends = [], []
    for name in only.split(","):
        for workers in map(int, counts.split(",")):
            rows.append(compared(name, workers, work, environ))
            click.echo(json.dumps(rows[-1]))
    for number in range(kills):
        ends.append(trial(number, work, environ))
        click.echo(json.dumps(ends[-1]))
    record = provenance() | {"benchmark": "workers", "protocol": " ".join(PROTOCOL), "rows": rows, "kills": ends}
    out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
