"""The options of clips as data, set by `-o NAME=VALUE`."""

from multigan.data.options import ANNOTATIONS
from multigan.recipe import Option

__all__ = ["OPTIONS"]

OPTIONS = {
    "frames": Option(default=16, minimum=2, maximum=1024, help="frames of a clip; longer films give several clips"),
    "frame_rate": Option(
        default=0.0,
        minimum=0,
        maximum=1000,
        help="frames a second, taken by time; 0: as the file has them. Of frames, sheets and arrays: what they have",
    ),
    "stride": Option(default=1, minimum=1, maximum=1000, help="every n-th frame is taken"),
    "short": Option(
        default="skip",
        choices=("skip", "loop", "pad"),
        help="of what has fewer frames; skip: left out; loop: from its start again; pad: its last frame is held",
    ),
    "size": Option(default="auto", help="N or HxW pixels; auto: the clips' own size rounded up to 8, 16, 32 or 64"),
    "channels": Option(
        default=0,
        help="1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha; 0: as in the data",
        minimum=0,
        maximum=4,
    ),
    "crop": Option(
        default="center",
        choices=("center", "none", "pad"),
        help="center: cut to shape in the middle; none: stretch; pad: letterbox",
    ),
    "flip": Option(default=False, help="mirror half of the clips, drawn anew each epoch; right becomes left"),
    "background": Option(
        default="white", help="colour under transparent frames when alpha is dropped: white, black or #rrggbb"
    ),
    "filter": Option(
        default="lanczos",
        choices=("lanczos", "bicubic", "bilinear", "nearest", "box"),
        help="how frames are resized",
    ),
    "keys": Option(
        default="none",
        choices=("none", "first", "ends"),
        help="key frames that a clip is to be made of, beside it; first: its first frame; ends: its first and its last",
    ),
    "grid": Option(default="", help="ROWSxCOLUMNS of a sprite sheet, such as 4x8; empty: pictures are no sheets"),
    "sheet": Option(
        default="rows", choices=("rows", "whole"), help="with grid; rows: each row is a clip; whole: the sheet is one"
    ),
    "levels": Option(
        default="type",
        choices=("type", "data"),
        help="black and white of arrays; type: the type's ends; data: the data's ends",
    ),
    "skip_bad": Option(
        default=0.05, minimum=0, maximum=1, help="the share of unreadable clips above which loading is an error"
    ),
    "max_pixels": Option(
        default=50_000_000, minimum=1, help="larger frames are skipped, judged by their header before decoding"
    ),
    **ANNOTATIONS,
}
