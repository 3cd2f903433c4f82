"""A run says what it finds while it trains, in its log and when it ends, on the real command line."""

import json

import pytest
from small import FLAGS

# A generator that makes one picture: its weights are set to zero after every update.
PLUGIN = """
@hookimpl
def register_recipes():
    from multigan import Recipe
    yield Recipe(name="stuck", summary="s", modality="images", game="watcher_plugin:stuck", data="digits")


def stuck(data, *, seed):
    from keras import ops
    from multigan import Turn
    from multigan_dcgan import OPTIONS
    from multigan_dcgan.game import DCGAN

    def forget(game):
        for variable in game.generator.trainable_variables:
            variable.assign(ops.zeros_like(variable))

    class Stuck(DCGAN):
        def __init__(self):
            defaults = {key: option.default for key, option in OPTIONS.items()}
            super().__init__(data, seed=seed, **defaults | {"width": 4})
            self.turns = (self.turns[0], Turn("generator", fresh=False, after=(forget,)))

    return Stuck()
"""


@pytest.mark.filterwarnings("ignore")
def test_a_collapsed_run_says_so_everywhere(command, tmp_path):
    every = [*FLAGS[: FLAGS.index("-o")], "-o", "size=8", "--log-every", "100", "--sample-every", "250"]
    done = command("run", "--plugin", "stuck", "--steps", "1000", "--run-dir", "run", *every, "--json", watcher=PLUGIN)
    assert done.returncode == 0, done.stderr
    assert "collapse" in json.loads(done.stdout)["findings"]
    lines = done.stderr.splitlines()
    assert any(line.startswith("health at step 1000: ") and "diversity was 0.00" in line for line in lines)
    assert any(line.startswith("step 1000/1000") and "findings: collapse" in line for line in lines)
    ended = lines[next(n for n, line in enumerate(lines) if line.startswith("done:")) :]
    assert any(line.startswith("health: diversity was 0.00") for line in ended)
    assert "what to try next: multigan doctor run" in ended
    logged = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert "collapse" in [line["name"] for line in logged if line["kind"] == "finding"]
    assert "collapse" in (tmp_path / "run" / "report.html").read_text()
    told = json.loads(command("doctor", "run", "--json").stdout)
    assert told["findings"][0]["name"] == "collapse"
