"""Times one DCGAN step of multigan beside the same networks in plain TensorFlow and plain PyTorch, on the CPU.

Run: `python benchmarks/engine.py`, on a machine that does nothing else, then `python benchmarks/tables.py`.
About half an hour on two cores.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

import click
import numpy as np
from dcgan_step.setup import Setup, images, latents
from dcgan_step.work import parameters, step_flops
from provenance import provenance
from side_by_side import PAUSE, Worker, alternate, spread

RECORDS = Path(__file__).resolve().parent / "records"

# What each row of the table is, the contender's class, its arguments.
CONTENDERS = {
    "multigan": ("multigan: the dcgan plugin on TensorFlow", "dcgan_step.on_multigan:OnMultigan", {}),
    "tensorflow": ("bare TensorFlow: Keras layers, Keras Adam", "dcgan_step.on_tensorflow:OnTensorFlow", {}),
    "tensorflow-fused": (
        "plain TensorFlow: its fused kernels for batch norm and Adam",
        "dcgan_step.on_tensorflow:OnTensorFlow",
        {"fused": True},
    ),
    "torch": ("plain PyTorch: eager, channels-last", "dcgan_step.on_torch:OnTorch", {}),
    "torch-shared": (
        "PyTorch in its tutorial's order: one generated batch serves both updates (less work)",
        "dcgan_step.on_torch:OnTorch",
        {"shared_fake": True},
    ),
}
# The peers of equal work; the faster of them is the one to beat.
PEERS = ("tensorflow", "tensorflow-fused", "torch")
# Steps that are compared before anything is timed: the second one's losses follow from both updates of the first.
COMPARED = 2
# The first step's losses agree to six digits. Adam's first update is a sign, which another order of summation turns
# where a gradient is near zero: at 64 x 64 the second step's losses differ by a thousandth or two.
TOLERANCE = 5e-3
MATRIX = 2048
PROTOCOL = [
    "One step is a discriminator's update, then a generator's, each with fresh latents; float32, on the CPU.",
    "Every contender has the same networks and parameter counts, and its losses over two steps from the same weights,",
    "batches and latents are compared before anything is timed.",
    "multigan runs both turns as its run loop does, through Game.run_turns, with their observations (accuracies,",
    "gradient norms); every figure reaches the host one step late. Batches lie in memory.",
    "The peers compute the losses and the updates and nothing else; both losses reach the host one step late.",
    "Each contender lives in a process of its own with all processors' threads; one works, the others wait on a pipe.",
    "A round times one block of steps of each, after a pause and one untimed step; every round starts one contender",
    "further on. Ratios are of blocks in the same round.",
    "The matrix product is timed in the same rounds, by TensorFlow and PyTorch; the faster by its median counts.",
    "Operations: a multiplication and an addition are two; convolutions and dense layers only; gradients that no",
    "update needs are not counted.",
]


@click.command()
@click.option("--sizes", default="32,64", show_default=True, help="image sides, joined by commas")
@click.option("--rounds", default=15, show_default=True, help="timed blocks of each contender")
@click.option("--steps", default=10, show_default=True, help="steps in a block")
@click.option("--peers", default=",".join(list(CONTENDERS)[1:]), show_default=True, help="which, joined by commas")
@click.option("--batch-size", default=64, show_default=True)
@click.option("--width", default=64, show_default=True, help="channels of the outermost hidden layer")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="the record's file; benchmarks/records/engine-DATE.json otherwise",
)
def main(sizes, rounds, steps, peers, batch_size, width, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    contenders = chosen(peers.split(","))
    try:
        setups = [Setup(size=int(size), batch_size=batch_size, width=width) for size in sizes.split(",")]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--sizes") from error
    record = {
        "benchmark": "engine",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL),
        "rounds": rounds,
        "steps_in_a_block": steps,
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    if record["machine"]["load_before"] and record["machine"]["load_before"][0] > 0.5:
        click.echo(
            f"load {record['machine']['load_before'][0]}: the machine is busy, the figures will be noise", err=True
        )
    for setup in setups:
        entry, versions = measure(setup, contenders, rounds, steps)
        record["versions"] |= versions
        record["sizes"].append(entry)
        write(record, out)
    click.echo("next: python benchmarks/tables.py", err=True)


def write(record: dict, out: Path | None) -> None:
    """Writes the record as it stands: after each size, so that a later one's failure costs none before it."""
    out = out or RECORDS / f"engine-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(str(out), err=True)


def chosen(peers: list[str]) -> dict:
    """Returns the contenders that run: multigan, the bare step that its overhead is told by, and the peers.

    Raises:
        click.BadParameter: an unknown peer.
    """
    for peer in peers:
        if peer not in CONTENDERS:
            raise click.BadParameter(f"{peer}: not one of {', '.join(CONTENDERS)}", param_hint="--peers")
    contenders = {name: row for name, row in CONTENDERS.items() if name in ("multigan", "tensorflow", *peers)}
    if importlib.util.find_spec("torch") is None:
        click.echo("PyTorch is not installed: measuring without it", err=True)
        contenders = {name: row for name, row in contenders.items() if not name.startswith("torch")}
    return contenders


def measure(setup: Setup, contenders: dict, rounds: int, steps: int) -> tuple[dict, dict]:
    """Returns one size's entry of the record, and the versions of what ran."""
    workers = {}
    try:
        for name, (_, factory, arguments) in contenders.items():
            click.echo(f"{setup.size} x {setup.size}: starting {name}", err=True)
            workers[name] = Worker(name, factory, setup=setup, **arguments)
        facts = {name: worker.call("facts") for name, worker in workers.items()}
        for name, fact in facts.items():
            if fact["parameters"] != parameters(setup):
                raise click.ClickException(f"{name}: {fact['parameters']} parameters, not {parameters(setup)}")
        losses = compare(setup, workers)
        for worker in workers.values():
            worker.call("run", 2)
        times, products = race(setup, workers, rounds, steps)
    finally:
        for worker in workers.values():
            worker.close()
    entry = {
        "size": setup.size,
        "channels": setup.channels,
        "batch_size": setup.batch_size,
        "width": setup.width,
        "parameters": parameters(setup),
        "compared": {"tolerance": TOLERANCE, "losses of discriminator and generator, by step": losses},
        "contenders": {
            name: {"what": contenders[name][0], **facts[name], "step": spread(times[name]["seconds"]), **times[name]}
            for name in workers
        },
        "matrix_product": {"size": MATRIX, **products},
        **summary(setup, times, products),
    }
    return entry, {library: v for fact in facts.values() for library, v in fact.pop("versions").items()}


def compare(setup: Setup, workers: dict) -> dict:
    """Returns each contender's losses of the first steps from the same weights, batches and latents.

    Raises:
        click.ClickException: they differ by more than the tolerance.
    """
    weights, batches = workers["multigan"].call("weights"), images(setup, COMPARED)
    apart = latents(setup, 2 * COMPARED).reshape(COMPARED, 2, setup.batch_size, setup.latent_dim)
    # One generated batch for both updates is a step of equal latents: the generator does not change between them.
    equal = np.repeat(apart[:, :1], 2, axis=1)
    same = [name for name in workers if name != "torch-shared"]
    losses = {name: workers[name].call("losses", weights, batches, apart) for name in same}
    groups = [same]
    if "torch-shared" in workers:
        losses["multigan, equal latents"] = workers["multigan"].call("losses", weights, batches, equal)
        losses["torch-shared"] = workers["torch-shared"].call("losses", weights, batches, equal)
        groups.append(["multigan, equal latents", "torch-shared"])
    for first, *others in groups:
        for other in others:
            if not np.allclose(losses[other], losses[first], rtol=TOLERANCE, atol=0):
                raise click.ClickException(f"not the same step: {first} {losses[first]}, {other} {losses[other]}")
    return losses


def race(setup: Setup, workers: dict, rounds: int, steps: int) -> tuple[dict, dict]:
    """Returns the times of the steps by contender and of the matrix products by library."""
    blocks = {name: (worker, "run", steps) for name, worker in workers.items()}
    libraries = [name for name in ("tensorflow", "torch") if name in workers]
    blocks |= {f"{name} product": (workers[name], "multiply", 5) for name in libraries}
    label = f"{setup.size} x {setup.size}: timing"
    with click.progressbar(length=rounds * len(blocks), label=label, file=sys.stderr) as bar:
        times = alternate(blocks, rounds, lambda: bar.update(1))
    return {name: times[name] for name in workers}, {name: times[f"{name} product"] for name in libraries}


def summary(setup: Setup, times: dict, products: dict) -> dict:
    """Returns ratios within rounds, and the shares of the matrix-product rate that the steps reach."""
    seconds = {name: np.array(values["seconds"]) for name, values in times.items()}
    library = min(products, key=lambda name: np.median(products[name]["seconds"]))
    rate = 2 * MATRIX**3 / np.array(products[library]["seconds"])
    flops = {
        name: {
            "with padding": step_flops(setup, shared_fake=name == "torch-shared"),
            "without padding": step_flops(setup, shared_fake=name == "torch-shared", padding=False),
        }
        for name in seconds
    }
    own = seconds["multigan"]
    return {
        "faster_peer": min((n for n in PEERS if n in seconds), key=lambda name: np.median(seconds[name])),
        "ratios": {name: spread(own / other) for name, other in seconds.items() if name != "multigan"},
        "flops": flops,
        "product": {"library": library, "flops_per_second": spread(rate)},
        "share": {
            name: {rule: spread(count / seconds[name] / rate) for rule, count in counts.items()}
            for name, counts in flops.items()
        },
    }


if __name__ == "__main__":
    main()
