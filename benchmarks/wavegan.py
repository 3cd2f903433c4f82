"""Times one WaveGAN step of multigan (five critic updates, one of the generator) beside plain PyTorch, on the CPU.

Run: `python benchmarks/wavegan.py`, on a machine that does nothing else, then `python benchmarks/tables.py`.
About fifteen minutes on two cores, nearly all of them at dim 64.
"""

import json
import os
from pathlib import Path

import click
import numpy as np
from provenance import provenance
from side_by_side import PAUSE
from step_pair import measure
from wavegan_step.setup import Setup, latents, sounds

RECORDS = Path(__file__).resolve().parent / "records"
CONTENDERS = {
    "multigan": ("multigan: the wavegan plugin on TensorFlow", "wavegan_step.on_multigan:OnMultigan"),
    "torch": ("plain PyTorch: eager, double backward", "wavegan_step.on_torch:OnTorch"),
}
UPDATES = 6
PROTOCOL = [
    "One step is five updates of the discriminator, each with a batch, latents and mixing weights of its own, then",
    "one of the generator; WGAN-GP, phase shuffle of 2 by batch; sounds of 16,384 samples, mono; float32, on the",
    "CPU. Both contenders have the same networks and parameter counts, and the losses of all six updates of a step",
    "from the same weights, batches, latents and mixing weight, without phase shuffle, are compared before anything",
    "is timed. multigan computes its observations (distance, gradient norms) too; the peer computes the losses and",
    "the updates and nothing else. Every figure reaches the host one step late. Each lives in a process of its own",
    "with all processors' threads; a round times one block of steps of each, after a pause and one untimed step;",
    "every round starts one contender further on. Ratios are of blocks in the same round.",
]


@click.command()
@click.option("--dims", default="16,64", show_default=True, help="channels of the outermost layer, joined by commas")
@click.option(
    "--rounds", default="15,5", show_default=True, help="timed blocks of each contender, for each of the dims"
)
@click.option("--steps", default="4,1", show_default=True, help="steps in a block, for each of the dims")
@click.option("--length", default=16_384, show_default=True, help="of a sound, in samples")
@click.option("--batch-size", default=16, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
def main(dims, rounds, steps, length, batch_size, out):
    """Measures, and writes a JSON record."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    record = {
        "benchmark": "wavegan",
        **provenance(),
        "versions": {"numpy": np.__version__},
        "protocol": " ".join(PROTOCOL),
        "rounds": rounds.replace(",", " and "),
        "steps_in_a_block": steps.replace(",", " and "),
        "pause_seconds": PAUSE,
        "sizes": [],
    }
    for dim, turns, block in zip(*(map(int, text.split(",")) for text in (dims, rounds, steps)), strict=True):
        setup = Setup(length=length, dim=dim, batch_size=batch_size)
        given = sounds(setup, UPDATES), latents(setup, UPDATES)
        entry, versions = measure(CONTENDERS, setup, *given, turns, block, f"dim {dim}: timing")
        record["versions"] |= versions
        told = {"length": length, "dim": dim, "batch_size": batch_size}
        record["sizes"].append(told | entry)
    out = out or RECORDS / f"wavegan-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(f"{out}; next: python benchmarks/tables.py", err=True)


if __name__ == "__main__":
    main()
