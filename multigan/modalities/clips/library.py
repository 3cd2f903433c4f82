"""PyAV, which reads and writes films, and what to do where it is not installed."""

from types import ModuleType

from multigan.errors import UsageError

__all__ = ["library"]


def library(what: str) -> ModuleType:
    """Returns the module `av`.

    Args:
        what: needs it, for the message: `"reading films"`.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise UsageError(f'{what} needs pip install "multigan[clips]" ({error})') from None
    return av
