"""What is wrong with an installed plugin, for the tests of those that have no recipe to make a contract of."""

from multigan.checking import light_faults
from multigan.errors import UsageError
from multigan.plugins import load_plugins
from multigan.recipe import suggest

__all__ = ["plugin_faults"]


def plugin_faults(name: str) -> list[str]:
    """Returns all that is wrong with a plugin, a line each, as `multigan plugins --check NAME` tells it.

    Raises:
        UsageError: no plugin is called so.
    """
    registry = load_plugins()
    found = [info for info in registry.plugins if info.name == name]
    if not found:
        known = [info.name for info in registry.plugins]
        raise UsageError(f"no plugin is called {name}{suggest(name, known)}; is its package installed?")
    return [str(fault) for info in found for fault in light_faults(info, registry)]
