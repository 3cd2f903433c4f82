"""One connection between two processes of a run, and where it is made."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from typing import Any

from multigan.errors import UsageError

__all__ = ["Line", "free_port", "split_address"]


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


class Line:
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
