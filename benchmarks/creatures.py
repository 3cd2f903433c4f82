"""Sprites of creatures that move: clips by action from noise, and the frames between key frames of unseen creatures.

Run: `python benchmarks/creatures.py --data FOLDER`, where FOLDER has animated pictures with alpha, 96 x 96, named
creature-action-direction.webp; then `python benchmarks/tables.py`. Half an hour of one core for a seed of each. What is
done is kept under --work and in the record, so that it can be ended and started again.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
from PIL import Image
from recipe_runs import Contender, add_to_record, single_threaded, train
from step_costs import processor_seconds

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "benchmarks" / "records"
SHEETS = ROOT / "docs" / "images"
ACTIONS = ("run", "swing", "shoot", "cast", "spawn", "stance", "die", "critdie")
HELD_OUT = ("goblin", "ice_ant", "skeleton_mage")
FRAMES, SIZE = 8, 48
# Of a side of 96 pixels: what the creatures fill, from where on.
KEPT, FROM = 80, (8, 6)
# The direction of each creature and action that training from noise does not see.
UNSEEN = 5
DRAWN = (
    "accuracy(clip-local)",
    "motion",
    "motion-distance",
    "content-distance",
    "FD(clip-pca-64)",
    "FD(frame-pca-64)",
    "diversity(clip-pixels)",
    "memorisation(clip-pca-64)",
)
METRICS = {
    "characters": DRAWN,
    "animation": DRAWN,
    "tween": ("clip-L1", "feature-distance(clip-pca-64)", "feature-distance(clip-changes)", "motion"),
}  # fmt: skip
PROTOCOL = """
Animated sprites of 14 creatures from the game Flare (CC BY-SA 3.0), seen from eight directions, with alpha, cut to 80
of 96 pixels and reduced to 48 x 48. From noise: eight actions, the classes; eight frames, of which shorter animations
are begun again, and those that end in death held; one direction of each creature and action is left out of training
and is what samples are compared with. From key frames: four frames of which the first and the last are given; three
creatures (goblin, ice ant, skeleton mage) are left out of training, and all values are of theirs. Batches of 16,
averaged weights, one thread. L1: mean absolute difference from the true clip, in units of [-1, 1]. Feature distance:
mean distance from the true clip in the space named.
"""
CONTENDERS = {
    "characters": Contender("clips from noise, by codes", "characters", 6000, 16),
    "animation": Contender(
        "clips from noise, whole clips judged",
        "animation",
        5000,
        16,
        {"poses": 8, "augment": "color,translation,cutout", "augment_probability": 0.7, "decay_steps": 5000},
    ),
    "tween": Contender("between key frames", "tween", 4000, 16, {"decay_steps": 4000}),
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True)
@click.option("--only", default="characters,tween", show_default=True, help="contenders, joined by commas")
@click.option("--seeds", default="0", show_default=True, help="of the runs, joined by commas")
@click.option("--steps", default=0, help="of each run; 0: as many as it has")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/creatures"), show_default=True)
@click.option("--sheets", type=click.Path(path_type=Path), default=SHEETS, help="where the sheets are put")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RECORDS / "creatures.json")
def main(data, only, seeds, steps, work, sheets, out):
    """Trains what is missing, measures it, and writes it into the record."""
    places = prepared(data, work)
    sheets.mkdir(parents=True, exist_ok=True)
    for seed in map(int, seeds.split(",")):
        for name in only.split(","):
            seen, unseen, flags = places[name]
            contender, env = CONTENDERS[name], single_threaded()
            many = steps or contender.steps
            path = work / f"{name}-{seed}-{many}"
            # Of the whole run: a recipe with phases has no step that costs what each of them does.
            with processor_seconds(path.with_suffix(".seconds")) as spent:
                facts = train(contender, str(seen), seed, many, path, env, flags)
            kept = path / "creatures.json"
            if not kept.is_file():
                kept.write_text(json.dumps(scores_of(path, unseen, METRICS[name], env)))
            entry = {"contender": name, "data": "creatures", "processor_seconds": spent()}
            entry["step_seconds"] = spent() / many
            add_to_record(
                out, "creatures", " ".join(PROTOCOL.split()), facts | entry | {"scores": json.loads(kept.read_text())}
            )
            if seed == 0 and name in SHEET:
                SHEET[name](path, unseen, work, sheets, env)
    click.echo("next: python benchmarks/tables.py", err=True)


def prepared(data: Path, work: Path) -> dict:
    """Writes numbered frames, for each recipe a folder to train on and one to compare with; returns them, and flags."""
    found = {}
    for name, split, flags in (
        ("animation", _by_direction, ("-o", f"frames={FRAMES}", "-o", f"size={SIZE}")),
        ("tween", _by_creature, ("-o", "frames=4", "-o", f"size={SIZE}")),
    ):
        places = [work / "data" / name / part for part in ("seen", "unseen")]
        if not (work / "data" / name / "done").is_file():
            shutil.rmtree(work / "data" / name, ignore_errors=True)
            for file in sorted(data.glob("*.webp")):
                creature, action, direction = file.stem.split("-")
                if action in ACTIONS:
                    unseen = split(creature, int(direction))
                    _write(places[unseen] / action / f"{creature}-{direction}", file, action, name == "animation")
            (work / "data" / name / "done").touch()
        found[name] = (*(place.resolve() for place in places), flags)
    return found | {"characters": found["animation"]}


def _by_direction(creature: str, direction: int) -> bool:
    return direction == UNSEEN


def _by_creature(creature: str, direction: int) -> bool:
    return creature in HELD_OUT


def _write(folder: Path, file: Path, action: str, lengthened: bool) -> None:
    frames = []
    with Image.open(file) as animation:
        for number in range(animation.n_frames):
            animation.seek(number)
            column, row = FROM
            cut = animation.convert("RGBA").crop((column, row, column + KEPT, row + KEPT))
            frames.append(cut.resize((SIZE, SIZE), Image.Resampling.BOX))
    while lengthened and len(frames) < FRAMES:
        frames.append(frames[-1] if action in ("die", "critdie") else frames[len(frames) % animation.n_frames])
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames):
        frame.save(folder / f"{number:02d}.png")


def scores_of(path: Path, unseen: Path, metrics: tuple, env: dict) -> dict:
    """Scores of a run's last checkpoint beside clips that it never saw."""
    names = [part for metric in metrics for part in ("--metric", metric)]
    command = [sys.executable, "-m", "multigan", "evaluate", str(path), "--data", str(unseen), "--seeds", "1", "--json"]
    done = subprocess.run([*command, *names], check=True, stdout=subprocess.PIPE, env=env)
    keys = ("value", "generated", "controls", "details", "extractor")
    return {record["metric"]: {key: record[key] for key in keys} for record in json.loads(done.stdout)}


def acted(path: Path, unseen: Path, work: Path, sheets: Path, env: dict) -> None:
    """Writes three clips of each action side by side, a row an action, and the same playing."""
    rows = []
    for action in ACTIONS:
        drawn = work / f"drawn-{action}"
        shutil.rmtree(drawn, ignore_errors=True)
        command = [sys.executable, "-m", "multigan", "sample", str(path), "-n", "6", "--label", action]
        subprocess.run([*command, "--format", "npy", "--out", str(drawn), "--quiet"], check=True, env=env)
        rows.append(np.stack([np.load(file) for file in sorted(drawn.glob("*.npy"))]))
        shutil.rmtree(drawn)
    clips = np.stack(rows)  # action, sample, frame, height, width, channel
    still = np.concatenate(
        [np.concatenate([np.concatenate([*clip], axis=1) for clip in row[:3]], axis=1) for row in clips]
    )
    _opaque(still).save(sheets / "animation-creatures.png", optimize=True)
    playing = [
        _opaque(np.concatenate([np.concatenate([*row[:, number]], axis=1) for row in clips]), 2)
        for number in range(FRAMES)
    ]
    playing[0].save(
        sheets / "animation-creatures.webp", save_all=True, append_images=playing[1:], duration=120, loop=0, quality=80
    )


def between(path: Path, unseen: Path, work: Path, sheets: Path, env: dict) -> None:
    """Writes true clips of unseen creatures, what is made of their ends, and these cross-faded: three rows each."""
    drawn, given = work / "drawn-tween", work / "given-tween"
    for folder in (drawn, given):
        shutil.rmtree(folder, ignore_errors=True)
    chosen = [f"run/{HELD_OUT[0]}-3", f"swing/{HELD_OUT[1]}-1", f"swing/{HELD_OUT[2]}-6", f"critdie/{HELD_OUT[0]}-6"]
    true = []
    for name in chosen:
        frames = sorted((unseen / name).iterdir())[:4]
        true.append(np.stack([np.asarray(Image.open(frame)) for frame in frames]) / 127.5 - 1)
        place = given / name.replace("/", "-")
        place.mkdir(parents=True)
        for number, frame in enumerate((frames[0], frames[-1])):
            shutil.copy(frame, place / f"{number:02d}.png")
    command = [sys.executable, "-m", "multigan", "sample", str(path), "--input", str(given), "--frames", "4"]
    subprocess.run([*command, "--format", "npy", "--out", str(drawn), "--quiet"], check=True, env=env)
    made = {file.stem: np.load(file) for file in drawn.glob("*.npy")}
    rows = []
    for name, clip in zip(chosen, true, strict=True):
        at = np.linspace(0, 1, len(clip))[:, None, None, None]
        ours = next(value for key, value in made.items() if name.replace("/", "-") in key)
        rows.append(np.concatenate([*clip, *ours, *((1 - at) * clip[:1] + at * clip[-1:])], axis=1))
    _opaque(np.concatenate(rows), 2).save(sheets / "animation-tween-creatures.png", optimize=True)


SHEET = {"characters": acted, "tween": between}


def _opaque(picture: np.ndarray, times: int = 1, ground=(140, 160, 120)) -> Image.Image:
    """A picture `(height, width, 4)` in [-1, 1] on grass, a few times as large."""
    shown = (picture + 1) / 2
    alpha = shown[..., 3:].clip(0, 1)
    colours = 255 * shown[..., :3].clip(0, 1) * alpha + np.array(ground) * (1 - alpha)
    drawn = Image.fromarray(colours.round().astype(np.uint8))
    return drawn.resize((drawn.width * times, drawn.height * times), Image.Resampling.NEAREST)


if __name__ == "__main__":
    main()
