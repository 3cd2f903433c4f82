"""Runs an installer, and tells in a sentence why it failed."""

import re
import subprocess
from collections.abc import Callable, Sequence

from multigan.errors import MultiganError
from multigan.installing.names import near

__all__ = ["InstallerError", "failure", "run_installer"]

Runner = Callable[[Sequence[str], Callable[[str], None]], tuple[int, str]]

# What the output of pip or uv holds, and what it means; the first that fits. {names} are the packages, {near} a guess.
_SYSTEM = "this Python belongs to the system, whose packages its own tools keep; make an environment of your own"
_OFFLINE = "the package index cannot be reached; go online, or give a folder of wheels: --find-links FOLDER --no-index"
_CONFLICT = "they do not go with what is installed, as the lines above say; --upgrade may find versions that do"
_MEANINGS = (
    (("externally[- ]managed",), f"{_SYSTEM}: python3 -m venv ~/multigan"),
    (
        (
            "NewConnectionError",
            "Failed to establish a new connection",
            "Temporary failure in name resolution",
            "Name or service not known",
            "nodename nor servname",
            "Network is unreachable",
            "Network connectivity is disabled",
            "error sending request",
            "dns error",
            "[Ff]ailed to fetch",
            "Could not connect",
            "ProxyError",
            "ConnectTimeout",
        ),
        _OFFLINE,
    ),
    (
        ("Permission denied", "Errno 13", "Access is denied"),
        "nothing can be written there; use an environment of your own",
    ),
    (("No space left on device", "Errno 28"), "the disk is full"),
    (
        (
            "No matching distribution found",
            "Could not find a version",
            "was not found in the (package registry|provided package locations)",
            "there (is|are) no versions? of",
        ),
        "no package is called so, or none of that version{near}",
    ),
    (("ResolutionImpossible", "conflicting dependencies", "we can conclude that", "Requires-Python"), _CONFLICT),
)


class InstallerError(MultiganError):
    """An installer failed, or could not be started."""

    exit_code = 1


def run_installer(command: Sequence[str], show: Callable[[str], None]) -> tuple[int, str]:
    """Runs a command; passes on each line that it says, and returns its exit code and all that it said.

    Raises:
        InstallerError: it cannot be started.
    """
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            said = []
            for line in process.stdout:
                said.append(line)
                show(line.rstrip())
    except OSError as error:
        raise InstallerError(f"{command[0]}: cannot be run ({error.strerror})") from None
    return process.returncode, "".join(said)


def failure(said: str, packages: Sequence[str], code: int) -> str:
    """Returns why an installer failed, in a sentence."""
    names = ", ".join(packages)
    said = " ".join(said.split())  # uv breaks its lines
    for patterns, meaning in _MEANINGS:
        if any(re.search(pattern, said) for pattern in patterns):
            guess = next(
                filter(None, map(near, packages)), "; one that is not called multigan-NAME, pip or uv installs"
            )
            return f"{names}: {meaning.format(near=guess)}"
    return f"{names}: the installer ended with {code}; its lines above say why"
