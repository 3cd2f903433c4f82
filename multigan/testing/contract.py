"""The contract that every recipe keeps, as checks."""

import contextlib
import itertools
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from multigan.backend import start_any_backend
from multigan.checking import registered_faults, seen_by_a_process
from multigan.data import batches, describe_source, open_source
from multigan.data.source import Source
from multigan.errors import UsageError
from multigan.fields import asked_fields, chosen
from multigan.modality import data_options, find_modality
from multigan.plugins import load_plugins
from multigan.probe import object_faults
from multigan.recipe import load_object, resolve_options
from multigan.testing.watched import read_in_init, watched

__all__ = ["Contract"]

# How far samples may lie outside the data's units, as a part of their range: a network without a last activation does.
BEYOND = 0.5


class Contract:
    """A recipe under test, with a small game and a few batches of its default data.

    Args:
        recipe: its name; its plugin must be installed.
        options: of the recipe and its data; choose small ones.
        batch_size: of the batches; with an option `pack`, the next multiple of it.
        data: the name of a data set, a path, or a source such as `ArraySource`; by default the recipe's own.

    Raises:
        UsageError: the recipe is not installed, or refuses the options.
    """

    CHECKS = (
        "import_light", "described", "options_are_read", "turns_are_separate", "losses_are_finite",
        "every_variable_learns", "samples_are_deterministic", "samples_are_of_the_datas_kind", "conditions_matter",
        "scores_are_one_a_sample", "checkpoint_restores_everything", "same_seed_same_run",
    )  # fmt: skip

    def __init__(
        self,
        recipe: str,
        options: Mapping[str, Any] | None = None,
        batch_size: int = 8,
        data: str | Source = "",
    ):
        self.registry = load_plugins()
        self.plugin, self.recipe = self.registry.recipe(recipe)
        known = {**self.recipe.options, **data_options(self.recipe.modality)}
        self.options = resolve_options(known, {**self.recipe.data_options, **(options or {})}, f"recipe {recipe}")
        self.batch_size = batch_size + -batch_size % self.options.get("pack", 1)
        self.data = data or self.recipe.data

    def run(self, check: str, folder: Path) -> None:
        """Runs one of `CHECKS`; `folder` is an empty one for its files.

        Raises:
            AssertionError: the recipe breaks the contract; the message says how.
        """
        getattr(self, f"check_{check}")(folder)

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
        stream = batches(self.source, self.batch_size, seed=0)
        return [next(stream) for _ in range(3)]

    def build(self, seed: int = 0, options: Mapping[str, Any] | None = None, game_class: type | None = None):
        """Returns a new game, compiled as training compiles it on a CPU; with other options or of another class."""
        start_any_backend()
        import keras

        keras.utils.set_random_seed(seed)
        own = {key: self.options[key] for key in self.recipe.options} if options is None else options
        game = (game_class or load_object(self.recipe.game))(describe_source(self.source), seed=seed, **own)
        game.plan(100, self.batch_size)
        game.compile(jit=keras.backend.backend() == "jax")
        game.prepare(self.source)
        return game

    @property
    def field(self) -> str:
        """The key of a batch that holds the samples."""
        return find_modality(self.recipe.modality).field

    def asked(self, game, count: int) -> dict[str, np.ndarray]:
        """Returns what `count` samples are asked for by, from the data, in its order: `{field: array}`."""
        own = {field.name: field for field in game.fields}
        for name in game.asks:
            assert name in own or name in self.batches[0], f"asked by {name}, which batches do not have"
        data = describe_source(self.source)
        fields = asked_fields(game, data)
        known = {name: np.concatenate([b[name] for b in self.batches]) for name in game.asks if name not in own}
        known |= chosen({name: fields[name] for name in game.asks if name in own}, lambda name: None, count) or {}
        return {name: known[name][np.arange(count) % len(known[name])] for name in game.asks}

    def others(self, asked: np.ndarray) -> np.ndarray:
        """Returns for each value of a field another one of them.

        Raises:
            AssertionError: they are all the same.
        """
        others = []
        for value in asked:
            found = [other for other in asked if not np.array_equal(other, value)]
            assert found, "every sample of the batches has the same condition; give the contract other data"
            others.append(found[0])
        return np.array(others)

    def play(self, game, steps: int = 1) -> list[dict]:
        """Runs some steps, one update a turn, and returns the records."""
        records = []
        for step in range(steps):
            for phase in game.phases():
                records += [game.run_turn(turn, self.batches[step % len(self.batches)]) for turn in phase.turns]
        return records

    @cached_property
    def played(self):
        """A game after a few steps: `(game, state before, records, state after)`. Checks may go on with it."""
        game = self.build()
        before = _state(game)
        records = self.play(game, steps=3)
        return game, before, records, _state(game)

    @cached_property
    def twin(self):
        """Another game of the same seed after the same steps: `(game, state)`. Checks may go on with it."""
        game = self.build()
        self.play(game, steps=3)
        return game, _state(game)

    def check_import_light(self, folder):
        """Importing the plugin's module imports no framework: listing plugins must stay instant."""
        faults = seen_by_a_process("imports", self.plugin)
        assert not faults, "; ".join(map(str, faults))

    def check_described(self, folder):
        """The recipe says what it is, where it comes from, and what each option does; what it names is there."""
        assert self.recipe.summary.strip(), f"{self.recipe.name}: no summary"
        assert self.recipe.references, f"{self.recipe.name}: no reference (an arXiv id or DOI)"
        for key, option in self.recipe.options.items():
            assert option.help.strip(), f"option {key}: no help"
            assert option.parse(key, option.default) == option.default, f"option {key}: refuses its own default"
        faults = registered_faults(self.plugin, self.registry) + object_faults(self.plugin, self.registry)
        own = [str(fault) for fault in faults if fault.item == f"recipe {self.recipe.name}"]
        assert not own, "; ".join(own)

    def check_turns_are_separate(self, folder):
        """Each turn changes its player's weights and nobody else's, byte for byte."""
        game, *_ = self.played
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

        _, _, records, _ = self.played
        for record in records:
            for name, value in (record["losses"] | record["health"]).items():
                assert np.isfinite(ops.convert_to_numpy(value)), f"{name} is {value}"

    def check_every_variable_learns(self, folder):
        """No trainable variable is forgotten: each has moved after a few steps."""
        game, before, _, after = self.played
        learned = {id(variable) for player in game.players() for variable in game.player_variables(player)}
        states = zip(game.state(), before, after, strict=True)
        idle = [v.path for v, old, new in states if id(v) in learned and np.array_equal(old, new)]
        assert not idle, f"never updated: {', '.join(idle)}; does its loss depend on it?"

    def check_samples_are_deterministic(self, folder):
        """A seed names its samples: the same ones, however many are asked for; another seed, other ones, unless nothing
        is drawn.
        """
        game, *_ = self.played
        before = _state(game)
        asked = self.asked(game, 70)
        first = {name: array[:5] for name, array in asked.items()}
        samples = game.sample(5, 1, first)
        assert samples.shape[0] == 5, f"asked for 5 samples, got an array of shape {samples.shape}"
        few, many = _latents(game, 5), _latents(game, 70)
        moved = [name for name in few if not np.array_equal(few[name], many[name][:5])]
        mend = "draw each array from a generator of its own, as by numpy.random.default_rng(seed).spawn(2)"
        assert not moved, f"the first latents depend on the count ({', '.join(moved)}); {mend}"
        assert np.array_equal(samples, game.sample(70, 1, asked)[:5]), "the first samples depend on the count"
        drawn = game.latents(5, 1)
        same = np.array_equal(samples, game.sample(5, 2, first))
        if isinstance(drawn, Mapping) and not drawn:
            assert same, "the game has no latents, yet another seed gives other samples"
        else:
            assert not same, "another seed gives the same samples"
        assert all(map(np.array_equal, before, _state(game))), "sampling changed the game's state"

    def check_samples_are_of_the_datas_kind(self, folder):
        """Samples have the shape, type and units of the data."""
        game, *_ = self.played
        samples, real = game.sample(5, 1, self.asked(game, 5)), self.batches[0][self.field]
        assert samples.shape[1:] == real.shape[1:], f"samples of shape {samples.shape[1:]}; the data's {real.shape[1:]}"
        room = find_modality(self.recipe.modality)
        assert samples.dtype == room.dtype, f"samples are {samples.dtype}, not {room.dtype}"
        assert np.isfinite(samples).all(), "samples are not finite"
        if units := room.units:
            low, high = float(samples.min()), float(samples.max())
            reach = BEYOND * (units[1] - units[0])
            told = f"samples lie from {low:.4g} to {high:.4g}, and {room.name} in {list(units)}"
            assert units[0] - reach <= low <= high <= units[1] + reach, told

    def check_conditions_matter(self, folder):
        """Whatever field a game is asked by, other values of it make other samples of the same latents."""
        game, *_ = self.played
        count = 3 * self.batch_size
        asked = self.asked(game, count)
        usual = {field.name for field in game.fields if field.usual}
        for name, values in asked.items():
            # Of a code that is the same for all, the others are 0, or 1 where it is that.
            others = np.where(values, 0, 1).astype(values.dtype) if name in usual else self.others(values)
            one, other = (game.sample(count, 1, asked | {name: wanted}) for wanted in (values, others))
            same = [index for index in range(count) if np.array_equal(one[index], other[index])]
            assert not same, f"samples {same} do not depend on the {name}"

    def check_scores_are_one_a_sample(self, folder):
        """`score` gives a finite number for each sample, or None."""
        game, *_ = self.played
        samples = self.batches[0][self.field][:5]
        scores = game.score(samples)
        if scores is not None:
            count = len(samples)
            assert np.shape(scores) == (count,), f"{count} samples have scores of shape {np.shape(scores)}"
            assert np.isfinite(scores).all(), f"scores are {scores}"
            assert np.array_equal(scores, game.score(samples)), "the same samples have other scores when asked again"

    def check_options_are_read(self, folder):
        """Every option of the recipe does something: the game reads it, at the latest when all options are on, or
        when one that has choices has another, or when it samples.

        An option that an `__init__` names as an argument, or takes out of its `**options`, counts as read.
        """
        game_class = load_object(self.recipe.game)
        read = read_in_init(game_class)
        own = {key: self.options[key] for key in self.recipe.options}
        chosen = (
            own | {key: choice}
            for key, option in self.recipe.options.items()
            for choice in option.choices
            if choice != own[key]
        )
        for options in itertools.chain((self._switched_on(own), own), chosen):
            if set(own) <= read:
                break
            # Of choices some may exclude others; what the recipe is tested with must work.
            with contextlib.nullcontext() if options is own else contextlib.suppress(UsageError):
                game = self.build(options=options, game_class=watched(game_class, read, set(own)))
                self._play_once(game)
                if options is own:
                    game.sample(2, 0, self.asked(game, 2))
        assert set(own) <= read, f"nobody reads the options {', '.join(sorted(set(own) - read))}"

    def _play_once(self, game):
        """One update of each turn, uncompiled but for JAX, where that is slower than to compile; and asks how often."""
        import keras
        from keras import ops

        turns = [turn for phase in game.phases() for turn in phase.turns]
        for turn, step in itertools.product(turns, (1, 100, 10_000)):
            turn.updates(step)
        if keras.backend.backend() == "jax":
            self.play(game)
            return
        batch = {key: ops.convert_to_tensor(values) for key, values in self.batches[0].items()}
        for turn in turns:
            game.update(turn, batch)

    def _switched_on(self, options):
        """The options with all that is off on; where the game refuses it together, with what it takes one by one."""
        on = {}
        for key, option in self.recipe.options.items():
            if not options[key]:
                texts = next(filter(None, option.choices), "")
                on[key] = texts if option.type is str else option.type(min(1, option.maximum or 1))
        chosen = dict(options)
        for change in (on, *({key: value} for key, value in on.items())):
            try:
                self.build(options=chosen | change)
            except UsageError:
                continue
            chosen |= change
            if change is on:
                break
        return chosen

    def check_checkpoint_restores_everything(self, folder):
        """A game that is saved, and restored into another one, goes on to the same weights, to the bit."""
        from multigan.training.checkpoints import load_checkpoint, restore, save_checkpoint

        (game, *_), (other, _) = self.played, self.twin
        # Further on than the game, so that whatever the checkpoint leaves out differs.
        self.play(other, steps=3)
        save_checkpoint(folder, 1, game, {})
        restore(other, load_checkpoint(folder, 1))
        for one in (game, other):
            self.play(one)
        for mine, theirs in zip(game.state(), other.state(), strict=True):
            assert np.array_equal(_numpy(mine), _numpy(theirs)), f"{mine.path} differs after a restore; is it tracked?"

    def check_same_seed_same_run(self, folder):
        """Two games of one seed become the same game."""
        again, own = self.twin
        *_, after = self.played
        for variable, mine, theirs in zip(again.state(), own, after, strict=True):
            assert np.array_equal(mine, theirs), f"{variable.path} differs between two runs of one seed"


def _latents(game, count):
    """The latents of seed 1 by name."""
    drawn = game.latents(count, 1)
    return drawn if isinstance(drawn, Mapping) else {"latents": drawn}


def _numpy(variable):
    from keras import ops

    return ops.convert_to_numpy(variable.value).copy()


def _state(game):
    return [_numpy(variable) for variable in game.state()]


def _values(game, player):
    return [_numpy(weight) for network in game.networks(player) for weight in network.weights]
