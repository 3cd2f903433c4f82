"""The options of texts as data, set by `-o NAME=VALUE`."""

from multigan.recipe import Option

__all__ = ["OPTIONS"]

OPTIONS = {
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
