"""Whether a run survives kill -9 at any moment: recipes, killed at random over the whole of their lives and resumed,
against the same runs that nobody killed.

Run: `python benchmarks/kills.py`, then `python benchmarks/tables.py`. Some 40 minutes on two cores. What is done is
kept under --work, so that it can be ended and started again.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
from provenance import provenance

from multigan.testing.runs import differences

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    "Each run is started by `multigan run` in a process of its own, which is sent SIGKILL at a moment drawn uniformly",
    "over the time that the straight run took from its start to its exit, imports and all; one in three of its resumes",
    "is killed, too, at a moment drawn in the same way. Then it is resumed until the exit code is 0 (a run that was",
    "killed before it had a run.toml is started again in the same folder). Compared with the straight run, to the bit:",
    "the last checkpoint's arrays and host state, the log and the scores less their times and what resumes abandoned,",
    "the previews. A kill that comes after the run has ended does not count.",
]
# So many resumes end any run that can be ended.
RESUMES = 12
TINY = {"log_every": 5, "sample_every": 20, "checkpoint_every": 10}


@dataclass(frozen=True)
class Case:
    """One run, and what of the loop it exercises."""

    what: str
    recipe: str
    flags: dict
    options: dict


CASES = {
    "gan-points": Case(
        "keeps its best, averages", "gan-points",
        TINY | {"steps": 400, "batch_size": 64, "keep_best": "sliced-wasserstein", "best_count": 500,
                "keep_checkpoints": 1, "checkpoint_every": 40},
        {"generator_units": "32,32", "critic_units": "32,32", "ema": 0.9},
    ),
    "dcgan": Case(
        "keeps its best, runs out of patience, averages", "dcgan",
        TINY | {"steps": 2000, "batch_size": 16, "keep_best": "diversity", "best_count": 64, "patience": 4},
        {"size": 8, "width": 8, "ema": 0.9},
    ),
    "cgan": Case(
        "classes, mirrored images", "cgan", TINY | {"steps": 300, "batch_size": 16},
        {"size": 8, "width": 8, "flip": "true"},
    ),
    "wgan-gp": Case(
        "five critic updates a step", "wgan-gp", TINY | {"steps": 150, "batch_size": 16}, {"size": 8, "width": 8}
    ),
    "seqgan": Case(
        "three phases, texts", "seqgan", TINY | {"steps": 100, "batch_size": 16, "data": "oracle-small"},
        {"pretrain_steps": 50, "discriminator_pretrain_steps": 10, "discriminator_updates": 1, "rollouts": 2,
         "hidden": 8, "embedding": 8, "discriminator_embedding": 8},
    ),
    "wavegan": Case(
        "sounds", "wavegan", TINY | {"steps": 30, "batch_size": 8}, {"dim": 1, "length": 16384, "critic_steps": 1},
    ),
    "fragile": Case(
        "goes back twice from values that are not finite", "fragile",
        TINY | {"steps": 150, "batch_size": 16, "recover": 3, "keep_checkpoints": 1}, {},
    ),
}  # fmt: skip
# A recipe whose loss is nan from its 65th update on until the learning rate has been halved, and halved again.
FRAGILE = """
from multigan import Recipe, hookimpl

@hookimpl
def register_recipes():
    yield Recipe(name="fragile", summary="Fails", modality="images", game="fragile_plugin:fragile", data="digits")

def fragile(data, *, seed):
    import keras
    from keras import ops
    from multigan_dcgan import OPTIONS
    from multigan_dcgan.game import DCGAN

    class Fragile(DCGAN):
        def __init__(self):
            chosen = {key: option.default for key, option in OPTIONS.items()} | {"width": 4, "ema": 0.9}
            super().__init__(data, seed=seed, **chosen)
            self.count = keras.Variable(0.0, trainable=False, name="count")

        def generator_loss(self, batch):
            self.count.assign(self.count + 1.0)
            terms = super().generator_loss(batch)
            rate = ops.cast(self.player_optimizers["generator"].learning_rate, "float32")
            breaks = ops.logical_and(self.count > 64.5, rate > 0.6e-4)
            terms["adversarial"] = ops.where(breaks, float("nan"), terms["adversarial"])
            return terms

    return Fragile()
"""


def install(folder: Path) -> Path:
    """Makes a folder for PYTHONPATH with the fragile recipe, installed as far as multigan can tell."""
    info = folder / "fragile-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[multigan]\nfragile = fragile_plugin\n")
    (folder / "fragile_plugin.py").write_text(FRAGILE)
    return folder


def command(case: Case, run: Path, backend: str) -> list[str]:
    """What is typed: to go on where run.toml is there, else to begin."""
    words = [sys.executable, "-m", "multigan", "--quiet", "run"]
    if (run / "run.toml").is_file():
        return [*words, "--resume", str(run)]
    flags = [word for key, value in case.flags.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    options = [word for key, value in case.options.items() for word in ("-o", f"{key}={value}")]
    return [*words, "--plugin", case.recipe, "--run-dir", str(run), "--backend", backend, *flags, *options]


def live(words: list[str], environ: dict, log: Path, seconds: float | None = None) -> tuple[int, float]:
    """Runs a process, killed after some seconds; returns its exit code and how long it lived."""
    begun = time.monotonic()
    with open(log, "a") as errors:
        process = subprocess.Popen(words, env=environ, stdout=errors, stderr=errors)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    return process.returncode, time.monotonic() - begun


def straight(name: str, backend: str, work: Path, environ: dict) -> float:
    """Trains the run that nobody kills, unless it is there; returns how long it lived, in seconds."""
    run, told = work / f"{name}-{backend}", work / f"{name}-{backend}.seconds"
    if not told.is_file():
        shutil.rmtree(run, ignore_errors=True)
        code, seconds = live(command(CASES[name], run, backend), environ, work / f"{name}-{backend}.log")
        if code:
            raise click.ClickException(f"{name} on {backend}: exit code {code}, see {work / f'{name}-{backend}.log'}")
        told.write_text(str(seconds))
    return float(told.read_text())


def trial(name: str, backend: str, number: int, work: Path, environ: dict, life: float) -> dict:
    """One run, killed and resumed to its end; what of it differs from the straight one."""
    kept = work / f"{name}-{backend}-{number}.json"
    if kept.is_file():
        return json.loads(kept.read_text())
    draw = random.Random(f"{name} {backend} {number}")
    run, log = work / f"{name}-{backend}-{number}", work / f"{name}-{backend}-{number}.log"
    shutil.rmtree(run, ignore_errors=True)
    kills, codes = [], []
    for attempt in range(RESUMES):
        at = draw.uniform(0, life) if not attempt or (draw.random() < 1 / 3 and attempt < RESUMES - 3) else None
        code, lived = live(command(CASES[name], run, backend), environ, log, at)
        codes.append(code)
        if code == -signal.SIGKILL:
            kills.append(round(lived / life, 3))
        if code == 0:
            break
    found = differences(work / f"{name}-{backend}", run) if codes[-1] == 0 else ["it did not end"]
    told = {"case": name, "backend": backend, "kills": kills, "codes": codes, "different": found}
    kept.write_text(json.dumps(told))
    if not found:
        shutil.rmtree(run)
    return told


def summary(name: str, backend: str, trials: list[dict]) -> dict:
    """A row of the table."""
    killed = [t for t in trials if t["kills"]]
    bad = [t for t in killed if set(t["codes"]) - {0, -signal.SIGKILL}]
    return {
        "case": name,
        "backend": backend,
        "what": CASES[name].what,
        "runs": len(killed),
        "kills": sum(len(t["kills"]) for t in killed),
        "lost": sum(t["codes"][-1] != 0 for t in killed),
        "different": sum(bool(t["different"]) and t["codes"][-1] == 0 for t in killed),
        "other exit codes": len(bad),
    }


@click.command()
@click.option("--trials", default=10, show_default=True, help="Killed runs of each case.")
@click.option("--jax-trials", default=3, show_default=True, help="The same on JAX, which takes twice as long.")
@click.option("--only", help="Cases, with commas between.")
@click.option("--backends", default="tensorflow,jax", show_default=True)
@click.option("--jobs", default=2, show_default=True, help="Runs side by side.")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/kills"), show_default=True)
def main(trials, jax_trials, only, backends, jobs, work):
    """Kills and resumes runs, and writes a record."""
    work.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
    paths = [str(install(work.resolve() / "site")), *filter(None, [kept.get("PYTHONPATH")])]
    environ = kept | {"PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3"}
    rows = []
    for backend in backends.split(","):
        for name in only.split(",") if only else CASES:
            life = straight(name, backend, work, environ)
            count = jax_trials if backend == "jax" else trials
            with ThreadPoolExecutor(jobs) as pool:
                done = list(
                    pool.map(lambda n, name=name, life=life: trial(name, backend, n, work, environ, life), range(count))  # noqa: B023
                )
            rows.append(summary(name, backend, done))
            click.echo(json.dumps(rows[-1] | {"life": round(life, 1)}))
            for one in done:
                if one["different"]:
                    click.echo(f"  {json.dumps(one)}")
    record = provenance() | {"protocol": " ".join(PROTOCOL), "rows": rows}
    (RECORDS / "kills.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
