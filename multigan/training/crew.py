"""Processes that train one run together: what they say to one another beside the arrays, and who of them has gone.

The first is the leader. It listens; the followers come to it, wait for its permission before each step, and do what it
says: so all of them stop, go back and end at the same step. Messages are lines of JSON. Both sides send one at least
every second, so that silence tells of a process that hangs or a machine that is lost; one that dies closes its
connection. Whatever happens to one of them ends all within a bounded time.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from multigan.errors import MultiganError, RunFailedError, UsageError, WorkerLostError
from multigan.training.interrupts import Interrupts

__all__ = ["Alone", "Follower", "Leader", "free_port", "last_words", "split_address"]

COMING = 300.0  # seconds that the others have to come to the leader, and it to listen
GRACE = 5.0  # seconds that a process has to end by itself after another was lost
SOON = 3.0  # seconds in which it becomes known that an error came of another process
BEAT = 1.0  # seconds between signs of life, at most
# A step may take so many times as long as a silence.
STEP = 10


def last_words() -> Callable[[str], None]:
    """Returns what tells the user why this process ends, even while what libraries write on stderr is held back."""
    stderr = os.dup(2)
    return lambda message: os.write(stderr, f"multigan: error: {message}\n".encode()) and None


def free_port(host: str) -> int:
    """Returns a port of this machine that nobody listens at."""
    with socket.create_server((host if host.startswith("127.") else "", 0)) as server:
        return server.getsockname()[1]


def split_address(address: str) -> tuple[str, int]:
    """Returns host and port of `HOST:PORT`.

    Raises:
        UsageError: it is something else.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"--coordinator {address}: not HOST:PORT; give the first process's host and a free port of it")
    return "127.0.0.1" if host == "localhost" else host, int(port)


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


class _Line:
    """One connection, to send and receive messages."""

    def __init__(self, connection: socket.socket, patience: float):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(patience)
        self._connection, self._lock = connection, threading.Lock()
        self._file = connection.makefile("rb")

    def send(self, **message: Any) -> None:
        """Sends a message; one that nobody receives any more is no error here."""
        with self._lock, suppress(OSError, ValueError):
            self._connection.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        """Returns the next message.

        Raises:
            EOFError: the other side has ended.
            TimeoutError: it is silent.
        """
        try:
            line = self._file.readline()
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise EOFError from error
        if not line.endswith(b"\n"):
            raise EOFError
        return json.loads(line)

    def close(self) -> None:
        """Ends it for both sides."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._file.close()
        self._connection.close()


class _Member(Alone):
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

    def _open(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError

    def _send(self, **message: Any) -> None:
        raise NotImplementedError

    def _life(self) -> dict[str, Any]:
        """What a sign of life tells."""
        return {"alive": True}

    def _watch(self) -> None:
        """Looks for what no message tells."""


class _Peer:
    """A follower, as the leader knows it."""

    def __init__(self, line: _Line, process: int, host: str):
        self.line, self.process, self.host, self.step, self.identity = line, process, host, 0, None

    def __str__(self) -> str:
        return f"worker {self.process} on {self.host}"


class Leader(_Member):
    """The first of the processes; see `_Member`."""

    def __init__(self, *arguments: Any, **keywords: Any):
        super().__init__(*arguments, **keywords)
        self._peers: dict[int, _Peer] = {}
        self._step, self._since = 0, None

    def _open(self) -> None:
        try:
            self._server = socket.create_server((self.host if self.host.startswith("127.") else "", self.port))
        except OSError as error:
            raise UsageError(
                f"--coordinator {self.host}:{self.port}: cannot be listened at ({error.strerror}); choose another port"
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
        line = _Line(connection, self.patience)
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
        _join(self, port)

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
        take_state(game)

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
        _leave()


class Follower(_Member):
    """One of the others; see `_Member`.

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
            except OSError as error:
                if time.monotonic() - begun > COMING:
                    raise WorkerLostError(
                        f"worker 0 does not listen at {self.host}:{self.port} ({error.strerror or error}); start it "
                        "with the same --coordinator"
                    ) from None
                time.sleep(0.1)
        self._line = _Line(connection, self.patience)
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
        _join(self, next(self.messages())["port"])

    def agree(self, identity: Mapping[str, Any]) -> None:
        """See `Alone`; the leader compares."""
        self._send(identity=dict(identity))

    def end(self, **told: Any) -> None:
        """See `Alone`; the leader has told it."""
        self._over = True
        _leave()


def take_state(game: Any) -> None:
    """Assigns the leader's state to every process's game. All of them call it together."""
    import keras

    from multigan.engine import autodiff

    state = game.state()
    with quiet_streams():
        found = autodiff.agreed([keras.ops.convert_to_numpy(variable.value) for variable in state])
    for variable, value in zip(state, found, strict=True):
        variable.assign(value)


@contextmanager
def quiet_streams() -> Iterator[None]:
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


def _join(member: _Member, port: int) -> None:
    from multigan.engine import autodiff

    autodiff.join(f"{member.host}:{port}", member.process, member.count)


def _leave() -> None:
    from multigan.engine import autodiff

    autodiff.leave()


def _told(error: BaseException) -> str:
    told = " ".join(str(error).split())
    return told if isinstance(error, MultiganError) else f"{type(error).__name__}: {told}"
