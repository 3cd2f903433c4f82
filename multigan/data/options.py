"""The options of data that several modalities have."""

from multigan.recipe import Option

__all__ = ["ANNOTATIONS"]

# What belongs to samples, beside them.
ANNOTATIONS = {
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
