"""The options of images as data, set by `-o NAME=VALUE`."""

from multigan.data.options import ANNOTATIONS
from multigan.recipe import Option

__all__ = ["OPTIONS"]

# What goes in, where images are made out of others; see docs/data.md.
PAIRS = {
    "to": Option(
        default="",
        help="a folder or other place of the images to make; those of --data go in. Unpaired, unless pairs says how",
        path=True,
    ),
    "pairs": Option(
        default="",
        choices=("", "names", "sides"),
        help="names: the same name in --data and in to; sides: side by side in one file; empty: unpaired",
    ),
    "answers": Option(
        default="",
        choices=("", "names"),
        help="names: of what is held out from unpaired data, pictures of equal names are the right answers to one "
        "another, to measure with; empty: none are known",
    ),
    "order": Option(
        default="ab",
        choices=("ab", "ba"),
        help="with pairs=sides: ab: the left half goes in, and the right half is made; ba: the other way round",
    ),
    "make": Option(
        default="",
        choices=("", "grey", "edges", "lines", "blur", "mask", "low"),
        help="what goes in is made of the images: without colour, outlines, a drawing, blurred, with a hole, smaller",
    ),
    "scale": Option(default=2, choices=(2, 3, 4), help="with make=low: how many times smaller"),
    "degradation": Option(
        default="bicubic",
        choices=("bicubic", "box", "real"),
        help="with make=low: how; box: means of blocks; real: blur, noise and JPEG, drawn anew for each batch",
        reference="2107.10833",
    ),
    "blur": Option(
        default=2.0, minimum=0.1, maximum=64, help="with make=blur: the blur's standard deviation in pixels"
    ),
    "maps": Option(
        default=False, help="the files of --data are label maps: PNG, a class a value, 255 for none; see classes.txt"
    ),
    "held_out": Option(
        default=0.0,
        minimum=0,
        maximum=0.9,
        help="the share of images, by their names, that training does not see and evaluation takes",
    ),
}

OPTIONS = {
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
    "levels": Option(
        default="type",
        choices=("type", "data"),
        help="black and white of arrays, and of more than 8 bits; type: the type's ends; data: the data's ends",
    ),
    "skip_bad": Option(
        default=0.05, minimum=0, maximum=1, help="the share of unreadable files above which loading is an error"
    ),
    "max_pixels": Option(
        default=50_000_000, minimum=1, help="larger images are skipped, judged by their header before decoding"
    ),
    "look": Option(
        default="auto",
        help="how many files are decoded before training: all, or N, evenly spaced by name, and the others when they "
        "are read; auto: all of up to 50,000, and 1,024 of more",
    ),
    **ANNOTATIONS,
    **PAIRS,
}
