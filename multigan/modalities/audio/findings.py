"""Judges what was measured on single sounds (`multigan.modalities.audio.figures`): what they have, and the data
have not.

The limits were placed by measurement, with sets of 128 sounds of 16,384 samples whose health is known
(`benchmarks/sound_diversity.py`; docs/health.md has the table) and one half of 98 recorded one-shots against the other:

- `silent`: healthy sets 0.00; one of which a quarter is silent 0.25.
- `clipped`: healthy sets 0.000; drums twice too loud 0.018, four times 0.068; sustained sounds far more.
- `dc_offset`: healthy sets at most 0.014; an offset of 0.03 under drums 0.28, of 0.1 0.93.
- `tonal`: healthy sets 0.00, sines against sines among them; a whine of 0.1 over drums 0.51, of 0.3 0.88.

Of 128 sounds a share wanders by chance, by at most 0.04 (one standard deviation).

Sounds are compared by their log-mel statistics, where the white noise behind a generator's sounds brings them nearer to
one another (`benchmarks/sound_diversity.py`). Of 128 of the embedded drums diversity and nearest distance are 1.0; with
noise of -30 dB behind them 0.72 and 0.92, of -20 dB 0.44 and 0.62. One drum repeated and white noise have a diversity
below 0.1; one to twenty drums repeated over noise of -50 dB a nearest distance of 0.01 to 0.02.
"""

from multigan.health.excess import excess
from multigan.health.illness import Health, Illness
from multigan.health.treatments import CRITIC, EMA, LOSS, PACK, PENALISED, PENALTY, SLOWER
from multigan.modalities.audio.treatments import FILTER, SHUFFLE, UPSAMPLE

__all__ = ["HEALTH"]


HEALTH = Health(
    # Networks that make waveforms make noise for long.
    steps=2000,
    collapsed={
        "diversity": (0.3, "1 = as the data"),
        "nearest_distance": (0.2, "1 = as the data; near 0: duplicates"),
    },
    # The noise behind sounds alone makes a recall of 0.41, at -40 dB, or of 0.06, at -30.
    lost_from=0.5,
    illnesses=(
        Illness(
            name="silence",
            gravity=410,
            check="silent sounds",
            advice="listen to the samples, and look for silence in the data (multigan data check); a generator that "
            "faded away has lost to its critic: a lower learning rate, more critic updates or a gradient "
            "penalty keep it from that",
            meaning="The generator has faded away: part of its sounds, or all, lies 40 dB below the data's usual "
            "loudness. Silence is where a network ends that is chased away from everything else.",
            judge=excess("silent", 0.2, "{:.0%} more of the sounds are silent than in the data"),
            treatments=(LOSS, PENALISED, SLOWER, CRITIC, PENALTY, EMA),
        ),
        Illness(
            name="clipping",
            gravity=420,
            check="sounds at full scale",
            advice="the output is driven into its ends: lower the generator's learning rate or average its weights, "
            "and look whether the data is clipped itself",
            meaning="The last layer is driven into its ends, where its gradient vanishes: sounds are crushed square, "
            "and are not learnt any better.",
            judge=excess("clipped", 0.03, "{:.1%} more of all values are at full scale than in the data"),
            treatments=(SLOWER, EMA, LOSS, PENALISED, CRITIC),
        ),
        Illness(
            name="dc-offset",
            gravity=430,
            check="sounds off the middle",
            advice="the generator's output has drifted to one side and the critic does not mind: start again with a "
            "lower learning rate, let the critic judge more often, or filter the output",
            meaning="The waveform does not swing about zero but about another value. It is not heard, but it takes "
            "loudness away, clicks at both ends of every sound, and is a mark by which a critic tells samples "
            "at once.",
            judge=excess(
                "dc_offset", 0.3, "sounds are off the middle by {:.2f} of the data's loudness more than the data are"
            ),
            treatments=(FILTER, SLOWER, CRITIC, EMA),
        ),
        Illness(
            name="single-tone",
            gravity=440,
            check="sounds that are one steady tone",
            advice="look at the spectrogram; a tone that never moves is most often the raster of strided transposed "
            "convolutions: use nearest up-sampling, a post-processing filter, and phase shuffle (arXiv "
            "1802.04208)",
            meaning="One frequency fills a sound from its beginning to its end. Layers that put zeros between samples "
            "leave a raster, which is a tone at the layer's rate, and the critic has not driven it out.",
            judge=excess("tonal", 0.4, "{:.0%} more of the sounds are one steady tone than in the data"),
            treatments=(UPSAMPLE, FILTER, SHUFFLE, PACK, LOSS, PENALISED, SLOWER),
        ),
    ),
)
