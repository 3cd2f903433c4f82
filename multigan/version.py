"""Which multigan this is."""

import importlib.metadata

import multigan

__all__ = ["version"]


def version() -> str:
    """Returns the installed distribution's version, or the source tree's own when it is not installed."""
    try:
        return importlib.metadata.version("multigan")
    except importlib.metadata.PackageNotFoundError:
        return multigan.__version__
