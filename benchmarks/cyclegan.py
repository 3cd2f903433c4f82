"""Times one CycleGAN step of multigan beside plain PyTorch, on the CPU.

Run: `python benchmarks/cyclegan.py`, on a machine that does nothing else, with PyTorch installed. About ten minutes on
two cores.
"""

import json
import os
from pathlib import Path

import click
import numpy as np
from cyclegan_step.setup import Setup, batches
from provenance import provenance
from side_by_side import PAUSE
from step_pair import measure

RECORDS = Path(__file__).resolve().parent / "records"
CONTENDERS = {
    "multigan": ("multigan: the cyclegan plugin on TensorFlow", "cyclegan_step.on_multigan:OnMultigan"),
    "torch": ("plain PyTorch: eager, channels-last", "cyclegan_step.on_torch:OnTorch"),
}
PROTOCOL = """
One step is an update of both generators and one of both discriminators, which judge what the generators made, from
pools of 50; least squares, cycle weight 10, no noise on the way back, no averages; float32, on the CPU. Both contenders
have the same networks and parameter counts, and the losses of two steps' updates from the same weights and batches are
compared before anything is timed; for that PyTorch pads as TensorFlow does, and while it is timed as is the cheapest
for it. multigan computes its observations (distances, gradient norms) too; the peer computes the losses and the updates
and nothing else, with the faster form of Adam and of instance norm. Every figure reaches the host one step late. Each
contender lives in a process of its own with all processors' threads; a round times one block of steps of each, after a
pause and one untimed step; every round starts one contender further on. Ratios are of blocks in the same round.
"""


@click.command()
@click.option("--sizes", default="64,128", show_default=True, help="picture sides, joined by commas")
@click.option("--batch-sizes", default="1,4", show_default=True, help="joined by commas")
@click.option("--width", default=64, show_default=True, help="channels of the outermost layers")
@click.option("--identity", default=0.0, show_default=True, help="weight of that term")
@click.option("--rounds", default=7, show_default=True, help="timed blocks of each contender")
@click.option("--steps", default=1, show_default=True, help="steps in a block")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(sizes, batch_sizes, width, identity, rounds, steps, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    record = {
        "benchmark": "cyclegan",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL.split()),
        "rounds": rounds,
        "steps_in_a_block": steps,
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    for size, count in ((size, count) for size in sizes.split(",") for count in batch_sizes.split(",")):
        setup = Setup(size=int(size), batch_size=int(count), width=width, identity=identity)
        label = f"{size} x {size}, batch {count}: timing"
        entry, versions = measure(CONTENDERS, setup, batches(setup, 2), None, rounds, steps, label)
        told = {"size": setup.size, "channels": 3, "batch_size": setup.batch_size, "width": width, "identity": identity}
        record["versions"] |= versions
        record["sizes"].append(told | entry)
        click.echo(f"{label}: {entry['ratio']['median']:.3f} of its time", err=True)
    out = out or RECORDS / f"cyclegan-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(str(out), err=True)


if __name__ == "__main__":
    main()
