"""One of the other processes, which do what the leader says."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from multigan.errors import UsageError, WorkerLostError
from multigan.training.crew import joined
from multigan.training.crew.line import Line
from multigan.training.crew.member import BEAT, COMING, Member

__all__ = ["Follower"]


class Follower(Member):
    """One of the others; see `Member`.

    Attributes:
        step: the last one that this process has begun, which its signs of life tell.
    """

    def __init__(self, *arguments: Any, **keywords: Any):
        super().__init__(*arguments, **keywords)
        self.step = 0
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def _open(self) -> None:
        begun = time.monotonic()
        while True:
            try:
                connection = socket.create_connection((self.host, self.port), timeout=self.patience)
                break
            except socket.gaierror as error:
                if error.errno != socket.EAI_AGAIN or time.monotonic() - begun > COMING:
                    raise UsageError(
                        f"--coordinator {self.host}:{self.port}: no machine of that name is known here "
                        f"({error.strerror}); give worker 0's name or address as this machine knows it"
                    ) from None
                time.sleep(BEAT)
            except OSError as error:
                if time.monotonic() - begun > COMING:
                    raise WorkerLostError(
                        f"worker 0 does not listen at {self.host}:{self.port} ({error.strerror or error}); start it "
                        "with the same --coordinator"
                    ) from None
                time.sleep(0.1)
        self._line = Line(connection, self.patience)
        self._line.send(process=self.process, workers=self.count, host=socket.gethostname())
        threading.Thread(target=self._listen, daemon=True).start()

    def _close(self) -> None:
        self._line.close()

    def _send(self, **message: Any) -> None:
        self._line.send(**message)

    def _life(self) -> dict[str, Any]:
        return {"step": self.step, "stop": self._interrupts.reason}

    def _listen(self) -> None:
        while True:
            try:
                message = self._line.receive()
            except TimeoutError:
                self._lose(f"worker 0 was not heard of for {self.patience:g} s")
            except (EOFError, ValueError):
                self._lose("worker 0 has gone")
            else:
                if "failed" in message:
                    self._lose(f"worker 0 has ended: {message['failed']}")
                elif "alive" not in message:
                    self._messages.put(message)
                    continue
                else:
                    continue
            return self._messages.put(None)

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yields what the leader says, until the end.

        Raises:
            WorkerLostError: the leader has gone, or another has, which ends it.
        """
        while True:
            message = self._messages.get()
            if message is None:
                self.check()
                return
            yield message
            if "end" in message:
                return

    def join(self) -> None:
        """See `Alone`."""
        joined.join(self, next(self.messages())["port"])

    def agree(self, identity: Mapping[str, Any]) -> None:
        """See `Alone`; the leader compares."""
        self._send(identity=dict(identity))

    def end(self, **told: Any) -> None:
        """See `Alone`; the leader has told it."""
        self._over = True
        joined.leave()
