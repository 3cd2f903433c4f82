"""Translation without pairs where the right answers are known: warm digits made cold ones, and the way back.

Run: `python benchmarks/translation_known.py`; about three minutes for each seed and contender on two free cores. What
is done is kept under --work and in the record, so that it can be ended and started again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from recipe_runs import Contender, add_to_record, train
from translation_rows import rows_of, scores_of

RECORDS = Path(__file__).resolve().parent / "records"
DATA = "warm-and-cold-digits"
PROTOCOL = """
scikit-learn's digits at 32 x 32 pixels, in warm colours on dark and in cold ones on light, by a curve of colours for
the ink, so that each picture has one right answer. 799 digits are warm and 798 others are cold; 200 further ones are
held out in both colours, and all values are of these. L1: mean absolute difference from the right answer, in units of
[-1, 1], 0 to 2; cycle-L1: of the way there and back; inverted: the share of pictures whose grey values are correlated
negatively with the right answer's. Histogram matching is by channel and with the training's pictures. The linear map of
colours is fitted to pairs, which no contender sees. Batches of one picture; networks by the recipes' defaults.
"""
CONTENDERS = {
    "cyclegan": Contender("CycleGAN", "cyclegan", 2000, 1),
    "cyclegan-identity": Contender("CycleGAN, identity weight 0.5", "cyclegan", 2000, 1, {"identity": 0.5}),
    "fastcut": Contender("FastCUT", "fastcut", 2000, 1),
}


@click.command()
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=2000, show_default=True, help="of each run")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/translation"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "translation-known.json")
def main(only, seeds, steps, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    facts = {key: value for key, value in provenance().items() if key != "machine"}
    told = {"contender": "rows", "what": "without training", "recipe": "", "seed": 0, "steps": 0, "data": DATA}
    add_to_record(out, "translation-known", " ".join(PROTOCOL.split()), facts | told | {"scores": rows()})
    for seed in map(int, seeds.split(",")):
        for name in only.split(",") if only else CONTENDERS:
            path = work / f"{name}-{seed}-{steps}"
            facts = train(CONTENDERS[name], DATA, seed, steps, path) | {"contender": name, "data": DATA}
            if not (path / "scores.json").is_file():
                subprocess.run(
                    [sys.executable, __file__, "score", str(path)],
                    check=True,
                    env={**os.environ, "KERAS_BACKEND": "tensorflow"},
                )
            scores = json.loads((path / "scores.json").read_text())
            click.echo(json.dumps({"contender": name, "seed": seed, **scores}), err=True)
            add_to_record(out, "translation-known", " ".join(PROTOCOL.split()), facts | {"scores": scores})


def pictures() -> tuple[dict, dict]:
    """Returns what training sees and what is held out, in [-1, 1]."""
    from multigan_cyclegan.digits import load

    data = load()

    def units(part):
        return {side: part[side].astype("float32") / 127.5 - 1 for side in ("source", "image")}

    return units(data), units(data["held_out"])


def rows() -> dict:
    """The scores of what needs no training, in both directions."""
    from multigan_cyclegan.digits import answers

    seen, kept_out = pictures()
    pairs = [side.astype("float32") / 127.5 - 1 for side in answers()]
    there = rows_of(seen["source"], seen["image"], kept_out["source"], kept_out["image"], tuple(pairs))
    back = rows_of(seen["image"], seen["source"], kept_out["image"], kept_out["source"], tuple(reversed(pairs)))
    return {"a2b": there, "b2a": back}


def score(path: Path) -> None:
    """Writes what is measured on the last checkpoint of a run."""
    from multigan.plugins import load_plugins
    from multigan.trained.opening import Trained

    game = Trained(path, load_plugins(), warn=lambda line: click.echo(line, err=True)).game
    _, kept_out = pictures()
    (path / "scores.json").write_text(json.dumps(both_ways(game, kept_out["source"], kept_out["image"])))


def both_ways(game, source: np.ndarray, image: np.ndarray) -> dict:
    """Returns the scores of each direction that a game knows."""
    there = game.sample(len(source), 0, {"source": source})
    if not game.directions:
        return {"a2b": scores_of(there, image, None, source)}
    turned = game.turned(game.directions[1])
    back = turned.sample(len(image), 0, {"source": image})
    return {
        "a2b": scores_of(there, image, turned.sample(len(there), 0, {"source": there}), source),
        "b2a": scores_of(back, source, game.sample(len(back), 0, {"source": back}), image),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(Path(sys.argv[2]))
    else:
        main()
