"""A game from another side, and the data as that side has them."""

import numpy as np
import pytest

from multigan import Facing, Field, UsageError
from multigan.engine.facing import facing
from multigan.testing import ArraySource
from multigan.trained.turning import turned_source


class Both:
    """As much of a game as a direction needs."""

    name, asks, fields, multiple, scale, directions, _jit = "both", ("source", "code"), (), 4, 1, ("a2b", "b2a"), False
    sampler = "there"

    def turned(self, direction):
        """The way back."""
        own = (Field(name="source", kind="picture", shape=(8, 8, 1)),)
        return Facing(self, "back", fields=own, swaps=("source", "image"), show=lambda asked, samples: {"x": samples})


def test_a_direction_is_the_game_from_that_side():
    game = Both()
    assert facing(game, None) is facing(game, "a2b") is game
    back = facing(game, "b2a")
    assert (back.sampler, back.asks, back.multiple, back.scale) == ("back", ("source", "code"), 4, 1)
    assert back.fields[0].shape == (8, 8, 1)
    assert list(back.show({}, 1)) == ["x"]
    with pytest.raises(UsageError, match="--direction b2c: not one of a2b, b2a"):
        facing(game, "b2c")
    game.directions = ()
    with pytest.raises(UsageError, match="this run goes one way only"):
        facing(game, "a2b")


class Unpaired(ArraySource):
    """With pictures that are drawn by themselves, as the room of images reads them."""

    free = {"source": 7}

    def batch(self, indices, rng=None, free=None):
        """The images of these indices, and the inputs of `free`."""
        found = super().batch(indices, rng)
        return found if free is None else found | {"source": self._arrays["source"][free["source"]]}


@pytest.mark.parametrize("aligned", [True, False])
def test_data_from_another_side_trade_their_samples(aligned):
    images = np.arange(12, dtype=np.float32).reshape(12, 1, 1, 1) * np.ones((12, 8, 8, 1), np.float32)
    inputs = 100 + (images if aligned else images[:7]) * np.ones(3, np.float32)
    field = Field(name="source", kind="picture", shape=(8, 8, 3), aligned=aligned)
    source = (ArraySource if aligned else Unpaired)(images, beside={field: inputs})
    assert turned_source(source, ()) is source
    turned = turned_source(source, ("source", "image"))
    assert len(turned) == (12 if aligned else 7)
    assert turned.shape == (8, 8, 3)
    assert turned.beside[0].shape == (8, 8, 1)
    assert turned.fingerprint != source.fingerprint
    batch = turned.batch(np.arange(7))
    assert np.array_equal(batch["image"], inputs[:7]), "in their own order"
    assert batch["source"].shape == (7, 8, 8, 1)
    if aligned:
        assert np.array_equal(batch["source"][:, 0, 0, 0], np.arange(7)), "partners stay partners"
    assert turned[3]["image"].shape == (8, 8, 3)
    with pytest.raises(UsageError, match="has no mask beside its samples"):
        turned_source(source, ("mask", "image"))


def test_scores_of_another_direction_choose_no_checkpoint(tmp_path, monkeypatch):
    from types import SimpleNamespace

    from multigan.trained.opening import best_step
    from multigan.training import checkpoints

    monkeypatch.setattr(checkpoints, "steps_saved", lambda folder: [10, 20])
    scores = [{"metric": "m", "step": 10, "value": 1.0}, {"metric": "m", "step": 20, "value": 9.0, "direction": "b2a"}]
    run = SimpleNamespace(
        facts=lambda: {"settings": {}}, checkpoints=tmp_path, scores=tmp_path, path=tmp_path, lines=lambda path: scores
    )
    assert best_step(run, SimpleNamespace(name="r", metrics=("m",)), {}) == 10
