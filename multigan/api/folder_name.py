"""What the folder is called that a run keeps samples in, by what was asked for."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from multigan.errors import UsageError

__all__ = ["folder_name"]


def folder_name(step, seed, keys, temperature, prefix, typed) -> str:
    """Returns the name of the run's own folder for what is asked for."""
    parts = [f"step-{step:08d}-seed-{seed}"]
    parts += [] if keys is None else [f"path-{keys}"]
    parts += [] if temperature == 1 else [f"temperature-{temperature:g}"]
    parts += [_short(prefix)] if prefix else []
    for key, texts in typed.items():
        if texts:
            name = key.removeprefix("--")
            files = [Path(text) for text in texts if key != "--label" and Path(text).exists()]
            parts += [name, _content(files) if len(files) == len(texts) else _short("-".join(texts))]
    return "-".join(parts)


def _short(text: str) -> str:
    """A text as a part of a folder's name; of one that is not such a part itself, with a mark that tells it apart."""
    short = "".join(c if c.isalnum() else "-" for c in text)[:30]
    return short if short == text else f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _content(places: Sequence[Path]) -> str:
    """A mark of what files hold; of a folder its names, sizes and times, of a link to nothing those of the link."""
    digest = hashlib.sha256()
    for place in places:
        try:
            if place.is_dir():
                for file in sorted(place.rglob("*")):
                    seen = file.stat() if file.exists() else file.lstat()
                    digest.update(f"{file.relative_to(place)} {seen.st_size} {seen.st_mtime_ns}".encode())
            else:
                digest.update(place.read_bytes())
        except OSError as error:
            raise UsageError(f"{place}: cannot be read ({error.strerror})") from None
    return digest.hexdigest()[:6]
