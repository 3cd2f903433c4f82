"""Summer to winter and back, without pairs, on terrain whose right answers are known.

Run: `python benchmarks/seasons.py --data FOLDER`, where FOLDER has train and test with summer, winter and labels of
equal file names, and classes.txt. Half an hour of one core for each seed and contender. What is done is kept
under --work and in the record, so that it can be ended and started again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from PIL import Image
from provenance import provenance
from recipe_runs import Contender, add_to_record, train
from translation_known import both_ways
from translation_rows import rows_of

RECORDS = Path(__file__).resolve().parent / "records"
SIDES = {"source": "summer", "image": "winter"}
# Of the classes: how many of the most frequent are looked at, and when one has taken another's colour.
FREQUENT, FAR, NEARER = 8, 0.15, 0.5
PROTOCOL = """
Terrain drawn in summer and in winter, reduced to 64 x 64 pixels; training sees the summer of one half of its places
and the winter of the other half, and all values are of places on other maps. L1: mean absolute difference from the
right answer, in units of [-1, 1], 0 to 2; cycle-L1: of the way there and back; inverted: the share of pictures whose
grey values are correlated negatively with the right answer's. Swapped: of the eight most frequent classes of terrain,
those whose mean colour in the output is further than 0.15 from what it should be (mean over channels) and less than
half as far from that of another class; the label maps are seen by this count alone. Histogram matching is by channel
and with the training's pictures. The linear map of colours is fitted to pairs, which no contender sees.
"""
CONTENDERS = {
    "cyclegan": Contender("CycleGAN", "cyclegan", 10000, 1),
    "cyclegan-identity": Contender("CycleGAN, identity weight 0.5", "cyclegan", 10000, 1, {"identity": 0.5}),
    "fastcut": Contender("FastCUT", "fastcut", 10000, 1),
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=10000, show_default=True, help="of each run")
@click.option("--size", default=64, show_default=True, help="pixels of a side")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/seasons"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "seasons.json")
def main(data, only, seeds, steps, size, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    folder = prepared(data, size, work)
    protocol, about = " ".join(PROTOCOL.split()), {"data": f"terrain-{size}"}
    facts = {key: value for key, value in provenance().items() if key != "machine"}
    told = {"contender": "rows", "what": "without training", "recipe": "", "seed": 0, "steps": 0} | about
    add_to_record(out, "seasons", protocol, facts | told | {"scores": rows(folder)})
    for seed in map(int, seeds.split(",")):
        for name in only.split(",") if only else CONTENDERS:
            path = work / f"{name}-{size}-{seed}-{steps}"
            places = ("-o", f"to={folder / 'trainB'}", "-o", f"size={size}")
            facts = train(CONTENDERS[name], str(folder / "trainA"), seed, steps, path, flags=places)
            if not (path / "scores.json").is_file():
                subprocess.run(
                    [sys.executable, __file__, "score", str(path), str(folder)],
                    check=True,
                    env={**os.environ, "KERAS_BACKEND": "tensorflow"},
                )
            scores = json.loads((path / "scores.json").read_text())
            click.echo(json.dumps({"contender": name, "seed": seed, **scores}), err=True)
            add_to_record(out, "seasons", protocol, facts | about | {"contender": name, "scores": scores})


def prepared(data: Path, size: int, work: Path) -> Path:
    """Writes the two domains as folders, and all pictures as arrays; returns where."""
    folder = work / f"terrain-{size}"
    if (folder / "arrays.npz").is_file():
        return folder.resolve()
    names = sorted(path.stem for path in (data / "train" / "summer").iterdir())
    order = np.random.default_rng(0).permutation(len(names))
    halves = {"trainA": ("summer", order[::2]), "trainB": ("winter", order[1::2])}
    for name, (season, rows) in halves.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for row in sorted(rows):
            picture = reduced(data / "train" / season / f"{names[row]}.webp", size)
            Image.fromarray(picture).save(folder / name / f"{names[row]}.png")
    arrays = {
        f"{part}_{season}": np.stack([reduced(path, size) for path in sorted((data / part / season).iterdir())])
        for part in ("train", "test")
        for season in SIDES.values()
    }
    maps = sorted((data / "test" / "labels").iterdir())
    arrays["labels"] = np.stack([reduced(path, size, Image.Resampling.NEAREST) for path in maps])
    classes = (data / "classes.txt").read_text().splitlines()
    arrays["classes"] = np.array([line.split()[1] for line in classes if line.strip()])
    np.savez_compressed(folder / "arrays.npz", halves=np.stack([order[::2], order[1::2]]), **arrays)
    return folder.resolve()


def reduced(path: Path, size: int, how=Image.Resampling.BOX) -> np.ndarray:
    """Returns a picture's pixels, made smaller."""
    with Image.open(path) as picture:
        kept = picture if how == Image.Resampling.NEAREST else picture.convert("RGB")
        return np.asarray(kept.resize((size, size), how))


def opened(folder: Path) -> dict:
    """Returns the arrays, pictures in [-1, 1]."""
    with np.load(folder / "arrays.npz") as arrays:
        found = dict(arrays)
    pictures = {key for key in found if key.startswith(("train_", "test_"))}
    return {key: value.astype("float32") / 127.5 - 1 if key in pictures else value for key, value in found.items()}


def rows(folder: Path) -> dict:
    """The scores of what needs no training, in both directions."""
    found = opened(folder)
    theirs, ours = found["halves"]
    summer, winter = found["train_summer"], found["train_winter"]
    given, wanted = found["test_summer"], found["test_winter"]

    def swaps(answers):
        return lambda made: {"swapped": swapped(made, answers, found["labels"], [*found["classes"]])}

    return {
        "a2b": rows_of(summer[theirs], winter[ours], given, wanted, (summer, winter), swaps(wanted)),
        "b2a": rows_of(winter[ours], summer[theirs], wanted, given, (winter, summer), swaps(given)),
    }


def swapped(made: np.ndarray, wanted: np.ndarray, labels: np.ndarray, classes: list[str]) -> list[str]:
    """Returns the classes of terrain that have taken another's colour, `"grass as water"`."""
    present = [index for index in range(len(classes)) if (labels == index).any()]
    ours, true = (
        np.stack([pictures[labels == index].mean(axis=0) for index in present]) for pictures in (made, wanted)
    )
    share = [(labels == index).mean() for index in present]
    found = []
    for place in np.argsort(share)[::-1][:FREQUENT]:
        distances = np.abs(ours[place] - true).mean(axis=1)
        other = min((n for n in range(len(present)) if n != place), key=lambda n: distances[n])
        if distances[place] > FAR and distances[other] < NEARER * distances[place]:
            found.append(f"{classes[present[place]]} as {classes[present[other]]}")
    return found


def score(path: Path, folder: Path) -> None:
    """Writes what is measured on the last checkpoint of a run."""
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    game, found = Trained(path, load_plugins(), warn=lambda line: click.echo(line, err=True)).game, opened(folder)
    summer, winter = found["test_summer"], found["test_winter"]
    scores, labels, classes = both_ways(game, summer, winter), found["labels"], [*found["classes"]]
    made = game.sample(len(summer), 0, {"source": summer})
    scores["a2b"]["swapped"] = swapped(made, winter, labels, classes)
    if game.directions:
        back = game.turned(game.directions[1]).sample(len(winter), 0, {"source": winter})
        scores["b2a"]["swapped"] = swapped(back, summer, labels, classes)
    (path / "scores.json").write_text(json.dumps(scores))


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
