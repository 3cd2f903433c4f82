"""Image recipes on Fashion-MNIST at 32 x 32, measured on images that no training saw; plain PyTorch beside them.

Run: `python benchmarks/images.py --data FOLDER` with Fashion-MNIST's training files in FOLDER, then
`python benchmarks/tables.py`. Hours on two cores; what is done is kept under --work and in the record, so that it can
be ended and started again. Each run uses one thread, --jobs run at a time.
"""

import gzip
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from recipe_runs import Contender, add_to_record, single_threaded, train

RECORDS = Path(__file__).resolve().parent / "records"
HELD_OUT = 5_000
CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot")
METRICS = ("FD(efficientnet-lite0)", "precision(efficientnet-lite0)", "recall(efficientnet-lite0)")
PROTOCOL = """
Fashion-MNIST's 60,000 training images, enlarged from 28 x 28 to 32 x 32 by repeating border pixels; 5,000 of them,
chosen by one seed, are kept out of every training, and the real side of every metric is taken from them. As many
generated images, from one seed of latents, of the last checkpoint; their number is in the table. FD: Frechet distance
of EfficientNet-Lite0's pooled features; precision and recall: arXiv 1904.06991, k = 3, on the same features.
Accuracy: the share of a conditional recipe's images that a classifier, trained on the training part less 5,000
images, recognises as what was asked for; beside it the share of those 5,000 real ones. All recipes have width 32 and
batches of 64. The plain PyTorch DCGAN has the same networks, losses, optimizer and steps; its batches are drawn in
another order. An average takes no part in the training, so that the last weights and the averaged ones can be rows of
the same runs. The last row is real images of the training part. Minutes are of a machine that had other work as well.
"""
WIDTH = {"width": 32}
# The longest first: runs are side by side.
CONTENDERS = {
    "wgan-gp": Contender(
        "WGAN-GP, rate 5e-4", "wgan-gp", 2_000, 64, {**WIDTH, "learning_rate": 5e-4, "ema": 0.995}
    ),
    "best": Contender(
        "WGAN-GP, rate 5e-4, the same runs averaged (0.995)", "wgan-gp", 2_000, 64,
        {**WIDTH, "learning_rate": 5e-4, "ema": 0.995},
    ),
    "dcgan": Contender("DCGAN", "dcgan", 3_000, 64, WIDTH),
    "torch-dcgan": Contender("DCGAN in plain PyTorch", "", 3_000, 64, WIDTH),
    "cgan": Contender(
        "cGAN, projection, averaged (0.999)", "cgan", 12_000, 64, {**WIDTH, "projection": True, "ema": 0.999}
    ),
}  # fmt: skip
# Rows that are of another row's runs; an average takes no part in the training.
RUNS_OF = {"best": "wgan-gp"}
# Rows of the last weights, although an average was kept.
LAST_WEIGHTS = ("wgan-gp",)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--jobs", default=2, show_default=True, help="runs at a time, one thread each")
@click.option("--scale", default=1.0, help="of the numbers of steps, for a trial")
@click.option("--count", default=HELD_OUT, show_default=True, help="images that are compared, real and generated")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/images"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "images.json")
def main(data, only, seeds, jobs, scale, count, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    work.mkdir(parents=True, exist_ok=True)
    split(data, work)
    wanted = only.split(",") if only else list(CONTENDERS)
    for seed in map(int, seeds.split(",")):
        needed = dict.fromkeys(RUNS_OF.get(name, name) for name in wanted)
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda name, seed=seed: trained(name, seed, scale, work), needed))
        runs = [trained(name, seed, scale, work) for name in wanted]
        runs += [real(work)] if seed == 0 else []
        score_missing([(facts["contender"], path) for path, facts in runs], work, count)
        for path, facts in runs:
            scores = json.loads(scores_of(facts["contender"], path, count).read_text())
            told = {key: value["value"] for key, value in scores.items()}
            click.echo(json.dumps({"contender": facts["contender"], "seed": seed, **told}), err=True)
            add_to_record(out, "images", " ".join(PROTOCOL.split()), facts | {"scores": scores})
    click.echo("next: python benchmarks/tables.py", err=True)


def trained(name: str, seed: int, scale: float, work: Path) -> tuple[Path, dict]:
    """Trains one contender, unless it is there already; returns its folder and its facts for the record."""
    contender, steps = CONTENDERS[name], max(1, round(CONTENDERS[name].steps * scale))
    path = work / f"{RUNS_OF.get(name, name)}-{seed}-{steps}"
    if contender.recipe:
        facts = train(contender, str((work / "training.npz").resolve()), seed, steps, path, single_threaded())
    else:
        facts = {key: value for key, value in provenance().items() if key != "machine"}
        facts |= {"what": contender.what, "recipe": "", "seed": seed, "steps": steps, "findings": []}
        if not (path / "facts.json").is_file():
            command = [sys.executable, __file__, "torch", str(work), str(seed), str(steps), str(path)]
            subprocess.run(command, check=True, env=single_threaded())
        facts |= json.loads((path / "facts.json").read_text())
    if name in LAST_WEIGHTS:
        facts["options"] = {key: value for key, value in facts["options"].items() if key != "ema"}
    return path, facts | {"contender": name, "data": "fashion-mnist"}


def real(work: Path) -> tuple[Path, dict]:
    """The row of the data themselves."""
    (work / "real").mkdir(exist_ok=True)
    facts = {key: value for key, value in provenance().items() if key != "machine"}
    facts |= {"what": "the data themselves", "recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}
    return work / "real", facts | {"contender": "real", "data": "fashion-mnist"}


def scores_of(name: str, path: Path, count: int) -> Path:
    """Where a contender's scores are kept."""
    return path / f"scores-{name}-{count}.json"


def score_missing(rows: list[tuple[str, Path]], work: Path, count: int) -> None:
    """Scores what has no scores yet, all in one process: the real side is computed once."""
    missing = [f"{name}={path}" for name, path in rows if not scores_of(name, path, count).is_file()]
    if missing:
        command = [sys.executable, __file__, "score", str(work), str(count), *missing]
        subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})


def split(folder: Path, work: Path) -> None:
    """Writes training.npz and held-out.npz: images uint8 `(n, 32, 32)`, labels."""
    if (work / "training.npz").is_file():
        return
    images, labels = (
        np.frombuffer(gzip.decompress((folder / f"train-{name}-ubyte.gz").read_bytes()), np.uint8, offset=offset)
        for name, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    images = np.pad(images.reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2)), mode="edge")
    order = np.random.default_rng(0).permutation(len(images))
    for name, chosen in (("held-out", order[:HELD_OUT]), ("training", order[HELD_OUT:])):
        names = np.array(CLASSES)[labels[chosen]]
        np.savez(work / f"{name}.npz", images=images[chosen], labels=names)


def score(work: Path, count: int, rows: list[tuple[str, Path]]) -> None:
    """Writes each metric's result for the last checkpoint of each contender."""
    from multigan.data import open_source
    from multigan.metrics.extractors import Material
    from multigan.metrics.scoring import Evaluation
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry = load_plugins()

    def source(part):
        return open_source(str(work / f"{part}.npz"), "images", {}, registry.datasets)

    material = Material(source("held-out"), lambda: source("training"), work / "metrics", True, modality="images")

    @cache
    def evaluation(*names):
        return Evaluation([registry.metrics[name] for name in names], material, count=count)

    for name, path in rows:
        if name == "real":
            game = Replay(source("training"))
        elif (path / "generator.pt").is_file():
            game = TorchGame(path)
        else:
            game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game
            if name in LAST_WEIGHTS:
                game.averages.clear()
        scores = {}
        for metrics in (METRICS, ("accuracy(local)",)) if game.conditional else (METRICS,):
            chosen = evaluation(*metrics)
            scores |= chosen.score(game, 0)
            for metric in chosen.metrics:
                scores[metric.name] |= {"count": chosen.count, "extractor": chosen.facts[metric.extractor]}
        scores_of(name, path, count).write_text(json.dumps(scores))


class Replay:
    """Real images in place of generated ones."""

    asks, fields = (), ()

    def __init__(self, source):
        self.source, self.drawn = source, 0

    def sample(self, count, seed):
        """The next images."""
        self.drawn += count
        return self.source.batch(np.arange(self.drawn - count, self.drawn))["image"]


class TorchGame:
    """The PyTorch generator that was trained into a folder, at inference."""

    asks, fields = (), ()

    def __init__(self, path: Path):
        import torch
        from dcgan_step.on_torch import generator

        self.torch, self.network = torch, generator(torch_setup())
        self.network.load_state_dict(torch.load(path / "generator.pt", weights_only=True))
        self.network.eval()

    def sample(self, count, seed):
        """Images `(count, 32, 32, 1)`."""
        z = np.random.default_rng(seed).standard_normal((count, torch_setup().latent_dim)).astype("float32")
        with self.torch.no_grad():
            return self.network(self.torch.from_numpy(z)).permute(0, 2, 3, 1).numpy()


def torch_setup():
    """The sizes of the PyTorch DCGAN."""
    from dcgan_step.setup import Setup

    return Setup(size=32, channels=1, batch_size=64, width=WIDTH["width"])


def train_torch(work: Path, seed: int, steps: int, path: Path) -> None:
    """Trains the PyTorch DCGAN into a folder."""
    import torch
    from dcgan_step.on_torch import OnTorch

    torch.manual_seed(seed)
    setup, peer = torch_setup(), OnTorch(torch_setup())
    torch.set_num_threads(1)  # as the others; the peer had taken all of them
    images = np.load(work / "training.npz")["images"][..., None]
    draw, order, started = np.random.default_rng(seed), np.empty(0, int), time.monotonic()
    for _ in range(steps):
        if len(order) < setup.batch_size:
            order = draw.permutation(len(images))
        chosen, order = order[: setup.batch_size], order[setup.batch_size :]
        batch = images[chosen].astype("float32") / 127.5 - 1
        peer._step(batch, *(torch.randn(setup.batch_size, setup.latent_dim) for _ in range(2)))
    path.mkdir(parents=True)
    torch.save(peer.networks["generator"].state_dict(), path / "generator.pt")
    (path / "facts.json").write_text(json.dumps({"seconds": time.monotonic() - started}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(
            Path(sys.argv[2]),
            int(sys.argv[3]),
            [(name, Path(path)) for name, _, path in (a.partition("=") for a in sys.argv[4:])],
        )
    elif sys.argv[1:2] == ["torch"]:
        train_torch(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
    else:
        main()
