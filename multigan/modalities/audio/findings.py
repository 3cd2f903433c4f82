"""Judges what was measured on single sounds (`multigan.modalities.audio.figures`): what they have, and the data
have not.

The limits were placed by measurement, with sets of 128 sounds of 16,384 samples whose health is known
(`benchmarks/sound_diversity.py`; docs/health.md has the table) and one half of 98 recorded one-shots against the other:

- `silent`: healthy sets 0.00; one of which a quarter is silent 0.25.
- `clipped`: healthy sets 0.000; drums twice too loud 0.018, four times 0.068; sustained sounds far more.
- `dc_offset`: healthy sets at most 0.014; an offset of 0.03 under drums 0.28, of 0.1 0.93.
- `tonal`: healthy sets 0.00, sines against sines among them; a whine of 0.1 over drums 0.51, of 0.3 0.88.

Of 128 sounds a share wanders by chance, by at most 0.04 (one standard deviation).
"""

from collections.abc import Mapping, Sequence

from multigan.health.lines import Seen, number, observed, since, window
from multigan.health.variety import MEASUREMENTS, measured_lines

__all__ = ["LIMITS", "sound_findings"]

# finding: (figure, from here on it is found in every measurement of a window, a sentence for its newest value).
LIMITS: Mapping[str, tuple[str, float, str]] = {
    "silence": ("silent", 0.2, "{:.0%} more of the sounds are silent than in the data"),
    "clipping": ("clipped", 0.03, "{:.1%} more of all values are at full scale than in the data"),
    "dc-offset": (
        "dc_offset",
        0.3,
        "sounds are off the middle by {:.2f} of the data's loudness more than the data are",
    ),
    "single-tone": ("tonal", 0.4, "{:.0%} more of the sounds are one steady tone than in the data"),
}
# Nothing is said of a figure that is at its best and has shrunk by so much in the window: the run is still learning.
FALLING = 0.8


def sound_findings(lines: Sequence[Mapping], steps: int) -> dict[str, Seen | None]:
    """What each finding of sounds saw, None where there was nothing; a log without such figures has none.

    Args:
        lines: of the log.
        steps: that the window spans at least.
    """
    return {name: _judge(lines, steps, *limit) for name, limit in LIMITS.items()}


def _judge(lines, steps, figure, limit, words) -> Seen | None:
    measured = [line for line in measured_lines(lines) if figure in line["health"]]
    recent = window(measured, MEASUREMENTS, steps)
    if not recent or not all(number(line["health"][figure]) >= limit for line in recent):
        return None
    known = observed(measured, figure)
    values = [value for _, value in known]
    if values[-1] < FALLING * number(recent[0]["health"][figure]) and values[-1] <= min(values):
        return None
    begun = since(measured, lambda line: number(line["health"][figure]) >= limit)
    told = (
        f"{words.format(values[-1])} at step {known[-1][0]:,}, and {limit:g} or more in every measurement since step "
    )
    return Seen(f"{told}{begun:,}", begun, {figure: known[-5:]})
