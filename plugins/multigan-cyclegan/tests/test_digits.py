"""The data that both recipes start on: the right answers are known, and in no batch."""

import numpy as np
from multigan_cyclegan.digits import cold, load, load_on_dark, warm

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
    held_out = data["held_out"]
    seen = {picture.tobytes() for picture in data["source"]} | {picture.tobytes() for picture in data["image"]}
    assert len(held_out["source"]) == len(held_out["image"]) == 200
    assert not any(picture.tobytes() in seen for picture in (*held_out["source"], *held_out["image"]))


def test_each_held_out_picture_has_its_answer_beside_it():
    held_out = load()["held_out"]
    inks = np.arange(256) / 255
    table = {tuple(one): other for one, other in zip(warm(inks).tolist(), cold(inks).tolist(), strict=True)}
    for picture, answer in zip(held_out["source"], held_out["image"], strict=True):
        assert [table[tuple(pixel)] for pixel in picture.reshape(-1, 3).tolist()] == answer.reshape(-1, 3).tolist()


def test_the_source_reads_them():
    source = Contract("cyclegan").source
    assert (len(source), source.shape, source.free) == (798, (32, 32, 3), {"source": 799})


def test_of_the_other_set_the_digits_are_the_same_and_dark_stays_dark():
    data, other = load(), load_on_dark()
    np.testing.assert_array_equal(data["source"], other["source"])
    pairs = zip(other["held_out"]["source"].mean(axis=-1), other["held_out"]["image"].mean(axis=-1), strict=True)
    assert min(np.corrcoef(one.ravel(), two.ravel())[0, 1] for one, two in pairs) > 0.5
