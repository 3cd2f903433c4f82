"""English sentences of Python's own documentation: the text that every recipe can start on."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["load"]

WORDS = (3, 24)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
# Of prose: no code, no grammar, no table.
_PROSE = re.compile(r"[A-Z\"][A-Za-z0-9 ,;:'\"()_.=/+\[\]-]*[a-z)\]\"]\.")


def load() -> list[str]:
    """Returns about 1,500 sentences of 3 to 24 words from `pydoc_data.topics`, each once, in their order.

    They are those of the Python that runs: other versions have a few others.
    """
    from pydoc_data.topics import topics

    found = (sentence for name in sorted(topics) for sentence in _sentences(topics[name]))
    return list(dict.fromkeys(found))


def _sentences(page: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", page):
        text = re.sub(r"[*`]", "", " ".join(paragraph.split())).removeprefix("- ")
        for sentence in _SENTENCE.split(text):
            if WORDS[0] <= sentence.count(" ") + 1 <= WORDS[1] and _PROSE.fullmatch(sentence):
                yield sentence
