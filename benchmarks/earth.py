"""The Earth painted from maps of its climates: what `multigan run --plugin gaugan` learns, beside real tiles.

Run: `python benchmarks/earth.py`; then `python benchmarks/tables.py`. Half an hour of one thread a seed. What is done
is kept under --work and in the record, so that it can be ended and started again.
"""

import json
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from recipe_runs import Contender, add_to_record, single_threaded, train
from step_costs import processor_seconds
from terrain import halved, mean_colours, nearest, styled

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = """
The data set `earth`: 64 x 64 tiles of the Earth that share no place, and maps of their climates; between 6 and 44
degrees east nothing is trained on, and all values are of these tiles. The recipe as it is, without options. Frechet
distance: of the distributions of features, few tiles make it large, and only equal counts compare. Feature distance:
mean Euclidean distance between the features of an output and of the real tile. L1: mean absolute difference, values
from -1 to 1. Features: of EfficientNet-Lite0, which the recipe's own loss looks at, too. Mean colours: of each climate
in training. Other tiles: real ones of training, as many, mean of ten draws. Nearest: of the training tiles, by feature
distance.
"""
OWN = Contender("GauGAN", "gaugan", 14000, 4)
EXTRACTOR = "efficientnet-lite0"
DRAWS = 10


@click.command()
@click.option("--seeds", default="0", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=OWN.steps, show_default=True, help="of each run")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/earth"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "earth.json")
def main(seeds, steps, work, out):
    """Trains what is missing, measures it beside real tiles, and writes it into the record."""
    runs = {}
    for seed in map(int, seeds.split(",")):
        path = work.resolve() / f"gaugan-{seed}-{steps}"
        with processor_seconds(path.with_suffix(".seconds")) as spent:
            facts = train(OWN, "earth", seed, steps, path, single_threaded())
        runs[path] = facts | {"processor seconds": spent(), "contender": "gaugan"}
    command = [sys.executable, __file__, "score", str(work.resolve() / "scores.json"), *map(str, runs)]
    subprocess.run(command, check=True, env=single_threaded() | {"KERAS_BACKEND": "tensorflow"})
    bare = {key: value for key, value in provenance().items() if key != "machine"}
    bare |= {"recipe": "", "seed": 0, "steps": 0, "seconds": 0.0, "findings": []}
    for name, scores in json.loads((work / "scores.json").read_text()).items():
        facts = runs.get(Path(name), bare | {"contender": name, "what": name})
        click.echo(json.dumps({"contender": facts["what"], "seed": facts["seed"], **scores}), err=True)
        add_to_record(out, "earth", " ".join(PROTOCOL.split()), facts | {"data": "earth", **scores})
    click.echo("next: python benchmarks/tables.py", err=True)


def score(out: Path, paths: list[Path]) -> None:
    """Writes the scores of runs, and of what needs no training, into a file, by run and by name."""
    from multigan.data import open_source
    from multigan.metrics.extractors import Material, load_extractor
    from multigan.metrics.frechet import frechet
    from multigan.modalities.images.columns import write_columns
    from multigan.modalities.images.labelmaps import in_colours
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    registry = load_plugins()
    training = open_source("earth", "images", {}, registry.datasets)
    test = training.held_out
    batch, known = test.batch(np.arange(len(test))), training.batch(np.arange(len(training)))
    wanted, maps, tiles = batch["image"], batch["source"], known["image"]
    features = load_extractor(EXTRACTOR, Material(test, lambda: training, held_out=True, modality="images"))
    real, others = features(wanted), features(tiles)
    (field,) = (each for each in test.beside if each.name == "source")
    count = len(field.classes)

    def scored(made, here=None):
        here = features(made) if here is None else here
        return {
            "Frechet distance": frechet(real, here)["value"],
            "feature distance": float(np.linalg.norm(here - real, axis=1).mean()),
            "L1": float(np.abs(made - wanted).mean()),
        }

    rng, drawn = np.random.default_rng(0), []
    for _ in range(DRAWS):
        rows = rng.choice(len(tiles), len(wanted), replace=False)
        drawn.append(scored(tiles[rows], others[rows]))
    rows = nearest(real, others)
    colours = mean_colours(known["source"], tiles, count)
    found = {
        "each climate's mean colour": scored(colours[maps.clip(0, count - 1)].astype("float32")),
        "the real tiles at half their resolution": scored(halved(wanted)),
        "the real tiles upside down": scored(wanted[:, ::-1]),
        "the nearest real tiles of training": scored(tiles[rows], others[rows]),
        "other real tiles": {key: float(np.mean([each[key] for each in drawn])) for key in drawn[0]},
    }
    for path in paths:
        game = Trained(path, registry, warn=lambda line: click.echo(line, err=True)).game
        made = styled(game, maps, 0)
        found[str(path)] = scored(made)
        some = np.linspace(0, len(maps) - 1, 24).astype(int)
        columns = {"map": in_colours(maps, field.colours, count), "output": made, "wanted": wanted}
        write_columns(path / "sheet.png", {title: each[some] for title, each in columns.items()})
    for scores in found.values():
        scores |= {"count": len(wanted), "extractor": EXTRACTOR, "extractor facts": features.facts}
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(Path(sys.argv[2]), [Path(word) for word in sys.argv[3:]])
    else:
        main()
