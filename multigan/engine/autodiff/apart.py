"""What a backend says to processes that would train as one, where it cannot have them."""

from multigan.errors import UsageError

__all__ = ["agreed", "join", "leave"]


def join(address, process, count):
    """See the package's docstring.

    Raises:
        UsageError: always.
    """
    raise UsageError("--workers: several processes train one run on JAX only; leave --backend out")


def leave():
    """See the package's docstring: nobody has joined."""


def agreed(arrays):
    """See the package's docstring: there is nobody else."""
    return list(arrays)
