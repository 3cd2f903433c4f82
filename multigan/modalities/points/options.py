"""The options of points as data, set by `-o NAME=VALUE`."""

from multigan.data.options import ANNOTATIONS
from multigan.recipe import Option

__all__ = ["OPTIONS"]

OPTIONS = {
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
    **ANNOTATIONS,
}
