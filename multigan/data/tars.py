"""Where the members of a tar archive lie in it, so that they are read one by one and nothing is unpacked."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

__all__ = ["Damage", "Member", "is_tar", "members_of"]

_BLOCK = 512
# Members of a name or of facts that stand before the one that they belong to, and are held in memory.
_LARGEST_HEADER = 1 << 20
# What stands in the place of a header's sum while it is made, and Adler-32's modulus.
_BLANKS, _PRIME = b" " * 8, 65_521


class Member(NamedTuple):
    """A file in an archive.

    Args:
        name: in the archive, as bytes.
        offset, size: of its content, in bytes.
    """

    name: bytes
    offset: int
    size: int


class Damage(NamedTuple):
    """Where an archive cannot be read further.

    Args:
        place: the byte.
        why: in words that follow the archive's name.
    """

    place: int
    why: str


def is_tar(path: str | os.PathLike) -> bool:
    """Says whether a file begins as a tar archive does; a file that cannot be opened does not."""
    try:
        with open(path, "rb") as file:
            return _checked(file.read(_BLOCK))
    except OSError:
        return False


def members_of(file: BinaryIO, size: int) -> Iterator[Member | Damage]:
    """Yields the files of an archive in their order, and at its end perhaps what is wrong with it.

    Links, folders and what else is no file are left out. The position of `file` may be changed in between.

    Args:
        file: open, and buffered: headers are read one by one.
        size: of the archive.
    """
    place, name, long_size = 0, None, None
    while True:
        file.seek(place)
        header = file.read(_BLOCK)
        if len(header) < _BLOCK:
            if header:
                yield Damage(place, f"cut off at byte {size:,}, in the middle of a header")
            elif place:
                yield Damage(place, f"ends at byte {size:,} without the mark of an end: perhaps it is cut off")
            return
        if header[0] == 0 and not any(header):
            return  # the mark of an end
        if not _checked(header):
            yield Damage(place, f"damaged at byte {place:,}: what follows is not read")
            return
        length = _number(header[124:136])
        if long_size is not None:
            length, long_size = long_size, None
        begin, kind = place + _BLOCK, header[156:157]
        if length > size:
            yield Damage(place, f"cut off or damaged at byte {place:,}: a member of {length:,} bytes")
            return
        place = begin + -(-length // _BLOCK) * _BLOCK
        if kind in (b"L", b"x", b"g", b"K"):
            if length > _LARGEST_HEADER:
                yield Damage(begin, f"damaged at byte {begin:,}: a header of {length:,} bytes")
                return
            content = file.read(length)
            if kind == b"L":
                name = content.rstrip(b"\0")
            elif kind == b"x":
                facts = dict(_facts(content))
                name = facts.get(b"path", name)
                long_size = int(facts[b"size"]) if facts.get(b"size", b"").isdigit() else None
            continue
        own, name = name or _name(header), None
        if kind in (b"0", b"\0", b"7") and not own.endswith(b"/"):
            yield Member(own, begin, length)


def _checked(header: bytes) -> bool:
    """Whether a header's sum is the one that it holds."""
    if len(header) < _BLOCK:
        return False
    told = header[148:156].split(b"\0")[0].strip()
    # The lower half of Adler-32 is 1 and the sum of all bytes, modulo a prime, in a twentieth of the time of `sum`.
    total = zlib.adler32(_BLANKS, zlib.adler32(header[156:], zlib.adler32(header[:148]))) & 0xFFFF
    try:
        return (int(told, 8) + 1) % _PRIME == total
    except ValueError:
        return False


def _number(field: bytes) -> int:
    """A number, as digits of base 8, or of base 256 where the first bit is set."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0")[0].strip()
    return int(digits, 8) if digits and digits.isdigit() else 0


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _facts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The facts of a pax header: `LENGTH KEY=VALUE` and a line's end, each."""
    while content:
        length, _, _ = content.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(content):
            return
        line, content = content[: int(length)], content[int(length) :]
        key, _, value = line[len(length) + 1 : -1].partition(b"=")
        yield key, value
