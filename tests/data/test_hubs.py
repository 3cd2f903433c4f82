"""`hf:NAME` and `tfds:NAME`, against stand-ins with the libraries' own calls."""

import sys
from types import SimpleNamespace

import pytest

from multigan.data.places import HUBS
from multigan.errors import DataError, UsageError
from multigan.modalities.images.reading.hubs import HUBS as READ


class Image:
    def __init__(self, decode=True):
        self.decode = decode


class ClassLabel:
    names = ("cat", "dog")


class Rows:
    """A split: a list of rows with typed columns, which decodes images unless told not to."""

    def __init__(self, rows, features):
        self.rows, self.features = rows, features

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        if isinstance(key, str):
            return [row[key] for row in self.rows]
        assert not self.features["picture"].decode, "decoded by the library, without our bounds"
        return self.rows[key]

    def select_columns(self, columns):
        return Rows(self.rows, {column: self.features[column] for column in columns})

    def cast_column(self, column, feature):
        return Rows(self.rows, {**self.features, column: feature})


@pytest.fixture
def hugging_face(monkeypatch):
    """Puts a stand-in for `datasets` in place, whose hub holds these splits."""

    def install(**splits):
        def load_dataset(name):
            if name != "user/pets":
                raise RuntimeError(f"{name} is not on the hub\nand more")
            return splits

        library = SimpleNamespace(load_dataset=load_dataset, Image=Image, ClassLabel=ClassLabel)
        monkeypatch.setitem(sys.modules, "datasets", library)

    return install


@pytest.fixture
def pets(encoded, noise, tmp_path):
    (tmp_path / "by_path.png").write_bytes(encoded(noise()))
    pictures = [{"bytes": encoded(noise()), "path": None}, {"bytes": None, "path": str(tmp_path / "by_path.png")}]
    rows = [{"picture": picture, "animal": i % 2} for i, picture in enumerate(pictures)]
    return Rows(rows, {"picture": Image(), "animal": ClassLabel()})


def test_hugging_face_gives_the_training_split_undecoded_with_labels(hugging_face, pets, opened):
    hugging_face(test=Rows([], {}), train=pets)
    source = opened("hf:user/pets")
    assert (len(source), source.shape, source.classes) == (2, (8, 8, 3), ("cat", "dog"))
    assert source.labels.tolist() == [0, 1]


def test_an_empty_row_is_skipped_and_named(hugging_face, pets, opened):
    pets.rows.append({"picture": None, "animal": 0})
    hugging_face(validation=pets)
    assert opened("hf:user/pets", skip_bad="0.5").report.skipped == (("validation[2]", "no image in this row"),)


def test_a_data_set_without_images_lists_its_columns(hugging_face, opened):
    hugging_face(train=Rows([{"text": ""}], {"text": None}))
    with pytest.raises(DataError, match=r"no column of images in it \(columns: text\)"):
        opened("hf:user/pets")


def test_what_the_hub_says_is_passed_on_in_one_line(hugging_face, opened):
    hugging_face()
    with pytest.raises(DataError, match=r"hf:user/pts: cannot be loaded: RuntimeError: user/pts is not on the hub$"):
        opened("hf:user/pts")


@pytest.mark.parametrize(
    ("name", "module", "extra"), [("hf:x", "datasets", "huggingface"), ("tfds:x", "tensorflow_datasets", "tfds")]
)
def test_a_library_that_is_missing_is_named_with_what_to_install(name, module, extra, opened, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=rf'pip install "multigan\[{extra}\]"'):
        opened(name)


def test_a_class_of_the_hubs_that_no_row_has_is_left_out_and_told(hugging_face, pets, opened):
    for row in pets.rows:
        row["animal"] = 1
    hugging_face(train=pets)
    source = opened("hf:user/pets")
    assert (source.classes, source.labels.tolist()) == (("dog",), [0, 0])
    assert "1 class without images: left out (cat)" in source.report.notes


def test_labels_that_a_split_hides_are_none(hugging_face, pets, opened):
    for row in pets.rows:
        row["animal"] = -1
    hugging_face(test=pets)
    source = opened("hf:user/pets")
    assert (source.classes, source.labels) == ((), None)
    assert "no labels: the split test hides them" in source.report.notes


class Features:
    """Like TensorFlow Datasets' FeaturesDict: items, but not a mapping."""

    def __init__(self, **features):
        self.features = features

    def items(self):
        return self.features.items()


class NotFoundError(Exception):
    pass


@pytest.fixture
def tensorflow_datasets(monkeypatch, encoded, noise):
    rows = [{"image": encoded(noise()), "label": i % 2} for i in range(4)]

    class Builder:
        info = SimpleNamespace(splits={"test": 0, "train": 4}, features=Features(image=Image(), label=ClassLabel()))

        def download_and_prepare(self):
            pass

        def as_data_source(self, split, decoders):
            assert split == "train"
            assert decoders == {"image": "skip"}, "decoded by the library, without our bounds"
            return rows

    def builder(name, file_format):
        assert file_format == "array_record", "the only format with random access"
        if name != "pets":
            raise NotFoundError
        return Builder()

    library = SimpleNamespace(
        builder=builder,
        list_builders=lambda: ["pets", "plants"],
        core=SimpleNamespace(DatasetNotFoundError=NotFoundError),
        decode=SimpleNamespace(SkipDecoding=lambda: "skip"),
        features=SimpleNamespace(Image=Image, ClassLabel=ClassLabel),
    )
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", library)


@pytest.mark.usefixtures("tensorflow_datasets")
def test_tensorflow_datasets_gives_the_training_split_undecoded_with_labels(opened):
    source = opened("tfds:pets")
    assert (len(source), source.shape, source.classes) == (4, (8, 8, 3), ("cat", "dog"))
    assert source.labels.tolist() == [0, 1, 0, 1]


@pytest.mark.usefixtures("tensorflow_datasets")
def test_an_unknown_tensorflow_data_set_is_told_with_a_guess(opened):
    with pytest.raises(DataError, match=r"tfds:pet: no such data set; did you mean pets\?"):
        opened("tfds:pet")


def test_the_hubs_that_other_rooms_refuse_are_those_that_images_read():
    assert {f"{name}:" for name in READ} == set(HUBS)
