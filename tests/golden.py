"""What every recipe makes, as hashes: a gate for changes that must change nothing.

    python tests/golden.py record before.json           # on the code as it was
    python tests/golden.py record after.json            # on the code as it is
    python tests/golden.py compare before.json after.json

For every case of `CASES` a short run at a fixed seed, on TensorFlow and one thread, with samples and scores; and the
pages that people read. Each array of the checkpoint, sample file, log line and page has a hash of its own, so that a
comparison names what changed. Hashes hold on one machine with one set of libraries, so both records are made there.
`--only NAME`, of both, takes some cases; a part of the name is enough.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
CALM = {"KERAS_BACKEND": "tensorflow", "MULTIGAN_CACHE": "cache", "COLUMNS": "100", "NO_COLOR": "1", **ONE_THREAD}
RUN = "--steps 20 --seed 5 --log-every 5 --sample-every 10 --checkpoint-every 10 --batch-size 16"
POINTS = "-o generator_units=32,32 -o critic_units=32,32"
SOUND = "-o dim=2 -o length=1024 -o sample_rate=4000 -o critic_steps=1"
SEQGAN = (
    "-o pretrain_steps=8 -o discriminator_pretrain_steps=4 -o discriminator_updates=2 -o rollouts=2 -o filters=0.02"
)
CASES = {
    "gan": "--plugin gan",
    "gan-points": f"--plugin gan-points {POINTS}",
    "gan-points-stabilised": f"--plugin gan-points {POINTS} -o ema=0.9 -o pack=2 -o r1=0.1 -o instance_noise=0.1 "
    "-o instance_noise_steps=15 -o decay_steps=40 -o spectral_norm=true",
    "gan-points-file": f"--plugin gan-points --data made/points.csv {POINTS}",
    "dcgan": "--plugin dcgan -o width=8",
    "dcgan-augmented": "--plugin dcgan -o width=8 -o augment=color,translation -o ema=0.9 -o minibatch_stddev=true",
    "dcgan-folder": "--plugin dcgan --data made/pictures -o width=8 -o flip=true -o crop=random -o size=16",
    "wgan": "--plugin wgan -o width=8",
    "wgan-points": "--plugin wgan-points",
    "wgan-gp": "--plugin wgan-gp -o width=8",
    "wgan-gp-points": "--plugin wgan-gp-points",
    "cgan": "--plugin cgan -o width=8",
    "cgan-folder": "--plugin cgan --data made/pictures -o width=8 -o size=16 -o labels=made/labels.csv",
    "cgan-points": "--plugin cgan-points",
    "cgan-points-vectors": "--plugin cgan-points --data made/points.npz",
    "wavegan": f"--plugin wavegan {SOUND}",
    "wavegan-classes": f"--plugin wavegan --data made/sounds {SOUND} -o conditional=true",
    "specgan": f"--plugin specgan {SOUND.replace('1024', '4096')} -o iterations=2",
    "seqgan": f"--plugin seqgan {SEQGAN}",
    "seqgan-oracle": f"--plugin seqgan --data oracle-small {SEQGAN}",
    "seqgan-file": f"--plugin seqgan --data made/texts.txt {SEQGAN} -o tokens=char -o max_tokens=24",
    "gumbel-seqgan": "--plugin gumbel-seqgan -o pretrain_steps=8 -o filters=0.02",
}
DATA = (
    *("digits", "drums", "drums-held-out", "pydoc", "oracle-small", "ring", "grid", "swiss-roll", "moving-digits"),
    *("made/pictures", "made/sounds", "made/texts.txt", "made/points.csv", "made/points.npz"),
)
KINDS = {"made/pictures": "images", "made/sounds": "audio", "made/texts.txt": "text", "made/points.csv": "points"}
COMMANDS = ("run", "doctor", "sample", "evaluate", "export", "data", "data check", "recipes", "plugins")
# What a clock or the place wrote.
TIMES = {"time": "2026-01-01T00:00:00Z", "seconds": 1.0, "steps_per_second": 10.0, "samples_per_second": 160.0}


def make_data(folder):
    """Small data of every modality, as files, the same every time."""
    import soundfile
    from PIL import Image

    rng = np.random.default_rng(7)
    for name, colour in (("red", (220, 40, 30)), ("blue", (20, 60, 200))):
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(24):
            noise = rng.integers(-20, 20, (20, 24, 3))
            picture = np.clip(np.array(colour) + noise, 0, 255).astype("uint8")
            Image.fromarray(picture).save(folder / "pictures" / name / f"{number}.png")
    rows = [
        f"{name}/{number}.png,{'even' if number % 2 == 0 else 'odd'}"
        for name in ("red", "blue")
        for number in range(24)
    ]
    (folder / "labels.csv").write_text("\n".join(["file,label", *rows, ""]))
    for name, pitch in (("low", 200), ("high", 900)):
        (folder / "sounds" / name).mkdir(parents=True)
        for number in range(16):
            time = np.arange(3000) / 4000
            sound = 0.5 * np.sin(2 * np.pi * (pitch + 5 * number) * time) * np.exp(-3 * time)
            soundfile.write(folder / "sounds" / name / f"{number}.wav", sound.astype("float32"), 4000)
    words = ("the", "a", "red", "blue", "cat", "dog", "sees", "hears", "one", "two", "bird", "stone")
    lines = {" ".join(rng.choice(words, 4)) for _ in range(400)}
    (folder / "texts.txt").write_text("\n".join([*sorted(lines), ""]))
    points = rng.normal(size=(400, 2)) * (3, 0.5) + (1, -2)
    rows = [f"{x:.6f},{y:.6f},{'left' if x < 1 else 'right'}" for x, y in points]
    (folder / "points.csv").write_text("\n".join(["x,y,label", *rows, ""]))
    np.savez(folder / "points.npz", points=points.astype("float32"), conditions=points[:, :1].astype("float32"))


def sha(data):
    return hashlib.sha256(data).hexdigest()


def multigan(folder, *arguments, fails=False):
    command = [sys.executable, "-m", "multigan", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **CALM}, capture_output=True)
    if done.returncode and not fails:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return done.stdout


def timeless(value):
    if isinstance(value, dict):
        return {key: TIMES.get(key, timeless(item)) for key, item in value.items()}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def still(path):
    """Rewrites a file of JSON lines as though no time had passed."""
    lines = [json.dumps(timeless(json.loads(line))) for line in path.read_text().splitlines()]
    path.write_text("".join(f"{line}\n" for line in lines))
    return lines


def record_run(folder, name, arguments):
    """The hashes of one case: {what: hash}."""

    def told(text):
        return sha(text.replace(str(folder), "PLACE").encode())

    multigan(folder, "run", *RUN.split(), "--run-dir", name, *arguments.split())
    run, found = folder / name, {}
    newest = max((run / "checkpoints").iterdir())
    with np.load(newest / "variables.npz") as arrays:
        for key in arrays.files:
            found[f"{name}: variable {key}"] = sha(str(arrays[key].dtype).encode() + arrays[key].tobytes())
    host = timeless(json.loads((newest / "manifest.json").read_text())["host"])
    found |= {f"{name}: host {key}": sha(json.dumps(value).encode()) for key, value in host.items()}
    facts = re.sub(
        r"^started = .*$", f'started = "{TIMES["time"]}"', (run / "run.toml").read_text(), flags=re.MULTILINE
    )
    (run / "run.toml").write_text(facts)
    found[f"{name}: run.toml"] = told(facts)
    found |= {f"{name}: log line {number}": told(line) for number, line in enumerate(still(run / "log.jsonl"))}
    multigan(folder, "sample", name, "-n", "9", "--seed", "3", "--out", f"{name}-samples")
    multigan(folder, "evaluate", name, "-n", "150", "--seeds", "1")
    found |= {f"{name}: score {number}": told(line) for number, line in enumerate(still(run / "scores.jsonl"))}
    # Scored a second time, so that the report is made of lines without times.
    multigan(folder, "evaluate", name, "-n", "150", "--seeds", "1")
    for place in (run / "samples", folder / f"{name}-samples"):
        for path in sorted(path for path in place.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if path.suffix == ".npz":
                with np.load(path) as arrays:
                    content = b"".join(key.encode() + arrays[key].tobytes() for key in sorted(arrays.files))
            found[f"{name}: {place.name} {path.name}"] = sha(content)
    report = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", "TIME", (run / "report.html").read_text())
    return found | {f"{name}: report": told(report)}


def record(out, only=""):
    """Writes all hashes, {what: hash}, after each case."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_data(folder / "made")
        if not only:
            for command in COMMANDS:
                found[f"help: {command}"] = sha(multigan(folder, *command.split(), "--help"))
            found["plugins"] = sha(multigan(folder, "plugins", "--json"))
            names = [recipe["name"] for recipe in json.loads(multigan(folder, "recipes", "--json"))]
            found |= {f"recipe: {name}": sha(multigan(folder, "recipes", name)) for name in names}
            for data in DATA:
                kind = ("--modality", KINDS[data]) if data in KINDS else ()
                found[f"data: {data}"] = sha(multigan(folder, "data", "check", data, "--json", *kind))
        for name, arguments in CASES.items():
            if only in name:
                print(name, file=sys.stderr, flush=True)
                found |= record_run(folder, name, arguments)
                out.write_text(json.dumps(found, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    recorder = commands.add_parser("record")
    recorder.add_argument("out", type=Path)
    recorder.add_argument("--only", default="")
    comparer = commands.add_parser("compare")
    comparer.add_argument("before", type=Path)
    comparer.add_argument("after", type=Path)
    comparer.add_argument("--only", default="")
    given = parser.parse_args()
    if given.command == "record":
        record(given.out, given.only)
        return
    before, after = json.loads(given.before.read_text()), json.loads(given.after.read_text())
    names = [name for name in {**before, **after} if given.only in name.partition(": ")[0]]
    changed = [name for name in names if before.get(name) != after.get(name)]
    print("\n".join([*changed, f"{len(changed)} of {len(names)} changed"]))
    sys.exit(bool(changed))


if __name__ == "__main__":
    main()
