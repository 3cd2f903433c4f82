"""The libraries of `multigan[audio]`, imported when a sound is at hand and not before."""

from __future__ import annotations

import importlib
from types import ModuleType

from multigan.errors import UsageError

__all__ = ["library", "versions"]


def library(name: str) -> ModuleType:
    """Returns a library that reads sounds, e.g. `"soundfile"`.

    Raises:
        UsageError: it is not installed, or what it builds on is missing from the system.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as error:  # soundfile raises OSError where libsndfile is not found
        reason = "" if isinstance(error, ModuleNotFoundError) else f" ({error})"
        raise UsageError(f'sounds need {name}{reason}: pip install "multigan[audio]"') from None


def versions() -> tuple[str, ...]:
    """Returns the versions of what decides how a sound is decoded."""
    soundfile = library("soundfile")
    return soundfile.__version__, soundfile.__libsndfile_version__, library("soxr").__version__
