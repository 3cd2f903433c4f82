"""Discriminators of patches: what a score sees, how many there are, and how pictures are compared by their layers."""

import numpy as np
import pytest
from keras import ops
from tiny import numpy

from multigan import (
    BatchNormalization,
    InstanceNormalization,
    SpectralNormalization,
    feature_matching,
    patch_critic,
    patch_depth,
    patch_size,
)


@pytest.mark.parametrize(("size", "depth", "side"), [((32, 48), 1, 16), ((64, 64), 2, 34), ((256, 128), 3, 70)])
def test_patches_grow_with_the_pictures(size, depth, side):
    assert (patch_depth(*size), patch_size(depth)) == (depth, side)
    assert patch_critic((*size, 3), width=2).output_shape == (None, size[0] // 2**depth, size[1] // 2**depth, 1)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_score_sees_its_patch_and_no_more(depth):
    critic = patch_critic((None, None, 1), width=2, depth=depth, norm="none")
    picture = np.zeros((1, 160, 160, 1), "float32")
    middle = 160 // 2**depth // 2
    plain = numpy(critic(picture))[0, middle, middle, 0]
    seen = []
    for column in range(160):
        changed = picture.copy()
        changed[:, :, column] = 1000.0
        if numpy(critic(changed))[0, middle, middle, 0] != plain:
            seen.append(column)
    assert seen == list(range(seen[0], seen[0] + patch_size(depth)))


@pytest.mark.parametrize("norm", ["instance", "batch", "spectral", "spectral-instance", "none"])
def test_norms_stand_between_the_first_layer_and_the_last(norm):
    critic = patch_critic((32, 32, 3), (32, 32, 1), width=2, norm=norm)
    kinds = [type(layer) for layer in critic.layers]
    assert kinds.count(InstanceNormalization) == (norm in ("instance", "spectral-instance"))
    assert kinds.count(BatchNormalization) == (norm == "batch")
    assert kinds.count(SpectralNormalization) == {"spectral": 3, "spectral-instance": 1}.get(norm, 0)
    pictures = np.ones((2, 32, 32, 3), "float32"), np.ones((2, 32, 32, 1), "float32")
    assert numpy(critic(list(pictures))).shape == (2, 16, 16, 1)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(ValueError, match="norm 'layer'"):
        patch_critic((32, 32, 3), norm="layer")
    with pytest.raises(ValueError, match="one size"):
        patch_critic((32, 32, 3), (16, 16, 3))


def test_features_are_those_of_every_hidden_layer():
    critic = patch_critic((64, 64, 3), width=4, features=True)
    assert [shape[1:] for shape in critic.output_shape] == [(32, 32, 4), (16, 16, 8), (16, 16, 16), (16, 16, 1)]


@pytest.mark.backends
def test_feature_matching_is_a_mean_of_layers_not_of_values():
    real, fake = [np.zeros((1, 8, 8, 4)), np.zeros((1, 1))], [np.ones((1, 8, 8, 4)), np.full((1, 1), 3.0)]
    assert float(ops.convert_to_numpy(feature_matching(real, fake))) == pytest.approx(2.0)
