"""What lines that are not UTF-8 are likely written in."""

from __future__ import annotations

__all__ = ["guess_encoding"]

# What texts that are not UTF-8 are mostly written in; of those that fit alike the first is named.
_USUAL = ("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp932", "euc_jp", "gb18030", "big5", "cp949")
_SHOWN = 40


def guess_encoding(sample: bytes) -> tuple[str, str]:
    """Returns the likely encoding of lines that are not UTF-8, and some words that are read by it.

    Both are empty where none of the usual ones fits, or the library that tells is not installed.
    """
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "", ""
    found = [match.encoding for match in from_bytes(sample, cp_isolation=list(_USUAL))]
    best = found[0] if found else _western(sample)
    if best == "cp1250" and _is_western(sample):
        best = "cp1252"
    if not best:
        return "", ""
    if best == "cp1252" and not any(0x80 <= byte < 0xA0 for byte in sample):
        best = "latin-1"
    return best.replace("_", "-"), _words(sample, best)


def _western(sample: bytes) -> str:
    try:
        return "cp1252" if all(c.isprintable() or c.isspace() for c in sample.decode("cp1252")) else ""
    except UnicodeDecodeError:
        return ""


def _is_western(sample: bytes) -> bool:
    """Says whether what reads as Central European has letters in the Western encoding, too, the commoner of them."""
    try:
        pairs = zip(sample.decode("cp1250"), sample.decode("cp1252"), strict=True)
    except UnicodeDecodeError:
        return False
    return all(western.isalpha() for central, western in pairs if central.isalpha())


def _words(sample: bytes, encoding: str) -> str:
    """Returns the first word with a letter beyond ASCII and what is around it."""
    text = sample.decode(encoding, "replace")
    place = next((place for place, character in enumerate(text) if not character.isascii()), 0)
    start = max(text.rfind("\n", 0, place) + 1, place - _SHOWN // 2)
    return text[start : start + _SHOWN].split("\n")[0].strip()
