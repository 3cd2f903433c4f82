"""What samples were asked for by, drawn, as files: a picture for each sample and field."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy

from multigan.disk import aside
from multigan.modalities.grid import to_picture, to_uint8

__all__ = ["write_inputs"]


def write_inputs(
    folder: Path, names: Sequence[str], pictures: Mapping[str, numpy.ndarray]
) -> dict[str, tuple[Path, ...]]:
    """Writes pictures into `FIELD/NAME.png` and returns their paths by field.

    Args:
        folder: for the fields' folders.
        names: of the samples.
        pictures: `(count, height, width, channels)` in [-1, 1] by field, see `multigan.fields.columns.pictures_of`.
    """
    found = {}
    for field, values in pictures.items():
        paths = []
        for name, picture in zip(names, values, strict=True):
            path = folder / field / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside(path) as temporary:
                to_picture(numpy.ascontiguousarray(to_uint8(picture))).save(temporary, format="PNG")
            paths.append(path)
        found[field] = tuple(paths)
    return found
