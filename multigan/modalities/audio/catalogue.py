"""The metrics of sounds and the extractors that they compare by, described; imports no framework."""

from multigan.metrics.extractors import Extractor
from multigan.metrics.families import families
from multigan.recipe import Metric

__all__ = ["EXTRACTORS", "METRICS"]

_SPACES = {
    "log-mel": "80 log-mel statistics (mean and deviation over time of 32 bands, envelope in 16 parts; 1 is 20 dB)",
    "local-mel": "features of a classifier of log-mel spectrograms trained on the data's own labels",
    "aisfx": "the embedding of the package aisfx (sound effects), sounds at 44.1 kHz and a peak of 1",
}


def _sounds(name: str, summary: str, compute: str, protocol: str, extractor: str, **more) -> Metric:
    return Metric(
        name=name, summary=summary, modality="audio", compute=compute, protocol=protocol, extractor=extractor, **more
    )


METRICS = (
    *families("audio", _SPACES, classifiers=("local-mel",)),
    _sounds(
        "diversity(log-mel)",
        "how far apart the samples are, as a ratio of how far apart the data are",
        "multigan.metrics.diversity:diversity_metric",
        "mean pairwise Euclidean distance within the generated sounds over that within the real ones, at most 1,000 of "
        f"each, chosen by the seed, between {_SPACES['log-mel']}",
        "log-mel",
        better="one",
    ),
    _sounds(
        "diversity-in-class(log-mel)",
        "how far apart samples of one class are, as a ratio of how far apart the data's are",
        "multigan.metrics.classes:diversity_in_class",
        "mean over the classes asked for of the mean pairwise Euclidean distance within the class, over that within "
        f"the real class, at most 200 of each, between {_SPACES['log-mel']}",
        "log-mel",
        better="one",
        needs=("asked", "labels"),
    ),
    _sounds(
        "accuracy(local-mel)",
        "share of the samples that an independent classifier recognises as the class that was asked for",
        "multigan.metrics.classes:accuracy",
        "verdicts of a classifier of log-mel spectrograms trained on the data's own labels; held_out_accuracy is its "
        "own on real sounds that were kept out of its training",
        "local-mel",
        needs=("classifier", "asked", "labels"),
    ),
    _sounds(
        "class-coverage(local-mel)",
        "share of the data's classes that are among the samples",
        "multigan.metrics.classes:class_coverage",
        "classes of which a classifier of log-mel spectrograms trained on the data's own labels is sure (above 0.5) in "
        "at least a fifth of the class's share of the data, over all classes of the data",
        "local-mel",
        needs=("classifier", "labels"),
    ),
    _sounds(
        "flatness",
        "how noisy the samples are against the data; above 1 hiss, below 1 tones",
        "multigan.modalities.audio.metrics:flatness",
        "mean spectral flatness (geometric over arithmetic mean of a frame's power spectrum, frames weighted by their "
        "power, windows of about 46 ms) over that of the real sounds; silent sounds are left out",
        "spectrum",
        better="one",
        references=("10.1109/TASSP.1974.1162572",),
    ),
    _sounds(
        "high-frequency",
        "how bright the samples are against the data",
        "multigan.modalities.audio.metrics:high_frequency",
        "mean share of a sound's energy above a quarter of the sample rate, over that of the real sounds; silent ones "
        "are left out",
        "spectrum",
        better="one",
    ),
    _sounds(
        "pitch-error",
        "how far samples are off the data's pitches, in cents; of data that are tones",
        "multigan.modalities.audio.metrics:pitch_error",
        "median distance in cents of a sound's pitch (YIN, frames of 64 ms, median of those with a pitch) from the "
        "nearest pitch that occurs in the real sounds; 1,200 for sounds without pitch in half of their frames",
        "pitch",
        better="lower",
        references=("10.1121/1.1458024",),
    ),
)

EXTRACTORS = (
    Extractor(
        name="log-mel",
        summary="80 fixed statistics of the log-mel spectrogram",
        load="multigan.modalities.audio.extractors.log_mel:load",
    ),
    Extractor(
        name="local-mel",
        summary="a small classifier of log-mel spectrograms, trained on the data's own labels",
        load="multigan.modalities.audio.extractors.local_mel:load",
        labels=True,
    ),
    Extractor(
        name="aisfx",
        summary="an embedding of sound effects, 512 features",
        load="multigan.modalities.audio.extractors.aisfx:load",
        extra="torch && pip install --no-deps aisfx",
    ),
    Extractor(
        name="spectrum",
        summary="a sound's spectral flatness, share of high frequencies and loudness",
        load="multigan.modalities.audio.extractors.spectrum:load",
    ),
    Extractor(
        name="pitch",
        summary="a sound's pitch, and how much of it has one",
        load="multigan.modalities.audio.extractors.pitch:load",
    ),
)
