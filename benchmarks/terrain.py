"""Label maps to pictures: the gaugan plugin beside pix2pix's U-Net, each class's mean colour, and real pictures.

Run: `python benchmarks/terrain.py --data FOLDER`, where FOLDER has train and test with labels and summer of equal file
names, and classes.txt. By default a quarter of an hour of one thread for each seed and contender. What is done is kept
under --work and in the record, so that it can be ended and started again.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from PIL import Image
from provenance import provenance
from recipe_runs import Contender, add_to_record, single_threaded, train
from seasons import reduced
from step_costs import processor_seconds, seconds_a_step

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = """
Terrain drawn in summer and its label maps of twelve classes, reduced to the size told, maps by nearest neighbour;
networks are trained on `train` and scored on `test`, which has other maps. All contenders have the same processor time
of one thread: steps are that time over the seconds of a step, measured before. Mean IoU and accuracy: of the label map
that a classifier of pixels, trained on the real pictures of `train`, reads in the output, against the map that went
in. Feature distance: mean Euclidean distance between the features of an output and of the real picture; Frechet: the
distance of the distributions of these features. Nearest: by that feature distance. Styles: the
median over maps of the mean absolute difference of two outputs by other draws, values from -1 to 1. Broken: the share
of all outputs, two for each map, whose mean gradient is over 1.6 times the real picture's. Real: the pictures
themselves. Mean colours: of each class in `train`. No contender's loss looks at the network that features are of.
"""
BROKEN = 1.6
GAUGAN = {"perceptual": 0}
CONTENDERS = {
    "gaugan": Contender("GauGAN", "gaugan", 0, 4, GAUGAN),
    "gaugan-1": Contender("GauGAN, batch 1", "gaugan", 0, 1, GAUGAN),
    "gaugan-batch": Contender("GauGAN, batch norm", "gaugan", 0, 4, GAUGAN | {"norm": "batch"}),
    "unet": Contender("U-Net (pix2pix)", "pix2pix", 0, 1),
    "unet-noise": Contender("U-Net (pix2pix), noise=true", "pix2pix", 0, 1, {"noise": True}),
}
PLAIN = {
    "real": "real pictures",
    "half": "real pictures at half their resolution",
    "nearest": "the nearest real pictures of `train`",
    "colours": "each class's mean colour",
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="", help="rows, joined by commas; all otherwise")
@click.option("--size", default=64, show_default=True, help="of a picture, in pixels")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--minutes", default=15.0, show_default=True, help="of one thread, of each run")
@click.option("--steps", default=0, help="of each run, in place of minutes; 0: by minutes")
@click.option("--reader-steps", default=2000, show_default=True, help="of the classifier of pixels")
@click.option(
    "--extractor", default="efficientnet-lite0", show_default=True, help="of the feature distance; none: none"
)
@click.option("-o", "options", multiple=True, metavar="KEY=VALUE", help="of all gaugan's, such as norm=batch")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/terrain"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "terrain.json")
def main(data, only, size, seeds, minutes, steps, reader_steps, extractor, options, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    folder, rows = prepared(data, size, work), []
    for row in only.split(",") if only else [*PLAIN, *CONTENDERS]:
        for seed in map(int, seeds.split(",")) if row in CONTENDERS else (0,):
            if row in CONTENDERS:
                path, facts = trained(row, folder, size, seed, minutes, steps, options)
            else:
                path = folder / row
                path.mkdir(exist_ok=True)
                facts = {key: value for key, value in provenance().items() if key != "machine"}
                facts |= {"what": PLAIN[row], "recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}
            rows.append((row, path, facts | {"given": list(options)}))
    command = [sys.executable, __file__, "score", str(folder), str(reader_steps), extractor]
    command += [f"{row}={path}" for row, path, _ in rows]
    subprocess.run(command, check=True, env=single_threaded() | {"KERAS_BACKEND": "tensorflow"})
    for row, path, facts in rows:
        scores = json.loads((path / "scores.json").read_text())
        click.echo(json.dumps({"contender": row, "seed": facts["seed"], **scores}), err=True)
        entry = facts | {"contender": row, "data": f"terrain-{size}", "reader steps": reader_steps} | scores
        add_to_record(out, "terrain", " ".join(PROTOCOL.split()), entry)


def trained(row: str, folder: Path, size: int, seed: int, minutes: float, steps: int, options) -> tuple[Path, dict]:
    """Trains a contender for so long, or goes on with it; returns where, and its facts."""
    contender = CONTENDERS[row]
    own = options if contender.recipe == "gaugan" else ()
    places = [f"to={folder / 'train' / 'summer'}", "maps=true", "pairs=names", f"size={size}", *own]
    flags = tuple(word for option in places for word in ("-o", option))
    source, env = str(folder / "train" / "labels"), single_threaded()
    costs = {}
    if not steps:
        told = "-".join(filter(None, (row, *own)))
        costs["seconds a step"] = seconds_a_step(contender, source, folder / "costs" / told, env, flags)
        steps = max(1, round(60 * minutes / costs["seconds a step"]))
    path = folder / "-".join(filter(None, (row, *own, str(seed), str(steps))))
    with processor_seconds(path.with_suffix(".seconds")) as spent:
        facts = train(contender, source, seed, steps, path, env, flags)
    return path, facts | costs | {"processor seconds": spent()}


def prepared(data: Path, size: int, work: Path) -> Path:
    """Writes the maps and pictures of both parts as folders; returns where."""
    folder = (work / f"terrain-{size}").resolve()
    if (folder / "done").is_file():
        return folder
    for part in ("train", "test"):
        for kind, how in (("labels", Image.Resampling.NEAREST), ("summer", Image.Resampling.BOX)):
            place = folder / part / kind
            place.mkdir(parents=True, exist_ok=True)
            for path in sorted((data / part / kind).iterdir()):
                Image.fromarray(reduced(path, size, how)).save(place / f"{path.stem}.png")
        shutil.copy(data / "classes.txt", folder / part / "labels" / "classes.txt")
    (folder / "done").touch()
    return folder


def opened(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the label maps, int32, and the pictures in [-1, 1] of a part."""
    paths = sorted((folder / part / "labels").glob("*.png"))
    maps = np.stack([np.asarray(Image.open(path)) for path in paths]).astype("int32")
    pictures = np.stack([np.asarray(Image.open(folder / part / "summer" / path.name)) for path in paths])
    return maps, pictures.astype("float32") / 127.5 - 1


def mean_colours(maps: np.ndarray, pictures: np.ndarray, count: int) -> np.ndarray:
    """Returns each class's mean colour, `(count, 3)`; of one that does not occur the mean of all."""
    found = [pictures[maps == number] for number in range(count)]
    return np.stack([each.mean(axis=0) if len(each) else pictures.mean(axis=(0, 1, 2)) for each in found])


def read_back(read: np.ndarray, maps: np.ndarray, count: int) -> dict[str, float]:
    """Returns the mean IoU over the classes that occur, and the accuracy, of maps read in pictures."""
    known = maps < count
    table = np.bincount(maps[known] * count + read[known], minlength=count**2).reshape(count, count)
    right, occurring = np.diag(table), table.sum(axis=1) > 0
    union = table.sum(axis=0) + table.sum(axis=1) - right
    return {"mean IoU": float((right / np.maximum(union, 1))[occurring].mean()), "accuracy": right.sum() / table.sum()}


def gradients(pictures: np.ndarray) -> np.ndarray:
    """Returns each picture's mean absolute difference of neighbouring pixels, `(count,)`."""
    down, across = (np.abs(np.diff(pictures, axis=axis)).mean(axis=(1, 2, 3)) for axis in (1, 2))
    return down + across


def score(folder: Path, reader_steps: int, extractor: str, rows: list[tuple[str, Path]]) -> None:
    """Writes the scores of each row into its folder, and sheets of what it makes."""
    from map_reader import trained_reader
    from painted_maps import painted

    from multigan.data import open_source
    from multigan.metrics.extractors import Material, load_extractor
    from multigan.metrics.frechet import frechet
    from multigan.modalities.images.columns import write_columns
    from multigan.modalities.images.labelmaps import in_colours, parse_classes
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry, features = load_plugins(), None
    classes = parse_classes((folder / "train" / "labels" / "classes.txt").read_bytes(), "classes.txt")
    count, (maps, wanted) = len(classes.names), opened(folder, "test")
    known, seen = opened(folder, "train")
    read = trained_reader(folder / f"reader-{reader_steps}.weights.h5", known, seen, count, reader_steps)
    if extractor != "none":
        test = open_source(str(folder / "test" / "summer"), "images", {"size": str(maps.shape[1])}, registry.datasets)
        features = load_extractor(extractor, Material(test, lambda: test, held_out=True, modality="images"))
        real = features(wanted)

    def scored(made, other):
        found = read_back(read(made), maps, count)
        if features:
            here = features(made)
            found["feature distance"] = float(np.linalg.norm(here - real, axis=1).mean())
            found["Frechet distance"] = frechet(real, here)["value"]
        steep = np.concatenate([gradients(each) / gradients(wanted) for each in (made, other)])
        apart = np.abs(made - other).mean(axis=(1, 2, 3))
        return found | {"styles": float(np.median(apart)), "broken": float((steep > BROKEN).mean())}

    def drawn(given):
        return in_colours(given, classes.colours, count)

    plain = {
        "real": lambda: wanted,
        "half": lambda: halved(wanted),
        "nearest": lambda: seen[nearest(*(features(each) if features else _flat(each) for each in (wanted, seen)))],
        "colours": lambda: mean_colours(known, seen, count)[maps].astype("float32"),
    }

    for row, path in rows:
        if row in PLAIN:
            made = plain[row]()
            columns, other = {"map": drawn(maps), "output": made}, made
        else:
            game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game
            made, other = (styled(game, maps, seed) for seed in (0, 1))
            columns = {"map": drawn(maps), "style 0": made, "style 1": other}
            own = painted(maps.shape[1], list(classes.names))
            styles = {f"style {seed}": styled(game, own, seed) for seed in (0, 1)}
            write_columns(path / "painted.png", {"map": drawn(own), **styles})
        some = np.linspace(0, len(maps) - 1, min(32, len(maps))).astype(int)
        columns |= {"wanted": wanted}
        write_columns(path / "sheet.png", {title: each[some] for title, each in columns.items()})
        facts = {"extractor": extractor, "extractor facts": features.facts} if features else {}
        (path / "scores.json").write_text(json.dumps({"count": len(maps)} | facts | scored(made, other)))


def halved(pictures: np.ndarray) -> np.ndarray:
    """Returns pictures in [-1, 1] that were made half as large, by means, and as large again, bicubic."""
    height, width = pictures.shape[1:3]

    def again(picture):
        small = Image.fromarray(np.round((picture + 1) * 127.5).astype("uint8"))
        small = small.resize((width // 2, height // 2), Image.Resampling.BOX)
        return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).astype("float32") / 127.5 - 1

    return np.stack([again(picture) for picture in pictures])


def nearest(wanted: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Returns which of the known features `(n, width)` is nearest to each of the wanted ones `(m, width)`."""
    apart = (wanted**2).sum(axis=1)[:, None] + (known**2).sum(axis=1)[None] - 2 * wanted @ known.T
    return apart.argmin(axis=1)


def _flat(pictures: np.ndarray) -> np.ndarray:
    return pictures.reshape(len(pictures), -1)


def styled(game, maps: np.ndarray, seed: int) -> np.ndarray:
    """Returns a picture of each map, by draws of a seed, in [-1, 1]."""
    asked = {"source": maps}
    for field in game.fields:
        asked[field.name] = np.broadcast_to(np.float32(field.usual[0]), (len(maps), *field.shape))
    return game.sample(len(maps), seed, asked).clip(-1, 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        pairs = (word.partition("=") for word in sys.argv[5:])
        score(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], [(row, Path(path)) for row, _, path in pairs])
    else:
        main()
