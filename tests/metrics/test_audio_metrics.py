"""Metrics of sounds: closed forms, known answers, and the records with their controls."""

import importlib.util
import sys

import numpy as np
import pytest
from sounds import DRUMS, RATE, Sounds, drums, sine, white
from toys import METRICS, Game, Source, stripes

from multigan.errors import UsageError
from multigan.metrics import evaluate
from multigan.metrics.classes import class_coverage
from multigan.metrics.controls import NOISE, OTHERS, Noise, arranged
from multigan.metrics.extractors import Material, load_extractor
from multigan.metrics.frechet import frechet
from multigan.metrics.scoring import Evaluation
from multigan.modalities.audio.extractors import local_mel
from multigan.modalities.audio.extractors.pitch import pitches
from multigan.modalities.audio.extractors.spectrum import shape_of
from multigan.modalities.audio.metrics import flatness, high_frequency, pitch_error

NAMED = {metric.name: metric for metric in METRICS}
SOUNDS, LABELS = drums(300, seed=11)


def material(source, folder=None, modality="audio"):
    return Material(source, lambda: source, folder, modality=modality)


@pytest.fixture(scope="module")
def judge():
    """The local classifier of three drums, trained for as long as these need."""
    steps, local_mel.SETTINGS["steps"] = local_mel.SETTINGS["steps"], (60, 60)
    yield load_extractor("local-mel", material(Sounds(SOUNDS, LABELS, DRUMS)))
    local_mel.SETTINGS["steps"] = steps


def test_flatness_and_high_frequency_are_ratios_to_the_data_s():
    noise, tones = shape_of(white(20), RATE), shape_of(sine(500, 700, 900), RATE)
    half = np.concatenate([noise, tones])
    found = flatness(noise, np.concatenate([noise[:10], shape_of(sine(*range(300, 800, 50)), RATE)]))
    assert found["value"] == pytest.approx(0.5, abs=0.02)
    assert found["real"] == pytest.approx(0.561, abs=0.02)
    assert high_frequency(noise, noise)["value"] == 1
    assert high_frequency(half, noise)["value"] == pytest.approx(len(half) / len(noise), rel=0.03)
    silent = np.zeros((20, 3), "float32")
    assert flatness(noise, silent) == {"value": 0.0, "generated": 0.0, "real": found["real"], "silent": 1.0}
    with pytest.raises(UsageError, match="real sounds have no energy above a quarter"):
        high_frequency(np.array([[0.1, 0.0, 0.5]]), noise)
    with pytest.raises(UsageError, match="no flat part"):
        flatness(silent, noise)


def notes(cents=0.0, count=24):
    return sine(*(220 * 2 ** ((np.arange(count) % 12 + cents / 100) / 12)), rate=16000)


@pytest.mark.parametrize("cents", [0, 20, 50, -30])
def test_tones_that_are_off_by_so_many_cents_have_that_error(cents):
    real, off = pitches(notes(), 16000), pitches(notes(cents), 16000)
    found = pitch_error(real, off)
    # Half a tone lies between two notes: 50 cents off one is 50 off the other.
    assert found["value"] == pytest.approx(abs(cents), abs=1.5)
    assert found["real"] < 0.5
    assert found["chance"] == pytest.approx(25, abs=2)
    assert found["pitched"] == 1
    assert "note" not in found


def test_sounds_without_pitch_are_an_octave_off_and_data_without_pitch_are_refused():
    real, noise = pitches(notes(), 16000), pitches(white(24), 16000)
    assert pitch_error(real, noise)["value"] == 1200
    assert pitch_error(real, pitches(sine(30.9, 3500, rate=16000), 16000))["value"] <= 1200
    with pytest.raises(UsageError, match="pitch-error: 0% of the real sounds have a steady pitch"):
        pitch_error(noise, real)


def test_pitches_that_lie_everywhere_are_noted():
    glide = np.stack([np.geomspace(200, 400, 500), np.ones(500)], axis=1).astype("float32")
    assert "tells little" in pitch_error(glide, glide[::7] * [1.003, 1])["note"]


class Certain:
    """A classifier whose features are the probabilities."""

    facts = {"classes": list("abcd")}

    def probabilities(self, features):
        return features


def test_class_coverage_counts_the_classes_that_are_found():
    labels = np.arange(40) % 4
    real = np.eye(4)[labels]
    assert class_coverage(real, real, classifier=Certain(), labels=labels)["value"] == 1
    found = class_coverage(real, np.eye(4)[np.arange(40) % 3], classifier=Certain(), labels=labels)
    assert (found["value"], found["real"], found["missing"]) == (0.75, 1.0, ["d"])
    assert found["shares"] == pytest.approx({"a": 0.35, "b": 0.325, "c": 0.325, "d": 0})
    few = np.eye(4)[[0] * 98 + [3, 1]]
    assert class_coverage(real, few, classifier=Certain(), labels=labels)["missing"] == ["b", "c", "d"], "one of 100"
    unsure = class_coverage(real, np.full((10, 4), 0.25), classifier=Certain(), labels=labels)
    assert (unsure["value"], unsure["unsure"]) == (0, 1)
    absent = class_coverage(real[labels < 2], real[:2], classifier=Certain(), labels=labels[labels < 2])
    assert absent["value"] == 1, "classes that the data do not have are not asked for"


def test_log_mel_statistics_know_loudness_decay_and_time():
    extract = load_extractor("log-mel", material(Sounds(SOUNDS)))
    assert extract.facts["sample_rate"] == RATE
    full, quiet, silent = extract(np.concatenate([sine(440, level=1.0), sine(440, level=0.1), np.zeros((1, 4096, 1))]))
    assert full.shape == (80,)
    assert full[:32].max() == pytest.approx(1.5, abs=0.15), "0 dB"
    assert full[:32].argmax() == quiet[:32].argmax()
    assert full[64:] - quiet[64:] == pytest.approx(np.ones(16), abs=0.01), "20 dB are one unit"
    assert silent == pytest.approx([-1.5] * 32 + [0] * 32 + [-1.5] * 16, abs=1e-5)
    late = sine(440)
    late[:, :2048] = 0
    assert (extract(late)[0, 64:] > -1).tolist() == [False] * 8 + [True] * 8


def test_the_distance_of_a_set_to_itself_is_zero_to_fresh_ones_small_and_to_noise_large():
    extract = load_extractor("log-mel", material(Sounds(SOUNDS)))
    real, fresh, noise = (extract(sounds) for sounds in (SOUNDS, drums(300, seed=1)[0], white(300)))
    assert frechet(real, real)["value"] == pytest.approx(0, abs=1e-6)
    small = frechet(real, fresh)["value"]
    assert small < 1
    assert frechet(real, noise)["value"] > 50 * small


def test_the_local_classifier_recognises_fresh_sounds_with_some_noise_behind_them(judge):
    assert judge.facts["held_out_accuracy"] >= 0.95
    assert judge.facts["held_out"] == 30
    fresh, labels = drums(100, seed=2)
    features = judge(fresh + white(100, level=0.01))
    assert features.shape == (100, 128)
    assert (judge.probabilities(features).argmax(axis=1) == labels).mean() > 0.95


def test_pictures_of_long_sounds_are_averaged_in_time():
    assert local_mel.pictures(np.zeros((1, 16384, 1)), 16000).shape == (1, 64, 64, 1)
    assert local_mel.pictures(np.zeros((2, 65536, 2)), 16000).shape == (2, 64, 64, 1)
    assert local_mel.pictures(np.zeros((1, 4096, 1)), 48000).shape == (1, 8, 64, 1)
    assert (local_mel.pictures(np.zeros((1, 16384, 1)), 16000) == -1).all()


def test_extractors_of_images_refuse_sounds_and_the_other_way_round():
    images, sounds = Source(stripes(20)[0], name="digits"), Sounds(SOUNDS, name="drums")
    with pytest.raises(UsageError, match="log-mel takes audio, and digits holds images; choose one of pixels, pca-64"):
        load_extractor("log-mel", material(images, modality="images"))
    with pytest.raises(
        UsageError, match="pca-64 takes images, and drums holds audio; choose one of log-mel, local-mel"
    ):
        load_extractor("pca-64", material(sounds))
    with pytest.raises(UsageError, match="drums: has no labels of two or more classes, which the extractor local-mel"):
        load_extractor("local-mel", material(sounds))


def test_without_the_sound_effects_embedding_its_installation_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "multigan.modalities.audio.extractors.aisfx", raising=False)
    with pytest.raises(UsageError, match="needs pip install torch && pip install --no-deps aisfx"):
        load_extractor("aisfx", material(Sounds(SOUNDS)))


@pytest.mark.extra
def test_the_sound_effects_embedding_has_its_size_and_tells_drums_apart():
    pytest.importorskip("torch")
    if importlib.util.find_spec("aisfx") is None:
        pytest.skip("needs pip install --no-deps aisfx")
    extract = load_extractor("aisfx", material(Sounds(SOUNDS)))
    assert extract.facts["sha256"].startswith("499ea759")
    features = extract(SOUNDS[:60])
    assert features.shape == (60, 512)
    distances = np.linalg.norm(features[:30, None] - features[30:], axis=2)
    assert (LABELS[30:60][distances.argmin(axis=1)] == LABELS[:30]).mean() > 0.9


CHOSEN = [NAMED[name] for name in ("FD(log-mel)", "flatness", "memorisation(log-mel)", "recall(log-mel)")]


def fresh(rng, count, condition):
    return drums(count, int(rng.integers(1 << 30)))[0]


def test_other_real_sounds_and_noise_are_scored_with_the_same_metrics_and_counts():
    source = Sounds(SOUNDS, LABELS, DRUMS)
    evaluation = Evaluation(CHOSEN, material(source), count=1000, controls=(OTHERS, NOISE))
    assert evaluation.count == 150, "half of the data is left for the control"
    game = Game(fresh)
    [distance, *_] = evaluate(evaluation, game, [0], step=1)
    pairs = dict(evaluation.pairs)
    found = evaluation.controls(game, 0)
    real, noise = found["real"], found["noise"]
    assert noise["FD(log-mel)"]["value"] > 20 * real["FD(log-mel)"]["value"] > 0.1, "other sounds, not the same"
    assert distance["value"] < noise["FD(log-mel)"]["value"] / 20
    assert (noise["recall(log-mel)"]["value"], real["recall(log-mel)"]["value"] > 0.5) == (0, True)
    assert real["flatness"]["value"] == pytest.approx(1, abs=0.2)
    assert noise["flatness"]["value"] > 2
    assert "memorisation(log-mel)" not in real, "it is training data: every sound would be its own copy"
    assert noise["memorisation(log-mel)"]["value"] == 0
    assert evaluation.pairs is not pairs
    assert evaluation.pairs["memorisation(log-mel)"] == pairs["memorisation(log-mel)"]
    asked = len(game.asked)
    assert evaluation.controls(game, 0) is found
    assert len(game.asked) == asked, "the game itself makes no control"


def test_real_sounds_that_are_no_training_data_tell_what_memorisation_is_by_chance():
    training, other = Sounds(SOUNDS), Sounds(drums(200, seed=5)[0], name="other")
    there = Material(other, lambda: training, held_out=True, modality="audio")
    evaluation = Evaluation([NAMED["memorisation(log-mel)"]], there, controls=(OTHERS,))
    assert evaluation.controls(Game(fresh), 0)["real"]["memorisation(log-mel)"]["value"] < 0.2


def test_the_noise_is_as_loud_as_the_data_and_in_bounds():
    noise = Noise((4096, 2), 0.1).sample(50, [0, 0])
    assert noise.shape == (50, 4096, 2)
    assert np.sqrt((noise**2).mean()) == pytest.approx(0.1, rel=0.01)
    np.testing.assert_array_equal(noise, Noise((4096, 2), 0.1).sample(50, [0, 0]))
    assert (noise != Noise((4096, 2), 0.1).sample(50, [0, 1])).any()
    assert abs(Noise((4096, 1), 0.9).sample(9, [0, 0])).max() == pytest.approx(1, abs=1e-3)


def test_the_control_of_a_conditional_game_is_of_the_classes_asked_for(judge, monkeypatch):
    source = Sounds(SOUNDS, LABELS, DRUMS)
    indices = np.arange(100, 200)
    order = arranged(source, indices, np.array([2, 0, 0, 1] * 10))
    assert LABELS[order].tolist() == [2, 0, 0, 1] * 10
    assert len(set(order)) == 40, "no sound twice"
    assert LABELS[arranged(source, indices[:4], np.full(50, LABELS[100]))].tolist() == [LABELS[100]] * 50
    monkeypatch.setattr("multigan.metrics.scoring.load_extractor", lambda name, material: judge)
    game = Game(lambda rng, count, asked: drums(count, labels=(asked + 1) % 3)[0], "label")
    evaluation = Evaluation([NAMED["accuracy(local-mel)"]], material(source), count=100, controls=(OTHERS, NOISE))
    assert evaluation.score(game, 0)["accuracy(local-mel)"]["value"] < 0.1, "it always gives another class"
    assert evaluation.controls(game, 0)["real"]["accuracy(local-mel)"]["value"] > 0.95


def test_every_metric_of_audio_measures_drums_or_says_why_not(judge, monkeypatch):
    own = load_extractor
    monkeypatch.setattr(
        "multigan.metrics.scoring.load_extractor", lambda name, m: judge if name == "local-mel" else own(name, m)
    )
    chosen = [metric for metric in METRICS if metric.modality == "audio" and metric.extractor != "aisfx"]
    game = Game(lambda rng, count, asked: drums(count, int(rng.integers(1 << 30)), asked)[0], "label")
    source = Sounds(SOUNDS, LABELS, DRUMS)
    measured = [metric for metric in chosen if metric.name != "pitch-error"]
    scores = Evaluation(measured, material(source), count=120).score(game, 0)
    assert set(scores) == {metric.name for metric in measured}
    assert all(np.isfinite(score["value"]) for score in scores.values())
    for name, expected, slack in (
        ("class-coverage(local-mel)", 1, 0), ("accuracy(local-mel)", 1, 0.05), ("diversity(log-mel)", 1, 0.1),
        ("diversity-in-class(log-mel)", 1, 0.2), ("IS(local-mel)", 3, 0.2), ("memorisation(log-mel)", 0.05, 0.1),
        ("precision(log-mel)", 0.9, 0.15), ("coverage(local-mel)", 0.9, 0.15), ("high-frequency", 1, 0.2),
    ):  # fmt: skip
        assert scores[name]["value"] == pytest.approx(expected, abs=slack), name
    with pytest.raises(UsageError, match="it needs data that are tones"):
        Evaluation([NAMED["pitch-error"]], material(Sounds(white(40))), count=40).score(Game(fresh), 0)
