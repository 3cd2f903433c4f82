"""Times one step of the recipe `animation` beside plain PyTorch, on the CPU.

Run: `python benchmarks/clips.py`, on a machine that does nothing else, with PyTorch installed. About five minutes on
two cores.
"""

import json
import os
from pathlib import Path

import click
import numpy as np
from clips_step.setup import Setup, batches, noise
from provenance import provenance
from side_by_side import PAUSE
from step_pair import measure

RECORDS = Path(__file__).resolve().parent / "records"
# Losses of a GRU with its gates mixed up are off by about the tolerance of other steps.
TOLERANCE = 2e-3
CONTENDERS = {
    "multigan": ("multigan: the animation plugin on TensorFlow", "clips_step.on_multigan:OnMultigan"),
    "torch": ("plain PyTorch: eager, channels-last", "clips_step.on_torch:OnTorch"),
}
PROTOCOL = """
One step is an update of the discriminators of clips and of frames, and one of the generator, each from clips that are
made for it; frames as channels, two frames of each clip compared, spectral norm, hinge, classes; the recipe's
defaults; float32, on the CPU. Both contenders have the same networks and parameter counts and keep an average of the
generator, and both discriminators' losses of two steps' updates from the same weights, batches, noise and choice of
frames are compared before anything is timed, within two thousandths and as large a share of each; what decides the
choice is handed over as the noise is, and the generator's last layer is ten times as large as at first, so that its
clips are not grey. For that comparison PyTorch judges real and generated clips apart, each by a power iteration of its
own, as multigan does; while it is timed it does so, or judges both in one pass of one iteration, whichever is faster
in a trial, and draws for itself. Its GRU is torch.nn.GRU and ends with the last frame; multigan computes one code
more, which closes clips when they are asked to, and its observations (accuracies, gradient norms). The peer computes
the losses and the updates and nothing else, with the fastest form of Adam. Every figure reaches the host one step
late. Each contender lives in a process of its own with all processors' threads; a round times one block of steps of
each, after a pause and one untimed step; every round starts one contender further on. Ratios are of blocks in the same
round.
"""


@click.command()
@click.option("--clips", default="32x16x1,64x16x3", show_default=True, help="SIDExFRAMESxCHANNELS, joined by commas")
@click.option("--batch-size", default=16, show_default=True, help="clips in a batch")
@click.option("--width", default=32, show_default=True, help="channels of the generator's outermost hidden layer")
@click.option("--critic-width", default=32, show_default=True, help="of the discriminators' first layer")
@click.option("--rounds", default=9, show_default=True, help="timed blocks of each contender")
@click.option("--steps", default=5, show_default=True, help="steps in a block")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(clips, batch_size, width, critic_width, rounds, steps, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    record = {
        "benchmark": "clips",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL.split()),
        "rounds": rounds,
        "steps_in_a_block": steps,
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    for size, frames, channels in (map(int, told.split("x")) for told in clips.split(",")):
        setup = Setup(size, frames, channels, batch_size, width, critic_width)
        label = f"{size} x {size} x {frames}, batch {batch_size}: timing"
        entry, versions = measure(
            CONTENDERS, setup, batches(setup, 2), noise(setup, 2), rounds, steps, label, TOLERANCE
        )
        told = {"size": size, "frames": frames, "channels": channels, "classes": setup.classes}
        told |= {"batch_size": batch_size, "width": width, "critic_width": critic_width}
        record["versions"] |= versions
        record["sizes"].append(told | entry)
        click.echo(f"{label}: {entry['ratio']['median']:.3f} of its time", err=True)
    out = out or RECORDS / f"clips-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(str(out), err=True)


if __name__ == "__main__":
    main()
