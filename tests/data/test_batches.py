"""Batches: what training sees, in which order, and from where it goes on."""

import itertools
import tracemalloc

import numpy as np
import pytest

from multigan.data import batches, open_source
from multigan.errors import DataError
from multigan.modalities.images.reading import source as image_source


@pytest.fixture
def numbered(tmp_path):
    """An array of `count` images, each of one grey level that is its number, 4 x 4."""

    def make(count=20):
        np.save(tmp_path / "numbered.npy", np.arange(count, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2))
        return tmp_path / "numbered.npy"

    return make


@pytest.fixture
def gradients(folder, encoded):
    """A folder of ten wide images, each a horizontal gradient of its own."""
    names = {}
    for i in range(10):
        row = np.linspace(0, 20 * (i + 1), 24).astype(np.uint8)
        names[f"{'ab'[i % 2]}/{i}.png"] = encoded(np.repeat(row[None], 8, 0))
    return folder(**names)


@pytest.fixture
def on_the_fly(monkeypatch):
    """No image is kept in memory."""
    monkeypatch.setattr(image_source, "KEEP_BYTES", 0)


def take(iterator, count):
    return list(itertools.islice(iterator, count))


def numbers(batch):
    return np.rint((batch["image"][:, 0, 0, 0] + 1) * 127.5).astype(int).tolist()


def assert_equal(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        assert one.keys() == other.keys()
        for key in one:
            np.testing.assert_array_equal(one[key], other[key])


def test_a_batch_is_float_images_in_minus_one_to_one_with_int_labels(gradients, opened):
    batch = next(batches(opened(gradients, size="8x24"), 4, seed=0))
    image, label = batch["image"], batch["label"]
    assert (image.shape, image.dtype, image.flags.c_contiguous) == ((4, 8, 24, 1), np.float32, True)
    assert (label.shape, label.dtype) == ((4,), np.int32)
    assert image.min() == -1
    assert image.max() <= 1


def test_extremes_are_exactly_minus_one_and_one(tmp_path, opened):
    np.save(tmp_path / "x.npy", np.array([0, 255], np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2))
    image = next(batches(opened(tmp_path / "x.npy"), 2, seed=0))["image"]
    assert sorted(image[:, 0, 0, 0].tolist()) == [-1, 1]


def test_without_classes_there_is_no_label(numbered, opened):
    assert set(next(batches(opened(numbered()), 4, seed=0))) == {"image"}


def test_every_epoch_shows_each_image_once_in_another_order(numbered, opened):
    seen = [number for batch in take(batches(opened(numbered(20)), 6, seed=3), 10) for number in numbers(batch)]
    epochs = [seen[0:20], seen[20:40], seen[40:60]]
    for epoch in epochs:
        assert sorted(epoch) == list(range(20))
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_seed_alone_decides_the_order(numbered, opened):
    source = opened(numbered())
    first = take(batches(source, 6, seed=1), 8)
    np.random.seed(0)
    assert_equal(first, take(batches(source, 6, seed=1), 8))
    assert numbers(first[0]) != numbers(next(batches(source, 6, seed=2)))
    assert numbers(first[0]) != numbers(next(batches(source, 6, seed=2**32 + 1)))


def test_the_global_random_state_is_neither_used_nor_changed(gradients, opened):
    np.random.seed(7)
    before = np.random.get_state()[1].tolist()
    take(batches(opened(gradients, crop="random", flip="true"), 4, seed=1), 5)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("start", [0, 1, 7, 1000])
def test_a_start_is_the_tail_exactly_with_any_number_of_threads(threads, start, gradients, opened):
    source = opened(gradients, size="8", crop="random", flip="true")
    straight = take(itertools.islice(batches(source, 4, seed=5), start, None), 6)
    assert_equal(take(batches(source, 4, seed=5, start=start, threads=threads), 6), straight)


@pytest.mark.parametrize("options", [{}, {"crop": "random", "flip": True}])
def test_shares_together_are_the_batch(options, gradients, opened):
    source = opened(gradients, size=8, **options)
    shares = [take(batches(source, 4, seed=3, start=2, share=(part, 2)), 6) for part in range(2)]
    together = [
        {key: np.concatenate([one[key], other[key]]) for key in one} for one, other in zip(*shares, strict=True)
    ]
    assert_equal(together, take(batches(source, 4, seed=3, start=2), 6))


def test_a_share_reads_no_more_than_itself_where_nothing_is_drawn(numbered, opened, monkeypatch):
    source, read = opened(numbered()), []
    batch = source.batch
    monkeypatch.setattr(source, "batch", lambda indices, rng=None: read.append(len(indices)) or batch(indices, rng))
    take(batches(source, 8, seed=0, share=(3, 4)), 5)
    assert set(read) == {2}


def test_a_start_reads_nothing_of_what_it_leaves_out(gradients, opened, monkeypatch):
    source = opened(gradients, size="8")
    asked = []
    batch = source.batch
    monkeypatch.setattr(source, "batch", lambda indices, rng: asked.append(len(indices)) or batch(indices, rng))
    next(batches(source, 4, seed=0, start=10**9, threads=0))
    assert asked == [4]


def test_decoding_on_the_fly_gives_the_same_batches(gradients, opened, request):
    options = {"size": "8", "crop": "random", "flip": "true"}
    kept = opened(gradients, **options)
    expected = take(batches(kept, 4, seed=5), 8)
    request.getfixturevalue("on_the_fly")
    source = opened(gradients, **options)
    assert (kept.in_memory, source.in_memory) == (True, False)
    assert source.fingerprint == kept.fingerprint
    assert_equal(take(batches(source, 4, seed=5), 8), expected)


def test_flip_mirrors_about_half_and_not_the_same_ones_each_epoch(gradients, opened):
    source = opened(gradients, size="8x24", flip="true")
    images = np.concatenate([batch["image"] for batch in take(batches(source, 10, seed=0), 20)])
    mirrored = images[:, 0, 0, 0] > images[:, 0, -1, 0]
    assert 60 < mirrored.sum() < 140
    assert len({tuple(epoch) for epoch in mirrored.reshape(20, 10)}) > 1
    assert not source[0]["image"][0, 0, 0] > source[0]["image"][0, -1, 0]


def test_the_seed_decides_the_random_draws_too(folder, opened, encoded):
    place = folder(**{f"{i}.png": encoded(np.array([[0, 255], [i, i]], np.uint8)) for i in range(30)})
    source = opened(place, size="2", flip="true")
    drawn = [next(batches(source, 30, seed=seed))["image"][:, 0, 0, 0].tolist() for seed in (0, 1)]
    assert drawn[0] != drawn[1]


def test_random_crops_differ_between_epochs_and_stay_within_the_image(gradients, opened):
    source = opened(gradients, size="8", crop="random")
    images = [batch["image"] for batch in take(batches(source, 10, seed=0), 20)]
    assert images[0].shape == (10, 8, 8, 1)
    assert len(np.unique([image[..., 0].max() for image in images])) > 3
    assert source[0]["image"].shape == (8, 8, 1)


def test_random_access_is_in_order_and_refuses_other_indices(numbered, opened):
    source = opened(numbered(5))
    assert [numbers({"image": source[i]["image"][None]})[0] for i in range(5)] == [0, 1, 2, 3, 4]
    assert numbers({"image": source[-1]["image"][None]}) == [4]
    with pytest.raises(IndexError):
        source[5]


def test_fewer_images_than_a_batch_is_an_error_that_says_what_to_lower(numbered, opened):
    source = opened(numbered(5))
    with pytest.raises(DataError, match=r"5 samples, fewer than one batch of 6; lower --batch-size to 5 or less"):
        batches(source, 6, seed=0)
    assert sorted(numbers(next(batches(source, 5, seed=0)))) == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("on_the_fly")
def test_a_file_that_vanishes_while_training_is_an_error_that_names_it(gradients, opened):
    source = opened(gradients, size="8")
    (gradients / "a" / "4.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"a/4\.png: 0 bytes; it could be read when the data was checked"):
        take(batches(source, 5, seed=0), 3)


@pytest.mark.usefixtures("on_the_fly")
def test_on_the_fly_skipped_files_stay_skipped(gradients, opened):
    expected = opened(gradients, size="8")
    (gradients / "a" / "bad.png").write_bytes(b"")
    (gradients / "a" / "0.0.png").write_bytes(b"")
    source = opened(gradients, size="8", skip_bad="0.5")
    assert_equal([source[i] for i in range(10)], [expected[i] for i in range(10)])


@pytest.mark.usefixtures("on_the_fly")
def test_memory_does_not_grow_with_the_images(folder, datasets, noise, encoded):
    place = folder(**{f"{i}.png": encoded(noise(64, 64)) for i in range(200)})
    tracemalloc.start()
    source = open_source(str(place), "images", {}, datasets)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    decoded = len(source) * 64 * 64 * 3
    assert held < decoded / 4
    assert peak < decoded


def test_crops_that_are_too_many_to_keep_are_decoded_again(gradients, opened, monkeypatch):
    monkeypatch.setattr(image_source, "KEEP_BYTES", 10 * 8 * 8)  # room for the windows, not for the images
    source = opened(gradients, size="8", crop="random")
    assert not source.in_memory
    assert any("images are decoded while training" in note for note in source.report.notes)
