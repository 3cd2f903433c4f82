"""Times SeqGAN at the paper's sizes, on the CPU: a generator's turn beside the same in the reference's order, and the
discriminator's updates beside plain PyTorch.

Run: `python benchmarks/seqgan.py`, on a machine that does nothing else, then `python benchmarks/tables.py`.
About twenty minutes on two cores.
"""

import json
import os
import sys
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from seqgan_step.setup import Setup, texts
from side_by_side import PAUSE, Worker, alternate, spread

RECORDS = Path(__file__).resolve().parent / "records"
OWN, PEER, ORDER = "seqgan_step.on_multigan:OnMultigan", "seqgan_step.on_torch:OnTorch", "seqgan_step.by_position"
# What a contender is, its class and arguments, and its method that makes so many of the unit.
TURNS = {
    "multigan": ("multigan: the seqgan plugin on TensorFlow", OWN, {}, "turns"),
    "by position": (
        "the reference's order on TensorFlow, tf.random.categorical", f"{ORDER}:ByPosition", {}, "turns"
    ),
    "by position, own draw": (
        "the reference's order on TensorFlow, multigan's draw", f"{ORDER}:ByPosition", {"own_draw": True}, "turns"
    ),
}  # fmt: skip
UPDATES = {
    "multigan": ("multigan: the seqgan plugin on TensorFlow", OWN, {}, "updates"),
    "torch": ("plain PyTorch: eager, real and generated texts as one batch", PEER, {}, "updates"),
    "torch, two batches": ("plain PyTorch: eager, one batch after the other", PEER, {"joined": False}, "updates"),
    "multigan, writing": ("multigan as in a run: each update writes its texts", OWN, {}, "writing_updates"),
}
# multigan in a run does more than the others; it is no peer.
NO_PEER = "multigan, writing"
REWARDS_TOLERANCE, LOSSES_TOLERANCE, COMPARED = 1e-4, 5e-3, 4
PROTOCOL = [
    "The paper's sizes (arXiv 1609.05473); the policy's weights are fresh; float32, on the CPU. A generator's turn",
    "writes a batch of texts, completes each of their prefixes by N rollouts, lets the discriminator judge these, and",
    "makes one policy gradient and one update of Adam. In the reference's order each rollout of each prefix is two",
    "compiled calls, one that goes through the prefix from its first token and draws the rest of the batch, one that",
    "judges it; all else, networks and gradient, is multigan's own. The rewards of both orders for the same texts and",
    "weights, with rollouts that take the likeliest token, are compared before anything is timed. An epoch of the",
    "discriminator is as many updates as real texts make batches, each with as many generated ones, which are given,",
    "int32; dropout, decay and Adam as in the paper. PyTorch has the same network and parameter count and the faster",
    "of its forms of Adam, and the losses of the first updates from the same weights and batches, without dropout,",
    "are compared before. multigan computes its observations (accuracies, entropy, gradient norms) too; PyTorch",
    "computes the loss and the update and nothing else. Every figure reaches the host one update late. Each contender",
    "lives in a process of its own with all processors' threads; a round times one block of each, after a pause and",
    "one untimed unit; every round starts one contender further on. Ratios are of blocks in the same round.",
]


@click.command()
@click.option("--vocabulary", default=Setup.vocabulary, show_default=True)
@click.option("--length", default=Setup.length, show_default=True, help="of a text, in tokens")
@click.option("--batch-size", default=Setup.batch_size, show_default=True)
@click.option("--rollouts", default=Setup.rollouts, show_default=True, help="N, from each token on")
@click.option("--filters", default=Setup.filters, show_default=True, help="scales the discriminator's filters")
@click.option("--count", default=Setup.count, show_default=True, help="real texts in an epoch")
@click.option("--rounds", default="7,9", show_default=True, help="timed blocks of each: of turns, of updates")
@click.option("--units", default="1,40", show_default=True, help="in a block: turns, updates")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(vocabulary, length, batch_size, rollouts, filters, count, rounds, units, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    setup = Setup(vocabulary, length, batch_size, rollouts, filters, count)
    (turn_rounds, update_rounds), (turns, updates) = (tuple(map(int, text.split(","))) for text in (rounds, units))
    versions = {"numpy": np.__version__}
    turn = measure(TURNS, setup, same_rewards, turn_rounds, turns, versions, "a generator's turn: timing")
    epoch = measure(UPDATES, setup, same_losses, update_rounds, updates, versions, "the discriminator: timing")
    record = {
        "benchmark": "seqgan",
        **provenance(),
        "versions": versions,
        "protocol": " ".join(PROTOCOL),
        "pause_seconds": PAUSE,
        "setup": vars(setup) | {"updates in an epoch": setup.updates},
        "turn": {"rounds": turn_rounds, "turns in a block": turns, **turn},
        "epoch": {"rounds": update_rounds, "updates in a block": updates, **epoch},
    }
    out = out or RECORDS / f"seqgan-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(f"{out}; next: python benchmarks/tables.py", err=True)


def measure(contenders, setup, compare, rounds, units, versions, label) -> dict:
    """Returns what a record tells of contenders: what was compared, each one's times, multigan's ratio to each peer.

    Args:
        contenders: by name, multigan first: see `TURNS`.
        setup: the sizes.
        compare: of the workers and their facts, raises where they do not do the same work.
        rounds: timed blocks of each.
        units: in a block.
        versions: to be added to.
        label: of the progress bar.
    """
    workers = {}
    try:
        for name, (_, factory, arguments, _) in contenders.items():
            workers[name] = Worker(name, factory, setup=setup, **arguments)
        facts = {name: worker.call("facts") for name, worker in workers.items()}
        for fact in facts.values():
            versions |= fact.pop("versions")
        compared = compare(workers, facts, setup)
        blocks = {name: (worker, contenders[name][3], units) for name, worker in workers.items()}
        with click.progressbar(length=rounds * len(blocks), label=label, file=sys.stderr) as bar:
            times = alternate(blocks, rounds, lambda: bar.update(1))
    finally:
        for worker in workers.values():
            worker.close()
    own = np.array(times["multigan"]["seconds"])
    return {
        "compared": compared,
        "contenders": {
            name: {"what": contenders[name][0], **facts[name], "unit": spread(times[name]["seconds"]), **times[name]}
            for name in workers
        },
        "ratios": {
            name: spread(own / np.array(times[name]["seconds"]))
            for name in workers
            if name not in ("multigan", NO_PEER)
        },
    }


def same_rewards(workers, facts, setup) -> dict:
    """Each contender's rewards of the same texts and weights, where draws are certain; how far they are apart."""
    weights, written = workers["multigan"].call("weights"), texts(setup, 1, seed=3)[0]
    # A policy that has favourites, so that rounding never makes another token the likeliest.
    weights["generator"] = [10.0 * value for value in weights["generator"]]
    rewards = {name: worker.call("certain_rewards", weights, written) for name, worker in workers.items()}
    apart = {name: float(np.abs(found - rewards["multigan"]).max()) for name, found in rewards.items()}
    if max(apart.values()) > REWARDS_TOLERANCE:
        raise click.ClickException(f"not the same rewards: they are apart by {apart}")
    own = rewards["multigan"]
    return {"tolerance": REWARDS_TOLERANCE, "rewards apart by": apart, "rewards' deviation": float(own.std())}


def same_losses(workers, facts, setup) -> dict:
    """Each contender's losses of the first updates from the same weights and batches."""
    counts = {name: fact["parameters"]["discriminator"] for name, fact in facts.items()}
    if len(set(counts.values())) > 1:
        raise click.ClickException(f"not the same networks: {counts} parameters")
    weights = workers["multigan"].call("weights")
    given = weights, texts(setup, COMPARED, seed=4), texts(setup, COMPARED, seed=5)
    losses = {name: worker.call("losses", *given) for name, worker in workers.items()}
    for name, found in losses.items():
        if not np.allclose(found, losses["multigan"], rtol=LOSSES_TOLERANCE, atol=LOSSES_TOLERANCE):
            raise click.ClickException(f"not the same updates: {name} has the losses {found}, see {losses}")
    return {"tolerance": LOSSES_TOLERANCE, "losses of each update": losses}


if __name__ == "__main__":
    main()
