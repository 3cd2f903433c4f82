"""How often `multigan doctor` is right: runs that are known to be healthy or ill, and what it says of each.

Run: `python benchmarks/health.py`, then `python benchmarks/tables.py`. Under 20 minutes on two cores. Each run uses one
thread, --jobs run at a time; what is done is kept under --work, so that it can be ended and started again.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import click
from provenance import provenance

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    "Every run is trained by `multigan run` with the options shown and is then judged by `multigan doctor --json`. A",
    "healthy run is judged rightly when there is no finding at its end; an ill one when one of the findings that are",
    "expected of it is there. Which runs are ill is decided by what was done to them. The thresholds were placed with",
    "seed 0 in sight. On seed 1 the doctor was right on 12 of 15; its samples showed that three runs were not what",
    "they were said to be (a WGAN-GP that was not trained yet, a GAN that had left the Swiss roll, and a DCGAN that",
    "made digits at a hundred times the generator's learning rate), and these cases were replaced. On seed 2 it was",
    "right on 13; that what still grows is no collapse was then added, for the sake of DCGANs on stacked digits and",
    "with seed 2's WGAN-GP in sight, and the same runs judged again. Log lines every 50 steps, measurements of",
    "samples every 250.",
]


@dataclass(frozen=True)
class Case:
    """One run: what it is, what is expected of it (nothing: healthy), and how it is made."""

    what: str
    recipe: str
    data: str
    steps: int
    options: dict = field(default_factory=dict)
    expected: tuple[str, ...] = ()


SMALL = {"size": "16", "width": 16}
RELATIVISTIC = {
    "generator_units": "256,256,256", "critic_units": "256,256,256", "maxout": 0, "batch_norm": False,
    "loss": "relativistic-paired", "r1": 0.01, "r2": 0.01, "learning_rate": 2e-3, "beta_1": 0.0, "beta_2": 0.99,
    "ema": 0.99,
}  # fmt: skip
LOST = ("collapse", "missing-modes")
CASES = {
    "dcgan": Case("DCGAN", "dcgan", "digits", 2000, SMALL),
    "dcgan-bounded": Case(
        "DCGAN, hinge loss, spectral norm, R1, average", "dcgan", "digits", 2000,
        {**SMALL, "loss": "hinge", "spectral_norm": "true", "r1": 1.0, "ema": 0.99},
    ),
    "wgan-gp": Case("WGAN-GP", "wgan-gp", "digits", 3000, {"size": "16", "width": 32}),
    "cgan": Case("cGAN", "cgan", "digits", 2000, {"size": "16"}),
    "relativistic-swiss-roll": Case(
        "paired relativistic GAN, R1 and R2, average", "gan-points", "swiss-roll", 4000, RELATIVISTIC
    ),
    "wgan-gp-ring": Case("WGAN-GP", "wgan-gp-points", "ring", 2000, {"units": 128}),
    "relativistic-ring": Case(
        "paired relativistic GAN, R1 and R2, average", "gan-points", "ring", 4000, RELATIVISTIC
    ),
    "gan-ring": Case("GAN", "gan-points", "ring", 3000, expected=LOST),
    "gan-grid": Case("GAN", "gan-points", "grid", 3000, expected=LOST),
    "dcgan-minimax": Case(
        "DCGAN, minimax loss, discriminator with ten times the learning rate", "dcgan", "digits", 1500,
        {**SMALL, "loss": "minimax", "critic_learning_rate": 2e-3},
        ("generator-starved", "discriminator-saturated", "collapse"),
    ),
    "dcgan-generator-fast": Case(
        "DCGAN, generator with a thousand times the learning rate", "dcgan", "digits", 1500,
        {**SMALL, "learning_rate": 2e-1, "critic_learning_rate": 2e-4},
        ("collapse", "discriminator-saturated", "divergence"),
    ),
    "gan-minimax": Case(
        "GAN, minimax loss", "gan", "digits", 1500, {"size": "16", "loss": "minimax"}, LOST,
    ),
    "dcgan-weak-critic": Case(
        "DCGAN, discriminator with a hundredth of the learning rate", "dcgan", "digits", 1500,
        {**SMALL, "learning_rate": 2e-3, "critic_learning_rate": 2e-6}, ("collapse", "missing-modes"),
    ),
    "dcgan-unbounded": Case(
        "DCGAN, Wasserstein loss and no bound on the critic", "dcgan", "digits", 1500,
        {**SMALL, "loss": "wasserstein", "learning_rate": 1e-3}, ("divergence", "collapse"),
    ),
    "dcgan-overflow": Case(
        "DCGAN, learning rates of 10^30", "dcgan", "digits", 1500, {**SMALL, "learning_rate": 1e30}, ("not-finite",),
    ),
}  # fmt: skip


@click.command()
@click.option("--only", default="", help="cases, joined by commas; all otherwise")
@click.option("--seeds", default="1", show_default=True, help="of the runs, joined by commas")
@click.option("--jobs", default=2, show_default=True, help="runs at a time, one thread each")
@click.option("--scale", default=1.0, help="of the numbers of steps, for a trial")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/health"), show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="the record's file; benchmarks/records/health-DATE.json otherwise",
)
def main(only, seeds, jobs, scale, work, out):
    """Trains, judges, and writes a JSON record."""
    names = only.split(",") if only else list(CASES)
    for name in names:
        if name not in CASES:
            raise click.BadParameter(f"no case {name} (known: {', '.join(CASES)})", param_hint="--only")
    record = {"benchmark": "health", **provenance(), "protocol": " ".join(PROTOCOL), "scale": scale}
    with ThreadPoolExecutor(jobs) as pool:
        runs = [(name, int(seed)) for seed in seeds.split(",") for name in names]
        record["cases"] = list(pool.map(lambda run: judged(*run, CASES[run[0]], scale, work), runs))
    out = out or RECORDS / f"health-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(f"{out}; next: python benchmarks/tables.py", err=True)


def judged(name: str, seed: int, case: Case, scale: float, work: Path) -> dict:
    """Trains one case, unless that is done, and returns what the doctor says."""
    directory = work / f"{name}-{seed}-{scale:g}"
    if not (directory / "run.toml").exists() or not ended(directory):
        train(case, seed, scale, directory)
    diagnosis = json.loads(call("doctor", directory, "--json").stdout)
    found = [finding["name"] for finding in diagnosis["findings"]]
    right = bool(set(found) & set(case.expected)) if case.expected else diagnosis["verdict"] == "healthy"
    click.echo(
        f"{name}, seed {seed}: {diagnosis['verdict']} {', '.join(found)}: {'right' if right else 'WRONG'}", err=True
    )
    return {
        "name": name,
        "seed": seed,
        "what": case.what,
        "recipe": case.recipe,
        "data": case.data,
        "steps": diagnosis["step"],
        "options": {key: str(value) for key, value in case.options.items()},
        "expected": list(case.expected),
        "verdict": diagnosis["verdict"],
        "found": found,
        "past": [entry["name"] for entry in diagnosis["past"]],
        "messages": [finding["message"].replace(str(directory), "RUN") for finding in diagnosis["findings"]],
        "figures": diagnosis["figures"],
        "right": right,
    }


def ended(directory: Path) -> bool:
    log = directory / "log.jsonl"
    return log.exists() and any(json.loads(line)["kind"] == "end" for line in log.read_text().splitlines())


def train(case: Case, seed: int, scale: float, directory: Path) -> None:
    words = ["run", "--plugin", case.recipe, "--data", case.data, "--steps", max(1, round(case.steps * scale))]
    words += ["--seed", seed, "--run-dir", directory, "--keep-checkpoints", 1, "--quiet"]
    words += [word for key, value in case.options.items() for word in ("-o", f"{key}={value}")]
    done = call(*words)
    if done.returncode not in (0, 1) or not (directory / "run.toml").exists():
        raise click.ClickException(f"{directory.name}: {done.stderr.strip()}")


def call(*words) -> subprocess.CompletedProcess:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    return subprocess.run(
        [sys.executable, "-m", "multigan", *map(str, words)],
        env={**os.environ, **threads, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
    )


if __name__ == "__main__":
    main()
