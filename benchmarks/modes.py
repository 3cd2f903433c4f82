"""How many modes each recipe covers: a ring of 8 and a grid of 25 Gaussians, and stacked digits with 1,000 modes.

Run: `python benchmarks/modes.py`, then `python benchmarks/tables.py`. Hours on two cores; what is done is kept under
--work and in the record, so that it can be ended and started again. Each run uses one thread, --jobs run at a time.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
from recipe_runs import Contender, add_to_record, single_threaded, train

RECORDS = Path(__file__).resolve().parent / "records"
POINTS = 2500
STACKED = 26_000
STACKED_TRAINING = 25_600
PROTOCOL = """
Ring: 8 Gaussians on a circle of radius 1, sigma 0.01; grid: 25 Gaussians, -4 to 4 in steps of 2, sigma 0.05; 100,000
training points, 2,500 generated ones from one seed of latents (the protocol of arXiv 1712.04086). High quality:
within 3 sigma of a centre; a mode is captured by one such point; reverse KL: of the histogram of all points by
nearest centre from the uniform one, in nats. GAN, PacGAN: its networks and batches of 100, with ten times its
learning rate and no batch norm where the row does not say else; it took 400,000 steps. WGAN and WGAN-GP: their
papers' settings on three dense layers of 512. The last row of each table is that many points of the data themselves.
Stacked digits: three of scikit-learn's digits as the channels of one image of 16 x 16, 25,600 training images, 26,000
generated ones; a mode is a triple of classes, named by a nearest-neighbour classifier on 8 x 8 pixels, channel by
channel (its accuracy on held-out digits is given); KL of their histogram from the uniform one. These figures compare
with nobody else's: published ones are on other digits.
"""
BEST = {
    "generator_units": "256,256,256", "critic_units": "256,256,256", "maxout": 0, "batch_norm": False,
    "loss": "relativistic-paired", "r1": 0.01, "r2": 0.01, "learning_rate": 2e-3, "beta_1": 0.0, "beta_2": 0.99,
    "ema": 0.99,
}  # fmt: skip
PACGAN = {"batch_norm": True, "learning_rate": 1e-4}
POINT_SETS = ("ring", "grid")
SMALL = {"size": "16", "width": 32}
CONTENDERS = {
    "gan": Contender("GAN", "gan-points", 20_000, 100, data=POINT_SETS),
    "pacgan2": Contender("GAN, packed by 2 (PacGAN)", "gan-points", 20_000, 100, {"pack": 2}, POINT_SETS),
    "gan-protocol": Contender(
        "GAN, batch norm, learning rate 1e-4, as in PacGAN's protocol", "gan-points", 20_000, 100, PACGAN, POINT_SETS
    ),
    "gan-same": Contender(
        "GAN, all as in the last recipe's row but the loss, without penalties",
        "gan-points",
        30_000,
        128,
        {**BEST, "loss": "non-saturating", "r1": 0.0, "r2": 0.0, "decay_steps": 30_000},
        POINT_SETS,
    ),
    "wgan": Contender("WGAN", "wgan-points", 4_000, 256, data=POINT_SETS),
    "wgan-gp": Contender("WGAN-GP", "wgan-gp-points", 4_000, 256, data=POINT_SETS),
    "best": Contender(
        "paired relativistic GAN, R1 and R2, average, decay",
        "gan-points",
        30_000,
        128,
        {**BEST, "decay_steps": 30_000},
        POINT_SETS,
    ),
    "stacked-dcgan": Contender("DCGAN", "dcgan", 4_000, 64, SMALL, ("stacked",)),
    "stacked-pacgan2": Contender("DCGAN, packed by 2 (PacGAN)", "dcgan", 4_000, 64, {**SMALL, "pack": 2}, ("stacked",)),
    "stacked-wgan-gp": Contender("WGAN-GP", "wgan-gp", 4_000, 64, SMALL, ("stacked",)),
}


@click.command()
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--data", "sets", default="ring,grid,stacked", show_default=True)
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--jobs", default=2, show_default=True, help="runs at a time, one thread each")
@click.option("--scale", default=1.0, help="of the numbers of steps, for a trial")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/modes"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "modes.json")
def main(only, sets, seeds, jobs, scale, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    wanted = only.split(",") if only else list(CONTENDERS)
    tasks = [
        (name, data, seed)
        for seed in map(int, seeds.split(","))
        for name in wanted
        for data in CONTENDERS[name].data
        if data in sets.split(",")
    ]
    work.mkdir(parents=True, exist_ok=True)
    if any(data == "stacked" for _, data, _ in tasks):
        stack(work / "stacked.npz")
    with ThreadPoolExecutor(jobs) as pool:
        for entry in pool.map(lambda task: one(*task, scale, work), tasks):
            click.echo(json.dumps({key: entry[key] for key in ("contender", "data", "seed", "scores")}), err=True)
            add_to_record(out, "modes", " ".join(PROTOCOL.split()), entry)
    click.echo("next: python benchmarks/tables.py", err=True)


def one(name: str, data: str, seed: int, scale: float, work: Path) -> dict:
    """Trains one run, unless it is there already, and returns its entry of the record."""
    contender, steps = CONTENDERS[name], max(1, round(CONTENDERS[name].steps * scale))
    path = work / f"{name}-{data}-{seed}-{steps}"
    source = str((work / "stacked.npz").resolve()) if data == "stacked" else data
    facts = train(contender, source, seed, steps, path, single_threaded())
    scored = subprocess.run(
        [sys.executable, __file__, "score", str(path), data],
        check=True, capture_output=True, text=True, env={**single_threaded(), "KERAS_BACKEND": "tensorflow"},
    )  # fmt: skip
    return {**facts, "contender": name, "data": data, "scores": json.loads(scored.stdout.splitlines()[-1])}


def score(path: str, data: str) -> dict:
    """Returns a run's figures and those of as many real samples."""
    from multigan.modalities.points.metrics import mode_statistics
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    game = Trained(path, load_plugins(), warn=lambda line: click.echo(line, err=True)).game
    if data == "stacked":
        return stacked_figures(game.sample(STACKED, 0))
    from multigan.modalities.points import synthetic

    centres = np.asarray(getattr(synthetic, f"{data}_centres")())
    sigma = getattr(synthetic, f"{data.upper()}_SIGMA")

    def figures(points):
        captured, good, divergence = mode_statistics(points, centres, sigma)
        return {"modes": len(captured), "of": len(centres), "high_quality": good, "reverse_kl": divergence}

    draw = np.random.default_rng(12345)
    real = centres[draw.integers(len(centres), size=POINTS)] + sigma * draw.standard_normal((POINTS, 2))
    return figures(game.sample(POINTS, 0)) | {"real": figures(real)}


def stack(path: Path) -> None:
    """Writes the stacked digits: images uint8 `(n, 16, 16, 3)`."""
    if path.is_file():
        return
    from sklearn.datasets import load_digits

    digits = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    chosen = digits[np.random.default_rng(0).integers(len(digits), size=(STACKED_TRAINING, 3))]
    np.savez(path, images=np.kron(chosen.transpose(0, 2, 3, 1), np.ones((1, 2, 2, 1), np.uint8)))


def stacked_figures(images: np.ndarray) -> dict:
    """Modes among images `(n, 16, 16, 3)` in [-1, 1], and the KL divergence of their histogram from the uniform one."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier

    digits = load_digits()
    seen, held, labels, held_labels = train_test_split(digits.data / 8 - 1, digits.target, random_state=0)
    accuracy = KNeighborsClassifier(1).fit(seen, labels).score(held, held_labels)
    classifier = KNeighborsClassifier(1).fit(digits.data / 8 - 1, digits.target)
    small = images.reshape(-1, 8, 2, 8, 2, 3).mean(axis=(2, 4)).transpose(0, 3, 1, 2).reshape(-1, 64)
    triples = classifier.predict(small).reshape(-1, 3) @ (100, 10, 1)
    shares = np.bincount(triples, minlength=1000) / len(triples)
    there = shares[shares > 0]
    return {
        "modes": len(there), "of": 1000, "reverse_kl": float((there * np.log(there * 1000)).sum()),
        "classifier_accuracy": float(accuracy), "images": len(images),
    }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        print(json.dumps(score(*sys.argv[2:4])))
    else:
        main()
