"""Where a game's random numbers come from, and what it does to those of others."""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from unittest import mock

import numpy as np

from multigan import blame
from multigan.testing.advice import BrokenPromiseError

__all__ = ["globals_are_left_alone", "noise_is_drawn_anew"]

NUMPY = (
    "default_rng", "normal", "permutation", "rand", "randint", "randn", "random", "random_sample", "shuffle",
    "standard_normal", "uniform", "choice", "RandomState",
)  # fmt: skip
PYTHON = ("random", "uniform", "gauss", "normalvariate", "randint", "randrange", "choice", "choices", "sample")


def noise_is_drawn_anew(contract, folder):
    """Whatever a loss draws is drawn anew in every step, from the game's seed; and nothing else that changes from step
    to step is kept outside of the game's variables.

    A step is compiled once. Random numbers of NumPy or Python, and a counter or list that is a plain attribute, are
    read while that happens, and are the same in every step from then on; a number as `seed=` draws the same noise each
    time; a generator that is made in a loss begins anew. None of them is in a checkpoint. Draw with
    `keras.random.normal(shape, seed=self.seed)`, and keep what changes in a `keras.Variable` that is made in
    `__init__`.
    """
    import keras

    game, *_ = contract.played
    kept = contract.state(game)
    try:
        first = _results(contract, game)
        _restore(game, kept)
        if keras.backend.backend() == "jax":
            game._compiled = {}
        with _drawing(contract.package, {id(variable) for variable in game.state()}) as found:
            second = _results(contract, game)
        if found:
            raise BrokenPromiseError(*found[0])
        for (turn, name, one), (_, _, other) in zip(first, second, strict=True):
            keep = "keep what changes in a keras.Variable of the game, and draw with seed=self.seed"
            what = "something that is none of the game's variables, such as a counter or random numbers of its own"
            again = f"the same update of {turn.player} gives another {name}: its loss depends on {what}; {keep}"
            contract.must(np.array_equal(one, other, equal_nan=True), again, turn.loss_name)
    finally:
        _restore(game, kept)


def globals_are_left_alone(contract, folder):
    """Building and training a game changes nothing for the rest of the process.

    Seeds, number formats and the environment belong to the run: it has set them already, from `--seed` and
    `--precision`, and other plugins stand on them. Draw from generators of the game's own: `self.seed` in a loss,
    `numpy.random.default_rng(seed)` in `latents`.
    """
    for what, place in contract.touched:
        where = place or contract.broken("", "__init__").place
        raise BrokenPromiseError(f"the game {what}; leave that to the run, which has set it already", where)


def _results(contract, game) -> list[tuple]:
    """All that one update of each turn logs and leaves behind: (turn, what, value)."""
    from keras import ops

    found, turns = [], list(contract.turns(game))
    for turn, record in zip(turns, contract.play_once(game), strict=True):
        values = record["losses"] | record["health"]
        found += [(turn, name, np.array(ops.convert_to_numpy(value))) for name, value in values.items()]
    pairs = zip(game.state(), contract.state(game), strict=True)
    return found + [(turns[-1], f"value of {variable.path}", value) for variable, value in pairs]


def _restore(game, values) -> None:
    for variable, value in zip(game.state(), values, strict=True):
        variable.assign(value)


@contextlib.contextmanager
def _drawing(package: str, known: set[int]) -> Iterator[list[tuple[str, str]]]:
    """While open, notes what the author's code draws of other generators than the game's: what, and the line."""
    import keras

    found: list[tuple[str, str]] = []
    mend = "use keras.random with seed=self.seed"

    def plain(called, original):
        def draw(*args, **named):
            if str(sys._getframe(1).f_globals.get("__name__", "")).partition(".")[0] == package:
                told = f"a loss draws by {called}(), which a compiled step does once and never again; {mend}"
                found.append((told, blame.maker(package)))
            return original(*args, **named)

        return draw

    def seeded(original):
        def draw(seed):
            if isinstance(seed, keras.random.SeedGenerator):
                if id(seed.state) not in known:
                    told = "a loss makes a SeedGenerator, which begins anew in every step; use self.seed"
                    found.append((told, blame.maker(package)))
            elif seed is None:
                told = "a loss draws without a seed, of a generator that no checkpoint holds; give it seed=self.seed"
                found.append((told, blame.maker(package)))
            elif isinstance(seed, int):
                told = f"a loss draws with seed={seed}, the same noise in every step; give it seed=self.seed"
                found.append((told, blame.maker(package)))
            return original(seed)

        return draw

    with contextlib.ExitStack() as stack:
        for name, words in (("numpy.random", NUMPY), ("random", PYTHON)):
            module = importlib.import_module(name)
            for word in words:
                original = getattr(module, word)
                stack.enter_context(mock.patch.object(module, word, plain(f"{name}.{word}", original)))
        # Where every random function of Keras takes its seed from; of another version of Keras that may be elsewhere.
        drawing = sys.modules.get(f"keras.src.backend.{keras.backend.backend()}.random")
        if hasattr(drawing, "draw_seed"):
            stack.enter_context(mock.patch.object(drawing, "draw_seed", seeded(drawing.draw_seed)))
        yield found
