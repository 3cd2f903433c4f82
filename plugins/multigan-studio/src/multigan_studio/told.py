"""Faults on the page: one sentence, never a traceback, no path of this machine that a user did not name."""

import functools
import html
from collections.abc import Callable
from typing import Any

import gradio as gr

from multigan import MultiganError
from multigan_studio.workshop import Workshop

__all__ = ["Teller"]


class Teller:
    """Wraps what the page calls.

    Args:
        workshop: whose paths are not told.
        say: takes a line for the terminal about a fault that nobody foresaw.
    """

    def __init__(self, workshop: Workshop, say: Callable[[str], None]):
        self.workshop, self.say = workshop, say

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the function, whose faults are told on the page."""

        @functools.wraps(function)
        def told(*arguments):
            try:
                return function(*arguments)
            except MultiganError as error:
                raise fault(self.workshop.plain(str(error))) from None
            except gr.Error:
                raise
            except Exception as error:
                self.say(f"multigan studio: {type(error).__name__}: {error}")
                raise fault(f"Something went wrong ({type(error).__name__}); the terminal tells more") from None

        return told


def fault(message: str) -> gr.Error:
    """Returns an error that the page shows as a sentence."""
    message = message[:1].upper() + message[1:]
    return gr.Error(html.escape(message, quote=False), duration=10, print_exception=False, title="Sorry")
