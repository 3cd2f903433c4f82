"""The options of each modality's data, set by `-o KEY=VALUE` beside the recipe's own."""

from collections.abc import Mapping

from multigan.recipe import Option

__all__ = ["data_options"]

_IMAGES = {
    "size": Option(
        default="auto",
        help="N or HxW pixels; auto: the images' own size rounded up to 8, 16, 32 or 64",
    ),
    "channels": Option(
        default=0,
        help="1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; 0: as in the data",
        minimum=0,
        maximum=4,
    ),
    "crop": Option(
        default="center",
        choices=("center", "random", "none", "pad"),
        help="center: cut to shape in the middle; random: elsewhere each epoch; none: stretch; pad: letterbox",
    ),
    "flip": Option(default=False, help="mirror half of the images, drawn anew each epoch"),
    "background": Option(
        default="white", help="colour under transparent images when alpha is dropped: white, black or #rrggbb"
    ),
    "filter": Option(
        default="lanczos",
        choices=("lanczos", "bicubic", "bilinear", "nearest", "box"),
        help="how images are resized",
    ),
    "skip_bad": Option(
        default=0.05, minimum=0, maximum=1, help="the share of unreadable files above which loading is an error"
    ),
    "max_pixels": Option(
        default=50_000_000, minimum=1, help="larger images are skipped, judged by their header before decoding"
    ),
}


def data_options(modality: str) -> Mapping[str, Option]:
    """Returns the data options of a modality, by name; none for a modality whose data needs none."""
    return _IMAGES if modality == "images" else {}
