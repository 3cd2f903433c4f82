"""Which frames make which clip: by number where they come evenly, else by the time at which they are shown."""

import numpy as np
import pytest

from multigan.data.collection import UnreadableError
from multigan.modalities.clips.reading.cut import cut
from multigan.modalities.clips.reading.film import Header


def film(lengths, **more):
    """A film whose frames are shown for so long, in seconds."""
    ends = np.cumsum(lengths)
    times = np.concatenate([[0.0], ends[:-1]])
    return Header("film", (8, 8), len(times), times, float(ends[-1]), **more)


def test_clips_lie_one_after_another():
    found = cut(film([0.1] * 23), 8)
    assert found.picks.tolist() == [[*range(8)], [*range(8, 16)]]
    assert (found.rate, found.left, found.uneven, found.by_time) == (10.0, 7, False, False)
    assert cut(film([0.1] * 23), 4, stride=2).picks.tolist() == [[0, 2, 4, 6], [8, 10, 12, 14], [16, 18, 20, 22]]
    assert cut(film([0.1] * 23), 4, stride=2).rate == 5.0


@pytest.mark.parametrize("lengths", [[0.04, 0.04, 0.05] * 8, [0.033, 0.034, 0.033] * 8, [0.041708] * 24])
def test_rounded_times_are_even(lengths):
    found = cut(film(lengths), 24)
    assert found.picks.tolist() == [[*range(24)]]
    assert not found.uneven
    assert found.rate == pytest.approx(24 / sum(lengths), rel=1e-3)


def test_uneven_frames_are_taken_by_the_time_they_are_shown():
    found = cut(film([0.1, 0.1, 0.3, 0.1, 0.2]), 8)
    assert found.picks.tolist() == [[0, 1, 2, 2, 2, 3, 4, 4]]
    assert (found.uneven, found.rate) == (True, 10.0)


def test_another_rate_is_taken_by_time():
    assert cut(film([0.1] * 12), 6, frame_rate=5).picks.tolist() == [[0, 2, 4, 6, 8, 10]]
    assert cut(film([0.1] * 12), 8, frame_rate=20).picks.tolist() == [
        [0, 0, 1, 1, 2, 2, 3, 3],
        [4, 4, 5, 5, 6, 6, 7, 7],
        [8, 8, 9, 9, 10, 10, 11, 11],
    ]
    odd = cut(film([0.1] * 30), 8, frame_rate=7.5)
    times = odd.picks[0] * 0.1
    assert abs(times - np.arange(8) / 7.5).max() < 0.1
    assert (odd.by_time, odd.rate) == (True, 7.5)
    assert not cut(film([1 / 29.97] * 30), 8, frame_rate=30).by_time, "near enough"


def test_what_tells_no_time_is_taken_as_it_is():
    unknown = Header("frames", (8, 8), 20)
    assert cut(unknown, 10).rate == 10.0
    assert cut(unknown, 10, frame_rate=24).picks.tolist() == [[*range(10)], [*range(10, 20)]]
    assert (cut(unknown, 10, frame_rate=24).rate, cut(unknown, 10).known) == (24, False)


def test_rows_of_a_sheet_are_cut_each_by_itself():
    sheet = Header("sheet", (8, 8), 12, pieces=3)
    assert cut(sheet, 3).picks.tolist() == [[0, 1, 2], [4, 5, 6], [8, 9, 10]]
    assert cut(sheet, 6, short="pad").picks.tolist()[1] == [4, 5, 6, 7, 7, 7]
    with pytest.raises(UnreadableError, match="4 frames, and a clip has 6"):
        cut(sheet, 6)


def test_damaged_times_are_refused():
    for lengths, said in (([0.0] * 9, "at the same time"), ([0.001] * 9 + [1e9], "seconds by its times")):
        with pytest.raises(UnreadableError, match=said):
            cut(film(lengths), 4)
    with pytest.raises(UnreadableError, match="no frames in it"):
        cut(Header("film", (8, 8), 0), 4)


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_films_of_uneven_frames_are_read_by_time(kind, watched, shelf, animated, filmed, moving):
    shown = [100, 100, 300, 100, 200, 100]
    if kind == "gif":
        content = animated(moving(6), duration=shown)
    else:
        content = filmed(moving(6), times=[0, *np.cumsum(shown)[:-1].tolist()])
    source = watched(shelf({f"a.{kind}": content}), frames=8)
    left = [int(np.flatnonzero(frame[5, :, 0] > 0.3)[0]) for frame in source[0]["clip"]]
    assert left == [0, 1, 2, 2, 2, 3, 4, 4]
    assert source.frame_rate == 10
    assert "frames that come unevenly, taken by the time at which they are shown: all 1" in source.report.notes


def test_rates_that_differ_are_told(watched, shelf, animated, moving):
    place = shelf({"a.gif": animated(moving(8), duration=100), "b.gif": animated(moving(16, seed=2), duration=50)})
    source = watched(place, frames=8)
    told = "from 10 to 20 frames a second, each as it is, and shown with 20; -o frame_rate=20 takes all by time"
    assert told in source.report.notes
    alike = watched(place, frames=8, frame_rate=20)
    assert (len(alike), alike.frame_rate) == (4, 20)
    assert "taken by time at 20 frames a second: 1 (a.gif)" in alike.report.notes


def test_browsers_rule_for_frames_without_a_time(watched, shelf, animated, moving):
    source = watched(shelf({"a.gif": animated(moving(8), duration=0)}), frames=8)
    assert source.frame_rate == 10
