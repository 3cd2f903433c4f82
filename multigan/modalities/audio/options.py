"""The options of sounds as data, set by `-o NAME=VALUE`."""

from multigan.data.options import ANNOTATIONS
from multigan.recipe import Option

__all__ = ["OPTIONS"]

OPTIONS = {
    "sample_rate": Option(default=16_000, minimum=0, help="in Hz, to which all sounds are resampled; 0: the commonest"),
    "length": Option(
        default=16_384, minimum=16, maximum=1 << 24, help="samples of a slice; its duration is this by sample_rate"
    ),
    "channels": Option(
        default=0, minimum=0, maximum=2, help="1 mono, 2 stereo; 0: as in the data, stereo if most files are"
    ),
    "slices": Option(
        default="random",
        choices=("random", "first", "grid"),
        help="random: drawn anew each epoch; first: the beginning of each file; grid: the same in every epoch",
    ),
    "overlap": Option(
        default=0.0, minimum=0, maximum=0.95, help="the share of a slice that the next one repeats, so there are more"
    ),
    "pad": Option(
        default=True, help="put zeros after what is shorter than a slice, a long file's end too; false: leave it out"
    ),
    "trim": Option(
        default=0.0, minimum=0, maximum=200, help="cut what is this many dB below the peak from both ends; 0: nothing"
    ),
    "normalise": Option(
        default="peak",
        choices=("none", "peak", "loudness"),
        help="peak: each file's peak becomes 1; loudness: -20 LUFS, or less where it would clip; none: as it is",
    ),
    "classes": Option(
        default="auto",
        choices=("auto", "folders", "prefix", "none"),
        help="folders: by sub-folder; prefix: by a name's beginning, as in bd_1.wav; auto: folders, else prefix",
    ),
    "skip_bad": Option(
        default=0.05, minimum=0, maximum=1, help="the share of unusable files above which loading is an error"
    ),
    "max_seconds": Option(
        default=86_400, minimum=1, help="longer files are skipped, judged by their header before decoding"
    ),
    "cache": Option(
        default=True, help="keep what is decoded and too much for memory on the disk, for this run and the next"
    ),
    **ANNOTATIONS,
}
