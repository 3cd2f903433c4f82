import numpy
import pytest
from PIL import Image

from multigan.errors import RunFailedError, UsageError
from multigan.modalities.files import files_for, write_each, write_samples
from multigan.modalities.grid import GAP, GAP_COLOUR, MOST_NAMES
from multigan.modalities.images.files import image_files
from multigan.modalities.points.files import point_files

IMAGES, POINTS = image_files(), point_files()


def ramp(count=6, height=4, width=4, channels=3):
    """Samples whose every image is of one level, from -1 to 1 over the images."""
    levels = numpy.linspace(-1, 1, count, dtype="float32")
    return numpy.broadcast_to(levels[:, None, None, None], (count, height, width, channels)).copy()


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_the_grid_holds_every_image_in_its_place_for_one_to_four_channels(tmp_path, channels, mode):
    samples = ramp(count=9, height=64, width=60, channels=channels)
    path = write_samples(tmp_path / "new" / "grid.png", samples, IMAGES)
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
    path = write_samples(tmp_path / "grid.png", ramp(count=64, height=size, width=size), IMAGES)
    with Image.open(path) as picture:
        assert 450 <= picture.width <= 900
        assert picture.width % (8 * (size + GAP) - GAP) == 0


def test_a_single_image_makes_a_grid_without_gaps(tmp_path):
    path = write_samples(tmp_path / "grid.png", ramp(count=1, height=256, width=512), IMAGES)
    with Image.open(path) as picture:
        assert picture.size == (512, 256)


def test_values_outside_the_range_are_clipped_not_wrapped(tmp_path):
    samples = numpy.array([-7.0, 7.0], dtype="float32").reshape(2, 1, 1, 1)
    paths = write_each(tmp_path, samples, IMAGES, "png")
    assert [Image.open(path).getpixel((0, 0)) for path in paths] == [0, 255]


@pytest.mark.parametrize("name", ["png", "jpg", "webp", "npy"])
def test_write_each_writes_one_numbered_file_a_sample_in_every_format(tmp_path, name):
    samples = ramp(count=3, height=16, width=8)
    paths = write_each(tmp_path / "out", samples, IMAGES, name)
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
    [path, _] = write_each(tmp_path, samples, IMAGES, "webp")
    with Image.open(path) as picture:
        assert picture.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)
    with pytest.raises(UsageError, match=r"jpg: has no transparency.*png, webp or npy"):
        write_each(tmp_path, samples, IMAGES, "jpg")
    assert not list(tmp_path.glob("*.jpg"))


def test_errors_name_the_thing_and_the_mend(tmp_path):
    with pytest.raises(UsageError, match=r"format gif: images are written as png, jpg, webp, npy"):
        write_each(tmp_path, ramp(), IMAGES, "gif")
    with pytest.raises(UsageError, match=r"no modality is called smells.*known: images, points"):
        files_for("smells")
    with pytest.raises(UsageError, match="6x4x4x5"):
        write_samples(tmp_path / "x.png", ramp(channels=5), IMAGES)
    with pytest.raises(UsageError, match="no samples"):
        write_samples(tmp_path / "x.png", ramp()[:0], IMAGES)
    assert not list(tmp_path.iterdir())


def test_values_that_are_not_finite_are_an_error_and_never_drawn(tmp_path):
    samples = ramp()
    samples[4, 0, 0, 0] = numpy.nan
    for write in (
        lambda: write_samples(tmp_path / "grid.png", samples, IMAGES),
        lambda: write_each(tmp_path, samples, IMAGES, "png"),
    ):
        with pytest.raises(RunFailedError, match=r"1 of 6 samples.*number 4"):
            write()
    assert not list(tmp_path.iterdir())


def test_the_known_formats_can_be_listed():
    assert next(iter(files_for("images").formats)) == "png"
    assert files_for("images").suffix == ".png"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_samples(tmp_path / "grid.png", ramp(), IMAGES)
    before = path.read_bytes()

    def full_disk(picture, target, **options):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Image.Image, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_samples(path, ramp(count=3), IMAGES)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_labels_give_one_row_a_class_with_its_name_at_the_left(tmp_path, channels):
    samples, labels = ramp(count=9, height=32, width=32, channels=channels), numpy.array([2, 0, 2, 0, 2, 0, 2, 0, 2])
    path = write_samples(tmp_path / "a.png", samples, IMAGES, labels=labels, classes=("boot", "bag", "sneaker"))
    with Image.open(path) as picture:
        assert picture.mode == {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
        pixels = numpy.asarray(picture).reshape(picture.height, picture.width, channels)
    factor = pixels.shape[0] // (2 * (32 + GAP) - GAP)
    margin = pixels.shape[1] - (5 * (32 + GAP) - GAP) * factor
    for row, chosen in enumerate((samples[labels == 0], samples[labels == 2])):
        for column, sample in enumerate(chosen):
            top, left = row * (32 + GAP) * factor, margin + column * (32 + GAP) * factor
            expected = numpy.rint((sample[0, 0] + 1) * 127.5)
            assert (pixels[top : top + 32 * factor, left : left + 32 * factor] == expected).all()
        name = pixels[row * (32 + GAP) * factor :, :margin, 0][: 32 * factor]
        assert name.min() < 64 < 255 == name[:, :2].min(), "dark letters on white, and none cut at the edge"
    assert (pixels[0, -1] == GAP_COLOUR).all(), "the class with fewer images leaves its last cells empty"


def test_a_class_of_many_images_goes_on_in_further_rows_and_too_many_classes_have_no_names(tmp_path):
    def picture(count, **options):
        path = write_samples(tmp_path / "a.png", ramp(count=count, height=32, width=32), IMAGES, **options)
        with Image.open(path) as opened:
            return opened.size, opened.tobytes()

    (width, height), _ = picture(64, labels=numpy.zeros(64, int), classes=("only",))
    assert height > 3 * 32
    assert width < 1200
    many = MOST_NAMES + 1
    labels, names = numpy.arange(64) % many, [f"class {number}" for number in range(many)]
    assert picture(64, labels=labels, classes=names) == picture(64)


def test_files_carry_the_class_in_their_names_safe_for_file_systems(tmp_path):
    names = ("T-shirt/top", "(1.00, 0.00)", "../..", "\u00e9t\u00e9 " * 30)
    paths = write_each(tmp_path, ramp(count=4), IMAGES, "png", labels=numpy.arange(4), classes=names)
    assert [path.name for path in paths[:3]] == ["00000-T-shirt-top.png", "00001-1.00--0.00.png", "00002-class.png"]
    assert sorted(tmp_path.iterdir()) == paths
    assert len(paths[3].name) <= 50


def points(count=50, spread=1.0):
    return numpy.random.default_rng(0).normal(0, spread, (count, 2)).astype("float32")


def painted(path):
    with Image.open(path) as picture:
        assert picture.size == (640, 640)
        return numpy.asarray(picture.convert("RGB")).astype(int)


def near(pixels, colour, tolerance=12):
    return int((abs(pixels - numpy.array(colour)).max(axis=-1) <= tolerance).sum())


def test_points_are_drawn_over_the_data_and_the_score(tmp_path):
    ink, blue, orange = (91, 15, 110), (169, 193, 224), (239, 189, 154)
    bare = painted(write_samples(tmp_path / "a.png", points(), POINTS))
    assert near(bare, ink) > 200
    assert near(bare, orange) < 50
    scored = painted(
        write_samples(tmp_path / "b.png", points(), point_files(data=points(500), score=lambda places: places[:, 0]))
    )
    assert near(scored, ink) > 200
    left, right = scored[100:540, 80:200], scored[100:540, 500:600]
    assert near(left, blue, 20) > 10 * near(left, orange, 20)
    assert near(right, orange, 20) > 10 * near(right, blue, 20)
    coloured = painted(
        write_samples(tmp_path / "c.png", points(), POINTS, labels=numpy.arange(50) % 2, classes=("a", "b"))
    )
    assert near(coloured, (31, 119, 180)) > 50
    assert near(coloured, (255, 127, 14)) > 50


@pytest.mark.parametrize(
    "score",
    [
        lambda places: None,
        lambda places: numpy.zeros(len(places)),
        lambda places: numpy.full(len(places), numpy.nan),
        lambda places: 1e30 * places[:, 0] ** 3,
    ],
)
def test_a_score_of_any_kind_is_no_trouble(tmp_path, score):
    painted(write_samples(tmp_path / "a.png", points(), point_files(data=points(), score=score)))


@pytest.mark.parametrize(
    ("samples", "data"),
    [
        (points(1), None),
        (numpy.full((5, 2), 1e30, "float32"), points()),
        (points(), numpy.array([[0, 1e-3], [1e5, 2e-3]], "float32")),
        (points(), numpy.array([[3, 1], [3, 1]], "float32")),
        (numpy.tile(points(), (1, 3)), numpy.tile(points(), (1, 3))),
        (points(), points()[:0]),
    ],
)
def test_points_of_any_extent_are_drawn_and_nothing_is_wasted(tmp_path, samples, data):
    files = point_files(data=data, score=lambda places: places.sum(axis=1))
    path = write_samples(tmp_path / "a.png", samples, files)
    again = write_samples(tmp_path / "b.png", samples, files)
    assert path.read_bytes() == again.read_bytes(), "the same samples make the same file"


def test_points_are_written_to_one_file_that_can_be_read_as_data(tmp_path):
    from multigan.data import open_source

    labels, classes = numpy.arange(50) % 3, ("a, b", "c", "d")
    [path] = write_each(tmp_path, points(), POINTS, "csv", labels=labels, classes=classes)
    source = open_source(str(path), "points", {}, {})
    batch = source.batch(numpy.arange(50))
    numpy.testing.assert_array_equal(batch["point"], points())
    assert (source.classes, batch["label"].tolist()) == (classes, labels.tolist())
    [path] = write_each(tmp_path, points(), POINTS, "npy")
    numpy.testing.assert_array_equal(numpy.load(path), points())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["samples.csv", "samples.npy"]


def test_errors_about_points_name_the_thing_and_the_mend(tmp_path):
    with pytest.raises(UsageError, match=r"format png: points are written as csv, npy"):
        write_each(tmp_path, points(), POINTS, "png")
    with pytest.raises(UsageError, match="4x1: points are count x columns"):
        write_samples(tmp_path / "x.png", numpy.zeros((4, 1)), POINTS)
    with pytest.raises(UsageError, match="no samples"):
        write_samples(tmp_path / "x.png", points()[:0], POINTS)
    bad = points()
    bad[7, 1] = numpy.inf
    with pytest.raises(RunFailedError, match=r"1 of 50 samples.*number 7"):
        write_samples(tmp_path / "x.png", bad, POINTS)
    assert not list(tmp_path.iterdir())
