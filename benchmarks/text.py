"""SeqGAN on texts of a known author: adversarial rounds against their controls, from three seeds.

Run: `python benchmarks/text.py`, then `python benchmarks/tables.py`. Some minutes a run on one thread, --jobs run at a
time; what is done is kept under --work and in the record, so that it can be ended and started again. --data oracle has
the paper's sizes, and takes hours.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from recipe_runs import Contender, add_to_record, single_threaded, train
from text_scores import COUNT, DRAWS, METRICS, Scale, game_of

RECORDS = Path(__file__).resolve().parent / "records"
SCORES = f"scores-{DRAWS}-{COUNT}.json"
PROTOCOL = f"""
The oracle is an LSTM with weights from N(0, 1) that wrote 10,000 texts; a tenth is held out of training. Each row is
the last checkpoint at temperature 1: the mean of {DRAWS} draws of {COUNT:,} texts; NLL in nats per token, under the
oracle (of samples) and under the model (of held-out texts). All generators have the paper's sizes, batches of 64 and
the same likelihood training at first, until the NLL of held-out texts no longer falls; then each has as many updates of
its generator, at a lower rate: by the discriminator's rewards, by likelihood, or by a reward that knows nothing; four
in a round. The discriminator has a quarter of the paper's filters. Matched: NLL-oracle on the row's own curve over
temperature (0.5 to 1.5) where its self-BLEU-3 is that of the likelihood model at temperature 1; empty where the curve
does not reach it. A figure below the floor, what the oracle's own texts score, is a loss of diversity. Of the controls
that need no training, one draw.
"""
PRETRAIN, ROUNDS = 6_000, 100
BASE = {
    "pretrain_steps": PRETRAIN, "learning_rate": 3e-3, "generator_updates": 4, "adversarial_learning_rate": 1e-3,
}  # fmt: skip
JUDGED = 40  # steps of the discriminator alone
SEQGAN = {**BASE, "discriminator_pretrain_steps": JUDGED, "filters": 0.25}
SETS = ("oracle-small", "oracle")
CONTENDERS = {
    "mle": Contender("likelihood", "seqgan", PRETRAIN, 64, {**BASE, "reward": "likelihood"}, SETS),
    "mle-more": Contender(
        "likelihood, continued", "seqgan", PRETRAIN + ROUNDS, 64, {**BASE, "reward": "likelihood"}, SETS
    ),
    "constant": Contender("constant reward", "seqgan", PRETRAIN + ROUNDS, 64, {**BASE, "reward": "constant"}, SETS),
    "random": Contender("random reward", "seqgan", PRETRAIN + ROUNDS, 64, {**BASE, "reward": "random"}, SETS),
    "seqgan": Contender("SeqGAN, no baseline", "seqgan", PRETRAIN + JUDGED + ROUNDS, 64, SEQGAN, SETS),
    "seqgan-mean": Contender(
        "SeqGAN, mean as baseline", "seqgan", PRETRAIN + JUDGED + ROUNDS, 64, {**SEQGAN, "baseline": "mean"}, SETS
    ),
}


@click.command()
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--data", default="oracle-small", show_default=True, type=click.Choice(SETS))
@click.option("--seeds", default="0,1,2", show_default=True, help="of the runs, joined by commas")
@click.option("--jobs", default=2, show_default=True, help="runs at a time, one thread each")
@click.option("--scale", default=1.0, help="of the numbers of steps, for a trial")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/text"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "text.json")
def main(only, data, seeds, jobs, scale, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    work.mkdir(parents=True, exist_ok=True)
    wanted = only.split(",") if only else list(CONTENDERS)
    runs = [(seed, name) for seed in map(int, seeds.split(",")) for name in wanted]
    with ThreadPoolExecutor(jobs) as pool:
        for entry in pool.map(lambda run: one(*run, data, scale, work), runs):
            add_to_record(out, "text", " ".join(PROTOCOL.split()), entry)
            at_one = {name: round(entry["scores"][name]["value"], 3) for name in METRICS}
            click.echo(json.dumps({"contender": entry["contender"], "seed": entry["seed"], **at_one}), err=True)
    click.echo("next: python benchmarks/tables.py", err=True)


def one(seed: int, name: str, data: str, scale: float, work: Path) -> dict:
    """Trains one contender and scores it; returns its entry for the record."""
    contender = CONTENDERS[name]
    options = contender.options | {
        key: max(1, round(contender.options[key] * scale))
        for key in ("pretrain_steps", "discriminator_pretrain_steps")
        if key in contender.options
    }
    contender = Contender(contender.what, contender.recipe, contender.steps, contender.batch_size, options)
    steps = max(1, round(contender.steps * scale))
    path = work / f"{name}-{data}-{seed}-{steps}"
    facts = train(contender, data, seed, steps, path, single_threaded())
    kept = path / SCORES
    if not kept.is_file():
        command = [sys.executable, __file__, "score", str(path), data]
        subprocess.run(command, check=True, env=single_threaded())
    order = list(CONTENDERS).index(name)
    return facts | {"contender": name, "order": order, "data": data, **json.loads(kept.read_text())}


def score(path: Path, data: str) -> None:
    """Writes the scores of a run's last checkpoint, of its controls, and its curve over temperature."""
    scale = Scale(data)
    game = game_of(path, scale)
    kept = {"scores": scale.scores(game), "controls": scale.controls(game), "curve": scale.curve(game)}
    (path / SCORES).write_text(json.dumps(kept))


if __name__ == "__main__":
    if sys.argv[1:2] == ["score"]:
        score(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
