"""Lines of text from files that may be anything: read in parts of bounded size, judged line by line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from multigan.data.text.tokens import BLANK
from multigan.errors import DataError

__all__ = ["Lines", "tidy"]

# Bytes of one line; what is longer is no sentence, and is never held in memory.
LONGEST = 1 << 20
# Bytes of all lines that are used, which training keeps in memory.
MOST = 1 << 30
# Bytes that tell whether a file is text.
HEAD = 8192

# What other programs take for the end of a line, and tabs: a text is written as one line. U+2581 is sentencepiece's.
_TIDY = {ord(c): " " for c in "\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"} | {ord(BLANK): "_"}
_MARKS = {
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def tidy(line: str) -> str:
    """Returns a line as training sees it: tabs and unusual line breaks as blanks, none of these at its ends."""
    return line.translate(_TIDY).strip()


@dataclass
class Lines:
    """What was found in one place's files.

    Attributes:
        texts: lines as `tidy` returns them, in their order, none of them empty.
        bad: (place, reason) of every line, or whole file, that cannot be used.
        blank: how many lines had nothing in them.
        bytes: of all texts.
    """

    texts: list[str] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)
    blank: int = 0
    bytes: int = 0

    def add(self, line: str) -> None:
        """Takes one line.

        Raises:
            DataError: it is one too many to be held in memory.
        """
        text = tidy(line)
        if not text:
            self.blank += 1
            return
        self.texts.append(text)
        self.bytes += len(line)
        if self.bytes > MOST:
            raise DataError(f"more than {MOST >> 30} GiB of text, which training keeps in memory; give a part of it")

    def read(self, file: BinaryIO, name: str) -> None:
        """Takes the lines of a file, gzipped or not.

        Args:
            file: open for reading, from its beginning, and seekable.
            name: of the file, for `bad`; empty where the place is this one file.

        Raises:
            DataError: as `add`.
        """
        place = f"{name}: " if name else ""
        try:
            if file.read(2) == b"\x1f\x8b":
                file.seek(0)
                file = gzip.GzipFile(fileobj=file)
            file.seek(0)
            reason = _no_text(file.read(HEAD))
            file.seek(0)
            if reason:
                self.bad.append((name or "the file", reason))
                return
            for number, line in enumerate(_bounded(file), start=1):
                self._take(line, number, f"{place}line {number}")
        except (OSError, EOFError, zlib.error) as error:
            self.bad.append((name or "the file", f"cannot be read to its end ({error})"))

    def _take(self, line: bytes | None, number: int, place: str) -> None:
        if line is None:
            self.bad.append((place, f"longer than {LONGEST >> 20} MiB"))
            return
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            self.bad.append((place, f"not UTF-8 (byte {error.object[error.start]:#04x} after {error.start} others)"))
            return
        if "\0" in text:
            self.bad.append((place, "a NUL character in it, as in binary files"))
        else:
            self.add(text)


def _bounded(file: BinaryIO) -> Iterator[bytes | None]:
    """Yields lines without their ends, which are \\n, \\r\\n or \\r; None for one that is too long."""
    while part := file.readline(LONGEST + 1):
        if len(part) <= LONGEST or part.endswith(b"\n"):
            yield from part.rstrip(b"\r\n").split(b"\r")
            continue
        while part and not part.endswith(b"\n"):
            part = file.readline(LONGEST + 1)
        yield None


def _no_text(head: bytes) -> str:
    """Says why a file that begins so is no text; empty when it may be one."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return f"{name}; save it as UTF-8"
    if b"\0" in head:
        return f"a binary file (byte 0 after {head.index(0)} others), not text; give UTF-8 text, one a line"
    return ""
