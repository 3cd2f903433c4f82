"""From a file's bytes to bytes that are cut into lines: the option `encoding`, byte order marks, and binary files."""

from __future__ import annotations

import codecs
import encodings.aliases
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from multigan.data.signatures import looks_like
from multigan.errors import UsageError
from multigan.recipe import suggest

__all__ = ["HEAD", "Reading", "check_encoding", "decoded", "reading_of"]

# Bytes that tell whether a file is text, and how it is written.
HEAD = 8192
# Which of Python's names are called otherwise here.
_CALLED = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8", "iso8859-1": "latin-1"}
# Bytes that are read at a time.
CHUNK = 1 << 16
# UTF-32's little-endian mark begins with UTF-16's, so it comes first.
_MARKS = {
    codecs.BOM_UTF32_LE: ("utf-32-le", "UTF-32"),
    codecs.BOM_UTF32_BE: ("utf-32-be", "UTF-32"),
    codecs.BOM_UTF16_LE: ("utf-16-le", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16-be", "UTF-16"),
    codecs.BOM_UTF8: ("utf-8", ""),
}
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# Codecs of Python's that are for something else than files of text.
_NO_FILES = {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}
# What a binary file is full of, and no text has: control characters but NUL and those that move the cursor.
_CONTROLS = frozenset({*range(0x01, 0x20), 0x7F} - {*b"\b\t\n\x0b\x0c\r\x0e\x0f\x1a\x1b\x1c\x1d\x1e\x1f"})
_MOST_CONTROLS = 0.02
# A text may have one or two of them as separators.
_FEWEST_CONTROLS = 4
# Signatures of files that are written in letters, which need no binary byte beside them.
_LETTERS = ("a PDF", "an RTF", "a pointer")


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Args:
        encoding: Python's name of it.
        mark: what its byte order mark says, e.g. `"UTF-16"`; empty without one, and for UTF-8's.
        reason: why it is no text that can be read; empty when it may be one.
    """

    encoding: str
    mark: str = ""
    reason: str = ""


def check_encoding(name: str) -> str:
    """Returns Python's name of an encoding; of UTF-16 and UTF-32 without an order the one of Windows.

    Raises:
        UsageError: there is none of this name, or none for texts.
    """
    if not _encodes(name):
        aliases = {alias for pair in encodings.aliases.aliases.items() for alias in pair}
        known = {alias.replace("_", "-") for alias in aliases if _encodes(alias)}
        raise UsageError(
            f"option encoding={name}: no encoding of this name is known"
            f"{suggest(name.lower().replace('_', '-'), sorted(known))} (such as utf-8, utf-16, latin-1, cp1252, "
            "shift-jis, gb18030)"
        )
    plain = codecs.lookup(name).name.replace("_", "-")
    if plain in _NO_FILES:
        raise UsageError(f"option encoding={name}: no file of texts is written in it; give one such as cp1252")
    return _CALLED.get(plain, plain)


def _encodes(name: str) -> bool:
    """Says whether there is an encoding of this name; Python has codecs of other things, too."""
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def reading_of(head: bytes, encoding: str) -> Reading:
    """Says how a file that begins so is read: as its byte order mark says, or else as the option does.

    Args:
        head: its first `HEAD` bytes.
        encoding: as `check_encoding` returns it.
    """
    for mark, (found, name) in _MARKS.items():
        if head.startswith(mark):
            return Reading(found, name)
    kind = looks_like(head)
    rest = head.replace(b"\0", b"")
    controls = len(rest) - len(rest.translate(None, bytes(_CONTROLS)))
    if kind and (controls or len(rest) < len(head) or kind.startswith(_LETTERS)):
        return Reading(encoding, reason=f"{kind}, no text")
    if encoding in _WIDE:
        lacks = head and b"\0" not in head
        return Reading(encoding, reason=f"not {encoding} (no byte is 0); leave out -o encoding" if lacks else "")
    if wide := _wide(head):
        return Reading(encoding, reason=f"{wide.upper()} without a byte order mark; give -o encoding={wide}")
    if head and not rest:
        return Reading(encoding, reason="a binary file (nothing but bytes of 0), no text")
    if _cuts(encoding) and controls > _MOST_CONTROLS * len(rest) and len(_CONTROLS & set(rest)) >= _FEWEST_CONTROLS:
        told = f"{controls:,} of its first {len(head):,} bytes are control characters"
        return Reading(encoding, reason=f"a binary file ({told}), no text")
    return Reading(encoding)


def _wide(head: bytes) -> str:
    """Returns which UTF-16 or UTF-32 a file without a mark is in, or nothing; its line ends and blanks tell."""
    for encoding in _WIDE if head.count(0) > len(head) / 10 else ():
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        good = sum(character.isprintable() or character in "\r\n\t" for character in text)
        plain = sum(character.isascii() for character in text)
        if good > 0.98 * len(text) and plain > len(text) / 10:
            return encoding
    return ""


def _cuts(encoding: str) -> bool:
    """Says whether line ends, and control characters, are bytes of their own."""
    return "\r\n".encode(encoding) == b"\r\n"


def decoded(file: BinaryIO, reading: Reading) -> tuple[Iterator[bytes], str]:
    """Returns a file's content in parts, and their encoding, in which line ends are bytes of their own.

    Where a file's encoding is no such, its content is recoded; what is not valid in it becomes U+FFFD.
    """
    parts = iter(lambda: file.read1(CHUNK), b"")
    if _cuts(reading.encoding):
        return parts, reading.encoding
    return _recoded(parts, reading.encoding), "utf-8"


def _recoded(parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for part in parts:
        yield decoder.decode(part).encode()
    yield decoder.decode(b"", True).encode()
