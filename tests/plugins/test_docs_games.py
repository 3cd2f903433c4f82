"""docs/games.md runs from its first line to its last, and its tables are what the code has."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import multigan
from multigan.modality import modalities
from multigan.testing import call

PAGE = (Path(__file__).parents[2] / "docs" / "games.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
WHOLE = next(block for block in BLOCKS if "class InfoGAN" in block)


@pytest.fixture(scope="module")
def page():
    """All blocks but the file, in one module, as a reader would type them."""
    module = ModuleType("games_page")
    sys.modules["games_page"] = module
    for block in BLOCKS:
        if block is not WHOLE:
            exec(compile(block, "docs/games.md", "exec"), vars(module))
    yield module
    del sys.modules["games_page"]


@pytest.fixture(scope="module")
def batch():
    return {"point": np.random.default_rng(0).normal(size=(16, 2)).astype("float32")}


def finite(records):
    from keras import ops

    return [float(ops.convert_to_numpy(value)) for record in records for value in record["losses"].values()]


def test_the_page_runs(page):
    assert page.game.sample(5, seed=1).shape == (5, 2)
    assert page.labelled.sample(2, 1, {"label": np.array([0, 1])}).shape == (2, 2)
    (recipe,) = page.register_recipes()
    assert recipe.name == "dots"


NAMES = [name for block in BLOCKS for name in re.findall(r"^class (\w+)\(Dots\)", block, re.MULTILINE)]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "LabelledDots"])
def test_every_game_on_the_page_plays(page, batch, name):
    game = getattr(page, name)(page.data)
    game.plan(20, 16)
    game.compile(jit=page.on_jax)
    game.prepare(Rows(batch))
    for phase in game.phases():
        records = game.run_turns(phase.turns, batch)
    assert np.isfinite(finite(records)).all()
    assert game.sample(3, 0).shape == (3, 2)


class Rows:
    """A source of one batch."""

    def __init__(self, batch):
        self.held = batch

    def __len__(self):
        return 16

    def batch(self, indices):
        return {key: values[indices] for key, values in self.held.items()}


def test_the_functions_between_the_classes_work(page):
    drawn, more = page.latents(None, 3, 0), page.latents(None, 5, 0)
    assert [np.array_equal(drawn[name], more[name][:3]) for name in drawn] == [True, True]
    page.decaying.__class__.weight = page.weight_of_style
    assert float(page.decaying.weight()) == 10.0
    assert page.warm.updates(1) == 100
    assert page.warm.updates(26) == 5


def test_the_infogan_of_the_page_trains_resumes_samples_and_is_scored(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my_infogan.py").write_text(WHOLE)
    small = ["-o", "width=2", "-o", "size=8", "-o", "latent_dim=4", "--batch-size", 8]
    call("run", "--plugin", "./my_infogan.py", *small, "--steps", 2)
    call("run", "--resume", "runs/my-infogan-1", "--steps", 3)
    call("sample", "runs/my-infogan-1", "--ask", "kind=3", "--ask", "code=-1,0", "-n", 4, "--out", "made")
    assert len(list(Path("made").glob("*.png"))) >= 4
    call("evaluate", "runs/my-infogan-1", "-n", 16, "--seeds", 1)
    run = multigan.open("runs/my-infogan-1")
    low, high = (run.sample(2, seed=0, kind="3", code=[[value, 0.0]]) for value in (-1.0, 1.0))
    assert not np.array_equal(low, high)


def test_what_a_batch_holds_is_what_the_rooms_say():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `\(.*?\)` \| (\w+), (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
    own = [name for name, room in modalities().items() if room.open.startswith("multigan.")]
    assert [row[0] for row in rows] == own
    for name, key, dtype, units, facts in rows:
        room = modalities()[name]
        assert (room.field, room.dtype) == (key, dtype)
        assert ("-1 to 1" in units) == (room.units == (-1.0, 1.0))
        assert set(re.findall(r"`(\w+)`", facts)) == set(room.facts)


def test_every_public_name_of_the_engine_is_on_a_page():
    folder = Path(__file__).parents[2] / "docs"
    pages = PAGE + "".join((folder / f"{name}.md").read_text("utf-8") for name in ("blocks", "fields", "engine"))
    homes = {module: names for module, names in multigan._HOMES.items() if module.startswith("multigan.engine")}
    missing = [name for names in homes.values() for name in names if not re.search(rf"\b{name}\b", pages)]
    assert not missing


def test_a_loss_may_not_assign_what_is_not_its_own(page, batch):
    class Thief(page.Dots):
        def generator_loss(self, given):
            self.discriminator.weights[0].assign(self.discriminator.weights[0] * 0.0)
            return super().generator_loss(given)

    game = Thief(page.data)
    game.compile(jit=page.on_jax)
    with pytest.raises(ValueError, match=r"belongs to discriminator.*Turn\(after=...\)"):
        game.run_turns(game.turns, batch)


@pytest.mark.parametrize(
    ("returned", "error"),
    [(lambda x, ops: x, "must return a dict"), (lambda x, ops: {"a": ops.tile(x, 3)}, "a loss term is a scalar")],
)
def test_what_a_loss_returns_is_checked_as_the_page_says(page, batch, returned, error):
    class Wrong(page.Dots):
        def generator_loss(self, given):
            return returned(super().generator_loss(given)["adversarial"], page.ops)

    game = Wrong(page.data)
    game.compile(jit=page.on_jax)
    with pytest.raises((TypeError, ValueError), match=error):
        game.run_turns(game.turns, batch)
