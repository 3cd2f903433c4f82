"""Adversarial losses as pure functions of logits `(batch, ...)`, each a scalar in float32, for the player to minimise.

A critic's loss takes `(real, fake)`; a generator's takes `(fake)`, or `(real, fake)` where the paper's does.
"""

from collections.abc import Callable
from typing import NamedTuple

from keras import ops

__all__ = [
    "ADVERSARIAL_LOSSES",
    "SMOOTHED",
    "AdversarialLoss",
    "hinge_critic",
    "hinge_generator",
    "least_squares_critic",
    "least_squares_generator",
    "minimax_critic",
    "minimax_generator",
    "non_saturating_critic",
    "non_saturating_generator",
    "relativistic_average_critic",
    "relativistic_average_generator",
    "relativistic_paired_critic",
    "relativistic_paired_generator",
    "wasserstein_critic",
    "wasserstein_generator",
]


def _float(logits):
    return ops.cast(logits, "float32")


def minimax_critic(real, fake, smoothing: float = 0.0):
    """-log D(real) - log(1 - D(fake)) with D = sigmoid(logits). Goodfellow et al., 2014, arXiv 1406.2661.

    With `smoothing` the target of real samples is 1 - smoothing, that of generated ones stays 0: Salimans et al., 2016,
    arXiv 1606.03498, section 3.4.
    """
    loss = ops.mean(ops.softplus(-_float(real))) + ops.mean(ops.softplus(_float(fake)))
    # Cross-entropy with target t is softplus(-x) + (1 - t) x.
    return loss + smoothing * ops.mean(_float(real)) if smoothing else loss


def minimax_generator(fake):
    """log(1 - D(fake)): the value that the critic maximises, whose gradient vanishes when the critic wins. arXiv
    1406.2661.
    """
    return -ops.mean(ops.softplus(_float(fake)))


non_saturating_critic = minimax_critic


def non_saturating_generator(fake):
    """-log D(fake). Goodfellow et al., 2014, arXiv 1406.2661, section 3."""
    return ops.mean(ops.softplus(-_float(fake)))


def least_squares_critic(real, fake, smoothing: float = 0.0):
    """(D(real) - 1 + smoothing)^2 / 2 + D(fake)^2 / 2 on raw outputs. Mao et al., 2016, arXiv 1611.04076, eq. 9."""
    return 0.5 * ops.mean(ops.square(_float(real) - 1.0 + smoothing)) + 0.5 * ops.mean(ops.square(_float(fake)))


def least_squares_generator(fake):
    """(D(fake) - 1)^2 / 2. arXiv 1611.04076, equation 9."""
    return 0.5 * ops.mean(ops.square(_float(fake) - 1.0))


def hinge_critic(real, fake):
    """max(0, 1 - D(real)) + max(0, 1 + D(fake)). Lim and Ye, 2017, arXiv 1705.02894; Miyato et al., 2018, arXiv
    1802.05957.
    """
    return ops.mean(ops.relu(1.0 - _float(real))) + ops.mean(ops.relu(1.0 + _float(fake)))


def hinge_generator(fake):
    """-D(fake). arXiv 1802.05957."""
    return -ops.mean(_float(fake))


def wasserstein_critic(real, fake):
    """D(fake) - D(real). Arjovsky et al., 2017, arXiv 1701.07875."""
    return ops.mean(_float(fake)) - ops.mean(_float(real))


def wasserstein_generator(fake):
    """-D(fake). arXiv 1701.07875."""
    return -ops.mean(_float(fake))


def relativistic_average_critic(real, fake):
    """Real is more real than the average fake, and the reverse. Jolicoeur-Martineau, 2018, arXiv 1807.00734, RaSGAN."""
    real, fake = _float(real), _float(fake)
    return ops.mean(ops.softplus(ops.mean(fake) - real)) + ops.mean(ops.softplus(fake - ops.mean(real)))


def relativistic_average_generator(real, fake):
    """The critic's loss with real and fake exchanged. arXiv 1807.00734."""
    return relativistic_average_critic(fake, real)


def relativistic_paired_critic(real, fake):
    """Each real sample is more real than the fake one beside it. arXiv 1807.00734, RpGAN; with penalties on both sides
    it converges: Huang et al., 2025, arXiv 2501.05441.
    """
    return ops.mean(ops.softplus(_float(fake) - _float(real)))


def relativistic_paired_generator(real, fake):
    """The critic's loss with real and fake exchanged. arXiv 1807.00734."""
    return relativistic_paired_critic(fake, real)


class AdversarialLoss(NamedTuple):
    """A matching pair: `critic(real, fake)` and `generator(real, fake)`; `needs_real` when the generator's reads
    `real`.
    """

    critic: Callable
    generator: Callable
    needs_real: bool = False


ADVERSARIAL_LOSSES = {
    "non-saturating": AdversarialLoss(non_saturating_critic, lambda real, fake: non_saturating_generator(fake)),
    "minimax": AdversarialLoss(minimax_critic, lambda real, fake: minimax_generator(fake)),
    "least-squares": AdversarialLoss(least_squares_critic, lambda real, fake: least_squares_generator(fake)),
    "hinge": AdversarialLoss(hinge_critic, lambda real, fake: hinge_generator(fake)),
    "wasserstein": AdversarialLoss(wasserstein_critic, lambda real, fake: wasserstein_generator(fake)),
    "relativistic": AdversarialLoss(relativistic_average_critic, relativistic_average_generator, needs_real=True),
    "relativistic-paired": AdversarialLoss(relativistic_paired_critic, relativistic_paired_generator, needs_real=True),
}

# The losses whose critic takes `smoothing`: those that have a target for real samples.
SMOOTHED = frozenset({"non-saturating", "minimax", "least-squares"})
