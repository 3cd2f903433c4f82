"""What stands beside pictures that are made of something: what goes in, handed back, and what needs no training.

Of a game that is asked by a picture: the input unchanged, its colours matched with those of the training pictures, the
best constant colour and the mean picture; of a label map: each class's mean colour, and those two; of a smaller
picture: the same enlarged; of a picture with a hole: the hole filled without knowledge of other pictures.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from multigan.errors import UsageError
from multigan.metrics.controls import Control
from multigan.metrics.extractors import Material
from multigan.modalities.images.colour_statistics import ColourStatistics, as_pictures
from multigan.modalities.images.made import to_bytes, to_units

__all__ = ["Answer", "controls", "enlarged", "filled_with_mean", "smoothly_filled", "telea_filled"]

# Pixels around a hole that Telea's method looks at.
RADIUS = 3


class Answer:
    """Stands in a game's place, and makes pictures of what it is asked for.

    Args:
        game: whose fields it is asked by.
        make: maps what is asked for, by field, to pictures `(count, height, width, channels)` in [-1, 1].
    """

    def __init__(self, game, make: Callable[[Mapping[str, np.ndarray]], np.ndarray]):
        self.asks, self.fields, self._make = tuple(game.asks), tuple(game.fields), make

    def sample(self, size, seed, asked=None):
        """Returns float32 `(size, height, width, channels)`."""
        return np.asarray(self._make(asked), np.float32)


def controls(material: Material, game) -> tuple[Control, ...]:
    """Returns what stands beside a game's pictures; nothing beside those of a game that is asked by no picture.

    Args:
        material: the data; the training's tell colours.
        game: tells what goes in.
    """
    reference = material.reference
    beside = {field.name: field for field in getattr(reference, "beside", ())}
    asked = [beside[name] for name in game.asks if name in beside]
    masks = [field.name for field in asked if field.kind == "mask"]
    field = next((field for field in asked if field.kind in ("picture", "labelmap")), None)
    if field is None:
        return ()
    height, width, channels = shape = tuple(reference.shape)

    def control(name: str, make: Callable[[Mapping[str, np.ndarray]], np.ndarray], lacks: str = "") -> Control:
        return Control(name, lambda evaluation, game, seed: Answer(game, make), lacks=lacks)

    name = field.name
    if field.made.startswith("low"):
        return (control("bicubic", lambda asked: enlarged(asked[name], (height, width))),)
    if masks:
        fill = {
            "mean fill": (filled_with_mean, ""),
            "biharmonic": (smoothly_filled, _lacks("skimage", '"multigan[pairs]"')),
            "Telea": (telea_filled, _lacks("cv2", "opencv-python-headless")),
        }
        return tuple(
            control(title, lambda asked, how=how: how(asked[name], asked[masks[0]]), why)
            for title, (how, why) in fill.items()
        )
    try:
        statistics, lacks = ColourStatistics(material.training(), material.field, field), ""
    except UsageError as error:
        statistics, lacks = None, f"the training data are gone: {error}"
    plain = (
        control("constant colour", lambda asked: np.broadcast_to(statistics.median, (len(asked[name]), *shape)), lacks),
        control(
            "mean picture", lambda asked: np.broadcast_to(statistics.mean_picture, (len(asked[name]), *shape)), lacks
        ),
    )
    if field.kind == "labelmap":
        if not field.aligned or tuple(field.shape) != shape[:2]:
            return plain
        return (control("class colours", lambda asked: statistics.of_classes[asked[name]], lacks), *plain)
    if tuple(field.shape[:2]) != shape[:2]:
        return plain

    def matched(asked):
        pixels = to_bytes(as_pictures(asked[name], channels))
        return np.stack([statistics.matched[channel][pixels[..., channel]] for channel in range(channels)], axis=-1)

    return (
        control("input", lambda asked: as_pictures(asked[name], channels)),
        control("histogram matching", matched, lacks),
        *plain,
    )


def enlarged(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns pictures `(count, h, w, channels)` in [-1, 1], enlarged to a height and a width (bicubic, Pillow)."""
    made = np.empty((len(pictures), *size, pictures.shape[-1]), np.float32)
    for number, picture in enumerate(pictures):
        for band in range(picture.shape[-1]):
            image = Image.fromarray(np.ascontiguousarray(picture[..., band], np.float32))
            made[number, ..., band] = np.asarray(image.resize(size[::-1], Image.Resampling.BICUBIC))
    return np.clip(made, -1, 1)


def filled_with_mean(pictures: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Returns pictures `(count, height, width, channels)` whose holes, where masks `(..., 1)` are 1, have the mean
    colour of the rest of the picture.
    """
    around = 1 - masks
    means = (pictures * around).sum(axis=(1, 2), keepdims=True) / np.maximum(around.sum(axis=(1, 2), keepdims=True), 1)
    return np.where(masks > 0.5, means, pictures)


def smoothly_filled(pictures: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The same, by the biharmonic equation (scikit-image; Damelin and Hoang, 2018, doi 10.1155/2018/3950312)."""
    from skimage.restoration import inpaint_biharmonic

    pairs = zip(pictures.astype(np.float64), masks[..., 0] > 0.5, strict=True)
    filled = [inpaint_biharmonic(*pair, split_into_regions=True, channel_axis=-1) for pair in pairs]
    return np.clip(np.stack(filled), -1, 1)


def telea_filled(pictures: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The same, from the hole's edge inwards (OpenCV; Telea, 2004, doi 10.1080/10867651.2004.10487596)."""
    import cv2

    made = pictures.astype(np.float32, copy=True)
    for picture, mask, pixels in zip(made, masks[..., 0] > 0.5, to_bytes(pictures), strict=True):
        hole = mask.astype(np.uint8)
        for band in range(picture.shape[-1]):
            filled = cv2.inpaint(np.ascontiguousarray(pixels[..., band]), hole, RADIUS, cv2.INPAINT_TELEA)
            picture[..., band] = np.where(mask, to_units(filled), picture[..., band])
    return made


def _lacks(module: str, install: str) -> str:
    return "" if importlib.util.find_spec(module) else f"it takes pip install {install}"
