"""The options of each modality's data, set by `-o KEY=VALUE` beside the recipe's own."""

from collections.abc import Mapping

from multigan.recipe import Option

__all__ = ["MODALITIES", "data_options"]

_ANNOTATIONS = {
    "labels": Option(
        default="",
        help="a .csv, .tsv or dataset.json of file and label, or a .npy or .txt with a label a sample, in order",
        path=True,
    ),
    "conditions": Option(
        default="",
        help="a .csv or .tsv of file and numbers, or a .npy (n, k): a vector a sample, in the data's order",
        path=True,
    ),
}

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
    **_ANNOTATIONS,
}

_POINTS = {
    "columns": Option(
        default="",
        help="of a .csv or .tsv: names or numbers (from 1) of the point's columns, e.g. x,y; all that hold numbers",
    ),
    "label_column": Option(
        default="", help="of a .csv or .tsv: name or number of the label's column, or none; one called label or of text"
    ),
    "header": Option(
        default="auto",
        choices=("auto", "yes", "no"),
        help="of a .csv or .tsv: whether its first row names the columns; auto: judged by the rows below",
    ),
    "skip_bad": Option(
        default=0.05, minimum=0, maximum=1, help="the share of rows that are not finite above which loading is an error"
    ),
    **_ANNOTATIONS,
}

_AUDIO = {
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
    **_ANNOTATIONS,
}

_TEXT = {
    "tokens": Option(
        default="unigram",
        choices=("unigram", "bpe", "char", "word"),
        help="unigram, bpe: words and pieces of words; char: characters; word: what stands between blanks",
    ),
    "vocabulary": Option(
        default=0,
        minimum=0,
        maximum=1 << 20,
        help="how many tokens; 0: all characters and up to 2,000 pieces, or up to 5,000 words",
    ),
    "max_tokens": Option(
        default=0, minimum=0, maximum=4096, help="of the longest text; 0: what 95 % of the texts have, at most 64"
    ),
    "long": Option(
        default="drop", choices=("drop", "cut"), help="what is done with longer texts: leave them out, or cut them off"
    ),
    "deduplicate": Option(default=True, help="leave out exact copies of another text"),
    "held_out": Option(
        default=0.1, minimum=0, maximum=0.9, help="the share of the texts that training never sees, to measure with"
    ),
    "skip_bad": Option(
        default=0.05, minimum=0, maximum=1, help="the share of unusable lines above which loading is an error"
    ),
    "encoding": Option(
        default="utf-8", help="of files without a byte order mark: utf-8, utf-16, latin-1, cp1252, shift-jis, ..."
    ),
    "column": Option(
        default="", help="the field of JSON lines or of a JSON array, or the column of a table, that is the text"
    ),
    "tokenizer": Option(
        default="", help="the tokenizer.model of another run, in place of one made of these texts", path=True
    ),
}

_MODALITIES = {"images": _IMAGES, "points": _POINTS, "audio": _AUDIO, "text": _TEXT}
MODALITIES = tuple(_MODALITIES)


def data_options(modality: str) -> Mapping[str, Option]:
    """Returns the data options of a modality, by name; none for a modality whose data needs none."""
    return _MODALITIES.get(modality, {})
