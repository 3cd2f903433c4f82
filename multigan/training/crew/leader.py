"""The first of the processes, which the others follow."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from multigan.errors import UsageError, WorkerLostError
from multigan.training.crew import joined
from multigan.training.crew.line import Line, free_port
from multigan.training.crew.member import COMING, Member

__all__ = ["Leader"]

# A step may take so many times as long as a silence.
STEP = 10


class _Peer:
    """A follower, as the leader knows it."""

    def __init__(self, line: Line, process: int, host: str):
        self.line, self.process, self.host, self.step, self.identity = line, process, host, 0, None

    def __str__(self) -> str:
        return f"worker {self.process} on {self.host}"


class Leader(Member):
    """The first of the processes; see `Member`."""

    def __init__(self, *arguments: Any, **keywords: Any):
        super().__init__(*arguments, **keywords)
        self._peers: dict[int, _Peer] = {}
        self._step, self._since = 0, None

    def _open(self) -> None:
        try:
            self._server = socket.create_server((self.host if self.host.startswith("127.") else "", self.port))
        except OSError as error:
            raise UsageError(
                f"--coordinator {self.host}:{self.port}: cannot be listened at ({error.strerror}); choose another port,"
                " or end what has it: perhaps another worker 0"
            ) from None
        threading.Thread(target=self._accept, daemon=True).start()

    def _close(self) -> None:
        self._server.close()
        for peer in list(self._peers.values()):
            peer.line.close()

    def _send(self, **message: Any) -> None:
        for peer in list(self._peers.values()):
            peer.line.send(**message)

    def _accept(self) -> None:
        """Lets the others in; whoever is none of them is sent away."""
        while not self._over:  # one too many is told so, too
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._welcome, args=(connection,), daemon=True).start()

    def _welcome(self, connection: socket.socket) -> None:
        line = Line(connection, self.patience)
        try:
            hello = line.receive()
            process, count, host = int(hello["process"]), int(hello["workers"]), str(hello["host"])
        except (EOFError, TimeoutError, KeyError, TypeError, ValueError):
            line.close()
            return
        with self._changed:
            refused = ""
            if count != self.count:
                refused = f"it was started with --workers {count}, and worker 0 with --workers {self.count}"
            elif not 0 < process < self.count or process in self._peers:
                refused = f"there is a worker {process} already; give each its own --process"
            if not refused:
                peer = self._peers[process] = _Peer(line, process, host)
                self._changed.notify_all()
        if refused:
            line.send(failed=refused)
            line.close()
        else:
            self._listen(peer)

    def _listen(self, peer: _Peer) -> None:
        """Takes what a follower says, until it has gone."""
        while True:
            try:
                message = peer.line.receive()
            except TimeoutError:
                return self._lose(f"{peer} was not heard of for {self.patience:g} s")
            except (EOFError, ValueError):
                return self._lose(f"{peer} has gone")
            if "failed" in message:
                return self._lose(f"{peer} failed: {message['failed']}")
            peer.step = message.get("step", peer.step)
            if message.get("stop"):
                self._interrupts.ask(f"{message['stop']} to {peer}")
            with self._changed:
                peer.identity = message.get("identity", peer.identity)
                self._changed.notify_all()

    def _watch(self) -> None:
        since, step = self._since, self._step
        if since is not None and time.monotonic() - since > STEP * self.patience:
            behind = [str(peer) for peer in self._peers.values() if peer.step < step] or ["all are in it"]
            self._lose(f"step {step} took longer than {STEP * self.patience:g} s; not yet there: {', '.join(behind)}")

    def join(self) -> None:
        """See `Alone`.

        Raises:
            WorkerLostError: somebody did not come.
        """
        if not self._wait(lambda: len(self._peers) == self.count - 1, COMING):
            missing = sorted({*range(1, self.count)} - {*self._peers})
            raise WorkerLostError(
                f"worker {', '.join(map(str, missing))} did not come to {self.host}:{self.port} within {COMING:g} s"
            )
        port = free_port(self.host)
        self._send(port=port)
        joined.join(self, port)

    def agree(self, identity: Mapping[str, Any]) -> None:
        """See `Alone`.

        Raises:
            UsageError: a follower trains something else; names what.
        """
        # However long they read their data: one that does not read any more is lost.
        self._wait(lambda: all(peer.identity is not None for peer in self._peers.values()), threading.TIMEOUT_MAX)
        for peer in self._peers.values():
            for key, value in identity.items():
                if peer.identity.get(key) != value:
                    raise UsageError(
                        f"{peer} has {key} {peer.identity.get(key)}, and worker 0 has {value}: give all of them the "
                        "same values and the same data"
                    )

    def spread(self, game: Any, **told: Any) -> None:
        """See `Alone`."""
        self.check()
        self._send(state=told)
        joined.take_state(game)

    def permit(self, step: int) -> None:
        """See `Alone`.

        Raises:
            WorkerLostError: somebody was lost.
        """
        self.check()
        self._step, self._since = step, time.monotonic()
        self._send(step=step)

    def paused(self) -> None:
        """See `Alone`."""
        self._since = None

    def end(self, **told: Any) -> None:
        """See `Alone`."""
        self.check()
        self._over = True
        self._send(end=told)
        joined.leave()
