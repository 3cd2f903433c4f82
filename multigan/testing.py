"""What a plugin author's tests call: the contract that every recipe keeps, on every backend.

Example, the whole test file of a plugin:

    import pytest
    from multigan.testing import Contract

    @pytest.fixture(scope="module")
    def contract():
        return Contract("dcgan", options={"width": 4, "size": 8})

    @pytest.mark.parametrize("check", Contract.CHECKS)
    def test_contract(contract, check, tmp_path):
        contract.run(check, tmp_path)
"""

import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data import batches, open_source
from multigan.data.options import data_options
from multigan.plugins import load_plugins
from multigan.recipe import DataInfo, load_object, resolve_options

__all__ = ["Contract"]

HEAVY = ("grain", "jax", "keras", "matplotlib", "numpy", "sklearn", "tensorflow", "torch")


class Contract:
    """A recipe under test, with a small game and a few batches of its default data.

    Args:
        recipe: its name; its plugin must be installed.
        options: of the recipe and its data; choose small ones.
        batch_size: of the batches.
        data: a data source; by default the recipe's own.

    Raises:
        UsageError: the recipe is not installed, or refuses the options.
    """

    CHECKS = (
        "import_light", "described", "turns_are_separate", "losses_are_finite", "every_variable_learns",
        "samples_are_deterministic", "checkpoint_restores_everything", "same_seed_same_run",
    )  # fmt: skip

    def __init__(self, recipe: str, options: Mapping[str, Any] | None = None, batch_size: int = 8, data: str = ""):
        self.registry = load_plugins()
        self.plugin, self.recipe = self.registry.recipe(recipe)
        known = {**self.recipe.options, **data_options(self.recipe.modality)}
        self.options = resolve_options(known, options or {}, f"recipe {recipe}")
        self.batch_size, self.data = batch_size, data or self.recipe.data

    def run(self, check: str, folder: Path) -> None:
        """Runs one of `CHECKS`; `folder` is an empty one for its files.

        Raises:
            AssertionError: the recipe breaks the contract; the message says how.
        """
        getattr(self, f"check_{check}")(folder)

    @cached_property
    def source(self):
        """The data."""
        chosen = {key: self.options[key] for key in data_options(self.recipe.modality)}
        return open_source(self.data, self.recipe.modality, chosen, self.registry.datasets)

    @cached_property
    def batches(self) -> list[dict[str, np.ndarray]]:
        """The first few batches."""
        stream = batches(self.source, self.batch_size, seed=0)
        return [next(stream) for _ in range(3)]

    def build(self, seed: int = 0):
        """Returns a new game, compiled as training compiles it on a CPU."""
        import keras

        info = DataInfo(
            name=self.source.name, shape=tuple(self.source.shape), count=len(self.source),
            classes=tuple(self.source.classes), fingerprint=self.source.fingerprint,
        )  # fmt: skip
        keras.utils.set_random_seed(seed)
        own = {key: self.options[key] for key in self.recipe.options}
        game = load_object(self.recipe.game)(info, seed=seed, **own)
        game.compile(jit=keras.backend.backend() == "jax")
        return game

    def play(self, game, steps: int = 1) -> list[dict]:
        """Runs some steps, one update a turn, and returns the records."""
        records = []
        for step in range(steps):
            for phase in game.phases():
                records += [game.run_turn(turn, self.batches[step % len(self.batches)]) for turn in phase.turns]
        return records

    def check_import_light(self, folder):
        """Importing the plugin's module imports no framework: listing plugins must stay instant."""
        (module,) = [e.module for e in _entry_points() if e.name == self.plugin]
        code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        assert not found, f"import {module} imports {', '.join(found)}; import them in the game's module only"

    def check_described(self, folder):
        """The recipe says what it is, where it comes from, and what each option does."""
        assert self.recipe.summary.strip(), f"{self.recipe.name}: no summary"
        assert self.recipe.references, f"{self.recipe.name}: no reference (an arXiv id or DOI)"
        for key, option in self.recipe.options.items():
            assert option.help.strip(), f"option {key}: no help"
            assert option.parse(key, option.default) == option.default, f"option {key}: refuses its own default"
        for name in self.recipe.metrics:
            assert name in self.registry.metrics, f"{self.recipe.name}: its metric {name} is not registered"

    def check_turns_are_separate(self, folder):
        """Each turn changes its player's weights and nobody else's, byte for byte."""
        game = self.build()
        for turn in [turn for phase in game.phases() for turn in phase.turns]:
            before = {player: _values(game, player) for player in game.players()}
            game.run_turn(turn, self.batches[0])
            for player, values in before.items():
                same = all(np.array_equal(a, b) for a, b in zip(values, _values(game, player), strict=True))
                if player == turn.player:
                    assert not same, f"the turn of {player} changed none of its weights"
                else:
                    assert same, f"the turn of {turn.player} changed weights of {player}"

    def check_losses_are_finite(self, folder):
        """Every loss term and observation of a few steps is a finite scalar."""
        from keras import ops

        for record in self.play(self.build(), steps=3):
            for name, value in (record["losses"] | record["health"]).items():
                assert np.isfinite(ops.convert_to_numpy(value)), f"{name} is {value}"

    def check_every_variable_learns(self, folder):
        """No trainable variable is forgotten: each has moved after a few steps."""
        game = self.build()
        variables = [variable for player in game.players() for variable in game.player_variables(player)]
        before = [_numpy(variable) for variable in variables]
        self.play(game, steps=3)
        idle = [v.path for v, old in zip(variables, before, strict=True) if np.array_equal(old, _numpy(v))]
        assert not idle, f"never updated: {', '.join(idle)}; does its loss depend on it?"

    def check_samples_are_deterministic(self, folder):
        """A seed names its samples: the same ones, however many are asked for; another seed, other ones."""
        game = self.build()
        self.play(game)
        before = [_numpy(variable) for variable in game.state()]
        samples = game.sample(5, seed=1)
        assert samples.shape[0] == 5, f"asked for 5 samples, got an array of shape {samples.shape}"
        assert samples.dtype == np.float32, f"samples are {samples.dtype}, not float32"
        assert np.isfinite(samples).all(), "samples are not finite"
        assert np.array_equal(samples, game.sample(70, seed=1)[:5]), "the first samples depend on the count"
        assert not np.array_equal(samples, game.sample(5, seed=2)), "another seed gives the same samples"
        after = [_numpy(variable) for variable in game.state()]
        assert all(map(np.array_equal, before, after)), "sampling changed the game's state"

    def check_checkpoint_restores_everything(self, folder):
        """A game that is saved, and restored into a new one, goes on to the same weights, to the bit."""
        from multigan.training.checkpoints import load_checkpoint, restore, save_checkpoint

        game, other = self.build(), self.build(seed=1)
        self.play(game)
        save_checkpoint(folder, 1, game, {})
        restore(other, load_checkpoint(folder, 1))
        for one in (game, other):
            self.play(one)
        for mine, theirs in zip(game.state(), other.state(), strict=True):
            assert np.array_equal(_numpy(mine), _numpy(theirs)), f"{mine.path} differs after a restore; is it tracked?"

    def check_same_seed_same_run(self, folder):
        """Two games of one seed become the same game."""
        one, two = self.build(seed=3), self.build(seed=3)
        for game in (one, two):
            self.play(game, steps=2)
        for mine, theirs in zip(one.state(), two.state(), strict=True):
            assert np.array_equal(_numpy(mine), _numpy(theirs)), f"{mine.path} differs between two runs of one seed"


def _entry_points():
    from importlib.metadata import entry_points

    return entry_points(group="multigan")


def _numpy(variable):
    from keras import ops

    return ops.convert_to_numpy(variable.value).copy()


def _values(game, player):
    return [_numpy(weight) for network in game.networks(player) for weight in network.weights]
