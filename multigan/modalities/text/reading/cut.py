"""Bytes that come in parts, cut into lines of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["LONGEST", "cut_lines"]

# Bytes of one line; what is longer is no sentence, and is never held in memory.
LONGEST = 1 << 20


def cut_lines(parts: Iterable[bytes]) -> Iterator[bytes | None]:
    """Yields lines without their ends, which are \\n, \\r\\n or \\r; None for one that is too long.

    Args:
        parts: of the content, none of them empty; a line may begin in one and end in a later one.
    """
    held: list[bytes] = []
    size, ended = 0, False
    for part in parts:
        if ended and part.startswith(b"\n"):  # the second half of \r\n
            part = part[1:]
        ended = part.endswith(b"\r")
        first, *others = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        size += len(first)
        if size <= LONGEST:
            held.append(first)
        if not others:
            continue
        yield b"".join(held) if size <= LONGEST else None
        for line in others[:-1]:
            yield line if len(line) <= LONGEST else None
        held, size = [others[-1]], len(others[-1])
    if size:
        yield b"".join(held) if size <= LONGEST else None
