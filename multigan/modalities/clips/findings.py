"""How the health of clips is judged.

The limits were placed by measurement, on 128 clips of the moving digits made from another seed:

- `frozen` (share of clips that move less than a fifth of the data's median, beyond the data's own share): healthy sets
  0.00; one of which half stands still 0.50; digits at half the speed 0.00.
- `motion` (mean absolute difference between consecutive frames, over the data's): healthy sets 0.99 to 1.04; played
  backwards 1.01, blurred 0.86, at half the speed 0.47; each frame moved by a pixel at random 1.94; noise anew in each
  frame 1.6 at 0.05 in a range of 2, 2.2 at 0.1, 3.6 at 0.2, and as much where the brightness flickers by that; frames
  in an order of chance 3.6; white noise 16.
- Diversity and nearest distance: healthy sets 1.01 to 1.02 and 0.97 to 1.02; one clip repeated 0.06 and 0.01; five
  repeated 0.85 and 0.00.
"""

from multigan.health.excess import excess
from multigan.health.illness import Health, Illness
from multigan.health.treatments import (
    CRITIC,
    EMA,
    LOSS,
    PACK,
    PENALISED,
    R1,
    SLOWER,
    SPECTRAL,
    STDDEV,
)

__all__ = ["HEALTH"]

HEALTH = Health(
    steps=1000,
    collapsed={
        "diversity": (0.6, "1 = as the data"),
        "nearest_distance": (0.3, "1 = as the data; near 0: duplicates"),
    },
    illnesses=(
        Illness(
            name="frozen",
            gravity=450,
            check="clips that stand still",
            advice="look at the samples, and for clips in which nothing moves in the data (multigan data check); where "
            "single frames are good and nothing moves, the critic does not see time: let it look at several frames at "
            "once by 3-D convolutions, judge more often, or use a penalised loss",
            meaning="The generator makes one picture and holds it. Each frame may be perfect, and a critic that judges "
            "frames more than motion lets that pass.",
            judge=excess("frozen", 0.25, "{:.0%} more of the clips hardly move than in the data"),
            treatments=(CRITIC, PENALISED, LOSS, PACK, STDDEV, SLOWER),
        ),
        Illness(
            name="flicker",
            gravity=460,
            check="clips that flicker",
            advice="the generator makes each frame by itself, or leaves noise that changes from frame to frame: start "
            "again with a lower learning rate, average the generator's weights, let the critic judge more often or "
            "constrain it, and train longer",
            meaning="From one frame to the next far more changes than in the data. It is noise or brightness that "
            "flickers, an edge that trembles, or frames that do not follow one another.",
            judge=excess("motion", 2.0, "from frame to frame {:.1f} times as much changes as in the data"),
            treatments=(EMA, CRITIC, SPECTRAL, R1, LOSS, PENALISED, SLOWER),
        ),
    ),
    figures=("motion",),
    curves={
        "motion": {
            "title": "Motion",
            "label": "ratio to the data's",
            "text": "Mean difference between consecutive frames, against the same in the data. 1: as much as in the "
            "data. 0: clips that stand still.",
            "limits": (0, None),
            "reference": 1.0,
        },
        "frozen": {
            "title": "Frozen clips",
            "label": "share",
            "text": "Share of clips that move less than a fifth of what the data's usually do, beyond the data's own "
            "share.",
            "limits": (-0.02, 1.04),
        },
    },
)
