"""The data that both recipes start on: the right answers are known, and in no batch."""

import numpy as np
from multigan_cyclegan.digits import cold, load, warm

from multigan.testing import Contract

INK = np.linspace(0, 1, 256)


def test_each_picture_has_one_answer_and_tells_which():
    """Inks that are told apart in one kind of picture are told apart in the other."""
    counts = [len(np.unique(colours(INK), axis=0)) for colours in (warm, cold)]
    assert counts == [256, 256]


def test_no_digit_is_in_both_kinds_and_the_held_out_ones_are_in_neither():
    data = load()
    assert data["aligned"] is False
    assert data["image"].shape[1:] == data["source"].shape[1:] == (32, 32, 3)
    assert (len(data["source"]), len(data["image"])) == (799, 798)
    table = {tuple(colour): level for level, colour in enumerate(warm(np.arange(256) / 255))}
    answers = np.array([cold(np.array([level / 255]))[0] for level in range(256)])
    levels = np.array([[table[tuple(pixel)] for pixel in picture.reshape(-1, 3)] for picture in data["held_out"]["source"]])
    np.testing.assert_array_equal(answers[levels].reshape(data["held_out"]["image"].shape), data["held_out"]["image"])
    seen = {picture.tobytes() for picture in data["source"]}
    assert sum(picture.tobytes() in seen for picture in data["held_out"]["source"]) <= 1


def test_the_source_reads_them():
    source = Contract("cyclegan").source
    assert (len(source), source.shape, source.free) == (798, (32, 32, 3), {"source": 799})
