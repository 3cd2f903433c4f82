"""Times one pix2pix step of multigan beside plain PyTorch, on the CPU.

Run: `python benchmarks/pix2pix.py`, on a machine that does nothing else. About five minutes on two cores.
"""

import json
import os
from pathlib import Path

import click
import numpy as np
from pix2pix_step.setup import Setup, pairs
from provenance import provenance
from side_by_side import PAUSE
from step_pair import measure

RECORDS = Path(__file__).resolve().parent / "records"
CONTENDERS = {
    "multigan": ("multigan: the pix2pix plugin on TensorFlow", "pix2pix_step.on_multigan:OnMultigan"),
    "torch": (
        "plain PyTorch: eager, channels-last, one pass of the generator for both",
        "pix2pix_step.on_torch:OnTorch",
    ),
}
PROTOCOL = [
    "One step is one update of the discriminator and one of the generator, on one batch; float32, on the CPU. Both",
    "contenders have the same networks (instance norm) and parameter counts, and the losses of one step from the same",
    "weights and batch, without dropout, are compared before anything is timed. multigan computes its observations",
    "(accuracies, gradient norms) too, and runs the generator once for each update; the peer runs it once for both.",
    "Every figure reaches the host one step late. Each contender lives in a process of its own with all processors'",
    "threads; a round times one block of steps of each, after a pause and one untimed step; every round starts one",
    "contender further on. Ratios are of blocks in the same round.",
]


@click.command()
@click.option("--sizes", default="64,128", show_default=True, help="image sides, joined by commas")
@click.option("--batch-sizes", default="1,4", show_default=True, help="pairs in a batch, joined by commas")
@click.option("--rounds", default=15, show_default=True, help="timed blocks of each contender")
@click.option("--steps", default=10, show_default=True, help="steps in a block")
@click.option("--width", default=0, show_default=True, help="channels of the outermost layer; 0: 32 below 128, else 64")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(sizes, batch_sizes, rounds, steps, width, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    record = {
        "benchmark": "pix2pix",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL),
        "rounds": rounds,
        "steps_in_a_block": steps,
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    for size in map(int, sizes.split(",")):
        for batch_size in map(int, batch_sizes.split(",")):
            setup = Setup(size=size, batch_size=batch_size, width=width or (64 if size >= 128 else 32))
            label = f"{size} x {size}, batch {batch_size}: timing"
            entry, versions = measure(CONTENDERS, setup, pairs(setup, 1), None, rounds, steps, label)
            record["versions"] |= versions
            told = {"size": size, "channels": 3, "batch_size": batch_size, "width": setup.width}
            record["sizes"].append(told | entry)
    out = out or RECORDS / f"pix2pix-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(str(out), err=True)


if __name__ == "__main__":
    main()
