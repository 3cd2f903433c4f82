"""The contract that every recipe keeps: a recipe under test, and the checks that it goes through."""

import contextlib
import unittest
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from multigan.backend import start_any_backend
from multigan.data import batches, describe_source, open_source
from multigan.data.source import Source
from multigan.fields import asked_fields, chosen
from multigan.modality import Modality, data_options, find_modality
from multigan.onefile import is_file, load_file, recipe_in
from multigan.plugins import Registry, load_plugins
from multigan.recipe import load_object, resolve_options
from multigan.testing.advice import BrokenPromiseError, place_in, told
from multigan.testing.checks import RECIPE_CHECKS, WITHOUT_A_GAME
from multigan.testing.watched import untouched

__all__ = ["Contract"]


class Contract:
    """A recipe under test, with a small game and a few batches of its default data.

    Once the game cannot be built, or a first step of it fails, that is told once, and all checks that need a game are
    skipped.

    Args:
        recipe: its name; its plugin must be installed. Or the path of a plugin of one file, `"./my_gan.py"`.
        options: of the recipe and its data; choose small ones.
        batch_size: of the batches; with an option `pack`, the next multiple of it.
        data: the name of a data set, a path, or a source such as `ArraySource`; by default the recipe's own.
        registry: the plugins, where they are loaded already.

    Raises:
        UsageError: the recipe is not installed, or refuses the options.
    """

    CHECKS = tuple(RECIPE_CHECKS)

    def __init__(
        self,
        recipe: str,
        options: Mapping[str, Any] | None = None,
        batch_size: int = 8,
        data: str | Source = "",
        registry: Registry | None = None,
    ):
        self.registry = registry or load_plugins()
        if is_file(recipe):
            start_any_backend()
            self.plugin, self.recipe = recipe_in(self.registry, load_file(self.registry, recipe))
        else:
            self.plugin, self.recipe = self.registry.recipe(recipe)
        known = {**self.recipe.options, **data_options(self.recipe.modality)}
        chosen = {**self.recipe.data_options, **(options or {})}
        self.options = resolve_options(known, chosen, f"recipe {self.recipe.name}")
        self.batch_size = batch_size + -batch_size % self.options.get("pack", 1)
        self.data = data or self.recipe.data
        self.package = self.recipe.game.partition(":")[0].partition(".")[0]
        self.touched: list[tuple[str, str]] = []
        self._failed = self._doing = ""

    def run(self, check: str, folder: Path) -> None:
        """Runs one of `CHECKS`; `folder` is an empty one for its files.

        Raises:
            AssertionError: the recipe breaks the contract; the message says how, where, and what to do.
            unittest.SkipTest: another check has said already that the game cannot be built.
        """
        if check not in WITHOUT_A_GAME:
            self._try_to_build(check)
        try:
            RECIPE_CHECKS[check](self, folder)
        except AssertionError:
            raise
        except Exception as error:
            what, place = told(error, self.package, self.game_class)
            raise BrokenPromiseError(f"{check} cannot be checked: {what}", place) from error

    def _try_to_build(self, check: str) -> None:
        if self._failed:
            raise unittest.SkipTest(f"{self.recipe.name} cannot be trained, as the check {self._failed} tells")
        self._doing = "cannot be imported"
        try:
            _ = self.played
        except Exception as error:
            self._failed = check
            what, place = told(error, self.package, None if "imported" in self._doing else self.game_class)
            raise BrokenPromiseError(f"{self.recipe.game} {self._doing}: {what}", place) from error

    def broken(self, what: str, *at: str) -> BrokenPromiseError:
        """Returns what a check raises: `what` is wrong, in the first of these methods that the author wrote; of none
        of them, in the class.
        """
        return BrokenPromiseError(what, place_in(self.game_class, *at))

    def must(self, holds: Any, what: str, *at: str) -> None:
        """Raises `broken(what, *at)` unless something holds."""
        if not holds:
            raise self.broken(what, *at)

    @cached_property
    def source(self):
        """The data."""
        if not isinstance(self.data, str):
            return self.data
        chosen = {key: self.options[key] for key in data_options(self.recipe.modality)}
        return open_source(self.data, self.recipe.modality, chosen, self.registry.datasets)

    @cached_property
    def batches(self) -> list[dict[str, np.ndarray]]:
        """The first few batches."""
        return self.more_batches(self.batch_size, 3)

    def more_batches(self, size: int, count: int = 1) -> list[dict[str, np.ndarray]]:
        """Returns the first few batches of another size."""
        stream = batches(self.source, size, seed=0)
        return [next(stream) for _ in range(count)]

    @property
    def room(self) -> Modality:
        """The recipe's modality."""
        return find_modality(self.recipe.modality)

    @property
    def field(self) -> str:
        """The key of a batch that holds the samples."""
        return self.room.field

    @property
    def game_class(self) -> Any:
        """What the recipe names as its game."""
        return load_object(self.recipe.game)

    @property
    def own_options(self) -> dict[str, Any]:
        """The values of the recipe's options, without those of its data."""
        return {key: self.options[key] for key in self.recipe.options}

    def build(
        self,
        seed: int = 0,
        options: Mapping[str, Any] | None = None,
        game_class: type | None = None,
        batch_size: int | None = None,
        prepare: bool = True,
    ):
        """Returns a new game, compiled as training compiles it on a CPU; with other options or of another class.

        Args:
            seed: of the game, and of the weights it begins with.
            options: of the recipe; by default those under test.
            game_class: by default the recipe's.
            batch_size: that the game is told of; by default the one under test.
            prepare: whether it looks at the data, as at the beginning of a run; one that is resumed does not.
        """
        start_any_backend()
        import keras

        keras.utils.set_random_seed(seed)
        own = self.own_options if options is None else options
        made = game_class or self.game_class
        with untouched(self.package) as touched:
            self._doing = "cannot be built"
            game = made(describe_source(self.source), seed=seed, **own)
            game.plan(100, batch_size or self.batch_size)
            game.compile(jit=keras.backend.backend() == "jax")
            if prepare:
                self._doing = "cannot look at its data before the first step"
                game.prepare(self.source)
        self.touched += touched
        return game

    def asked(self, game, count: int) -> dict[str, np.ndarray]:
        """Returns what `count` samples are asked for by, from the data, in its order: `{field: array}`."""
        own = {field.name: field for field in game.fields}
        for name in game.asks:
            have = ", ".join(self.batches[0])
            told = f"its samples are asked for by {name}, which batches do not have (they have {have})"
            self.must(name in own or name in self.batches[0], told, "asks")
        data = describe_source(self.source)
        fields = asked_fields(game, data)
        known = {name: np.concatenate([b[name] for b in self.batches]) for name in game.asks if name not in own}
        known |= chosen({name: fields[name] for name in game.asks if name in own}, lambda name: None, count) or {}
        return {name: known[name][np.arange(count) % len(known[name])] for name in game.asks}

    def turns(self, game) -> Iterator[Any]:
        """Every turn of every phase, in order."""
        for phase in game.phases():
            yield from phase.turns

    def play(self, game, steps: int = 1) -> list[dict]:
        """Runs some steps, one update a turn, and returns the records."""
        records = []
        for step in range(steps):
            for turn in self.turns(game):
                self._doing = f"cannot be trained: the turn of {turn.player} fails"
                records.append(game.run_turn(turn, self.batches[step % len(self.batches)]))
        return records

    def play_once(self, game, batch: Mapping[str, np.ndarray] | None = None) -> list[dict]:
        """One update of each turn, and its records: uncompiled but for JAX, where that is slower than to compile."""
        import keras
        from keras import ops

        batch = self.batches[0] if batch is None else batch
        turns = list(self.turns(game))
        if keras.backend.backend() == "jax":
            return [game.run_turn(turn, batch) for turn in turns]
        held = {key: ops.convert_to_tensor(values) for key, values in batch.items()}
        return [game.update(turn, held) for turn in turns]

    @contextlib.contextmanager
    def uncompiled(self, *games) -> Iterator[None]:
        """While open, what is called once is not compiled, where compiling takes longer than running: on TensorFlow."""
        import keras
        from keras import ops

        from multigan.engine import autodiff

        def plain(function, variables, jit, inputs=None, shared=False):
            return lambda *arrays: function(*keras.tree.map_structure(ops.convert_to_tensor, arrays))

        if keras.backend.backend() != "tensorflow":
            yield
            return
        kept = [game._compiled for game in games]
        for game in games:
            game._compiled = {}
        try:
            with mock.patch.object(autodiff, "compiled", plain):
                yield
        finally:
            for game, compiled in zip(games, kept, strict=True):
                game._compiled = compiled

    @cached_property
    def played(self):
        """A game after a few steps: `(game, state before, records, state after)`. Checks may go on with it."""
        self._doing = "cannot be imported"
        _ = self.game_class
        self._doing = "has no data to be trained on"
        _ = self.batches
        game = self.build()
        for turn in self.turns(game):
            self._doing = f"cannot be trained: the turn of {turn.player} fails"
            for step in (1, 100, 10_000):
                turn.updates(step)
        before = self.state(game)
        with untouched(self.package) as touched:
            records = self.play(game, steps=3)
        self.touched += touched
        return game, before, records, self.state(game)

    @cached_property
    def twin(self):
        """Another game of the same seed after the same steps: `(game, state)`. Checks may go on with it."""
        game = self.build()
        self.play(game, steps=3)
        return game, self.state(game)

    def state(self, game) -> list[np.ndarray]:
        """Copies of all that a checkpoint holds of a game."""
        from keras import ops

        return [ops.convert_to_numpy(variable.value).copy() for variable in game.state()]
