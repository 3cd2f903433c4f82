"""A game of clips, trained, resumed, sampled, scored and exported through the real command line: a room is enough."""

import json
import signal

import pytest
from PIL import Image
from small import KILL, assert_same_run

from multigan.training.checkpoints import steps_saved

# Two players of 3-D convolutions, asked for the way in which the digits move.
PLUGIN = """
@hookimpl
def register_recipes():
    from multigan import Option, Recipe, stabiliser_options

    options = {
        "width": Option(default=4, minimum=1, help="channels of the last convolution"),
        **stabiliser_options("clips", latent_dim=8, ema=0.9),
    }
    metrics = ("motion", "motion-distance", "FD(clip-pca-64)", "FD(clip-changes)", "diversity(clip-pixels)")
    yield Recipe(
        name="reel", summary="s", modality="clips", game="watcher_plugin:reel", data="moving-digits", options=options,
        metrics=metrics,
    )


def reel(data, *, seed, **options):
    import keras
    from keras import layers

    from multigan import AdversarialGame, condition_of

    class Reel(AdversarialGame):
        def choose_condition(self, data):
            return condition_of(data)

        def build_generator(self, data):
            *sides, channels = data.shape
            small, width = [side // 4 for side in sides], self.options["width"]
            z, asked = keras.Input((self.options["latent_dim"],), name="z"), self.condition.input()
            x = layers.Concatenate()([z, self.condition.encode(asked)])
            x = layers.Dense(small[0] * small[1] * small[2] * 2 * width)(x)
            x = layers.Reshape((*small, 2 * width))(x)
            for filters in (width, width):
                x = layers.UpSampling3D()(x)
                x = layers.LeakyReLU(0.2)(layers.Conv3D(filters, 3, padding="same")(x))
            return keras.Model([z, asked], layers.Conv3D(channels, 3, padding="same", activation="tanh")(x))

        def build_opponent(self, data):
            *sides, channels = data.shape
            clips, asked = keras.Input((*sides, channels * self.options["pack"])), self.condition.input()
            x, width = clips, self.options["width"]
            for filters in (width, 2 * width):
                x = layers.LeakyReLU(0.2)(layers.Conv3D(filters, 3, strides=2, padding="same")(x))
            x = layers.Concatenate()([layers.Flatten()(x), self.condition.encode(asked)])
            return keras.Model([clips, asked], layers.Dense(1)(layers.Dense(8, activation="relu")(x)))

    return Reel(data, seed=seed, **options)
"""
FLAGS = [
    "--plugin",
    "reel",
    "--steps",
    "20",
    "--batch-size",
    "8",
    "--log-every",
    "5",
    "-o",
    "frames=8",
    "-o",
    "size=16",
]
FLAGS += ["--log-every", "5", "--sample-every", "10", "--checkpoint-every", "10"]


@pytest.fixture
def reel(command):
    """Runs the command line with the plugin: `reel("sample", ...)`; it must succeed."""

    def run(*words, code=0, plugin=PLUGIN, **environ):
        done = command(*words, watcher=plugin, **environ)
        assert done.returncode == code, done.stderr
        return done

    return run


@pytest.mark.filterwarnings("ignore")
def test_a_game_of_clips_from_training_to_export(reel, tmp_path):
    trained, stopped = tmp_path / "run", tmp_path / "stopped"
    reel("run", *FLAGS, "--run-dir", trained)
    reel(
        "run", *FLAGS, "--run-dir", stopped, code=-signal.SIGKILL, plugin=PLUGIN + KILL,
        KILL_AT="13", KILL_WITH=str(int(signal.SIGKILL)),
    )  # fmt: skip
    assert steps_saved(stopped / "checkpoints") == [10]
    reel("run", "--resume", stopped)
    assert_same_run(trained, stopped, 20)

    # Previews: a grid that plays, and a contact sheet.
    samples = trained / "samples"
    with Image.open(samples / "step-00000020.webp") as grid:
        assert (grid.format, grid.is_animated, grid.n_frames) == ("WEBP", True, 8)
        assert grid.width <= 800
    assert (samples / "step-00000020.png").exists()
    assert "data:image/webp;base64," in (trained / "report.html").read_text()
    logged = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    health = [line["health"] for line in logged if "diversity" in line.get("health", {})]
    assert {"motion", "frozen", "recall", "classes_covered"} <= set(health[-1])

    # Samples play by themselves, and are of the class that was asked for.
    reel("sample", trained, "-n", "3", "--label", "up", "--out", "up")
    assert [path.name for path in sorted((tmp_path / "up").glob("*.gif"))] == [f"0000{n}-up.gif" for n in range(3)]
    assert (tmp_path / "up" / "preview.webp").exists()

    # Scores stand beside those of real clips that are frozen, shuffled and played backwards.
    scores = json.loads(reel("evaluate", trained, "-n", "64", "--seeds", "1", "--json").stdout)
    scores = {score["metric"]: score for score in scores}
    assert set(scores) == {"motion", "motion-distance", "FD(clip-pca-64)", "FD(clip-changes)", "diversity(clip-pixels)"}
    beside = {name: control["value"] for name, control in scores["motion"]["controls"].items()}
    assert beside["frozen"] == 0
    assert beside["real"] == pytest.approx(1, abs=0.2)
    assert beside["real"] == pytest.approx(beside["reversed"], rel=1e-4)
    assert beside["noise"] > beside["shuffled"] > 1.5
    beside = {name: control["value"] for name, control in scores["FD(clip-changes)"]["controls"].items()}
    assert beside["frozen"] > 1.3 * beside["real"]

    # The exported model says how fast its clips are to be shown.
    told = json.loads(reel("export", trained, "--format", "keras", "--out", "reel.keras", "--json").stdout)
    assert told["frame_rate"] == 10
