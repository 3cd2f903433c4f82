"""Holes in photographs, filled: the inpainting plugin beside what needs no training, and without its discriminator.

Run: `python benchmarks/holes.py --data FOLDER`, where FOLDER has the pictures in train and test. An hour on two cores;
what is done is kept under --work and in the record, so that it can be ended and started again.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw
from provenance import provenance
from recipe_runs import Contender, add_to_record, single_threaded, train

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = """
Networks are trained on the pictures of `train`, at random holes that multigan draws, and scored on those of `test`, as
many as the table says, each once with a box of a quarter of the side and once with strokes, where both are drawn from
the picture's number. L1: mean absolute difference from the picture over the pixels of all holes and their channels, in
units of [-1, 1]. Feature distance: mean Euclidean distance between the features of a filled picture and of the picture
itself. Outside: the largest change anywhere outside of the holes. Mean fill: the mean colour of the rest of the
picture. The perceptual loss of training looks at earlier stages of the network that efficientnet-lite0 is, and so has
an advantage in feature distance; the row without it has none. Biharmonic: scikit-image. Telea: OpenCV, a radius of 3.
L1 only: the same network and steps without that loss and without a discriminator. Minutes are of one thread.
"""
STEPS, BATCH = 2_000, 8
ALONE = {"adversarial": 0, "feature_matching": 0, "perceptual": 0}
DEEPFILL = {
    "network": "gated", "width": 12, "loss": "hinge", "adversarial": 1, "feature_matching": 0, "hole": 1, "known": 1,
    "perceptual": 0, "r1": 0, "learning_rate": 1e-4, "critic_learning_rate": 1e-4, "beta_1": 0.5, "beta_2": 0.9,
}  # fmt: skip
CONTENDERS = {
    "inpaint": Contender("inpaint", "inpaint", STEPS, BATCH),
    "no-features": Contender("inpaint, no perceptual loss", "inpaint", STEPS, BATCH, {"perceptual": 0}),
    "l1": Contender("L1 only", "inpaint", STEPS, BATCH, ALONE),
    "gated": Contender("inpaint, gated", "inpaint", STEPS, BATCH, {"network": "gated", "width": 12, "stages": 1}),
    "deepfill": Contender("inpaint, as DeepFill v2", "inpaint", STEPS, BATCH, DEEPFILL),
}
FILLS = {"mean": "mean fill", "biharmonic": "biharmonic", "telea": "Telea"}
HOLES = "boxes", "strokes"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=STEPS, show_default=True)
@click.option("--size", default=64, show_default=True, help="of the pictures, in pixels")
@click.option("--count", default=150, show_default=True, help="test pictures that are filled")
@click.option("--extractor", default="efficientnet-lite0", show_default=True, help="of the feature distance")
@click.option("-o", "options", multiple=True, metavar="KEY=VALUE", help="of all contenders, such as width=32")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/holes"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "holes.json")
def main(data, only, seeds, steps, size, count, extractor, options, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    work.mkdir(parents=True, exist_ok=True)
    wanted = only.split(",") if only else [*FILLS, *CONTENDERS]
    rows = []
    for name in wanted:
        if name in FILLS:
            rows += [(name, work / name, fill_facts(name, work / name))] if possible(name) else []
            continue
        for seed in map(int, seeds.split(",")):
            path = work / f"{name}-{seed}-{steps}"
            more = tuple(word for option in (f"size={size}", *options) for word in ("-o", option))
            facts = train(CONTENDERS[name], str(data / "train"), seed, steps, path, single_threaded(), more)
            rows.append((name, path, facts | {"given": list(options)}))
    told = [str(data), str(size), str(count), extractor]
    command = [sys.executable, __file__, "score", *told, *(f"{name}={path}" for name, path, _ in rows)]
    subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
    for name, path, facts in rows:
        scores = json.loads((path / "scores.json").read_text())
        click.echo(json.dumps({"contender": name, "seed": facts["seed"], **scores["holes"]}), err=True)
        add_to_record(out, "holes", " ".join(PROTOCOL.split()), facts | {"contender": name, "data": data.name} | scores)


def possible(name: str) -> bool:
    """Whether what fills without training is installed; a line says so where it is not."""
    if name == "telea" and importlib.util.find_spec("cv2") is None:
        click.echo("Telea is left out: it takes pip install opencv-python-headless", err=True)
        return False
    return True


def fill_facts(name: str, path: Path) -> dict:
    """The facts of a row that is not trained."""
    path.mkdir(parents=True, exist_ok=True)
    facts = {key: value for key, value in provenance().items() if key != "machine"}
    return facts | {"what": FILLS[name], "recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}


def hole(kind: str, number: int, size: int) -> np.ndarray:
    """Returns one picture's hole, float32 `(size, size, 1)`: a box of a quarter of the side, or three strokes."""
    draw = np.random.default_rng([HOLES.index(kind), number])
    if kind == "boxes":
        found, side = np.zeros((size, size), np.float32), size // 4
        top, left = draw.integers(0, size - side + 1, 2)
        found[top : top + side, left : left + side] = 1
        return found[..., None]
    image = Image.new("L", (size, size))
    for _ in range(3):
        points = np.cumsum([draw.uniform(0, size, 2), *draw.normal(0, size / 5, (3, 2))], axis=0).clip(0, size - 1)
        ImageDraw.Draw(image).line([*map(tuple, points)], fill=255, width=max(1, size // 12), joint="curve")
    return (np.asarray(image) > 0).astype(np.float32)[..., None]


def mean_fill(source, mask):
    """Fills each hole with the mean colour of the rest."""
    known = 1 - mask
    mean = (source * known).sum((1, 2), keepdims=True) / known.sum((1, 2), keepdims=True)
    return np.where(mask > 0.5, mean, source).astype(np.float32)


def biharmonic(source, mask):
    """Fills each hole smoothly."""
    from skimage.restoration import inpaint_biharmonic

    pairs = zip(source, mask[..., 0] > 0.5, strict=True)
    filled = np.stack([inpaint_biharmonic(one, where, channel_axis=-1) for one, where in pairs])
    return np.where(mask > 0.5, filled.clip(-1, 1), source).astype(np.float32)


def telea(source, mask):
    """Fills each hole from its edge inwards; OpenCV takes bytes."""
    import cv2

    pixels = np.rint((source + 1) * 127.5).astype(np.uint8)
    holes = (mask[..., 0] > 0.5).astype(np.uint8)
    filled = np.stack([cv2.inpaint(*pair, 3, cv2.INPAINT_TELEA) for pair in zip(pixels, holes, strict=True)])
    return np.where(mask > 0.5, filled / np.float32(127.5) - 1, source).astype(np.float32)


def score(data: Path, size: int, count: int, extractor: str, rows: list[tuple[str, Path]]) -> None:
    """Writes the scores of each row into its folder, and a sheet of what it fills."""
    from multigan.data import open_source
    from multigan.metrics.extractors import Material, load_extractor
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry = load_plugins()

    def source(part):
        return open_source(str(data / part), "images", {"size": str(size)}, registry.datasets)

    test = source("test")
    chosen = np.random.default_rng(0).permutation(len(test))[:count]
    images = test.batch(np.sort(chosen))["image"]
    features = load_extractor(extractor, Material(test, lambda: source("train"), held_out=True, modality="images"))
    wanted = features(images)
    for name, path in rows:
        if name in FILLS:
            fill = {"mean": mean_fill, "biharmonic": biharmonic, "telea": telea}[name]
        else:
            game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game

            def fill(holed, mask, game=game):
                return game.sample(len(holed), 0, {"source": holed, "mask": mask})

        found, started = {}, time.monotonic()
        for kind in HOLES:
            mask = np.stack([hole(kind, number, size) for number in range(len(images))])
            made = fill(images * (1 - mask), mask)
            apart, inside = np.abs(made - images), np.broadcast_to(mask == 1, images.shape)
            found[kind] = {
                "L1": float(apart[inside].mean()),
                "feature distance": float(np.linalg.norm(features(made) - wanted, axis=1).mean()),
                "outside": float(apart[~inside].max()),
            }
            write_sheet(path / f"{kind}.png", images * (1 - mask), made, images)
        told = {"count": len(images), "size": size, "extractor": extractor, "extractor facts": features.facts}
        told |= {"holes": found, "seconds to fill": time.monotonic() - started}
        (path / "scores.json").write_text(json.dumps(told))


def write_sheet(path: Path, *columns: np.ndarray) -> None:
    """Writes the first pictures of some arrays side by side."""
    pixels = np.concatenate([np.concatenate([*column[:12]]) for column in columns], axis=1)
    Image.fromarray(np.rint((pixels.clip(-1, 1) + 1) * 127.5).astype(np.uint8)).save(path)


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        folder, side, number, extract = sys.argv[2:6]
        listed = [(name, Path(path)) for name, _, path in (text.partition("=") for text in sys.argv[6:])]
        score(Path(folder), int(side), int(number), extract, listed)
    else:
        main()
