"""Times the translation of a folder of pictures beside plain PyTorch with the same network, on the CPU.

Run: `python benchmarks/translate.py`, on a machine that does nothing else. Both read PNGs, put each picture through a
ResNet generator (Johnson et al., 2016, arXiv 1603.08155, as CycleGAN has it) and write PNGs. About ten minutes.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
from PIL import Image
from provenance import provenance
from side_by_side import spread

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = """
A folder of PNGs of soft noise becomes another: both contenders read each file, put it through a ResNet generator as
CycleGAN has it (width and blocks as told, the same parameter counts, no trained weights) and write a PNG; float32, on
the CPU with all processors' threads. multigan does it as `multigan sample --input` does, picture by picture, reading
ahead and writing behind; PyTorch in a plain loop: eager, channels-last, instance norm. Each folder is a process of its
own, in turn; starting and the first picture are not timed. Ratios are of neighbouring runs.
"""
CONTENDERS = ("multigan", "torch")
WIDTH, BLOCKS = 64, 6


@click.command()
@click.option("--count", default=1000, show_default=True, help="pictures in the folder")
@click.option("--size", default=128, show_default=True, help="their side in pixels")
@click.option("--mixed", is_flag=True, help="sides of their own, from half of --size to one and a half times that")
@click.option("--rounds", default=3, show_default=True, help="folders that each contender translates, in turn")
@click.option("--width", default=WIDTH, show_default=True, help="channels of the outermost layers")
@click.option("--batch", default=1, show_default=True, help="pictures at a time, PyTorch's alone; one size only")
@click.option("--contender", type=click.Choice(CONTENDERS), hidden=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="the record's file")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
def main(count, size, mixed, rounds, width, batch, contender, out, folders):
    """Measures, prints a table, and writes a JSON record."""
    if contender:
        run = {"multigan": on_multigan, "torch": on_torch}[contender]
        parameters, work = run(*folders, width, batch)
        started, busy = time.perf_counter(), time.process_time()
        work()
        seconds = {"seconds": time.perf_counter() - started, "processor": time.process_time() - busy}
        click.echo(json.dumps({"parameters": parameters, **seconds}))
        return
    with tempfile.TemporaryDirectory() as place:
        given, found = Path(place) / "in", {name: [] for name in CONTENDERS}
        pictures(given, count, size, mixed)
        for number in range(rounds):
            for name in CONTENDERS:
                words = [
                    "--contender",
                    name,
                    "--width",
                    width,
                    "--batch",
                    batch,
                    given,
                    Path(place) / f"{name}-{number}",
                ]
                done = subprocess.run(
                    [sys.executable, __file__, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True
                )
                found[name].append(json.loads(done.stdout.splitlines()[-1]))
    (parameters,) = {each["parameters"] for name in CONTENDERS for each in found[name]}
    click.echo(f"{count} pictures of {size} px{', mixed' * mixed}; {parameters:,} parameters; median of {rounds}")
    for name in CONTENDERS:
        seconds, busy = (float(np.median([each[key] for each in found[name]])) for key in ("seconds", "processor"))
        click.echo(f"{name:>10} {seconds:8.1f} s {count / seconds:8.1f} a second {busy:8.1f} s of processor time")
    pairs = [[each["seconds"] for each in found[name]] for name in CONTENDERS]
    ratio = spread([one / other for one, other in zip(*pairs, strict=True)])
    click.echo(f"{'ratio':>10} {ratio['median']:8.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})")
    record = {
        "benchmark": "translate", **provenance(), "protocol": " ".join(PROTOCOL.split()), "count": count, "size": size,
        "mixed": mixed, "width": width, "blocks": BLOCKS, "batch": batch, "parameters": parameters, "rounds": rounds,
        "contenders": found, "ratio": ratio,
    }  # fmt: skip
    out = out or RECORDS / f"translate-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")


def pictures(place, count, size, mixed):
    """Writes soft noise as PNGs."""
    place.mkdir()
    draw = np.random.default_rng(0)
    for number in range(count):
        sides = [4 * int(draw.integers(size // 8, size * 3 // 8 + 1)) if mixed else size for _ in range(2)]
        pixels = draw.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize(sides, Image.Resampling.BICUBIC).save(place / f"{number:05d}.png")


def on_multigan(given, out, width, batch):
    """As `multigan sample --input` does it, without opening a run."""
    import os

    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    from keras import layers, ops

    from multigan import Field, InstanceNormalization
    from multigan.engine.drawing import Drawing
    from multigan.fields import Rows
    from multigan.modalities.images.files import image_files
    from multigan.modalities.images.given import parse_pictures
    from multigan.modalities.images.translating import translate
    from multigan.modalities.translation import Translation

    def mirrored(x, pixels):
        return ops.pad(x, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="reflect")

    def normal(x, active=True):
        x = InstanceNormalization()(x)
        return layers.ReLU()(x) if active else x

    x = inputs = keras.Input((None, None, 3), name="source")
    x = normal(layers.Conv2D(width, 7, use_bias=False)(mirrored(x, 3)))
    for channels in (2 * width, 4 * width):
        x = normal(layers.Conv2D(channels, 3, 2, padding="same", use_bias=False)(x))
    for _ in range(BLOCKS):
        y = normal(layers.Conv2D(4 * width, 3, use_bias=False)(mirrored(x, 1)))
        x = x + normal(layers.Conv2D(4 * width, 3, use_bias=False)(mirrored(y, 1)), active=False)
    for channels in (2 * width, width):
        x = normal(layers.Conv2DTranspose(channels, 3, 2, padding="same", use_bias=False)(x))
    network = keras.Model(inputs, layers.Conv2D(3, 7, activation="tanh")(mirrored(x, 3)))

    class Still(Drawing):
        name, asks, sampler, multiple = "resnet", ("source",), network, 4

        def latents(self, count, seed):
            return {}

    game, field = Still(), Field(name="source", kind="picture", shape=(128, 128, 3))
    game.generate_one([np.zeros((1, 128, 128, 3), np.float32)])

    def work():
        found = parse_pictures([str(given)], field)
        translate(
            Translation(
                game=game,
                fields={"source": field},
                asked={"source": Rows(found.values, np.arange(len(found.values)))},
                names=found.names,
                latents={},
                files=image_files(),
                format="png",
                out=out,
            )
        )

    return network.count_params(), work


def on_torch(given, out, width, batch):
    """A plain loop: read, translate, write; channels last, eager."""
    import torch
    from torch import nn

    def block(channels):
        return nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=False),
            nn.InstanceNorm2d(channels),
            nn.ReLU(True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=False),
            nn.InstanceNorm2d(channels),
        )

    class Residual(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.block = block(channels)

        def forward(self, x):
            return x + self.block(x)

    parts = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7, bias=False), nn.InstanceNorm2d(width), nn.ReLU(True)]
    for channels in (width, 2 * width):
        down = nn.Conv2d(channels, 2 * channels, 3, 2, 1, bias=False)
        parts += [down, nn.InstanceNorm2d(2 * channels), nn.ReLU(True)]
    parts += [Residual(4 * width) for _ in range(BLOCKS)]
    for channels in (4 * width, 2 * width):
        up = nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, 1, bias=False)
        parts += [up, nn.InstanceNorm2d(channels // 2), nn.ReLU(True)]
    parts += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
    network = nn.Sequential(*parts).eval().to(memory_format=torch.channels_last)
    out.mkdir()

    def translated(pixels):
        x = torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2)
        return network(x.contiguous(memory_format=torch.channels_last)).permute(0, 2, 3, 1).numpy()

    def work():
        paths = sorted(given.iterdir())
        with torch.inference_mode():
            for start in range(0, len(paths), batch):
                some = paths[start : start + batch]
                made = translated(np.stack([np.asarray(Image.open(path).convert("RGB")) for path in some]))
                for path, picture in zip(some, made, strict=True):
                    Image.fromarray(np.rint((picture + 1) * 127.5).astype(np.uint8)).save(out / path.name)

    with torch.inference_mode():
        translated(np.zeros((1, 128, 128, 3), np.uint8))
    return sum(parameter.numel() for parameter in network.parameters()), work


if __name__ == "__main__":
    main()
