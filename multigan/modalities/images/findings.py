"""How the health of images is judged.

The thresholds of collapse were placed by measurement, on scikit-learn's digits at 32 x 32 (`benchmarks/diversity.py`):

- Diversity (mean pairwise distance over the data's) of 64 samples, 2,000 draws each: real images 0.939 to 1.067, one
  picture repeated 0.098 to 0.105, two 0.211 to 0.781, five 0.614 to 1.006, ten 0.794 to 1.059. It tells a collapse to
  one or two pictures and no other.
- Nearest distance (median distance of a sample to its nearest other sample, over the data's; near duplicates betray a
  small support, arXiv 1706.08224) of 256 samples: docs/health.md has the table. With noise of 0.05 in a range of 2, two
  to a hundred pictures repeated stay below 0.06; with noise of 0.3, that a picture is full of, below 0.3 up to twenty;
  real images are above 0.9, means of two digits of a class above 0.7.

Of pictures that are made of others, measured at 64 x 64 on 150 to 256 of each of: two seasons of drawn terrain both
ways, two styles of emoji, and photographs that are made of their grey, of a drawing, of a quarter or a sixteenth of
their pixels, blurred, and with a hole. Right answers, the same blurred, and the mean of input and answer stand for what
is healthy; what is ill was made of them:

- `moved` (mean difference of samples from what went in, over that of the right answers; unpaired: of other pictures of
  the data): right answers 0.63 to 1, blurred ones of a sixteenth of the pixels 0.29, half way 0.31 to 0.50; the input
  handed back 0, with noise of 0.05 in a range of 2 0.02 to 0.09 where the answer is far from the input.
- `answer_correlation` (the lowest of a channel, or of red against green and both against blue): right answers 1,
  blurred 0.88, half way 0.36 and more; the input handed back -0.09 and more, other pictures 0.02; the answers'
  negatives and red and green exchanged -1, the inputs' negatives -0.26 to -0.99.
- `input_correlation` (unpaired, of what the data give no reason to turn over): right answers 0.53 and more,
  other pictures 0.00; the answers' negatives -0.55 to -0.60, the inputs' -1.
- `response` (mean distance of samples from one another, over that of the inputs or of the data, whichever is less):
  right answers 1.0 to 1.9, blurred 0.81 and more; one picture for all 0.00, with noise of 0.05 0.08 to 0.23. Two
  pictures, 0.38 to 1.06, are found by the nearest distance.

Diversity of runs: the plugin dcgan at width 16 makes recognisable digits of 16 x 16 at 0.75, and a small DCGAN in plain
PyTorch at 32 x 32 above 0.83; of the latter those that failed stayed below 0.62.
"""

from collections.abc import Sequence

from multigan.health.excess import shortage
from multigan.health.illness import Course, Health, Illness
from multigan.health.lines import Seen
from multigan.health.treatments import (
    PRECISION,
    SLOWER,
    WEAKER,
    Treatment,
    rounded,
    turn_on,
)
from multigan.health.variety import measured_lines

__all__ = ["HEALTH"]

RETURNED, ONE, ANTI, ANTI_INPUT = 0.1, 0.25, -0.3, -0.5

_LESS_IDENTITY = Treatment(
    "identity",
    lambda case: rounded(case.get("identity", 0) / 4) or None,
    "it rewards a generator for leaving pictures as they are",
    "1703.10593",
)
_IDENTITY = Treatment(
    "identity",
    turn_on("identity", 0.5),
    "a generator that leaves alone what is right already keeps the colours",
    "1703.10593",
)
_LESS_CYCLE = Treatment(
    "cycle",
    lambda case: rounded(case.get("cycle", 0) / 2) or None,
    "nothing comes back as well as what was never changed",
)


def _inverted(course: Course) -> Seen | None:
    answers = shortage("answer_correlation", ANTI, "samples are the negative of the right answers (correlation {:.2f})")
    inputs = shortage("input_correlation", ANTI_INPUT, "samples are the negative of what went in (correlation {:.2f})")
    return answers(course) or inputs(course)


def _not_made(figure: str, why: str):
    def pending(lines: Sequence) -> str:
        return "" if any(figure in line["health"] for line in measured_lines(lines)) else why

    return pending


def _unasked(lines: Sequence) -> str:
    told = any({"answer_correlation", "input_correlation"} & set(line["health"]) for line in measured_lines(lines))
    return "" if told else _NOT_MADE


_NOT_MADE = "samples are not made of pictures of their size"

HEALTH = Health(
    steps=1000,
    collapsed={
        "diversity": (0.6, "1 = as the data"),
        "nearest_distance": (0.3, "1 = as the data; near 0: duplicates"),
    },
    illnesses=(
        Illness(
            name="one-output",
            gravity=295,
            check="one output for all inputs",
            advice="the generator does not heed what goes in: look at a preview; start again with a lower learning "
            "rate or a weaker discriminator, give more weight to what ties samples to their input (the distance from "
            "the answer, the way back), and use --precision float32 where it was bf16",
            meaning="Whatever goes in, nearly the same comes out. The discriminator may be content with that one "
            "picture, and nothing else asks for more.",
            judge=shortage("response", ONE, "samples differ {:.0%} as much as what went in and the data do"),
            pending=_not_made("response", "samples are not made of pictures or label maps"),
            treatments=(PRECISION, WEAKER, SLOWER),
        ),
        Illness(
            name="returns-input",
            gravity=460,
            check="a generator that returns its input",
            advice="the generator hands back what goes in: lower the weight of the identity term, or of the way back, "
            "and train longer; in bf16 small changes are lost, use --precision float32; and see that the "
            "discriminator learns",
            meaning="A picture that is left as it is has a perfect way back, and much of what is wanted may be in it. "
            "Nothing is translated.",
            judge=shortage("moved", RETURNED, "samples differ from what went in by {:.0%} of what they should"),
            pending=_not_made("moved", _NOT_MADE),
            treatments=(PRECISION, _LESS_IDENTITY, _LESS_CYCLE, SLOWER),
        ),
        Illness(
            name="inverted-colours",
            gravity=470,
            check="colours that are turned over",
            advice="colours are turned over, which the way back undoes and a discriminator may not mind: give the "
            "identity term a weight (identity=0.5), or start again with another --seed and a lower learning rate; "
            "where the right answer is a negative, hold out pairs to measure with (-o answers=names), and this is "
            "judged by them",
            meaning="Light comes out dark, or one colour as its opposite. Of the channels, and of red against green "
            "and blue against both, one goes against the right answers; or, where these are not known, against what "
            "went in, though the data give no reason for it.",
            judge=_inverted,
            pending=_unasked,
            treatments=(_IDENTITY, SLOWER),
        ),
    ),
    figures=("moved", "response"),
    curves={
        "moved": {
            "title": "Difference from the input",
            "label": "ratio to what it should be",
            "text": "Mean difference of samples from what went in, against that of the right answers; unpaired: of "
            "other pictures of the data. 0: the input is handed back.",
            "limits": (0, None),
            "reference": 1.0,
        },
        "response": {
            "title": "Response to the input",
            "label": "ratio to inputs or data",
            "text": "How far apart samples are, against what went in or the data, whichever is less. 0: one picture "
            "for all inputs.",
            "limits": (0, None),
        },
        "answer_correlation": {
            "title": "Correlation with the right answers",
            "label": "of the lowest channel",
            "text": "Of channels, and of red against green and both against blue. -1: turned over.",
            "limits": (-1.04, 1.04),
        },
        "input_correlation": {
            "title": "Correlation with the input",
            "label": "of the lowest channel",
            "text": "The same with what went in, where right answers are not known. -1: turned over.",
            "limits": (-1.04, 1.04),
        },
    },
    together={"input_correlation": "answer_correlation"},
    # A penalty of single samples and batch norm exclude each other.
    needs={"r1": {"spectral_norm": True}},
)
