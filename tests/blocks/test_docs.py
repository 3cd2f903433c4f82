"""The page on blocks shows a game that works, and every stabiliser."""

import re
from pathlib import Path

import numpy as np
from keras import ops

from multigan import DataInfo, stabiliser_options

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "blocks.md").read_text(encoding="utf-8")


def test_the_game_on_the_page_trains():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, names)
    options = {key: option.default for key, option in names["OPTIONS"].items()} | {"pack": 2, "r1": 0.1}
    game = names["Rings"](
        DataInfo(name="points", shape=(2,), field="point", facts={"mean": (0.0, 0.0), "scale": (1.0, 1.0)}), **options
    )
    game.compile()
    points = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")
    for record in game.run_turns(game.turns, {"point": points}):
        assert all(np.isfinite(ops.convert_to_numpy(value)) for value in record["losses"].values())
    assert game.sample(3, 0).shape == (3, 2)


def test_every_stabiliser_is_on_the_page():
    table = PAGE.partition("## The stabilisers")[2]
    common = {"latent_dim", "latent", "learning_rate", "beta_1", "beta_2", "loss"}
    assert {name for name in stabiliser_options() if name not in common} <= set(re.findall(r"`(\w+)`", table))
