"""What a conditional game is asked by: the order of a seed, and how much is held of it."""

import tracemalloc

import numpy as np
import pytest
from toys import METRICS, Game, Source, stripes

from multigan.metrics.chosen import Chosen
from multigan.metrics.extractors import Material
from multigan.metrics.scoring import BLOCK, Evaluation

NAMED = {metric.name: metric for metric in METRICS}


@pytest.mark.parametrize("count", [17, 30, 75])
@pytest.mark.parametrize("field", ["label", "condition"])
def test_the_order_of_a_seed_is_that_of_all_conditions_shuffled_at_once(field, count):
    """As scores that are kept already were made."""
    images, labels = stripes(40)
    conditions = np.random.default_rng(1).normal(size=(40, 2, 3)).astype("float32")
    chosen = Chosen(Source(images, labels, "abc", conditions=conditions), "image", 30)
    for _ in chosen.blocks(8):
        pass
    held = (labels if field == "label" else conditions)[chosen.indices]
    for seed in range(3):
        expected = np.random.default_rng(seed).permutation(np.resize(held, (count, *held.shape[1:])))
        asked = chosen.asked(field, count, seed)
        assert asked[:].dtype == held.dtype
        np.testing.assert_array_equal(asked[:], expected)
        np.testing.assert_array_equal(asked[5:9], expected[5:9])
        np.testing.assert_array_equal(asked[np.array([3, 0])], expected[[3, 0]])


class Pictures(Source):
    """Small images that are asked for by large pictures, which are made when they are read."""

    SIZE = 128 * 128 * 3

    def batch(self, indices, rng=None):
        grey = np.asarray(indices, "float32")[:, None, None, None]
        return super().batch(indices) | {"condition": np.broadcast_to(grey, (len(indices), 128, 128, 3)) + 0}


def test_pictures_that_are_asked_by_are_held_a_block_at_a_time():
    images, count = stripes(1000)[0], 1000
    source, seen = Pictures(images), []

    def make(rng, count, condition):
        seen.extend(condition[:, 0, 0, 0].astype(int))
        return images[:count]

    game = Game(make, "condition")
    game.asked = type("Forgetful", (list,), {"append": lambda self, item: None})()
    tracemalloc.start()
    try:
        own = Material(source, lambda: source, modality="images")
        Evaluation([NAMED["recall(pixels)"]], own, count=count).score(game, 0)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sorted(seen) == list(range(count)), "each once"
    block = 4 * BLOCK * Pictures.SIZE
    assert most < 3 * block < 4 * count * Pictures.SIZE, f"{most / block:.1f} blocks"
