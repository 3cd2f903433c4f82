"""Emoji: drawn from their edges by pix2pix, and from one style to the other by CycleGAN, which sees no pairs.

Run: `python benchmarks/emoji.py --data FOLDER`, where FOLDER has a folder of pictures for each style, `google` and
`twitter`, with equal file names. Half an hour a seed on two cores; what is done is kept under --work and in the record,
so that it can be ended and started again.
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
STYLES = "google", "twitter"
PROTOCOL = """
Emoji of two styles on white, 64 x 64 pixels. Every fifth by name is held out of all training, in both styles, and all
values are of these. Edges: pairs that the data option make=edges makes of the first style. Styles: training sees the
first style of every other emoji of the rest, and the second style of those in between, so that no emoji is on both
sides. L1: mean absolute difference from the right answer, in units of [-1, 1], 0 to 2. Feature distance: mean Euclidean
distance between the features of an output and of the right answer. White: an empty picture. Identity: the input.
"""
CONTENDERS = {
    "edges": Contender("edges to emoji: pix2pix", "pix2pix", 8000, 1),
    "edges-l1": Contender("edges to emoji: L1 alone", "pix2pix", 8000, 1, {"adversarial": 0}),
    "styles": Contender("style to style: CycleGAN", "cyclegan", 2000, 1),
}
PLAIN = {"white": "edges to emoji: white", "there": "style to style: identity"}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="", help="rows, joined by commas; all otherwise")
@click.option("--seeds", default="0", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=0, help="of each run; 0: each one's own")
@click.option(
    "--extractor", default="efficientnet-lite0", show_default=True, help="of the feature distance; none: none"
)
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/emoji"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "emoji.json")
def main(data, only, seeds, steps, extractor, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    folder, rows = prepared(data, work), []
    for row in only.split(",") if only else [*PLAIN, *CONTENDERS]:
        if row in PLAIN:
            path = folder / row
            path.mkdir(exist_ok=True)
            facts = {key: value for key, value in provenance().items() if key != "machine"}
            facts |= {"what": PLAIN[row], "recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}
            rows.append((row, path, facts))
            continue
        contender = CONTENDERS[row]
        for seed in map(int, seeds.split(",")):
            count = steps or contender.steps
            path = folder / f"{row}-{seed}-{count}"
            side = ("-o", "make=edges") if row.startswith("edges") else ("-o", f"to={folder / 'trainB'}")
            source = folder / ("edges" if row.startswith("edges") else "trainA")
            facts = train(contender, str(source), seed, count, path, single_threaded(), ("-o", "size=64", *side))
            rows.append((row, path, facts))
    command = [sys.executable, __file__, "score", str(folder), extractor, *(f"{row}={path}" for row, path, _ in rows)]
    subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "tensorflow"})
    for row, path, facts in rows:
        scores = json.loads((path / "scores.json").read_text())
        click.echo(json.dumps({"contender": row, "seed": facts["seed"], **scores}), err=True)
        add_to_record(out, "emoji", " ".join(PROTOCOL.split()), facts | {"contender": row, "data": "emoji"} | scores)


def prepared(data: Path, work: Path) -> Path:
    """Writes the emoji on white into the folders that runs read; returns where."""
    folder = (work / "emoji").resolve()
    if (folder / "done").is_file():
        return folder
    names = sorted(
        {path.name for path in (data / STYLES[0]).iterdir()} & {p.name for p in (data / STYLES[1]).iterdir()}
    )
    rest = [name for number, name in enumerate(names) if number % 5]
    parts = {
        "edges": (STYLES[0], rest), "trainA": (STYLES[0], rest[::2]), "trainB": (STYLES[1], rest[1::2]),
        "testA": (STYLES[0], names[::5]), "testB": (STYLES[1], names[::5]),
    }  # fmt: skip
    for part, (style, chosen) in parts.items():
        (folder / part).mkdir(parents=True, exist_ok=True)
        for name in chosen:
            picture = Image.open(data / style / name).convert("RGBA")
            white = Image.new("RGBA", picture.size, "white")
            Image.alpha_composite(white, picture).convert("RGB").save(folder / part / name)
    (folder / "done").touch()
    return folder


def score(folder: Path, extractor: str, rows: list[tuple[str, Path]]) -> None:
    """Writes the scores of each row into its folder, and sheets of what it makes."""
    from multigan.data import open_source
    from multigan.metrics.extractors import Material, load_extractor
    from multigan.modalities.images.columns import write_columns
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry = load_plugins()
    options = {"size": "64", "channels": "3"}
    sources = {
        part: open_source(str(folder / part), "images", options | more, registry.datasets)
        for part, more in {"testA": {"make": "edges"}, "testB": {}}.items()
    }
    batch = sources["testA"].batch(np.arange(len(sources["testA"])))
    first, edges = batch["image"], batch["source"]
    second = sources["testB"].batch(np.arange(len(sources["testB"])))["image"]
    features = None
    if extractor != "none":
        material = Material(sources["testB"], lambda: sources["testB"], held_out=True, modality="images")
        features = load_extractor(extractor, material)

    def apart(made, wanted, way=""):
        found = {f"L1{way}": float(np.abs(made.clip(-1, 1) - wanted).mean())}
        if features:
            distance = np.linalg.norm(features(made.clip(-1, 1)) - features(wanted), axis=1).mean()
            found[f"feature distance{way}"] = float(distance)
        return found

    for row, path in rows:
        if row == "white":
            found = apart(np.ones_like(first), first)
        elif row == "there":
            found = apart(first, second) | apart(second, first, ", back")
        else:
            game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game
            some = np.linspace(0, len(first) - 1, 24).astype(int)
            if row == "styles":
                made = game.sample(len(first), 0, {"source": first})
                back = game.turned(game.directions[1]).sample(len(second), 0, {"source": second})
                found = apart(made, second) | apart(back, first, ", back")
                columns = {
                    STYLES[0]: first, f"made {STYLES[1]}": made, STYLES[1]: second, f"made {STYLES[0]}": back,
                }  # fmt: skip
            else:
                made = game.sample(len(first), 0, {"source": edges})
                found = apart(made, first)
                columns = {"edges": edges, "output": made, "wanted": first}
            write_columns(path / "sheet.png", {title: each[some] for title, each in columns.items()})
        facts = {"extractor": extractor, "extractor facts": features.facts} if features else {}
        (path / "scores.json").write_text(json.dumps({"count": len(first)} | facts | found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        pairs = (word.partition("=") for word in sys.argv[4:])
        score(Path(sys.argv[2]), sys.argv[3], [(row, Path(path)) for row, _, path in pairs])
    else:
        main()
