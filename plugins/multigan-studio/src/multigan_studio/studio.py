"""What all parts of the page share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from multigan_studio.told import Teller
from multigan_studio.workshop import Workshop

__all__ = ["QUIET", "Studio"]

# Of every event: nothing of it is listed for programs.
QUIET = {"api_visibility": "private"}


@dataclass
class Studio:
    """What all parts of the page share.

    Args:
        workshop: where what is made lies.
        tell: wraps what the page calls.
    """

    workshop: Workshop
    tell: Teller

    def on(self, event: Callable[..., Any], function: Callable[..., Any], *parts: Any, **settings: Any) -> Any:
        """Lets an event of the page call a function, whose faults are told there.

        Args:
            event: such as `button.click`.
            function: see `gradio.events`.
            parts: inputs and outputs.
            settings: further ones of the event.
        """
        return event(self.tell(function), *parts, **QUIET, **settings)
