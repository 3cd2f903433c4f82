"""What the benchmarks of label maps measure beside networks, in closed form."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from terrain import gradients, halved, mean_colours, nearest, read_back
from translation_tables import TRANSLATION_TABLES

MAPS = np.array([[[0, 0], [1, 255]]])
PICTURES = np.array([[[[1.0], [0.0]], [[-1.0], [0.5]]]])


def test_maps_that_are_read_back_are_scored_by_class():
    right = read_back(np.array([[[0, 0], [1, 0]]]), MAPS, 3)
    assert right == {"mean IoU": 1.0, "accuracy": 1.0}
    found = read_back(np.array([[[0, 1], [1, 2]]]), MAPS, 3)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["mean IoU"] == pytest.approx((1 / 2 + 1 / 2) / 2), "the class that does not occur has no share"


def test_a_class_has_the_mean_of_its_pixels_and_an_unseen_one_that_of_all():
    found = mean_colours(MAPS, PICTURES, 3)
    np.testing.assert_allclose(found[:, 0], [0.5, -1.0, 0.125])


def test_a_halved_picture_has_lost_what_is_finer():
    stripes = np.broadcast_to(np.where(np.arange(8) % 2, 1.0, -1.0)[:, None], (1, 8, 8, 3))
    np.testing.assert_allclose(halved(stripes), 0, atol=0.02)
    flat = np.full((2, 8, 8, 3), 0.2)
    np.testing.assert_allclose(halved(flat), flat, atol=0.01)


def test_the_nearest_is_found_by_distance():
    known = np.array([[0.0, 0.0], [5.0, 5.0], [1.0, 0.0]])
    assert nearest(np.array([[4.0, 4.0], [0.9, 0.1], [-3.0, 0.0]]), known).tolist() == [1, 2, 0]


def test_a_gradient_is_the_mean_step_down_and_across():
    assert gradients(PICTURES) == pytest.approx([(2.0 + 0.5) / 2 + (1.0 + 1.5) / 2])


def test_the_earths_record_becomes_a_table():
    run = {
        "recipe": "gaugan", "what": "GauGAN", "contender": "gaugan", "data": "earth", "count": 94, "seed": 0,
        "steps": 14000, "seconds": 600.0, "Frechet distance": 80.25, "feature distance": 11.512, "L1": 0.1861,
    }  # fmt: skip
    plain = run | {"recipe": "", "what": "other real tiles", "contender": "other real tiles", "steps": 0}
    record = {"runs": [run, plain], "date": "2026-11-28", "machine": {"processor": "one"}, "protocol": "So."}
    page = TRANSLATION_TABLES["earth"](record)
    assert "| earth, 94 pictures | steps | seeds | Frechet distance | feature distance | L1 | minutes |" in page
    assert "| GauGAN | 14,000 | 1 | 80.2 | 11.51 | 0.186 | 10.0 |" in page
    assert "| other real tiles |  |  | 80.2 | 11.51 | 0.186 |  |" in page
