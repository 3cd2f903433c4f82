"""Which part of a sound each sample is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multigan.data import batches
from multigan.modalities.audio.reading.slices import Slices


def starts(frames, length, how="grid", overlap=0.0, pad=True):
    slices = Slices(np.array([frames]), length, how, overlap, pad)
    return slices.locate(np.arange(len(slices)))[1].tolist()


def test_a_grid_covers_a_sound_and_pads_its_end():
    assert starts(10, 4) == [0, 4, 8]
    assert starts(10, 4, pad=False) == [0, 4]
    assert starts(8, 4) == starts(8, 4, pad=False) == [0, 4]
    assert starts(3, 4) == [0]
    assert starts(3, 4, pad=False) == []
    assert starts(10, 4, overlap=0.5) == [0, 2, 4, 6]
    assert starts(9, 4, overlap=0.5) == [0, 2, 4, 6]
    assert starts(9, 4, overlap=0.5, pad=False) == [0, 2, 4]
    assert starts(10, 4, "first") == [0]
    assert starts(8, 4, overlap=0.95) == [0, 1, 2, 3, 4], "a step is one frame at least"


frames_of = st.lists(st.integers(1, 200), min_size=1, max_size=6).map(np.array)


@settings(deadline=None)
@given(frames_of, st.integers(1, 60), st.sampled_from(["grid", "random"]), st.floats(0, 0.95), st.booleans())
def test_every_slice_begins_within_its_sound_and_a_grid_leaves_nothing_out(frames, length, how, overlap, pad):
    slices = Slices(frames, length, how, overlap, pad)
    assert len(slices) == slices.counts.sum() == len(slices.sounds)
    sounds, first = slices.locate(np.arange(len(slices)))
    assert (sounds == slices.sounds).all()
    assert (first < frames[sounds]).all()
    assert (first >= 0).all()
    if pad:
        for sound, count in enumerate(frames):
            covered = set()
            for start in first[sounds == sound]:
                covered |= set(range(start, start + length))
            assert set(range(count)) <= covered
    else:
        assert (first + length <= frames[sounds]).all()
    _, drawn = slices.locate(np.arange(len(slices)), np.random.default_rng(0))
    assert (drawn >= 0).all()
    if how == "random":
        assert ((drawn + length <= frames[sounds]) | (drawn == 0)).all(), "a drawn slice needs no zeros if it can"
    else:
        assert (drawn == first).all()


def test_random_slices_reach_every_place_evenly_and_each_has_its_share():
    slices = Slices(np.array([1_000]), 100, "random", 0.0, True)
    rng = np.random.default_rng(0)
    drawn = np.stack([slices.locate(np.arange(10), rng)[1] for _ in range(4_000)])
    assert (drawn.min(), drawn.max()) == (0, 900)
    assert (np.diff(np.sort(drawn, axis=1), axis=1) >= 0).all()
    tenths = np.arange(11) * 901 // 10
    assert ((drawn >= tenths[:-1]) & (drawn <= tenths[1:])).all(), "slice k is drawn from the k-th tenth"
    counts = np.histogram(drawn, bins=9, range=(0, 900))[0]
    assert counts.min() > 0.9 * drawn.size / 9


def test_the_last_place_is_the_last_even_when_a_share_is_rounded_up():
    class Highest:
        def random(self, count):
            return np.full(count, np.nextafter(1, 0))

    slices = Slices(np.array([1_000]), 100, "random", 0.0, True)
    assert slices.locate(np.arange(10), Highest())[1].max() == 900


@pytest.fixture
def ramp(sounds):
    """One file whose sample number k is k / 10,000, from which a slice's place can be read."""
    return sounds(**{"ramp.wav": np.arange(1, 1_001)[:, None] / 10_000})


def places(audio):
    return np.rint(audio[..., 0, 0] * 10_000).astype(int) - 1


def test_random_slices_differ_between_epochs_and_repeat_with_the_seed(ramp, heard):
    source = heard(ramp, length=100, normalise="none")
    assert places(source.batch(np.arange(10))["audio"]).tolist() == list(range(0, 1_000, 100))

    def read(seed, start=0):
        stream = batches(source, 10, seed, start)
        return np.stack([places(next(stream)["audio"]) for _ in range(3)])

    first = read(0)
    assert len({tuple(sorted(epoch)) for epoch in first.tolist()}) == 3
    np.testing.assert_array_equal(read(0), first)
    np.testing.assert_array_equal(read(0, start=1)[:2], first[1:])
    assert (read(1) != first).any()


def test_grid_and_first_are_the_same_in_every_epoch(ramp, heard):
    rng = np.random.default_rng(0)
    grid = heard(ramp, length=300, normalise="none", slices="grid")
    audio = grid.batch(np.arange(4), rng)["audio"]
    assert places(audio).tolist() == [0, 300, 600, 900]
    assert (audio[3, 100:] == 0).all()
    assert "4 slices of 0.0187 s, 4 from a sound (slices=grid)" in grid.report.notes
    first = heard(ramp, length=300, normalise="none", slices="first")
    assert len(first) == 1
    assert places(first.batch(np.arange(1), rng)["audio"]).tolist() == [0]
    assert "only their first 0.0187 s are used: 1" in first.report.notes


def test_overlap_gives_more_slices(ramp, heard):
    halves = heard(ramp, length=200, normalise="none", slices="grid", overlap=0.5)
    assert places(halves.batch(np.arange(9))["audio"]).tolist() == list(range(0, 900, 100))


def test_padding_is_zeros_at_the_end_or_the_sound_is_left_out(sounds, heard, tone):
    place = sounds(**{"long.wav": tone(0.2), "short.wav": tone(0.05, frequency=300)})
    padded = heard(place, length=1_600, slices="grid")
    assert len(padded) == 3
    short = padded[2]["audio"]
    assert (short[800:] == 0).all()
    assert np.abs(short[:800]).max() == pytest.approx(1.0, abs=0.01)
    assert "shorter than a slice, zeros at the end: 1" in padded.report.notes
    without = heard(place, length=1_600, slices="grid", pad=False)
    assert (len(without), without.report.used, without.report.found) == (2, 1, 2)
    assert without.report.skipped == (("short.wav", "0.05 s, shorter than a slice of 0.1 s (pad=false)"),)
    with pytest.raises(Exception, match=r"none of 2 sounds can be used \(long\.wav: 0\.2 s, shorter.*-o pad=true"):
        heard(place, length=16_000, pad=False)


def test_labels_and_conditions_follow_the_slices(sounds, heard, tone, tmp_path):
    place = sounds(**{"a/1.wav": tone(0.25), "b/1.wav": tone(0.1)})
    np.save(tmp_path / "c.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    source = heard(place, length=1_600, conditions=str(tmp_path / "c.npy"))
    batch = source.batch(np.arange(4))
    assert batch["label"].tolist() == [0, 0, 0, 1]
    assert batch["label"].dtype == np.int32
    assert batch["condition"].tolist() == [[1, 2]] * 3 + [[3, 4]]
    assert source.condition == 2


def test_one_shots_get_the_advice(sounds, heard, tone):
    place = sounds(**{"a.wav": tone(0.15), "b.wav": tone(0.05)})
    advice = "slices begin within a sound, too; -o slices=first takes each sound's first 0.1 s"
    assert advice in heard(place, length=1_600).report.notes
    assert advice not in heard(place, length=1_600, slices="first").report.notes


def test_an_index_that_is_not_there(sounds, heard):
    source = heard(sounds("a.wav", "b.wav"))
    np.testing.assert_array_equal(source[-1]["audio"], source[1]["audio"])
    with pytest.raises(IndexError):
        source[2]
