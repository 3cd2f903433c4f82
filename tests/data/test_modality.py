"""What data are, told from a name or a header."""

import numpy as np
import pytest

from multigan.builtin import DATASETS
from multigan.data import modality_of

NAMED = {dataset.name: dataset for dataset in DATASETS}


@pytest.mark.parametrize(
    ("array", "modality"),
    [
        (np.zeros((5, 2)), "points"),
        (np.zeros((5, 64), np.float16), "points"),
        (np.zeros((5, 64), np.uint8), None),
        (np.zeros((5, 8, 8)), "images"),
        (np.zeros((5, 8, 8, 3), np.uint8), "images"),
        (np.zeros(5), None),
    ],
)
def test_an_array_tells_by_its_header(array, modality, tmp_path):
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", x=array, labels=np.zeros(5))
    np.savez_compressed(tmp_path / "b.npz", anything=array, labels=np.zeros(5))
    for name in ("a.npy", "a.npz", "b.npz"):
        assert modality_of(str(tmp_path / name), NAMED) == modality


def test_names_and_tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.CSV").write_text("")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "broken.npy").write_bytes(b"no array")
    found = {
        spec: modality_of(spec, NAMED)
        for spec in ("ring", "digits", "./ring", "a.CSV", "gone.csv", "folder.csv", "broken.npy", "hf:x/y", "", ".")
    }
    assert {spec: modality for spec, modality in found.items() if modality} == {
        "ring": "points",
        "digits": "images",
        "a.CSV": "points",
        "gone.csv": "points",
    }
