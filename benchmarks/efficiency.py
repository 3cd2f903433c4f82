"""What more workers give: a model of a step's time, fitted on this machine, checked on it, and asked about clusters.

Run: `python benchmarks/efficiency.py`, then `python benchmarks/tables.py`. A quarter of an hour of two idle cores.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
from provenance import provenance

from multigan.runs import RunDirectory
from multigan.training.crew import free_port

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    "A step of N workers takes t(B / N) + sum over its gathers of (l(N) + 2 (N - 1) / N bytes / w): the computation",
    "of a share of the batch, and all-reduces one after another, each with a latency and with the bytes that a ring",
    "moves. Gathers are counted in the program that XLA makes of the step for eight devices. Measured here, each",
    "process on a core of its own, batch 32, width 32: t of one process at the whole batch and at half; l and w as a",
    "line through the medians of 50 all-reduces a size, 1 kB to 16 MB, by two processes through this machine's",
    "loopback. The step of two workers is then predicted, and measured: medians of the times between lines of the",
    "log, and the quartiles. Beside it one process that has both cores. For clusters, t is the step's floating-point",
    "operations, as XLA counts them, at 30 % of 495 TFLOP/s (an H100's dense TF32, of its data sheet), and l and w",
    "are assumed: 15 us and 400 GB/s within a machine of eight GPUs (NVLink), 10 us more a doubling of the machines",
    "and 50 GB/s (one 400 Gb/s port a GPU) between machines. Nothing is overlapped. No GPU was measured.",
]
CASES = {
    "dcgan": ("DCGAN, 64 x 64, width 64, batch norm in both networks", ["--plugin", "dcgan", "-o", "size=64"]),
    "spectral": (
        "the same with spectral normalisation of the discriminator",
        ["--plugin", "dcgan", "-o", "size=64", "-o", "spectral_norm=true"],
    ),
    "strong": (
        "R3GAN's losses (paired relativistic, R1 and R2) on those networks",
        [
            "--plugin", "dcgan", "-o", "size=64", "-o", "spectral_norm=true", "-o", "loss=relativistic-paired",
            "-o", "r1=10", "-o", "r2=10",
        ],
    ),
    "wgan-gp": (
        "WGAN-GP, 64 x 64, five critic updates a step, layer norm",
        ["--plugin", "wgan-gp", "-o", "size=64"],
    ),
}  # fmt: skip
BATCH, STEPS, SMALL = 32, 30, ["-o", "width=32"]
SIZES = [1 << power for power in range(10, 25, 2)]
PEAK, SHARE = 495e12, 0.3
CLUSTERS, A_MACHINE, A_GPU = (8, 64, 512), 8, 64
# Where a step is one program of eight devices of one process: what it gathers, and its operations.
PROGRAM = """
import json, re, sys
import numpy as np
from multigan.backend import start_backend
start_backend("jax", "cpu")
import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from multigan.engine.autodiff import jax as own
from multigan import DataInfo
from multigan.plugins import load_plugins
from multigan.recipe import as_typed
from multigan.training.run import build_game

found = []

def together(pure):
    mesh = Mesh(np.array(jax.devices()), ("batch",))
    same, rows = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("batch"))

    def dealt(state, arrays):
        with own._dealt_draws(rows, {array.shape[0] for array in jax.tree.leaves(arrays)}):
            return pure(state, arrays)

    program = jax.jit(dealt, in_shardings=(same, rows), out_shardings=same)

    def run(state, arrays):
        done = program.lower(state, arrays).compile()
        costs = done.cost_analysis()
        costs = costs[0] if isinstance(costs, list) else costs
        found.append({"text": done.as_text(), "flops": costs["flops"]})
        return pure(state, arrays)

    return run

own._together = together
jax.process_count = lambda: 2
registry = load_plugins(environ={})
recipe, options, batch = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
_, chosen = registry.recipe(recipe)
values = {name: option.default for name, option in chosen.options.items()} | options
data = DataInfo(name="noise", shape=(64, 64, 3))
game = build_game(chosen, values, data, 0, "cpu", "auto", (10, batch))
pictures = np.random.default_rng(0).uniform(-1, 1, (batch, 64, 64, 3)).astype("float32")
from multigan.engine.turns import phase_at, updates_at
for turns in updates_at(phase_at(game.phases(), 1).turns, 1):
    game.run_turns(turns, {"image": pictures})
print(json.dumps(found))
"""
# Two processes that do nothing but all-reduce.
GATHER = """
import json, sys, time
import numpy as np
from multigan.backend import start_backend
start_backend("jax", "cpu", look=False)
from multigan.engine.autodiff import jax as own
import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
own.join(sys.argv[1], int(sys.argv[2]), 2)
mesh = Mesh(np.array([d for d in jax.devices()]), ("all",))
rows, same = NamedSharding(mesh, PartitionSpec("all")), NamedSharding(mesh, PartitionSpec())
add = jax.jit(lambda x: x.sum(0), in_shardings=rows, out_shardings=same)
times = {}
for size in json.loads(sys.argv[3]):
    x = jax.make_array_from_process_local_data(rows, np.ones((1, size // 4), "float32"))
    add(x).block_until_ready()
    each = []
    for _ in range(50):
        begun = time.perf_counter()
        add(x).block_until_ready()
        each.append(time.perf_counter() - begun)
    times[size] = sorted(each)[25]
own.leave()
print(json.dumps(times))
"""
WIDTHS = {"f32": 4, "s32": 4, "u32": 4, "pred": 1, "bf16": 2, "f16": 2}


def gathers(text: str) -> list[int]:
    """The bytes of each all-reduce of a compiled program."""
    found = []
    for line in text.splitlines():
        if made := re.match(r"\s*(?:ROOT )?%?[\w.-]+ = (.+?) all-reduce(?:-start)?\(", line):
            shapes = re.findall(r"(\w+)\[([\d,]*)\]", made.group(1))
            found.append(sum(WIDTHS[kind] * int(np.prod([int(n) for n in d.split(",") if n])) for kind, d in shapes))
    return found


def program(words: list[str], environ: dict) -> dict:
    """What a step gathers, a turn after another, and its operations a sample."""
    options = dict(word.split("=") for word in words if "=" in word)
    typed = {key: {"true": True}.get(value, value) for key, value in options.items() if key != "size"}
    typed = {key: int(value) if str(value).isdigit() else value for key, value in typed.items()}
    batch = 64
    environ = environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=8"}
    command = [sys.executable, "-c", PROGRAM, words[1], json.dumps(typed), str(batch)]
    done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    parts = json.loads(done.stdout.splitlines()[-1])
    if not parts:
        raise click.ClickException(f"{' '.join(words)}: nothing was compiled")
    return {
        "gathers": [size for part in parts for size in gathers(part["text"])],
        # Of one device of eight, with an eighth of the batch.
        "flops": sum(part["flops"] for part in parts) * 8 / batch,
    }


def on(cores: set[int]):
    """What a process does before it begins: it keeps to these cores."""
    return lambda: os.sched_setaffinity(0, cores)


def step(words: list[str], batch: int, workers: int, cores: set[int], environ: dict, work: Path) -> dict[str, float]:
    """The median time of a step in seconds, and the quartiles."""
    run = work / f"{words[1]}-{'-'.join(words[2:]).replace('=', '')}-{batch}-{workers}-{len(cores)}"
    if not run.is_dir():
        flags = ["--steps", str(STEPS), "--log-every", "1", "--sample-every", "100", "--checkpoint-every", "100"]
        flags += ["--workers", str(workers)] if workers > 1 else ["--backend", "jax"]
        command = [sys.executable, "-m", "multigan", "--quiet", "run", *words, *SMALL, *flags, "-o", "channels=3"]
        command += ["--batch-size", str(batch), "--run-dir", str(run)]
        subprocess.run(command, env=environ, check=True, preexec_fn=on(cores))
    seconds = [line["seconds"] for line in RunDirectory(run).lines() if line["kind"] == "log"]
    low, middle, high = np.percentile(np.diff(seconds)[2:-1], [25, 50, 75])
    return {"median": float(middle), "quartiles": [float(low), float(high)]}


def loopback(environ: dict, cores: list[int]) -> dict[int, float]:
    """The time of an all-reduce of two processes, by its bytes."""
    address = f"127.0.0.1:{free_port('127.0.0.1')}"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", GATHER, address, str(number), json.dumps(SIZES)],
            env=environ, stdout=subprocess.PIPE, text=True, preexec_fn=on({cores[number]}),
        )
        for number in range(2)
    ]  # fmt: skip
    said = [process.communicate()[0] for process in both]
    return {int(size): seconds for size, seconds in json.loads(said[0].splitlines()[-1]).items()}


def line_through(x: list[float], y: list[float]) -> tuple[float, float]:
    """Intercept and slope, by least squares of relative errors."""
    x, y = np.array(x, float), np.array(y, float)
    found, *_ = np.linalg.lstsq(np.stack([1 / y, x / y], axis=1), np.ones(len(x)), rcond=None)
    return max(float(found[0]), 0.0), float(found[1])


def gathered(sizes: list[int], workers: int, latency: float, seconds_a_byte: float) -> float:
    """The time of a step's gathers."""
    return len(sizes) * latency + sum(sizes) * 2 * (workers - 1) / workers * seconds_a_byte


def on_cluster(facts: dict, gpus: int, batch: int) -> dict:
    """A step's parts on so many GPUs with so many samples each."""
    machines = max(1, gpus // A_MACHINE)
    latency = 15e-6 + 10e-6 * np.log2(machines)
    small = sum(latency for _ in facts["gathers"])
    moved = gathered(facts["gathers"], gpus, 0.0, 1 / (400e9 if machines == 1 else 50e9))
    compute = facts["flops"] * batch / (PEAK * SHARE)
    return {
        "gpus": gpus, "a_gpu": batch, "compute": compute, "latency": float(small), "bytes": moved,
        "efficiency": float(compute / (compute + small + moved)),
    }  # fmt: skip


@click.command()
@click.option("--work", type=click.Path(path_type=Path), help="where the runs are kept; a temporary folder")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "efficiency.json")
def main(work, out):
    """Measures, predicts, and writes a record."""
    work = work or Path(tempfile.mkdtemp())
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MULTIGAN_", "KERAS_"))}
    one, cores = kept | {"TF_CPP_MIN_LOG_LEVEL": "3"}, sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise click.ClickException("two cores are needed")
    times = loopback(one, cores)
    latency, a_byte = line_through(list(times), list(times.values()))
    record = provenance() | {"benchmark": "efficiency", "protocol": " ".join(PROTOCOL)}
    record |= {"loopback": times, "latency": latency, "bytes_per_second": 1 / a_byte, "cases": []}
    for name, (what, words) in CASES.items():
        facts = program(words, kept)
        small = program([*words, *SMALL], kept)
        whole, half = (step(words, batch, 1, {cores[0]}, one, work) for batch in (BATCH, BATCH // 2))
        predicted = half["median"] + gathered(small["gathers"], 2, latency, a_byte)
        row = {
            "case": name, "what": what, "gathers": len(facts["gathers"]), "gathered_bytes": sum(facts["gathers"]),
            "flops": facts["flops"], "one": whole, "half": half, "predicted": predicted,
            "measured": step(words, BATCH, 2, set(cores), one, work),
            "both": step(words, BATCH, 1, set(cores), one, work),
            "clusters": [on_cluster(facts, gpus, A_GPU) for gpus in CLUSTERS],
            "shared": [on_cluster(facts, gpus, 4096 // gpus) for gpus in CLUSTERS],
        }  # fmt: skip
        record["cases"].append(row)
        click.echo(json.dumps(row))
    out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
