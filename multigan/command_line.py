"""Commands that people are advised to type, as a POSIX shell takes them."""

import shlex
from pathlib import Path

__all__ = ["command_line"]


def command_line(*words: object) -> str:
    """Returns `multigan WORDS`, quoted, so that it can be pasted into a shell.

    Args:
        words: texts, numbers and paths. A path that begins with a dash or `~` gets `./` before it: a shell's quotes do
            not keep it from being read as an option or a home folder by the program.
    """
    return shlex.join(["multigan", *map(_word, words)])


def _word(word: object) -> str:
    text = str(word)
    return f"./{text}" if isinstance(word, Path) and text.startswith(("-", "~")) else text
