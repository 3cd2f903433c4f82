"""What leader and followers have in common, and the one process that has no others."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from multigan.errors import MultiganError, RunFailedError, WorkerLostError
from multigan.training.crew.line import split_address
from multigan.training.interrupts import Interrupts

__all__ = ["BEAT", "COMING", "GRACE", "Alone", "Member", "last_words"]

COMING = 300.0  # seconds that the others have to come to the leader, and it to listen
GRACE = 5.0  # seconds that a process has to end by itself after another was lost
SOON = 3.0  # seconds in which it becomes known that an error came of another process
BEAT = 1.0  # seconds between signs of life, at most


def last_words() -> Callable[[str], None]:
    """Returns what tells the user why this process ends, even while what libraries write on stderr is held back."""
    stderr = os.dup(2)
    return lambda message: os.write(stderr, f"multigan: error: {message}\n".encode()) and None


class Alone:
    """The one process of a run, which has nobody to tell anything."""

    process, count = 0, 1

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    @property
    def share(self) -> tuple[int, int]:
        """Which of how many parts of each batch are this process's."""
        return self.process, self.count

    def join(self) -> None:
        """Makes the backend one with the others'."""

    def agree(self, identity: Mapping[str, Any]) -> None:
        """Sees to it that all train the same run. Args: `identity`, see `multigan.training.exactness`."""

    def spread(self, game: Any, **told: Any) -> None:
        """Gives all of them the leader's weights and other state, and what it tells beside."""

    def permit(self, step: int) -> None:
        """Lets all of them begin a step."""

    def paused(self) -> None:
        """The steps that were permitted are done; until the next one nobody waits for anybody."""

    def end(self, **told: Any) -> None:
        """Ends in good order."""

    def explained(self, error: BaseException) -> BaseException:
        """The error that is to be told in place of one that came of another process's end."""
        return error


class Member(Alone, ABC):
    """What leader and followers have in common.

    Args:
        address: the leader's, `HOST:PORT`.
        process, count: which of how many this is.
        patience: seconds of silence after which another is given up.
        interrupts: of this process.
        words: is told why this process ends, where it can no longer tell by an error; None: stderr is.

    Attributes:
        lost: who has gone, in words; "" while all are there.
        farewell: makes of `lost` what is to be told, and writes down what is left to be written.
    """

    def __init__(
        self,
        address: str,
        process: int,
        count: int,
        patience: float,
        interrupts: Interrupts,
        words: Callable[[str], None] | None = None,
    ):
        self.host, self.port = split_address(address)
        self.process, self.count, self.patience = process, count, patience
        self.lost = ""
        self.farewell: Callable[[str], str] = str
        self._interrupts, self._words = interrupts, words or last_words()
        self._changed = threading.Condition()
        self._over = False

    def __enter__(self):
        self._open()
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, kind, error, traceback):
        told = error and self.explained(error)
        self._over = True
        if error is not None:
            self._send(failed=_told(told))
        self._close()
        if told is not error:
            raise told from error

    def check(self) -> None:
        """Raises `WorkerLostError` where somebody was lost."""
        if self.lost:
            raise WorkerLostError(self.lost)

    def explained(self, error: BaseException) -> BaseException:
        """See `Alone`: what a collective operation says of a broken connection is no word for a user."""
        if isinstance(error, MultiganError) or not isinstance(error, Exception):
            return error
        with self._changed:
            self._changed.wait_for(lambda: self.lost, SOON)
        return WorkerLostError(self.lost) if self.lost else error

    def _lose(self, what: str) -> None:
        """Notes who has gone, and ends this process where it does not end by itself."""
        with self._changed:
            if self.lost or self._over:
                return
            self.lost = what
            self._changed.notify_all()
        threading.Thread(target=self._give_up, daemon=True).start()

    def _give_up(self) -> None:
        time.sleep(GRACE)
        # In an operation that waits for somebody who has gone nothing raises an error.
        if not self._over:
            self._words(self.farewell(self.lost))
            os._exit(RunFailedError.exit_code)

    def _wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Waits until something is so, or somebody is lost; returns whether it is."""
        with self._changed:
            self._changed.wait_for(lambda: self.lost or ready(), seconds)
        self.check()
        return ready()

    def _beat(self) -> None:
        while not self._over:
            self._send(**self._life())
            self._watch()
            time.sleep(min(BEAT, self.patience / 4))

    @abstractmethod
    def _open(self) -> None:
        """Finds the others, or lets them find this one."""

    @abstractmethod
    def _close(self) -> None:
        """Ends all connections."""

    @abstractmethod
    def _send(self, **message: Any) -> None:
        """Sends a message to whoever this one talks to."""

    def _life(self) -> dict[str, Any]:
        """What a sign of life tells."""
        return {"alive": True}

    def _watch(self) -> None:
        """Looks for what no message tells."""


def _told(error: BaseException) -> str:
    told = " ".join(str(error).split())
    return told if isinstance(error, MultiganError) else f"{type(error).__name__}: {told}"
