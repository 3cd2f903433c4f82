"""What limits SeqGAN on the small oracle: what discriminators know of its texts, and what rewards teach a policy.

Run: `python benchmarks/text.py --only mle`, `python benchmarks/reward_search.py`, then `python benchmarks/tables.py`.
One or two minutes a row on one thread, --jobs rows at a time; what is in the record is not made again.

Since the author of the texts is known, so is the best of all discriminators: the logarithm of the ratio of their
likelihoods under the oracle and under the policy. Each learned one is held against it, and it stands in for them.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from recipe_runs import add_to_record, single_threaded
from text import PRETRAIN

RECORDS = Path(__file__).resolve().parent / "records"
DATA = "oracle-small"
# Texts that are judged, and texts that one reads who never sees any twice.
JUDGED, FRESH = 4_000, 400_000
PROTOCOL = f"""
Each row starts from the likelihood model of the table above, of the same seed. Discriminators: trained alone against
that model, then asked about {JUDGED:,} of its texts, 1,000 real ones held out of training and 1,000 that were in it.
AUC: how often a real text scores higher than a generated one; .5 is chance. Agreement: the correlation of scores with
the best discriminator's on generated texts. Rewards: {{rounds}} rounds of four updates of the policy, scored as above;
one seed. The best discriminator is the difference of a text's log-likelihoods under the oracle and under the policy as
it is at that moment; no training could give a better reward.
"""
ROUNDS = 50
DISCRIMINATOR = {"filters": 0.25, "discriminator_pretrain_steps": 40}
BASE = {
    **DISCRIMINATOR, "generator_updates": 4, "adversarial_learning_rate": 1e-3, "baseline": "mean", "rollouts": 8,
}  # fmt: skip
# What, options, steps of `discriminator_updates`, and whether its real texts are "fresh", never seen twice.
DISCRIMINATORS = {
    "quarter": ("a quarter of the filters, rate 1e-3", {}, 40, ""),
    "quarter-long": ("the same, five times as long", {}, 200, ""),
    "dropout": ("the same, dropout .6 in place of .25", {"dropout": 0.6}, 200, ""),
    "paper": ("all filters, rate 1e-4, as in the paper", {"filters": 1, "discriminator_learning_rate": 1e-4}, 60, ""),
    "full": ("all filters, rate 1e-3", {"filters": 1}, 60, ""),
    "fresh": ("a quarter of the filters, no real text seen twice", {}, 200, "fresh"),
}
# What, options beside BASE, and what stands in: the "best" discriminator, its score itself as a reward ("ratio"), or
# texts never seen twice ("fresh").
REWARDS = {
    "likelihood": ("likelihood, continued", {"reward": "likelihood"}, ""),
    "constant": ("constant reward", {"reward": "constant", "baseline": "none"}, ""),
    "base": ("SeqGAN: mean as baseline, 8 rollouts, rate 1e-3", {}, ""),
    "none": ("no baseline", {"baseline": "none"}, ""),
    "learned": ("learned baseline", {"baseline": "learned"}, ""),
    "no-rollouts": ("no rollouts", {"rollouts": 0}, ""),
    "rollouts": ("32 rollouts", {"rollouts": 32}, ""),
    "slow": ("rate 1e-4", {"adversarial_learning_rate": 1e-4}, ""),
    "fast": ("rate 5e-3", {"adversarial_learning_rate": 5e-3}, ""),
    "maligan": ("MaliGAN's reward", {"shaping": "maligan"}, ""),
    "forcing": ("four likelihood updates in each round", {"teacher_forcing": 4}, ""),
    "stronger": ("all filters", {"filters": 1}, ""),
    "weaker": ("two discriminator updates in each round", {"discriminator_updates": 2}, ""),
    "longer": ("discriminator trained five times as long before", {"discriminator_pretrain_steps": 200}, ""),
    "best": ("the best discriminator", {}, "best"),
    "best-maligan": ("the best discriminator, MaliGAN's reward", {"shaping": "maligan"}, "best"),
    "best-ratio": ("the best discriminator, its score as the reward", {}, "ratio"),
    "best-long": ("the best discriminator, ten times as long", {"rollouts": 4}, "best"),
    "fresh": ("likelihood, no text seen twice, ten times as long", {"reward": "likelihood"}, "fresh"),
}  # fmt: skip
LONGER = {"best-long": 10, "fresh": 10}


@click.command()
@click.option("--only", default="", help="rows, joined by commas; all otherwise")
@click.option("--seed", default=0, show_default=True, help="of the likelihood model, and of what follows")
@click.option("--jobs", default=2, show_default=True, help="rows at a time, one thread each")
@click.option("--again", is_flag=True, help="make what is in the record, too")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/text"), show_default=True, help="text.py's")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "reward-search.json")
def main(only, seed, jobs, again, work, out):
    """Makes what is missing, and writes it into the record."""
    start = work / f"mle-{DATA}-{seed}-{PRETRAIN}"
    if not start.is_dir():
        raise click.ClickException(f"{start}: no likelihood model; run: python benchmarks/text.py --only mle")
    made = {(run["contender"], run["seed"]) for run in json.loads(out.read_text())["runs"]} if out.is_file() else set()
    rows = only.split(",") if only else [f"d-{key}" for key in DISCRIMINATORS] + [f"r-{key}" for key in REWARDS]
    rows = [row for row in rows if again or (row, seed) not in made]

    def row(name):
        command = [sys.executable, __file__, "row", name, str(seed), str(start)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=single_threaded())
        return json.loads(done.stdout.splitlines()[-1])

    with ThreadPoolExecutor(jobs) as pool:
        for entry in pool.map(row, rows):
            add_to_record(out, "reward-search", " ".join(PROTOCOL.format(rounds=ROUNDS).split()), entry)
            click.echo(json.dumps({key: entry[key] for key in ("contender", "seconds")}), err=True)
    click.echo("next: python benchmarks/tables.py", err=True)


def row(name: str, seed: int, start: Path) -> dict:
    """One row of the record."""
    from text_scores import Scale

    begun, (part, key) = time.monotonic(), name.split("-", 1)
    scale = Scale(DATA)
    made = discriminator(key, seed, start, scale) if part == "d" else reward(key, seed, start, scale)
    head = {k: v for k, v in provenance().items() if k != "machine"}
    order = [*(f"d-{k}" for k in DISCRIMINATORS), *(f"r-{k}" for k in REWARDS)].index(name)
    told = {"contender": name, "order": order, "data": DATA, "seed": seed, "part": part}
    return head | told | made | {"seconds": round(time.monotonic() - begun, 1)}


def build(options: dict, seed: int, start: Path, scale, stand_in: str = ""):
    """SeqGAN on the small oracle with the weights of a likelihood model, and no likelihood training of its own."""
    import keras
    from multigan_seqgan.game import SeqGAN
    from text_scores import game_of

    from multigan.data import describe_source
    from multigan.recipe import resolve_options

    weights = game_of(start, scale).policy.get_weights()
    _, recipe = scale.registry.recipe("seqgan")
    rate = options.get("adversarial_learning_rate", BASE["adversarial_learning_rate"])
    given = {**options, "pretrain_steps": 0, "learning_rate": rate}
    resolved = resolve_options(recipe.options, {name: str(value) for name, value in given.items()}, "reward_search")
    keras.utils.set_random_seed(seed)
    kind = known_author(scale.source.oracle, stand_in) if stand_in in ("best", "ratio") else SeqGAN
    game = kind(describe_source(scale.source), seed=seed, **resolved)
    game.compile()
    game.prepare(scale.source)
    game.policy.set_weights(weights)
    if game.rollout_policy is not None:
        game.rollout_policy.set_weights(weights)
    return game


def known_author(identity: str, paid: str):
    """SeqGAN whose discriminator is the best there is: it knows who writes. Paid by "ratio": by the score itself."""
    from keras import ops
    from multigan_seqgan.game import SeqGAN
    from multigan_seqgan.parts import in_parts
    from multigan_seqgan.policy import Policy
    from multigan_seqgan.text import JUDGED, chosen

    from multigan import Phase
    from multigan.modalities.text.oracle import Oracle

    oracle = Oracle.of(identity)

    class KnownAuthor(SeqGAN):
        """Its rounds have no turn of a discriminator."""

        shares_prefixes = False

        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            author = Policy(oracle.vocabulary, oracle.hidden, oracle.hidden)
            author.set_weights(oracle.weights)
            author.trainable = False
            # Past Keras: it is no part of the model.
            object.__setattr__(self, "_author", author)

        def phases(self):
            turns = tuple(turn for turn in super().phases()[-1].turns if turn.player == "generator")
            return (Phase("adversarial", turns),)

        def judge(self, texts):
            def ratio(part):
                under = [chosen(writer.log_softmax(part)[0], part) for writer in (self._author, self.policy)]
                return ops.stop_gradient(ops.sum(under[0] - under[1], axis=-1))

            return in_parts(ratio, (texts,), JUDGED)

        def rewards(self, tokens):
            return ops.mean(self.search(tokens), axis=0) if paid == "ratio" else super().rewards(tokens)

    return KnownAuthor


def reward(key: str, seed: int, start: Path, scale) -> dict:
    """Rounds with one reward, and the scores and the curve after them."""
    from multigan.engine.turns import phase_at, updates_at

    what, changes, stand_in = REWARDS[key]
    options = BASE | changes
    game = build(options, seed, start, scale, stand_in)
    phases, stream, batch, health = game.phases(), real_texts(scale, seed, stand_in == "fresh"), None, {}
    rounds = ROUNDS * LONGER.get(key, 1)
    for step in range(1, sum(phase.steps or 0 for phase in phases[:-1]) + rounds + 1):
        for group in updates_at(phase_at(phases, step).turns, step):
            # The policy looks at no real text.
            batch = next(stream) if group[0].fresh or batch is None else batch
            for turn, result in zip(group, game.run_turns(group, batch), strict=True):
                health |= {f"{turn.player}/{name}": value for name, value in result["health"].items()}
    last = {name.split("/", 1)[-1]: round(float(value), 4) for name, value in health.items()}
    scored = {"scores": scale.scores(game), "curve": scale.curve(game)}
    return {"what": what, "options": options, "rounds": rounds, "stand_in": stand_in, "last": last} | scored


def discriminator(key: str, seed: int, start: Path, scale) -> dict:
    """A discriminator trained alone, and how far it knows real texts from generated ones."""
    from multigan.modalities.text.oracle import Oracle

    what, changes, steps, stand_in = DISCRIMINATORS[key]
    options = {**DISCRIMINATOR, "discriminator_pretrain_steps": steps, "rollouts": 0, **changes}
    game = build(options, seed, start, scale)
    oracle, turn = Oracle.of(scale.source.oracle), game.phases()[0].turns[0]
    fresh = stand_in == "fresh"
    stream = real_texts(scale, seed, fresh)
    seen = oracle.sample(1000, seed=1) if fresh else np.stack([scale.source[i]["text"] for i in range(1000)])
    made, held_out = game.sample(JUDGED, 0), np.asarray(scale.source.held_out)
    for _ in range(steps * turn.repeat):
        game.run_turns((turn,), next(stream))
    scores = {name: game.score(texts) for name, texts in (("made", made), ("seen", seen), ("held_out", held_out))}
    best = {t: oracle.log_likelihood(x) - game.log_likelihood(x) for t, x in (("made", made), ("held_out", held_out))}
    return {
        "what": what, "options": options, "updates": steps * turn.repeat, "fresh": fresh,
        "auc": auc(scores["held_out"], scores["made"]),
        "auc_seen": auc(scores["seen"], scores["made"]),
        "agreement": float(np.corrcoef(scores["made"], best["made"])[0, 1]),
        "best_auc": auc(best["held_out"], best["made"]),
    }  # fmt: skip


def real_texts(scale, seed: int, fresh: bool):
    """Batches of the data, or of texts of the same author none of which comes twice."""
    from multigan.data import batches
    from multigan.modalities.text.oracle import Oracle

    if not fresh:
        return batches(scale.source, 64, seed + 1)
    whole = Oracle.of(scale.source.oracle).sample(FRESH, seed=1)
    return ({"text": whole[place : place + 64]} for place in range(0, FRESH, 64))


def auc(real: np.ndarray, made: np.ndarray) -> float:
    """How often a real text scores higher than a made one; ties count half."""
    order = np.sort(made)
    lower, upper = (np.searchsorted(order, real, side) for side in ("left", "right"))
    return float((lower + upper).mean() / (2 * len(made)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["row"]:
        click.echo(json.dumps(row(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))))
    else:
        main()
