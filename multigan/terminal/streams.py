"""Standard streams that may be closed or full: a reader who leaves, or a full disk behind `2>`, ends no command."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["Guarded", "guarded_streams"]

# What a pipe without a reader and a terminal that was closed give.
GONE = (errno.EPIPE, errno.EIO, errno.EBADF)


class Guarded:
    """A text stream that falls silent where nobody can read it any more.

    Args:
        stream: `sys.stdout`, `sys.stderr` or a copy of one.
        talk: what it carries is not what the command was asked for, so that no error of it matters.
    """

    def __init__(self, stream: Any, talk: bool):
        self._stream, self._talk, self._refused = stream, talk, None

    def write(self, text: str) -> int:
        """As the stream's own; what cannot be written any more is dropped."""
        self._attempt(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """As the stream's own."""
        self._attempt(self._stream.flush)

    def _attempt(self, action) -> None:
        try:
            action()
        except OSError as error:
            _silence(self._stream)
            if not self._talk and error.errno not in GONE:
                self._refused = OSError(error.errno, error.strerror, "stdout")
        if self._refused:  # again and again: click tries a stream out, and takes no notice
            raise self._refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def guarded_streams() -> Iterator[None]:
    """Guards `sys.stdout` and `sys.stderr`; gives closed ones somewhere to write to.

    What stdout was asked for and cannot take (a full disk) is an `OSError` that names the stream.
    """
    before = sys.stdout, sys.stderr
    for number, stream in enumerate((sys.stdin, *before)):
        if stream is None:  # closed by the shell: the next file that is opened must not become the standard stream
            _open_nowhere(number)
    sys.stdout = Guarded(before[0] or open(os.devnull, "w"), talk=False)  # noqa: SIM115
    sys.stderr = Guarded(before[1] or open(os.devnull, "w"), talk=True)  # noqa: SIM115
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def _silence(stream: Any) -> None:
    """Sends what a stream still holds, and all that follows, nowhere, so that Python's own last flush cannot fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _open_nowhere(number: int) -> None:
    with contextlib.suppress(OSError):
        os.fstat(number)
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)
