"""Grey photographs in colour: the pix2pix plugin beside grey, the mean colour, and its distance term alone.

Run: `python benchmarks/photos.py --data FOLDER`, where FOLDER has the pictures in train and test; without it, on
photo-patches. An hour a seed on two cores; what is done is kept under --work and in the record, so that it can be ended
and started again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from recipe_runs import Contender, add_to_record, single_threaded, train

RECORDS = Path(__file__).resolve().parent / "records"
EMBEDDED = "photo-patches"
PROTOCOL = """
Networks are trained on the pictures of `train`, which the data option make=grey makes grey (of photo-patches: on what
is not held out), and scored on those of `test` (what is held out). L1: mean absolute difference, values from -1 to 1.
L1 in a*b*: mean absolute difference in a* and b* of CIELAB (D65). Colourfulness (Hasler and Suesstrunk, 2003, doi
10.1117/12.477378): the mean over pictures, divided by that of the real ones. Feature distance: mean Euclidean distance
between the features of a coloured picture and of the picture itself. Grey: the input itself. Mean colour: the training
pictures' mean chroma, laid over the input's luminance. L1 alone: the same network and steps without a discriminator.
Minutes are of one thread.
"""
STEPS, BATCH = 6_000, 1
CONTENDERS = {
    "colour": Contender("colour", "colour", STEPS, BATCH),
    "pix2pix": Contender("pix2pix", "pix2pix", STEPS, BATCH),
    "free": Contender("pix2pix, luminance=free", "pix2pix", STEPS, BATCH, {"luminance": "free"}),
    "l1": Contender("L1 alone", "pix2pix", STEPS, BATCH, {"adversarial": 0}),
}
PLAIN = {"grey": "grey", "mean": "mean colour"}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="photo-patches without it")
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--size", default=64, show_default=True, help="of a picture, in pixels")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=STEPS, show_default=True)
@click.option(
    "--extractor", default="efficientnet-lite0", show_default=True, help="of the feature distance; none: none"
)
@click.option("-o", "options", multiple=True, metavar="KEY=VALUE", help="of all contenders, such as width=16")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/photos"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "photos.json")
def main(data, only, size, seeds, steps, extractor, options, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    name = data.name if data else EMBEDDED
    folder, rows = work / f"{name}-{size}", []
    flags = tuple(word for option in (f"size={size}", *options) for word in ("-o", option))
    for row in only.split(",") if only else [*PLAIN, *CONTENDERS]:
        for seed in map(int, seeds.split(",")) if row in CONTENDERS else (0,):
            path = folder / (f"{row}-{seed}-{steps}" if row in CONTENDERS else row)
            path.parent.mkdir(parents=True, exist_ok=True)
            if row in CONTENDERS:
                training = str(data / "train") if data else EMBEDDED
                facts = train(CONTENDERS[row], training, seed, steps, path, single_threaded(), flags)
            else:
                path.mkdir(exist_ok=True)
                facts = {key: value for key, value in provenance().items() if key != "machine"}
                facts |= {"what": PLAIN[row], "recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}
            rows.append((row, path, facts | {"given": list(options)}))
    command = [sys.executable, __file__, "score", str(data or ""), str(size), extractor]
    command += [f"{row}={path}" for row, path, _ in rows]
    subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
    for row, path, facts in rows:
        scores = json.loads((path / "scores.json").read_text())
        click.echo(json.dumps({"contender": row, "seed": facts["seed"], **scores}), err=True)
        entry = facts | {"contender": row, "data": f"{name} {size}"} | scores
        add_to_record(out, "photos", " ".join(PROTOCOL.split()), entry)


def chroma(pictures: np.ndarray) -> np.ndarray:
    """Returns a* and b* of pictures `(count, h, w, 3)` in [-1, 1]."""
    from skimage.color import rgb2lab

    return rgb2lab((pictures.astype(np.float64).clip(-1, 1) + 1) / 2)[..., 1:]


def colourfulness(pictures: np.ndarray) -> float:
    """Returns the mean over pictures in [-1, 1]; 0 for grey."""
    red, green, blue = np.moveaxis((pictures.astype(np.float64).clip(-1, 1) + 1) * 127.5, -1, 0)
    pairs = red - green, (red + green) / 2 - blue
    spread = np.sqrt(sum(pair.var(axis=(1, 2)) for pair in pairs))
    return float((spread + 0.3 * np.sqrt(sum(np.square(pair.mean(axis=(1, 2))) for pair in pairs))).mean())


def score(data: str, size: int, extractor: str, rows: list[tuple[str, Path]]) -> None:
    """Writes the scores of each row into its folder, and a sheet of what it makes."""
    from keras import ops
    from multigan_pix2pix.colour import keep_luminance

    from multigan.data import open_source
    from multigan.metrics.extractors import Material, load_extractor
    from multigan.modalities.images.columns import write_columns
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry = load_plugins()

    def source(part):
        place = str(Path(data) / part) if data else EMBEDDED
        found = open_source(place, "images", {"size": str(size), "channels": 3, "make": "grey"}, registry.datasets)
        return found.held_out if part == "test" and not data else found

    test, training = source("test"), source("train")
    batch = test.batch(np.arange(len(test)))
    wanted, grey = batch["image"], batch["source"]
    real, features = colourfulness(wanted), None
    if extractor != "none":
        features = load_extractor(extractor, Material(test, lambda: training, held_out=True, modality="images"))
        known = features(wanted)

    def scored(made):
        found = {
            "L1": float(np.abs(made.clip(-1, 1) - wanted).mean()),
            "L1 in a*b*": float(np.abs(chroma(made) - chroma(wanted)).mean()),
            "colourfulness": colourfulness(made) / real,
        }
        if features:
            found["feature distance"] = float(np.linalg.norm(features(made) - known, axis=1).mean())
        return found

    for row, path in rows:
        if row == "grey":
            made = grey.repeat(3, axis=-1)
        elif row == "mean":
            mean = training.batch(np.arange(len(training)))["image"].mean(axis=(0, 1, 2))
            made = ops.convert_to_numpy(keep_luminance(grey, np.broadcast_to(mean, wanted.shape)))
        else:
            game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game
            made = game.sample(len(grey), 0, grey)
        some = np.linspace(0, len(grey) - 1, min(32, len(grey))).astype(int)
        write_columns(path / "sheet.png", {"source": grey[some], "output": made[some], "wanted": wanted[some]})
        facts = {"extractor": extractor, "extractor facts": features.facts} if features else {}
        (path / "scores.json").write_text(json.dumps({"count": len(grey), "size": size} | facts | scored(made)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        pairs = (word.partition("=") for word in sys.argv[5:])
        score(sys.argv[2], int(sys.argv[3]), sys.argv[4], [(row, Path(path)) for row, _, path in pairs])
    else:
        main()
