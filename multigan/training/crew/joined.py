"""What the processes of a run do together in the backend."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["join", "leave", "take_state"]


def join(member: Any, port: int) -> None:
    """Makes the backend of this process one with the others'; `port` is where theirs meet on the leader's host."""
    from multigan.engine import autodiff

    autodiff.join(f"{member.host}:{port}", member.process, member.count)


def leave() -> None:
    """Ends what `join` began."""
    from multigan.engine import autodiff

    autodiff.leave()


def take_state(game: Any) -> None:
    """Assigns the leader's state to every process's game. All of them call it together."""
    import keras

    from multigan.engine import autodiff

    state = game.state()
    with _quiet_streams():
        found = autodiff.agreed([keras.ops.convert_to_numpy(variable.value) for variable in state])
    for variable, value in zip(state, found, strict=True):
        variable.assign(value)


@contextmanager
def _quiet_streams() -> Iterator[None]:
    """Holds back what libraries say of connections on stdout, which is a command's own."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
