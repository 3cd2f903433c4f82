"""Files that cannot be read: skipped, counted and named, and too many of them are an error."""

import pytest

from multigan.data.source import UnreadableDataError
from multigan.errors import DataError


@pytest.fixture
def mostly_good(folder, noise, encoded, huge_png):
    """100 good images and one of each bad kind."""
    place = folder(*[f"{i}.png" for i in range(100)])
    folder(
        **{
            "text.png": b"this is text",
            "zero.png": b"",
            "truncated.jpg": encoded(noise(64, 64), "JPEG")[:800],
            "huge.png": huge_png(),
        }
    )
    (place / "link.png").symlink_to(place / "nowhere.png")
    return place


def test_each_bad_file_is_skipped_counted_and_named_with_its_reason(mostly_good, opened):
    source = opened(mostly_good)
    report = source.report
    assert (report.found, report.used, len(source)) == (105, 100, 100)
    reasons = dict(report.skipped)
    assert list(reasons) == ["huge.png", "link.png", "text.png", "truncated.jpg", "zero.png"]
    assert reasons["huge.png"] == "1,600,000,000 pixels, more than max_pixels=50,000,000"
    assert reasons["link.png"] == "No such file or directory"
    assert reasons["text.png"] == "not an image of a known format"
    assert reasons["truncated.jpg"].startswith("damaged JPEG (image file is truncated")
    assert reasons["zero.png"] == "0 bytes"


def test_labels_stay_with_their_images_when_others_are_skipped(folder, opened):
    place = folder("a/0.png", "b/1.png", "b/3.png", **{"a/1.png": b"", "b/2.png": b""})
    source = opened(place, skip_bad="0.5")
    assert source.labels.tolist() == [0, 1, 1]


def test_more_than_skip_bad_is_an_error_that_names_the_first_and_the_mend(folder, opened):
    bad = {f"bad{i}.png": b"" for i in range(5)}
    place = folder(*[f"{i}.png" for i in range(15)], **bad)
    with pytest.raises(UnreadableDataError) as caught:
        opened(place)
    message = str(caught.value)
    assert "5 of 20 images (25.0%) cannot be read, more than skip_bad=0.05 allows" in message
    assert "bad0.png: 0 bytes; bad1.png: 0 bytes; bad2.png: 0 bytes; and 2 more" in message
    assert "-o skip_bad=0.25" in message
    assert len(caught.value.report.skipped) == 5
    assert len(opened(place, skip_bad="0.25")) == 15


def test_when_none_can_be_read_no_setting_helps(folder, opened):
    with pytest.raises(DataError, match=r"none of 2 images can be read \(a\.png: 0 bytes; b\.png: 0 bytes\)"):
        opened(folder(**{"a.png": b"", "b.png": b""}), skip_bad="1")


def test_the_bound_on_pixels_is_an_option(folder, opened, noise, encoded):
    place = folder("small.png", **{"large.png": encoded(noise(20, 20))})
    assert dict(opened(place, max_pixels="399", skip_bad="0.5").report.skipped) == {
        "large.png": "20 x 20 = 400 pixels, more than max_pixels=399"
    }


def test_a_file_larger_than_any_image_within_the_bound_is_not_read_whole(folder, opened, noise, encoded):
    place = folder("small.png", **{"padded.png": encoded(noise()).ljust(2 << 20)})
    skipped = dict(opened(place, max_pixels="100", skip_bad="0.5").report.skipped)
    assert skipped == {"padded.png": "2,097,152 bytes, more than 1,049,376"}


def test_a_class_whose_images_are_all_bad_is_left_out_and_noted(folder, opened):
    source = opened(folder("b/1.png", "c/1.png", **{"a/1.png": b""}), skip_bad="0.5")
    assert (source.classes, source.labels.tolist()) == (("b", "c"), [0, 1])
    assert "1 class without images: left out (a)" in source.report.notes


def test_progress_counts_every_file_once(mostly_good, datasets):
    from multigan.data import open_source

    seen = []
    open_source(str(mostly_good), "images", {"skip_bad": 0.5}, datasets, lambda done, total: seen.append((done, total)))
    assert seen == [(done, 105) for done in range(1, 106)]
