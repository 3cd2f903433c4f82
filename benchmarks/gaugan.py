"""Times one GauGAN step of multigan beside plain PyTorch, on the CPU.

Run: `python benchmarks/gaugan.py`, on a machine that does nothing else, with PyTorch installed. About ten minutes on
two cores.
"""

import json
import os
from pathlib import Path

import click
import numpy as np
from gaugan_step.setup import Setup, batches, noise
from provenance import provenance
from side_by_side import PAUSE
from step_pair import measure

RECORDS = Path(__file__).resolve().parent / "records"
CONTENDERS = {
    "multigan": ("multigan: the gaugan plugin on TensorFlow", "gaugan_step.on_multigan:OnMultigan"),
    "torch": (
        "plain PyTorch: eager, channels-last, one pass of each network for both",
        "gaugan_step.on_torch:OnTorch",
    ),
}
PROTOCOL = """
One step is an update of the generator with its encoder of styles, and one of both discriminators, which judge what the
generator made; hinge, feature matching, the divergence of styles, no perceptual term; maps of 32 classes; float32, on
the CPU. Both contenders have the same networks and parameter counts and keep an average of the generator, and the
losses of two steps' updates from the same weights, batches and noise are compared before anything is timed; for that
PyTorch pads the encoder as TensorFlow does and judges real pictures by one more power iteration in the generator's
turn, and while it is timed does what is the cheapest for it. multigan computes its observations (accuracies, gradient
norms) too, and runs the generator once, but the discriminators for each update; the peer runs them once for both,
with the fastest form of Adam and of instance norm. Every figure reaches the host one step late. Each contender lives in
a process of its own with all processors' threads; a round times one block of steps of each, after a pause and one
untimed step; every round starts one contender further on. Ratios are of blocks in the same round.
"""


@click.command()
@click.option("--sizes", default="64,128", show_default=True, help="picture sides, joined by commas")
@click.option("--batch-sizes", default="1,4", show_default=True, help="joined by commas")
@click.option("--width", default=0, show_default=True, help="channels of the outermost block; 0: the recipe's")
@click.option("--critic-width", default=0, show_default=True, help="of the discriminators; 0: the recipe's")
@click.option("--rounds", default=9, show_default=True, help="timed blocks of each contender")
@click.option("--steps", default=3, show_default=True, help="steps in a block")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(sizes, batch_sizes, width, critic_width, rounds, steps, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    record = {
        "benchmark": "gaugan",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL.split()),
        "rounds": rounds,
        "steps_in_a_block": steps,
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    for size, count in ((int(size), int(count)) for size in sizes.split(",") for count in batch_sizes.split(",")):
        large = size >= 128
        setup = Setup(size, count, width or (32 if large else 16), critic_width or (64 if large else 32))
        label = f"{size} x {size}, batch {count}: timing"
        entry, versions = measure(CONTENDERS, setup, batches(setup, 2), noise(setup, 2), rounds, steps, label)
        told = {"size": size, "channels": 3, "classes": setup.classes, "batch_size": count, "width": setup.width}
        record["versions"] |= versions
        record["sizes"].append(told | {"critic_width": setup.critic_width} | entry)
        click.echo(f"{label}: {entry['ratio']['median']:.3f} of its time", err=True)
    out = out or RECORDS / f"gaugan-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(str(out), err=True)


if __name__ == "__main__":
    main()
