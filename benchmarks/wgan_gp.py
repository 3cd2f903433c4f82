"""Times one WGAN-GP step of multigan (five critic updates, one of the generator) beside plain PyTorch, on the CPU.

Run: `python benchmarks/wgan_gp.py`, on a machine that does nothing else, then `python benchmarks/tables.py`.
About five minutes on two cores.
"""

import json
import os
from pathlib import Path

import click
import numpy as np
from dcgan_step.setup import Setup, images, latents
from provenance import provenance
from side_by_side import PAUSE
from step_pair import measure

RECORDS = Path(__file__).resolve().parent / "records"
CONTENDERS = {
    "multigan": ("multigan: the wgan-gp plugin on TensorFlow", "wgan_gp_step.on_multigan:OnMultigan"),
    "torch": ("plain PyTorch: eager, channels-last, double backward", "wgan_gp_step.on_torch:OnTorch"),
}
UPDATES = 6
PROTOCOL = [
    "One step is five updates of the critic, each with a batch, latents and mixing weights of its own, then one of the",
    "generator; float32, on the CPU. Both contenders have the same networks (layer norm in the critic) and parameter",
    "counts, and the losses of all six updates of a step from the same weights, batches, latents and mixing weight are",
    "compared before anything is timed. multigan computes its observations (distance, gradient norms) too; the peer",
    "computes the losses and the updates and nothing else. Every figure reaches the host one step late. Each contender",
    "lives in a process of its own with all processors' threads; a round times one block of steps of each, after a",
    "pause and one untimed step; every round starts one contender further on. Ratios are of blocks in the same round.",
]


@click.command()
@click.option("--sizes", default="32", show_default=True, help="image sides, joined by commas")
@click.option("--rounds", default=15, show_default=True, help="timed blocks of each contender")
@click.option("--steps", default=4, show_default=True, help="steps in a block")
@click.option("--batch-size", default=64, show_default=True)
@click.option("--width", default=64, show_default=True, help="channels of the outermost hidden layer")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(sizes, rounds, steps, batch_size, width, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    record = {
        "benchmark": "wgan-gp",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL),
        "rounds": rounds,
        "steps_in_a_block": steps,
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    for size in map(int, sizes.split(",")):
        setup = Setup(size=size, batch_size=batch_size, width=width, latent_dim=128)
        batches, z = images(setup, UPDATES), latents(setup, UPDATES)
        entry, versions = measure(CONTENDERS, setup, batches, z, rounds, steps, f"{size} x {size}: timing")
        sizes_told = {"size": size, "channels": setup.channels, "batch_size": batch_size, "width": width}
        record["versions"] |= versions
        record["sizes"].append(sizes_told | entry)
    out = out or RECORDS / f"wgan-gp-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(f"{out}; next: python benchmarks/tables.py", err=True)


if __name__ == "__main__":
    main()
