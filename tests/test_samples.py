import numpy
import pytest
from PIL import Image

from multigan.errors import RunFailedError, UsageError
from multigan.training.samples import GAP, GAP_COLOUR, formats, preview_suffix, write_each, write_samples


def ramp(count=6, height=4, width=4, channels=3):
    """Samples whose every image is of one level, from -1 to 1 over the images."""
    levels = numpy.linspace(-1, 1, count, dtype="float32")
    return numpy.broadcast_to(levels[:, None, None, None], (count, height, width, channels)).copy()


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_the_grid_holds_every_image_in_its_place_for_one_to_four_channels(tmp_path, channels, mode):
    samples = ramp(count=9, height=64, width=60, channels=channels)
    path = write_samples(tmp_path / "new" / "grid.png", samples, "images")
    with Image.open(path) as picture:
        assert picture.mode == mode
        pixels = numpy.asarray(picture).reshape(picture.height, picture.width, channels)
    factor = pixels.shape[1] // (4 * (60 + GAP) - GAP)
    for index, sample in enumerate(samples):
        top, left = index // 4 * (64 + GAP) * factor, index % 4 * (60 + GAP) * factor
        expected = round(float(sample[0, 0, 0] + 1) * 127.5)
        assert (pixels[top : top + 64 * factor, left : left + 60 * factor] == expected).all()
    assert (pixels[-1, -1] == GAP_COLOUR).all(), "the cells after the last image are empty"


@pytest.mark.parametrize("size", [8, 16, 28, 32, 64])
def test_small_images_are_enlarged_by_a_whole_factor_to_about_512_pixels(tmp_path, size):
    path = write_samples(tmp_path / "grid.png", ramp(count=64, height=size, width=size), "images")
    with Image.open(path) as picture:
        assert 450 <= picture.width <= 900
        assert picture.width % (8 * (size + GAP) - GAP) == 0


def test_a_single_image_makes_a_grid_without_gaps(tmp_path):
    path = write_samples(tmp_path / "grid.png", ramp(count=1, height=256, width=512), "images")
    with Image.open(path) as picture:
        assert picture.size == (512, 256)


def test_values_outside_the_range_are_clipped_not_wrapped(tmp_path):
    samples = numpy.array([-7.0, 7.0], dtype="float32").reshape(2, 1, 1, 1)
    paths = write_each(tmp_path, samples, "images", "png")
    assert [Image.open(path).getpixel((0, 0)) for path in paths] == [0, 255]


@pytest.mark.parametrize("name", ["png", "jpg", "webp", "npy"])
def test_write_each_writes_one_numbered_file_a_sample_in_every_format(tmp_path, name):
    samples = ramp(count=3, height=16, width=8)
    paths = write_each(tmp_path / "out", samples, "images", name)
    assert [path.name for path in paths] == [f"0000{index}.{name}" for index in range(3)]
    assert sorted((tmp_path / "out").iterdir()) == paths, "nothing else is left behind"
    for path, sample in zip(paths, samples, strict=True):
        if name == "npy":
            numpy.testing.assert_array_equal(numpy.load(path), sample)
        else:
            with Image.open(path) as picture:
                assert picture.size == (8, 16)
                pixels = numpy.asarray(picture.convert("RGB")).astype(int)
            assert abs(pixels - numpy.rint((sample + 1) * 127.5)).max() <= (2 if name == "jpg" else 0)


@pytest.mark.parametrize("channels", [2, 4])
def test_webp_keeps_transparency_and_jpg_refuses_it(tmp_path, channels):
    samples = ramp(count=2, channels=channels)
    [path, _] = write_each(tmp_path, samples, "images", "webp")
    with Image.open(path) as picture:
        assert picture.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)
    with pytest.raises(UsageError, match=r"jpg: has no transparency.*png, webp or npy"):
        write_each(tmp_path, samples, "images", "jpg")
    assert not list(tmp_path.glob("*.jpg"))


def test_errors_name_the_thing_and_the_mend(tmp_path):
    with pytest.raises(UsageError, match=r"format gif: images are written as png, jpg, webp, npy"):
        write_each(tmp_path, ramp(), "images", "gif")
    with pytest.raises(UsageError, match=r"modality smells.*known: images"):
        write_samples(tmp_path / "x.png", ramp(), "smells")
    with pytest.raises(UsageError, match="6x4x4x5"):
        write_samples(tmp_path / "x.png", ramp(channels=5), "images")
    with pytest.raises(UsageError, match="no samples"):
        write_samples(tmp_path / "x.png", ramp()[:0], "images")
    assert not list(tmp_path.iterdir())


def test_values_that_are_not_finite_are_an_error_and_never_drawn(tmp_path):
    samples = ramp()
    samples[4, 0, 0, 0] = numpy.nan
    for write in (
        lambda: write_samples(tmp_path / "grid.png", samples, "images"),
        lambda: write_each(tmp_path, samples, "images", "png"),
    ):
        with pytest.raises(RunFailedError, match=r"1 of 6 samples.*number 4"):
            write()
    assert not list(tmp_path.iterdir())


def test_the_known_formats_can_be_listed():
    assert formats("images")[0] == "png"
    assert preview_suffix("images") == ".png"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_samples(tmp_path / "grid.png", ramp(), "images")
    before = path.read_bytes()

    def full_disk(picture, target, **options):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Image.Image, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_samples(path, ramp(count=3), "images")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
