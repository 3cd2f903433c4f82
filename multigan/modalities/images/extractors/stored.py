"""Reads the weights that PyTorch stored before its files were zip files, without PyTorch."""

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

__all__ = ["read_weights"]

# The first of the file's pickles.
MAGIC = 0x1950A86A20F9469CFC6C
TYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


class _Reader(pickle.Unpickler):
    """Tensors as the names of their storages and how they lie in them; it makes nothing else, whatever a file says."""

    def find_class(self, module, name):
        if name in TYPES:
            return name
        known = {"OrderedDict": OrderedDict, "_rebuild_tensor_v2": lambda *parts: parts[:4]}
        if name not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of weights")
        return known[name]

    def persistent_load(self, saved):
        _, kind, key, _, _, *_ = saved
        return kind, key


def read_weights(path: str | Path) -> Mapping[str, np.ndarray]:
    """Returns the arrays of a state that `torch.save` wrote in its older format, by name.

    Raises:
        ValueError: it is no such file.
    """
    with open(path, "rb") as file:
        if _Reader(file).load() != MAGIC:
            raise ValueError(f"{path}: no weights in PyTorch's older format")
        for _ in range(2):  # its version, and the machine
            _Reader(file).load()
        state, keys = _Reader(file).load(), _Reader(file).load()
        kinds = {key: kind for (kind, key), *_ in state.values()}
        storages = {key: _storage(file, TYPES[kinds[key]]) for key in keys}
    return {name: _tensor(storages, *parts) for name, parts in state.items()}


def _storage(file: BinaryIO, kind: type) -> np.ndarray:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * np.dtype(kind).itemsize), kind)


def _tensor(storages, storage, offset, shape, strides) -> np.ndarray:
    values = storages[storage[1]][offset:]
    return np.lib.stride_tricks.as_strided(values, shape, [step * values.itemsize for step in strides]).copy()
