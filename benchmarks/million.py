"""Opens a folder of a million small pictures beside a plain PyTorch loader: time, memory, descriptors.

Run: `python benchmarks/million.py`, on a machine that does nothing else, then `python benchmarks/tables.py`. The folder
is made under --work, of hard links, and stays there.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import click
import numpy as np
from million_table import CONTENDERS
from PIL import Image
from provenance import provenance

RECORDS = Path(__file__).resolve().parent / "records"
READER = Path(__file__).resolve().parent / "million_reader.py"
PROTOCOL = """
A folder of PNG files of 16 x 16 in folders of 1,000, one a class, all of them hard links to 512 different pictures. So
the disk is in memory for all who read it, and what is measured is the program's own work. Each figure is the median of
several processes, started in turns, one at a time. A process imports its libraries, and then is timed: opening, which
is all that happens before batches can be asked for, validation included; the first batch of 64, counted from the
beginning of opening; 200 further batches. multigan opens with an empty cache, and again with what that opening has left
there; and so it does with the same pictures in WebDataset shards of 10,000, a .cls beside each. The peer is what
torchvision's ImageFolder and a DataLoader do, written plainly with Pillow and PyTorch: a list of (path, class),
shuffle=True, resize, centre crop, float32 in [-1, 1]. Processor seconds are those of the process, its threads and its
workers: they tell the work where other programs share the processors. Memory is what the process, with its workers,
holds beyond what it held after its imports: after the last batch (proportional set size), and at most until the first
batch (resident set size, of the process alone). Descriptors are those of all its processes, half a second after the
last batch, beyond those after its imports; workers have those that they inherit.
"""
DISTINCT, IN_A_FOLDER, FOLDERS_IN_A_SHARD = 512, 1000, 10


@click.command()
@click.option("--count", default=1_000_000, show_default=True, help="pictures")
@click.option("--rounds", default=3, show_default=True, help="processes of each contender")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), default=Path("build/million"))
@click.option("--only", default=",".join(CONTENDERS), help="contenders, joined by commas")
@click.option("--add", is_flag=True, help="keep what the record has of other counts")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=RECORDS / "million.json")
def main(count, rounds, work, only, add, out):
    """Makes the folder, measures, and writes the record."""
    place, facts, found = made(work, count), provenance(), {name: [] for name in only.split(",")}
    packed = archived(work, place, count) if any(name.startswith("shards") for name in found) else None
    with tempfile.TemporaryDirectory() as cache:
        for number in range(rounds):
            for name in found:
                # Each first opening has a cache of its own, which the one after it finds.
                where = packed if name.startswith("shards") else place
                found[name].append(measured(where, name, Path(cache) / str(number)))
                click.echo(json.dumps({"contender": name, **found[name][-1]}), err=True)
    entries = {name: {key: middle(all_of, key) for key in all_of[0]} for name, all_of in found.items()}
    sizes = json.loads(out.read_text())["sizes"] if add and out.exists() else []
    sizes = [size for size in sizes if size["count"] != count] + [{"count": count, "contenders": entries}]
    sizes.sort(key=lambda size: size["count"])
    record = {"benchmark": "million", "protocol": " ".join(PROTOCOL.split()), **facts, "rounds": rounds, "sizes": sizes}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
    click.echo("next: python benchmarks/tables.py", err=True)


def made(work: Path, count: int) -> Path:
    """Makes the folder, where it is not there yet; returns where."""
    distinct, place = work / "distinct", work / f"pictures-{count}"
    done = work / f"pictures-{count}.done"
    if done.exists():
        return place
    distinct.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for number in range(DISTINCT):
        coarse = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        coarse.resize((16, 16), Image.Resampling.BICUBIC).save(distinct / f"{number}.png")
    for number in range(count):
        folder = place / f"class-{number // IN_A_FOLDER:04d}"
        if number % IN_A_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        link = folder / f"picture-{number:07d}.png"
        if not link.exists():
            os.link(distinct / f"{number % DISTINCT}.png", link)
    done.touch()
    return place


def archived(work: Path, place: Path, count: int) -> Path:
    """Makes the same pictures as WebDataset shards, each with its class beside it; returns where."""
    shards, done = work / f"shards-{count}", work / f"shards-{count}.done"
    if done.exists():
        return shards
    shards.mkdir(exist_ok=True)
    folders = sorted(place.iterdir())
    for first in range(0, len(folders), FOLDERS_IN_A_SHARD):
        with tarfile.open(
            shards / f"shard-{first // FOLDERS_IN_A_SHARD:04d}.tar", "w", tarfile.USTAR_FORMAT
        ) as archive:
            for number, folder in enumerate(folders[first : first + FOLDERS_IN_A_SHARD], first):
                for path in sorted(folder.iterdir()):
                    for suffix, content in ((".png", path.read_bytes()), (".cls", str(number).encode())):
                        member = tarfile.TarInfo(path.stem + suffix)
                        member.size = len(content)
                        archive.addfile(member, io.BytesIO(content))
    done.touch()
    return shards


def measured(place: Path, name: str, cache: Path) -> dict:
    """What one process of a contender tells."""
    environment = {**os.environ, "MULTIGAN_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, READER, place, name], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise click.ClickException(f"{name}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def middle(all_of: list[dict], key: str) -> dict:
    """The median, the smallest and the largest value."""
    values = sorted(each[key] for each in all_of)
    return {"median": statistics.median(values), "min": values[0], "max": values[-1]}


if __name__ == "__main__":
    main()
