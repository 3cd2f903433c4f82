"""What every call needs beside its arguments: the loaded plugins, and somebody to talk to."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multigan.plugins import Registry

__all__ = ["Host"]


@dataclass
class Host:
    """Whoever calls: a program, or the command line, whose `Shell` is one.

    Args:
        blocked: plugins that are left out.
        quiet: say nothing on stderr but errors.
        traceback: show what a broken plugin raised.
        environ: where `MULTIGAN_PLUGINS` is read.

    Attributes:
        flags: whether errors speak of flags, as the command line has them, or of arguments.
    """

    flags = False

    blocked: tuple[str, ...] = ()
    quiet: bool = False
    traceback: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def silent_registry(self) -> Registry:
        """The loaded plugins, with no word about those that could not be loaded."""
        from multigan.plugins import load_plugins

        return load_plugins(self.blocked, self.environ)

    @cached_property
    def registry(self) -> Registry:
        """The loaded plugins; the first use says one line about each that could not be loaded."""
        for line in self.silent_registry.complaints:
            self.say(f"multigan: {line}")
        if self.traceback:
            for info in self.silent_registry.plugins:
                if info.error is not None:
                    self.say("".join(traceback.format_exception(info.error)).rstrip())
        return self.silent_registry

    def say(self, message: str) -> None:
        """Writes talk: to stderr, and only when nobody asked for quiet."""
        if not self.quiet:
            print(message, file=sys.stderr, flush=True)
