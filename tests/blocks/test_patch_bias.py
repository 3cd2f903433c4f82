"""Discriminators of patches whose scores have no bias."""

from multigan import patch_critic


def test_scores_have_a_bias_unless_a_loss_subtracts_them():
    for bias, count in ((True, 1), (False, 0)):
        layer = patch_critic((16, 16, 3), width=2, norm="none", bias=bias).layers[-2]
        assert [weight.shape for weight in layer.weights[1:]] == [(1,)] * count
