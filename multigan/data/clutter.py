"""Files and folders that systems keep among a user's own: thumbnails, deleted files, snapshots, settings."""

from __future__ import annotations

import os
import re

__all__ = ["clutter_part", "sure_suffixes"]

# Exact names in lower case. Every name that begins with a dot is left out anyway. No name that a class could have
# belongs here: there are data sets of waste with the classes "trash", "recycled" and "recycle bin".
_NAMES = frozenset(
    {
        # Windows
        "$recycle.bin",
        "recycler",
        "system volume information",
        "$extend",
        "$windows.~bt",
        "$windows.~ws",
        "thumbs.db",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "desktop.ini",
        # macOS, and what it leaves in zip files and on servers
        "__macosx",
        "icon\r",
        "network trash folder",
        "temporary items",
        "thevolumesettingsfolder",
        "thefindbycontentfolder",
        # Linux and Android
        "lost+found",
        "lost.dir",
        # network storage: Synology, QNAP, Asustor, TerraMaster, Buffalo, NetApp
        "@eadir",
        "#recycle",
        "#snapshot",
        "@recycle",
        "@recently-snapshot",
        "@snapshot",
        "@sharesnap",
        "@sharebin",
        "@tmp",
        "@__thumb",
        "@synoresource",
        "trashbox",
        "~snapshot",
        # programs that keep folders in step, and Python
        "_gsdata_",
        "picasa.ini",
        "zbthumbnail.info",
        "__pycache__",
    }
)
# Windows numbers the folders of what it found on a damaged disk, and names its thumbnails by their size.
_NUMBERED = re.compile(r"found\.\d{3}|(?:thumb|icon)cache_\w+\.db", re.ASCII)


def clutter_part(name: str) -> str:
    """Returns the part of a relative name that is hidden or a system's own, or "" when the whole name is a user's.

    Of a file that macOS puts beside another, such as `._1.png`, it is `._*`.
    """
    for part in name.split("/"):
        if part.startswith("."):
            return "._*" if part.startswith("._") else part
        if part.casefold() in _NAMES or _NUMBERED.fullmatch(part.casefold()):
            return part
    return ""


def sure_suffixes(suffixes: frozenset[str]) -> frozenset[str]:
    """Returns those suffixes that no file of a system's own has, unless its name begins with a dot."""
    theirs = {os.path.splitext(name)[1] for name in _NAMES} | {".db"}
    return frozenset(suffix for suffix in suffixes if suffix not in theirs and not suffix[1:].isdigit())
