"""Texts of people: likelihood, policy gradients and Gumbel-softmax on English sentences and quatrains, with samples.

Run: `python benchmarks/real_texts.py --english FILE --quatrains FILE`, then `python benchmarks/tables.py`. Half an hour
a run on one thread, --jobs run at a time; what is done is kept under --work and in the record, so that it can be ended
and started again.
"""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from recipe_runs import Contender, add_to_record, single_threaded, train

RECORDS = Path(__file__).resolve().parent / "records"
METRICS = ("NLL-gen", "BLEU-2", "BLEU-3", "self-BLEU-2", "self-BLEU-3", "unique", "novel")
COUNT, SHOWN = 1000, 12
PROTOCOL = """
English: 34,497 example sentences of WordNet, in 2,042 pieces of words, at most 22 a sentence. Quatrains: 13,029 Song
poems of four lines of five characters, a token a character, 5,794 of them. A tenth is held out of training. 1,000 texts
from one seed of latents at temperature 1, one seed of training. NLL-gen: nats per token of held-out texts under the
model. BLEU: of each text against 1,000 held-out ones; self-BLEU: against the other 999. Unique: the share of different
texts; novel: of texts that training never saw. Form: the share with four lines of five characters and nothing else.
Controls, from the same script: real, as many training texts; bigram, a table counted from them. "Likelihood" is the
checkpoint at the end of likelihood training of the run under it. Minutes are of one thread, from the first step to that
checkpoint. The texts shown are the first ones, not chosen.
"""
# Of likelihood training, nine and eight epochs; after twenty, the NLL of training
# quatrains is 2.6 nats a token, far below that of any held-out ones here.
PRETRAIN = {"english": 4_000, "quatrains": 1_500}
JUDGED, ROUNDS, GUMBEL = 20, 60, 400
POLICY = {"embedding": 128, "hidden": 256, "learning_rate": 2e-3}
SEQGAN = {
    **POLICY, "adversarial_learning_rate": 5e-4, "baseline": "mean", "discriminator_pretrain_steps": JUDGED,
    "generator_updates": 4, "rollouts": 4,
}  # fmt: skip
SOFT = {
    **POLICY, "straight_through": "false", "discriminator_updates": 5, "discriminator_learning_rate": 1e-3,
}  # fmt: skip
SETS = {"english": {}, "quatrains": {"tokens": "char"}}
# Steps after likelihood training.
CONTENDERS = {
    "seqgan": Contender("SeqGAN", "seqgan", JUDGED + ROUNDS, 64, SEQGAN, tuple(SETS)),
    "gumbel": Contender("Gumbel-softmax, soft weights", "gumbel-seqgan", GUMBEL, 64, SOFT, ("english",)),
}
QUATRAIN = re.compile(r"\S{5}( \S{5}){3}")


@click.command()
@click.option("--english", type=click.Path(path_type=Path, exists=True), help="a file of sentences; else none")
@click.option("--quatrains", type=click.Path(path_type=Path, exists=True), help="a file of poems; else none")
@click.option("--only", default="", help="contenders, joined by commas; all otherwise")
@click.option("--jobs", default=2, show_default=True, help="runs at a time, one thread each")
@click.option("--scale", default=1.0, help="of the numbers of steps, for a trial")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/real-texts"), show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "real-texts.json")
def main(english, quatrains, only, jobs, scale, work, out):
    """Trains what is missing, measures it, and writes it into the record."""
    work.mkdir(parents=True, exist_ok=True)
    places = {name: path.resolve() for name, path in (("english", english), ("quatrains", quatrains)) if path}
    wanted = only.split(",") if only else list(CONTENDERS)
    runs = [(name, data) for name in wanted for data in CONTENDERS[name].data if data in places]
    with ThreadPoolExecutor(jobs) as pool:
        for entries in pool.map(lambda run: one(*run, places, scale, work), runs):
            for entry in entries:
                add_to_record(out, "real-texts", " ".join(PROTOCOL.split()), entry)
                values = {name: round(score["value"], 3) for name, score in entry["scores"].items()}
                click.echo(json.dumps({"contender": entry["contender"], "data": entry["data"], **values}), err=True)
    click.echo("next: python benchmarks/tables.py", err=True)


def one(name: str, data: str, places: dict[str, Path], scale: float, work: Path) -> list[dict]:
    """Trains one contender on one set; returns entries of it and, of SeqGAN, of its likelihood training."""
    contender = CONTENDERS[name]
    pretrain, rest = (max(1, round(count * scale)) for count in (PRETRAIN[data], contender.steps))
    steps = pretrain + rest
    options = contender.options | SETS[data] | {"pretrain_steps": pretrain}
    contender = Contender(contender.what, contender.recipe, steps, contender.batch_size, options)
    path = work / f"{name}-{data}-{steps}"
    # So that the end of likelihood training is among the checkpoints, and all of those are kept.
    flags = ("--checkpoint-every", str(pretrain), "--keep-checkpoints", "4")
    facts = train(contender, str(places[data]), 0, steps, path, single_threaded(), flags)
    stages = [(name, contender.what, steps)] + ([("likelihood", "likelihood", pretrain)] if name == "seqgan" else [])
    return [
        facts
        | {"contender": key, "what": what, "steps": step, "data": data, "seconds": seconds(path, step)}
        | measured(path, data, step)
        for key, what, step in stages
    ]


def seconds(path: Path, step: int) -> float:
    """What training had taken when this step was logged last."""
    lines = [json.loads(line) for line in (path / "log.jsonl").read_text().splitlines()]
    return max(line["seconds"] for line in lines if line["kind"] == "log" and line["step"] <= step)


def measured(path: Path, data: str, step: int) -> dict:
    """Scores one checkpoint by the command line; returns its scores, the share with the form, and the first texts."""
    kept = path / f"measured-{step}.json"
    if not kept.is_file():
        start = [sys.executable, "-m", "multigan"]
        here = ["--checkpoint", str(step), "--backend", "tensorflow", "--device", "cpu"]
        names = [part for metric in METRICS for part in ("--metric", metric)]
        command = [*start, "evaluate", str(path), "-n", str(COUNT), "--seeds", "1", "--json", *here, *names]
        scored = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=single_threaded()).stdout)
        folder = path / f"texts-{step}"
        command = [*start, "sample", str(path), "-n", str(COUNT), "--out", str(folder), "--seed", "0", *here]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=single_threaded())
        texts = (folder / "samples.txt").read_text("utf-8").splitlines()
        kept.write_text(json.dumps({
            "scores": {score["metric"]: {key: score[key] for key in ("value", "controls")} for score in scored},
            "form": form(texts) if data == "quatrains" else None,
            "texts": texts[:SHOWN],
        }))  # fmt: skip
    return json.loads(kept.read_text())


def form(texts: list[str]) -> float:
    """The share of texts that are quatrains of five characters a line."""
    return sum(bool(QUATRAIN.fullmatch(text)) for text in texts) / len(texts)


if __name__ == "__main__":
    main()
