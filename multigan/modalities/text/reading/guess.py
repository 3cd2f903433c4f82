"""What lines that are not UTF-8 are likely written in."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

__all__ = ["guess_encoding"]

# What texts that are not UTF-8 are mostly written in; of those that fit alike the first is named.
_USUAL = ("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp932", "euc_jp", "gb18030", "big5", "cp949")
_SHOWN = 40

# Words that are judged, and the share of them that may look odd.
_WORDS = 2000
_MOST_ODD = 0.1
# In no language that these encodings are for are most letters accented ones.
_MOST_ACCENTS = 0.6
# The share of a word's East Asian characters that may be rare ones.
_MOST_RARE = 0.4
# One Cyrillic encoding read by another has capitals for small letters.
_MOST_CAPITALS = 0.5
# The share of letters that are not Latin, where there are any: fewer are damage in a Latin text.
_FEWEST_OTHERS = 0.2
# Beside letters, texts have these beyond ASCII: Western signs, of which three count as letters, and the number sign.
_SIGNS = bytes([*range(0x80, 0xC0), 0xD7, 0xF7]).decode("cp1252", "ignore")
_MARKS = frozenset(c for c in _SIGNS if not c.isalpha()) - {*"\xa4\xa6\xac"} | {*"\xaa\xb5\xba\u2116"}
# Of them a word has only these within: soft hyphen, middle dot, dashes, apostrophes, dots.
_WITHIN = frozenset("\xad\xb7\u2013\u2014\u2018\u2019\u2026")
# Those of whole words; halfwidth ones are mostly a wrong reading.
_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "HANGUL", "FULLWIDTH")
# The common characters of an East Asian standard come first: their lead bytes. Wrong readings give rare ones.
_COMMON = {
    "cp932": (0x88, 0x97),
    "euc_jp": (0xB0, 0xCF),
    "gb18030": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "cp949": (0xB0, 0xC8),
}


def guess_encoding(sample: bytes) -> tuple[str, str]:
    """Returns the likely encoding of lines that are not UTF-8, and some words that are read by it.

    Both are empty where none of the usual ones gives a text, or the library that tells is not installed.
    """
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "", ""
    found = [match.encoding for match in from_bytes(sample, cp_isolation=list(_USUAL))]
    found = ["cp1252" if one == "cp1250" and _is_western(sample) else one for one in found]
    best = next((one for one in (*found, *_USUAL) if _plausible(sample, one)), "")
    if not best:
        return "", ""
    if best == "cp1252" and not any(0x80 <= byte < 0xA0 for byte in sample):
        best = "latin-1"
    return best.replace("_", "-"), _words(sample, best)


def _is_western(sample: bytes) -> bool:
    """Says whether what reads as Central European has letters in the Western encoding, too, the commoner of them."""
    try:
        pairs = zip(sample.decode("cp1250"), sample.decode("cp1252"), strict=True)
    except UnicodeDecodeError:
        return False
    return all(western.isalpha() for central, western in pairs if central.isalpha())


def _plausible(sample: bytes, encoding: str) -> bool:
    """Says whether a text of a language may be what is read by an encoding."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    words = [word for word in text.split() if not word.isascii()][:_WORDS]
    letters = [letter for letter in text if _is_letter(letter)]
    foreign = [letter for letter in letters if not letter.isascii()]
    accents = [letter for letter in foreign if _script(letter) == "LATIN"]
    others = len(foreign) - len(accents)
    capitals = sum(letter.isupper() for letter in foreign) - sum(letter.isupper() for letter in accents)
    return (
        sum(_is_odd(word, encoding) for word in words) <= _MOST_ODD * len(words)
        and len(accents) <= _MOST_ACCENTS * len(letters)
        and capitals <= _MOST_CAPITALS * others
        and (not others or others >= _FEWEST_OTHERS * len(letters))
    )


def _is_odd(word: str, encoding: str) -> bool:
    """Says whether no language writes a word so, as a wrong reading does: symbols or capitals within, mixed scripts."""
    beyond = [c for c in word if not c.isascii()]
    if any(not c.isprintable() and c not in _MARKS for c in beyond):
        return True
    if encoding in _COMMON and any(c.isalpha() for c in beyond):
        return _is_rare(beyond, encoding)
    if any(not c.isalpha() and c not in _MARKS for c in beyond):
        return True
    scripts = {_script(letter) for letter in word if _is_letter(letter)}
    if len(scripts) > 1 or scripts - {"LATIN", "CYRILLIC", "GREEK"}:
        return True
    if word.startswith("ÿ") or "â€" in word:  # the byte 255, and a mark of UTF-8 that is cut
        return True
    if any(a.islower() and b.isupper() and not (a + b).isascii() for a, b in pairwise(word)):
        return True
    inner = zip(word, word[1:], word[2:], strict=False)
    return any(a.isalpha() and b.isalpha() and c in _MARKS and c not in _WITHIN for a, c, b in inner)


def _is_rare(beyond: list[str], encoding: str) -> bool:
    """Says whether many of a word's characters beyond ASCII are such as East Asian texts hardly have."""
    low, high = _COMMON[encoding]

    def rare(c: str) -> bool:
        script = _script(c)
        if script not in _ASIAN:
            return not re.match("[\u2010-\u2027\u3000-\u303f]", c)
        if encoding == "cp949":
            return script != "HANGUL" or not low <= c.encode(encoding)[0] <= high
        return script == "HANGUL" or (script == "CJK" and not low <= c.encode(encoding)[0] <= high)

    return sum(map(rare, beyond)) > _MOST_RARE * len(beyond)


def _is_letter(c: str) -> bool:
    return c.isalpha() and c not in _MARKS


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def _words(sample: bytes, encoding: str) -> str:
    """Returns the first word with a letter beyond ASCII and what is around it."""
    text = sample.decode(encoding, "replace")
    place = next((place for place, character in enumerate(text) if not character.isascii()), 0)
    start = max(text.rfind("\n", 0, place) + 1, place - _SHOWN // 2)
    return text[start : start + _SHOWN].split("\n")[0].strip()
