"""What a recipe names must be a whole game; a run says which class lacks what, before anything is trained."""

import sys
from types import ModuleType

import numpy as np
import pytest

from multigan import Game, Turn
from multigan.errors import PluginError, UsageError
from multigan.recipe import DataInfo, Option, Recipe
from multigan.training.run import build_game

DATA = DataInfo(name="points", shape=(2,), field="point")


class Whole(Game):
    turns = (Turn("generator"),)

    def __init__(self, data, *, seed=0, width=1):
        import keras

        super().__init__(seed=seed)
        self.generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(width)])

    def optimizers(self):
        import keras

        return {"generator": keras.optimizers.SGD()}

    def generator_loss(self, batch):
        return {}

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        return np.zeros((count, 3), "float32")


class Unfinished(Game):
    turns = (Turn("generator"),)


class Lossless(Whole):
    def __init__(self, data, *, seed=0, width=1):
        super().__init__(data, seed=seed, width=width)
        self.turns = (Turn("generator"), Turn("critic"))


class Failing(Whole):
    def optimizers(self):
        return {}["x"]


class Refusing(Whole):
    def __init__(self, data, *, seed=0, width=1):
        raise UsageError("points: no")


class Narrow(Whole):
    def __init__(self, data, *, seed=0):
        super().__init__(data, seed=seed)


class NoGame:
    def __init__(self, data, *, seed=0, width=1):
        pass


@pytest.fixture
def build(monkeypatch):
    module = ModuleType("wavy")
    vars(module).update(globals())
    monkeypatch.setitem(sys.modules, "wavy", module)

    def built(name):
        options = {"width": Option(default=1, help="h")}
        recipe = Recipe(name="wave", summary="", modality="points", game=f"wavy:{name}", data="ring", options=options)
        return build_game(recipe, {"width": 1}, DATA, 0, "cpu")

    return built


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Unfinished", "does not define latents, optimizers, sampler, generator_loss, as every game of its kind must"),
        ("Lossless", "cannot be built: ValueError: Lossless has no method critic_loss(), which its turns name"),
        ("Failing", "cannot be built: KeyError: 'x' ("),
        ("Narrow", "cannot be built: TypeError: Narrow.__init__() got an unexpected keyword argument 'width'"),
        ("NoGame", "is no subclass of multigan.Game"),
    ],
)
def test_a_class_that_is_no_whole_game_is_named_with_what_it_lacks(build, name, said):
    with pytest.raises(PluginError) as caught:
        build(name)
    assert str(caught.value).startswith(f"recipe wave: wavy:{name} {said}")


def test_a_games_own_words_about_its_data_are_left_as_they_are(build):
    with pytest.raises(UsageError) as caught:
        build("Refusing")
    assert str(caught.value) == "points: no"


def test_a_whole_game_is_built(build):
    assert build("Whole").players() == ["generator"]


def test_a_class_that_is_not_there_is_named(build):
    with pytest.raises(UsageError, match=r"^recipe wave: wavy:Absent cannot be imported: .*has no attribute 'Absent'"):
        build("Absent")
