"""Clips of moving digits on a CPU: the recipe as it is, and its discriminators of clips at equal processor time.

Run: `python benchmarks/animation.py`, then `python benchmarks/tables.py`. About an hour a seed of the recipe on one
thread, ten minutes for each form of the discriminator; what is done is kept under --work and in the record, so that it
can be ended and started again.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from recipe_runs import Contender, add_to_record, single_threaded, train
from step_costs import seconds_a_step

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "benchmarks" / "records"
SHEETS = ROOT / "docs" / "images"
METRICS = (
    "accuracy(clip-local)", "motion", "motion-distance", "content-distance", "FD(clip-pca-64)", "FD(clip-changes)",
    "FD(clip-local)", "FD(frame-pca-64)", "diversity(clip-pixels)", "memorisation(clip-pca-64)",
)  # fmt: skip
COUNT = 800
# Of frames: clips of other digits that the reader of digits learns from.
READ_FROM = 400
EQUAL = 420.0
PROTOCOL = """
1,600 clips of scikit-learn's digits that move in eight directions, the classes: 16 frames of 32 x 32, grey, 10 a
second; batches of 16. 800 generated clips, 100 of each direction, of the last checkpoint and its averaged weights, one
seed of latents, against 800 of 1,600 other clips that were made from another seed; the other 800 are the rows of real
clips, and the same frozen at their middle frame, shuffled in their frames, and reversed. Direction: the share of clips
whose direction a classifier of clips, trained on the training data, tells as the one asked for. Identity: the share of
a clip's frames that a classifier of frames, cut out around their centre, trained on other clips, reads as the digit
that it reads most often in the clip. Motion: mean absolute difference between consecutive frames over the data's.
Content: content-distance, how much a clip's look changes over how much it does in the data. FD: Frechet distances of 64
principal components, of the classifier's features, of one frame a clip, and of changes from frame to frame.
Memorisation: the share of samples nearer to a training clip than 95 % of training clips are to another. A step's
processor time is what a run of 80 steps takes beyond one of 20, and is measured once; seconds are that times the steps.
Forms of the discriminator have equal seconds of a processor.
"""
CONTENDERS = {
    "anew": Contender("each frame drawn anew", "animation", 6000, 16, {"drawn": "anew", "decay_steps": 6000}),
    "animation": Contender("the recipe", "animation", 6000, 16, {"decay_steps": 6000}),
    "stack": Contender("frames as channels", "animation", 0, 16, {"clip_critic": "stack"}),
    "shift": Contender("channels shifted in time", "animation", 0, 16, {"clip_critic": "shift"}),
    "2+1d": Contender("convolutions of space, then of time", "animation", 0, 16, {"clip_critic": "2+1d"}),
    "3d": Contender("convolutions of space and time", "animation", 0, 16, {"clip_critic": "3d"}),
}


@click.command()
@click.option("--only", default=",".join(CONTENDERS), show_default=True, help="contenders, joined by commas")
@click.option("--seeds", default="0", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=0, help="of the recipe's run; 0: as many as it has")
@click.option("--equal", default=EQUAL, show_default=True, help="processor seconds that each form has")
@click.option("--count", default=COUNT, show_default=True, help="clips that are compared")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/animation"), show_default=True)
@click.option("--sheets", type=click.Path(path_type=Path), default=SHEETS, help="where the last sheets are put")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "animation.json")
def main(only, seeds, steps, equal, count, work, sheets, out):
    """Trains what is missing, measures it, and writes it into the record."""
    work.mkdir(parents=True, exist_ok=True)
    for seed in map(int, seeds.split(",")):
        for name in only.split(","):
            entry, path = one(name, seed, steps, equal, count, work)
            add_to_record(out, "animation", " ".join(PROTOCOL.split()), entry)
            if seed == 0:
                last = path / "samples" / f"step-{entry['steps']:08d}"
                sheets.mkdir(parents=True, exist_ok=True)
                for suffix in (".png", ".webp") if name == "animation" else ():
                    shutil.copy(last.with_suffix(suffix), sheets / f"animation-moving-digits{suffix}")
            told = {key: round(score["value"], 3) for key, score in entry["scores"].items()}
            click.echo(json.dumps({"contender": name, "seed": seed, "steps": entry["steps"], **told}), err=True)
    click.echo("next: python benchmarks/tables.py", err=True)


def one(name: str, seed: int, steps: int, equal: float, count: int, work: Path) -> tuple[dict, Path]:
    """Trains one contender and scores it; returns its entry for the record, and the run's folder."""
    contender, env = CONTENDERS[name], single_threaded()
    cost = seconds_a_step(contender, "moving-digits", work / f"cost-{name}", env, ())
    steps = (contender.steps and (steps or contender.steps)) or max(1, round(equal / cost))
    path = work / f"{name}-{seed}"
    facts = train(contender, "moving-digits", seed, steps, path, env)
    kept = path / f"scores-{steps}-{count}.json"
    if not kept.is_file():
        kept.write_text(json.dumps(scores_of(path, count, work, env)))
    entry = {"contender": name, "data": "moving-digits", "step_seconds": cost, "processor_seconds": cost * steps}
    return facts | entry | {"scores": json.loads(kept.read_text())}, path


def scores_of(path: Path, count: int, work: Path, env: dict) -> dict:
    """Scores of a run, and of what stands beside it."""
    judge, own = work / "local-clip-classifier.npz", path / "metrics" / "local-clip-classifier.npz"
    if judge.is_file() and not own.is_file():  # one judge for all
        own.parent.mkdir(exist_ok=True)
        shutil.copy(judge, own)
    names = [part for metric in METRICS for part in ("--metric", metric)]
    command = [sys.executable, "-m", "multigan", "evaluate", str(path), "-n", str(count), "--seeds", "1", "--json"]
    command += ["--data", "moving-digits-held-out", *names]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env)
    if own.is_file():
        shutil.copy(own, judge)
    scores = {
        record["metric"]: {key: record[key] for key in ("value", "generated", "controls", "details", "extractor")}
        for record in json.loads(done.stdout)
    }
    return scores | {"identity": identity(path, count, work, env)}


def identity(path: Path, count: int, work: Path, env: dict) -> dict:
    """How steadily a clip shows one digit: of generated clips, and of real ones with their controls."""
    from multigan.modalities.clips.controls import shuffled
    from multigan.modalities.clips.moving_digits import load, load_held_out

    drawn = work / f"drawn-{path.name}"
    shutil.rmtree(drawn, ignore_errors=True)
    command = [sys.executable, "-m", "multigan", "sample", str(path), "-n", str(count), "--format", "npy"]
    subprocess.run([*command, "--out", str(drawn), "--quiet"], check=True, env=env)
    made = np.stack([np.load(file) for file in sorted(drawn.glob("*.npy"))])[..., 0]
    shutil.rmtree(drawn)
    read = reader(load(seed=2)[0])
    real = load_held_out()[0][:: max(1, 1600 // count)] / 127.5 - 1
    halves = np.concatenate([real[:, :8], np.roll(real, 1, axis=0)[:, 8:]], axis=1)
    rows = {"real": real, "shuffled": shuffled(real, 0), "two digits in one clip": halves}
    controls = {name: {"value": steadiness(read, clips)} for name, clips in rows.items()}
    accuracy = float((read(real).reshape(len(real), -1) == shown(1)[:: max(1, 1600 // count), None]).mean())
    return {"value": steadiness(read, made), "controls": controls, "details": {"reader_accuracy": accuracy}}


def shown(seed: int) -> np.ndarray:
    """Which digit each of the moving digits' clips of a seed shows: the first that their maker draws."""
    from sklearn.datasets import load_digits

    from multigan.modalities.clips.moving_digits import CLASSES, EACH

    digits = load_digits()
    rng = np.random.Generator(np.random.PCG64(seed))
    return digits.target[rng.integers(len(digits.images), size=EACH * len(CLASSES))]


def reader(clips: np.ndarray):
    """Returns a function from clips `(count, frames, 32, 32)` in [-1, 1] to the digit of each frame."""
    from sklearn.svm import SVC

    chosen = np.random.default_rng(0).choice(len(clips), READ_FROM, replace=False)
    frames = clips[chosen, ::3] / 127.5 - 1
    model = SVC(C=10.0).fit(cut_out(frames), np.repeat(shown(2)[chosen], frames.shape[1]))
    return lambda given: model.predict(cut_out(given))


def cut_out(clips: np.ndarray, side: int = 24) -> np.ndarray:
    """Frames `(count * frames, side * side)` around the centre of what is bright in them, every second pixel."""
    frames = np.asarray(clips, np.float32).reshape(-1, *clips.shape[2:4]) + 1
    weight = frames.sum(axis=(1, 2)) + 1e-6
    at = np.arange(frames.shape[1])
    rows, columns = ((frames.sum(axis=axis) * at).sum(axis=1) / weight for axis in (2, 1))
    wide = np.pad(frames, ((0, 0), (side // 2, side // 2), (side // 2, side // 2)))
    cut = [
        frame[round(row) : round(row) + side : 2, round(column) : round(column) + side : 2].ravel()
        for frame, row, column in zip(wide, rows, columns, strict=True)
    ]
    return np.array(cut)


def steadiness(read, clips: np.ndarray) -> float:
    """Mean share of a clip's frames that are read as the digit that is read most often in it."""
    verdicts = read(clips).reshape(len(clips), -1)
    return float(np.mean([np.bincount(own).max() / len(own) for own in verdicts]))


if __name__ == "__main__":
    main()
