"""One adversarial step of multigan beside the same step of a peer: compared from the same weights, then timed."""

import sys

import click
import numpy as np
from side_by_side import Worker, alternate, spread

__all__ = ["MIXING", "measure"]

MIXING = 0.3
# Adam's first update is a sign, which another order of summation turns where a gradient is near zero.
TOLERANCE = 5e-3


def measure(
    contenders: dict, setup, batches, z, rounds: int, steps: int, label: str, tolerance: float = TOLERANCE
) -> tuple[dict, dict]:
    """Returns what a record tells of two contenders, and the versions of what ran.

    Args:
        contenders: "multigan" and "torch": what each is, and `"module:Class"`, built with `setup`. It has `facts()`,
            `losses(weights, batches, latents, mixing)` and `run(steps)`; multigan's also has `weights()`.
        setup: of the step.
        batches, z: what each update of the compared step sees.
        rounds: timed blocks of each.
        steps: in a block.
        label: of the progress bar.
        tolerance: of the losses, absolute and relative.

    Raises:
        click.ClickException: other parameter counts, or losses that differ by more than the tolerance.
    """
    workers = {}
    try:
        for name, (_, factory) in contenders.items():
            workers[name] = Worker(name, factory, setup=setup)
        facts = {name: worker.call("facts") for name, worker in workers.items()}
        losses = _compare(workers, facts, batches, z, tolerance)
        blocks = {name: (worker, "run", steps) for name, worker in workers.items()}
        with click.progressbar(length=rounds * len(blocks), label=label, file=sys.stderr) as bar:
            times = alternate(blocks, rounds, lambda: bar.update(1))
    finally:
        for worker in workers.values():
            worker.close()
    ratio = np.array(times["multigan"]["seconds"]) / np.array(times["torch"]["seconds"])
    entry = {
        "compared": {"tolerance": tolerance, "losses of each update": losses},
        "contenders": {
            name: {"what": contenders[name][0], **facts[name], "step": spread(times[name]["seconds"]), **times[name]}
            for name in workers
        },
        "ratio": spread(ratio),
    }
    return entry, {library: v for fact in facts.values() for library, v in fact.pop("versions").items()}


def _compare(workers, facts, batches, z, tolerance):
    """Each contender's losses of one step's updates from the same weights, batches, latents and mixing weight."""
    if facts["multigan"]["parameters"] != facts["torch"]["parameters"]:
        raise click.ClickException(f"not the same networks: {facts}")
    weights = workers["multigan"].call("weights")
    losses = {name: worker.call("losses", weights, batches, z, MIXING) for name, worker in workers.items()}
    if not np.allclose(losses["multigan"], losses["torch"], rtol=tolerance, atol=tolerance):
        raise click.ClickException(f"not the same step: {losses}")
    return losses
