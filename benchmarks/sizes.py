"""Photographs two and four times larger: the superres plugin beside bicubic interpolation and its pixel loss alone.

Run: `python benchmarks/sizes.py --data FOLDER`, where FOLDER has the pictures in train and test. Some hours on two
cores; what is done is kept under --work and in the record, so that it can be ended and started again.
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
from recipe_runs import Contender, add_to_record, single_threaded, train

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = """
Networks are trained on the pictures of `train`, which the data option make=low makes 2 or 4 times smaller, to 32
pixels; they are scored on those of `test`, as many as the table says. PSNR: mean over pictures of 10 log10(4 / mean
square difference), values from -1 to 1. SSIM: scikit-image, Gaussian window of deviation 1.5. Feature distance: mean
Euclidean distance between the features of an enlarged picture and of the picture itself. The feature loss of training
looks at earlier stages of the network that efficientnet-lite0 is, and so has an advantage there; the row without it has
none. MSE only: the same network and steps, by mean squares of pixels alone. Interpolation: of the weights of the two
phases of superres; 0 is the first, 1 the second, and its default 0.8. Bicubic: Pillow. Minutes are of one thread.
"""
LOW = 32
STEPS, BATCH = 2_000, 8
HEAVIER = {"adversarial": 0.1, "ema": 0.999, "learning_rate": 1e-4}
CONTENDERS = {
    "superres": Contender("superres", "superres", STEPS, BATCH),
    "heavier": Contender("superres with Real-ESRGAN's weight and rate", "superres", STEPS, BATCH, HEAVIER),
    "no-features": Contender("superres, no feature loss", "superres", STEPS, BATCH, {"feature": 0}),
    "mse": Contender("MSE only", "superres", STEPS, BATCH, {"adversarial": 0, "feature": 0, "pixel_loss": "mse"}),
}
# Rows that come with a contender: the same run, sampled at its phases and between them.
BETWEEN = {"superres": (0.0, 0.5, 1.0)}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--scales", default="2,4", show_default=True, help="joined by commas")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=STEPS, show_default=True, help="half of them by pixels alone")
@click.option("--degradation", default="bicubic", show_default=True)
@click.option("--count", default=150, show_default=True, help="test pictures that are enlarged")
@click.option("--extractor", default="efficientnet-lite0", show_default=True, help="of the feature distance")
@click.option("-o", "options", multiple=True, metavar="KEY=VALUE", help="of all contenders, such as width=16")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/sizes"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "sizes.json")
def main(data, only, scales, seeds, steps, degradation, count, extractor, options, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    wanted = only.split(",") if only else ["bicubic", *CONTENDERS]
    for scale in map(int, scales.split(",")):
        folder = work / f"x{scale}-{degradation}"
        how = {"size": LOW * scale, "scale": scale, "degradation": degradation}
        more = [f"{key}={value}" for key, value in how.items()] + [f"pixel_steps={steps // 2}", *options]
        flags = tuple(word for option in more for word in ("-o", option))
        rows = []
        for name in wanted:
            if name == "bicubic":
                rows.append((name, folder / name, plain_facts(folder / name)))
                continue
            for seed in map(int, seeds.split(",")):
                path = folder / f"{name}-{seed}-{steps}"
                path.parent.mkdir(parents=True, exist_ok=True)
                facts = train(CONTENDERS[name], str(data / "train"), seed, steps, path, single_threaded(), flags)
                rows.append((name, path, facts | {"given": list(options)}))
        told = [str(data), json.dumps(how), str(count), extractor]
        command = [sys.executable, __file__, "score", *told, *(f"{name}={path}" for name, path, _ in rows)]
        subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
        for name, path, facts in rows:
            for scores in json.loads((path / "scores.json").read_text()):
                row = f"{name}, interpolation {scores['interpolation']:g}" if "interpolation" in scores else name
                entry = facts | {"contender": row, "data": f"{data.name} x{scale} {degradation}"} | scores
                click.echo(json.dumps({"contender": row, "seed": facts["seed"], **scores}), err=True)
                add_to_record(out, "sizes", " ".join(PROTOCOL.split()), entry)


def plain_facts(path: Path) -> dict:
    """The facts of a row that is not trained."""
    path.mkdir(parents=True, exist_ok=True)
    facts = {key: value for key, value in provenance().items() if key != "machine"}
    return facts | {"what": "bicubic", "recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}


def bicubic(low: np.ndarray, scale: int) -> np.ndarray:
    """Returns pictures `(count, h, w, channels)` in [-1, 1] enlarged, as Pillow does it."""
    size = low.shape[2] * scale, low.shape[1] * scale
    bands = np.moveaxis(low, -1, 1).reshape(-1, *low.shape[1:3])
    large = [np.asarray(Image.fromarray(band).resize(size, Image.Resampling.BICUBIC)) for band in bands]
    return np.moveaxis(np.stack(large).reshape(len(low), -1, *size[::-1]), 1, -1).clip(-1, 1)


def psnr(made: np.ndarray, wanted: np.ndarray) -> float:
    """Returns the mean over pictures in [-1, 1], in dB."""
    squares = np.square(made.astype(np.float64) - wanted).mean((1, 2, 3))
    return float((10 * np.log10(4 / np.maximum(squares, 1e-10))).mean())


def ssim(made: np.ndarray, wanted: np.ndarray) -> float:
    """Returns the mean structural similarity of pictures in [-1, 1]."""
    from skimage.metrics import structural_similarity

    how = {"data_range": 2.0, "channel_axis": -1, "gaussian_weights": True, "sigma": 1.5}
    pairs = zip(made, wanted, strict=True)
    return float(np.mean([structural_similarity(*pair, use_sample_covariance=False, **how) for pair in pairs]))


def score(data: Path, how: dict, count: int, extractor: str, rows: list[tuple[str, Path]]) -> None:
    """Writes the scores of each row into its folder, and a sheet of what it makes."""
    from multigan.data import open_source
    from multigan.metrics.extractors import Material, load_extractor
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry = load_plugins()

    def source(part):
        options = {key: str(value) for key, value in how.items()} | {"make": "low"}
        return open_source(str(data / part), "images", options, registry.datasets)

    test = source("test")
    chosen = np.sort(np.random.default_rng(0).permutation(len(test))[:count])
    batch = test.batch(chosen)
    wanted, low = batch["image"], batch["source"]
    features = load_extractor(extractor, Material(test, lambda: source("train"), held_out=True, modality="images"))
    known, plain = features(wanted), bicubic(low, how["scale"])

    def scored(made):
        distance = np.linalg.norm(features(made) - known, axis=1).mean()
        return {"PSNR": psnr(made, wanted), "SSIM": ssim(made, wanted), "feature distance": float(distance)}

    told = {"count": len(wanted), **how, "extractor": extractor, "extractor facts": features.facts}
    for name, path in rows:
        found = []
        if name == "bicubic":
            found.append(told | scored(plain))
        else:
            game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game
            columns = [low.repeat(how["scale"], axis=1).repeat(how["scale"], axis=2), plain]
            usual = next((field.usual[0] for field in game.fields if field.name == "interpolation"), 1.0)
            for share in [*(BETWEEN.get(name, ()) if "interpolation" in game.asks else ()), None]:
                weight = usual if share is None else share
                asked = {"source": low, "interpolation": np.full((len(low), 1), weight, np.float32)}
                columns.append(game.sample(len(low), 0, {key: asked[key] for key in game.asks}))
                found.append(told | scored(columns[-1]) | ({} if share is None else {"interpolation": share}))
            write_sheet(path / "sheet.png", *columns, wanted)
        (path / "scores.json").write_text(json.dumps(found))


def write_sheet(path: Path, *columns: np.ndarray) -> None:
    """Writes some pictures of several arrays side by side: small, bicubic, what is made, and what is wanted."""
    shown = np.linspace(0, len(columns[0]) - 1, min(12, len(columns[0]))).astype(int)
    pixels = np.concatenate([np.concatenate([*column[shown]]) for column in columns], axis=1)
    Image.fromarray(np.rint((pixels.clip(-1, 1) + 1) * 127.5).astype(np.uint8)).save(path)


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        folder, told, number, extract = sys.argv[2:6]
        listed = [(name, Path(path)) for name, _, path in (text.partition("=") for text in sys.argv[6:])]
        score(Path(folder), json.loads(told), int(number), extract, listed)
    else:
        main()
