"""Recipes for sounds on a CPU: the synthesised drums and a folder of one-shots; real sounds and noise beside them.

Run: `python benchmarks/sounds.py --oneshots FOLDER`, then `python benchmarks/tables.py`. Under an hour a run on one
thread, --jobs run at a time; what is done is kept under --work and in the record, so that it can be ended and started
again.
"""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from recipe_runs import Contender, add_to_record, single_threaded, train

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "benchmarks" / "records"
SHEETS = ROOT / "docs" / "images"
METRICS = (
    "FD(local-mel)", "FD(log-mel)", "class-coverage(local-mel)", "diversity(log-mel)", "memorisation(log-mel)",
    "flatness", "high-frequency",
)  # fmt: skip
COUNT = 1000
PROTOCOL = """
Sounds of 16,384 samples at 16 kHz, mono, dim 16. The drums: 2,000 of the synthesiser, 400 of each of five kinds;
scored with 1,000 generated sounds against 1,000 of 2,000 hits that it made from another seed. The one-shots: a folder
of 98 files of seven kinds, told by the beginning of their names; scored against half of the files, since other real
sounds stand beside them, so with 49 of each. Last checkpoint; one seed of latents. FD(local-mel): Frechet distance of
the features of a classifier of log-mel spectrograms that is trained on the training data's labels; FD(log-mel): of the
spectrograms' statistics; coverage: the share of the classes of which that classifier is sure often enough; diversity:
mean pairwise distance over that of the data; memorisation: the share of samples nearer to a training sound than real
ones nearly ever are; flatness and energy above 4 kHz as ratios to the data's. Real: as many other real sounds (of the
drums held-out ones, of the one-shots the other half); noise: white noise as loud as the data. Minutes are of one
thread, from the first step to the last, previews and checkpoints among them; the drums had a processor to themselves,
the one-shots a part of one.
"""
OPTIONS = {"dim": 16, "learning_rate": 5e-4, "ema": 0.995}
CONTENDERS = {
    "wavegan": Contender("WaveGAN, rate 5e-4, averaged (0.995)", "wavegan", 2_500, 16, OPTIONS, ("drums", "oneshots")),
}
# A folder of a hundred files is learnt, and then copied, sooner than two thousand drums.
SHARE = {"drums": 1.0, "oneshots": 0.3}


@click.command()
@click.option("--oneshots", type=click.Path(path_type=Path, exists=True, file_okay=False), help="the folder; else none")
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--data", "sets", default="drums,oneshots", show_default=True)
@click.option("--seeds", default="0", show_default=True, help="of the runs, joined by commas")
@click.option("--jobs", default=2, show_default=True, help="runs at a time, one thread each")
@click.option("--scale", default=1.0, help="of the numbers of steps, for a trial")
@click.option("--count", default=COUNT, show_default=True, help="sounds that are compared, real and generated")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/sounds"), show_default=True)
@click.option("--sheets", type=click.Path(path_type=Path), default=SHEETS, help="where the last previews are put")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "sounds.json")
def main(oneshots, only, sets, seeds, jobs, scale, count, work, sheets, out):
    """Trains what is missing, measures it, and writes it into the record."""
    work.mkdir(parents=True, exist_ok=True)
    wanted = only.split(",") if only else list(CONTENDERS)
    places = {"drums": "drums"} | ({"oneshots": str(oneshots.resolve())} if oneshots else {})
    runs = [
        (seed, name, data)
        for seed in map(int, seeds.split(","))
        for name in wanted
        for data in CONTENDERS[name].data
        if data in sets.split(",") and data in places
    ]
    with ThreadPoolExecutor(jobs) as pool:
        for entry, path in pool.map(lambda run: one(*run, places, scale, count, work), runs):
            add_to_record(out, "sounds", " ".join(PROTOCOL.split()), entry)
            if entry["seed"] == 0:
                sheets.mkdir(parents=True, exist_ok=True)
                shutil.copy(
                    path / "samples" / f"step-{entry['steps']:08d}.png",
                    sheets / f"{entry['contender']}-{entry['data']}.png",
                )
            values = {name: score["value"] for name, score in entry["scores"].items()}
            click.echo(json.dumps({"contender": entry["contender"], "data": entry["data"], **values}), err=True)
    click.echo("next: python benchmarks/tables.py", err=True)


def one(seed: int, name: str, data: str, places: dict, scale: float, count: int, work: Path) -> tuple[dict, Path]:
    """Trains one contender and scores it; returns its entry for the record, and the run's folder."""
    contender = CONTENDERS[name]
    steps = max(1, round(contender.steps * SHARE[data] * scale))
    path = work / f"{name}-{data}-{seed}-{steps}"
    facts = train(contender, places[data], seed, steps, path, single_threaded())
    kept = path / f"scores-{count}.json"
    if not kept.is_file():
        against = ("--data", "drums-held-out") if data == "drums" else ()
        names = [part for metric in METRICS for part in ("--metric", metric)]
        command = [sys.executable, "-m", "multigan", "evaluate", str(path), "-n", str(count), "--seeds", "1", "--json"]
        done = subprocess.run([*command, *names, *against], check=True, stdout=subprocess.PIPE, env=single_threaded())
        kept.write_bytes(done.stdout)
    scores = {
        record["metric"]: {key: record[key] for key in ("value", "generated", "controls", "details", "extractor")}
        for record in json.loads(kept.read_text())
    }
    return facts | {"contender": name, "data": data, "scores": scores}, path


if __name__ == "__main__":
    main()
