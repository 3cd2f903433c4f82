"""Kills a short run at every one of its file operations, resumes it, and compares it with a run that nobody killed.

A process of its own: it imports everything once and never starts the backend, so that each run is a cheap fork of it.
Prints JSON: the number of operations, and what was wrong after a kill at one of them.
"""

import importlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

FOLDER = Path(sys.argv[1]).resolve()
RUN, STEPS = FOLDER / "run", 12
SETTINGS = {
    "data": str(FOLDER / "points.npy"), "steps": STEPS, "batch_size": 8, "log_every": 2, "sample_every": 6,
    "checkpoint_every": 4, "keep_checkpoints": 1, "keep_best": "told", "best_count": 16, "recover": 2,
}  # fmt: skip


def drift(data, *, seed):
    """A game whose weights drift towards the data, updated on the host so that nothing is compiled.

    It has phases, an average, and a loss that is nan at its eleventh update unless the rate was lowered.
    """
    import keras

    from multigan import Game, Phase, Turn

    class Drift(Game):
        turns = (Turn("generator"),)

        def __init__(self):
            super().__init__(seed=seed)
            self.generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
            self.count = keras.Variable(0.0, trainable=False, name="count")
            self.keep_average("generator", 0.5)

        @property
        def sampler(self):
            return self.averaged("generator")

        def phases(self):
            return (Phase("first", self.turns, 5), Phase("then", self.turns))

        def optimizers(self):
            return {"generator": keras.optimizers.SGD(0.1)}

        def latents(self, count, seed):
            return np.random.default_rng(seed).normal(size=(count, 2)).astype("float32")

        def generate(self, latents):
            kernel, bias = (keras.ops.convert_to_numpy(v) for v in self.sampler.weights)
            return latents @ kernel + bias

        def generator_loss(self, batch):
            raise AssertionError("the turns below are not compiled")

        def run_turns(self, turns, batch):
            rate = float(keras.ops.convert_to_numpy(self.player_optimizers["generator"].learning_rate))
            bias = self.generator.layers[0].bias
            bias.assign(bias + rate * (batch["point"].mean(axis=0) - keras.ops.convert_to_numpy(bias)))
            self.count.assign(self.count + 1.0)
            self.averages["generator"].update([self.generator])
            loss = float("nan") if float(self.count) > 10.5 and rate > 0.06 else float(np.square(batch["point"]).mean())
            return [{"losses": {"generator/distance": loss}, "health": {}}]

    return Drift()


def told(real, generated, seed):
    """A metric: how far the samples' middle is from the data's."""
    return float(np.abs(real.mean(axis=0) - generated.mean(axis=0)).sum())


def registry():
    """The core with the recipe and the metric above, and no installed plugin."""
    from multigan import Metric, Recipe, hookimpl
    from multigan.plugins import load_plugins

    class Plugin:
        @hookimpl
        def register_recipes(self):
            yield Recipe(name="drift", summary="s", modality="points", game="kill_everywhere:drift", data="ring")

        @hookimpl
        def register_metrics(self):
            yield Metric(
                name="told", summary="s", modality="points", compute="kill_everywhere:told", protocol="p",
                better="lower",
            )  # fmt: skip

    found = load_plugins(environ={"MULTIGAN_PLUGINS": ""})
    found.register("drift", Plugin())
    return found


def train(known, resume):
    """One run to its end, by what the command line calls."""
    from multigan.training.configuration import resolve
    from multigan.training.display import Display
    from multigan.training.session import start

    config = resolve(
        "drift", known.recipe("drift")[1], flags={} if resume else SETTINGS, options={}, environ={}, config={},
        datasets=known.datasets, directory=RUN, resume=resume,
    )  # fmt: skip
    finished = start(config, known, Display())
    assert (finished.result.outcome, finished.result.step, finished.run.recoveries) == ("done", STEPS, 1)


def last_words():
    """What the last fork that failed by itself has said; one that was killed says nothing."""
    return (FOLDER / "error").read_text() if (FOLDER / "error").is_file() else "nothing was said"


def forked(action):
    """Runs an action in a fork; returns what a shell would see of it."""
    (FOLDER / "error").unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        except BaseException as error:
            (FOLDER / "error").write_text(f"{type(error).__name__}: {error}")
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_at(number, operations):
    """From now on the process is killed at its file operation `number` in the run's folder; 0: they are counted."""
    inside, seen = str(RUN), []

    def watch(event, arguments):
        if event not in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"):
            return
        path = arguments[0]
        if not isinstance(path, (str, os.PathLike)):
            return
        if event in ("os.remove", "os.rmdir") and arguments[1] >= 0:  # as shutil.rmtree names what it deletes
            path = os.path.join(os.readlink(f"/proc/self/fd/{arguments[1]}"), path)
        if not os.fspath(path).startswith(inside):
            return
        if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return
        seen.append(f"{event} {Path(path).relative_to(FOLDER)}")
        if len(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if not number:
            operations.write_text("\n".join(seen))

    sys.addaudithook(watch)


def different():
    """What a kill has changed."""
    from multigan.testing.runs import differences

    found = differences(RUN, FOLDER / "straight")
    places = ("", "checkpoints", "samples")
    for place in places:
        names, others = ({path.name for path in (run / place).iterdir()} for run in (RUN, FOLDER / "straight"))
        found += [f"{place}/{name}" for name in sorted(names ^ others)]
    return found + ["report"] * ("No end is recorded" in (RUN / "report.html").read_text())


def main():
    """Counts the operations, then kills at each."""
    for module in (
        "multigan.training.animation", "multigan.training.loop", "multigan.modalities.points.files", "grain",
        "multigan.training.session", "jinja2", "matplotlib.figure", "sklearn.neighbors",
    ):  # fmt: skip
        importlib.import_module(module)
    from multigan.report import curves, page, scores
    from multigan.training import loop

    # What the report's charts show is no matter of files, and takes half of the time.
    curves.draw_chart = scores.draw_chart = lambda *series, **how: ("<svg></svg>", "")
    page.template("page")
    # A run writes its report as often as time allows: here always, so that every run has the same operations.
    loop.REPORT_SHARE = float("inf")
    sys.modules["kill_everywhere"] = sys.modules["__main__"]
    np.save(FOLDER / "points.npy", np.random.default_rng(0).normal(size=(64, 2)).astype("float32"))
    known, names = registry(), FOLDER / "operations"
    assert forked(lambda: (kill_at(0, names), train(known, resume=False))) == 0, last_words()
    operations, wrong = names.read_text().split("\n"), {}
    RUN.rename(FOLDER / "straight")
    first, every = (int(word) for word in sys.argv[2:4]) if len(sys.argv) > 3 else (0, 1)
    for number in range(1 + first, len(operations) + 1, every):
        shutil.rmtree(RUN, ignore_errors=True)
        killed = forked(lambda number=number: (kill_at(number, None), train(known, resume=False)))
        # What a user does: go on with what has begun, else start again, in the same folder.
        ended = forked(lambda: train(known, resume=(RUN / "run.toml").is_file()))
        if (killed, ended) != (-signal.SIGKILL, 0):
            wrong[f"{number}: {operations[number - 1]}"] = f"{killed}, {ended}: {last_words()}"
            continue
        if found := different():
            wrong[f"{number}: {operations[number - 1]}"] = found
    print(json.dumps({"operations": operations, "wrong": wrong}))


if __name__ == "__main__":
    main()
