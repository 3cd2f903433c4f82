"""What samples are called on the disk, and where they may not be written, so that no other file is lost."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from multigan.errors import UsageError

__all__ = ["refuse_data", "refuse_inputs", "refuse_replacing", "refuse_run", "refuse_unwritable", "sample_names"]


# What stands beside samples.
TAKEN = ("preview", "sequence")


def sample_names(
    count: int,
    format: str,  # noqa: A002
    labels: Sequence[int] | None = None,
    classes: Sequence[str] = (),
    first: int = 0,
    names: Sequence[str] = (),
) -> Iterator[str]:
    """Yields the names of `count` files with a sample each: `00000.png`, or with its class `00000-sneaker.png`.

    Args:
        count: how many.
        format: their suffix.
        labels: of the samples, indices into `classes`; or None.
        classes: names of the classes, cut to what every file system takes.
        first: the first one's number.
        names: what the samples are called after, in place of numbers and classes; `TAKEN` names get a dash.
    """
    for name in names:
        yield f"{name}{'-' * (name in TAKEN)}.{format}"
    if names:
        return
    known = [f"-{_file_name(name)}" for name in classes]
    for index in range(count):
        yield f"{index + first:05d}{'' if labels is None else known[labels[index]]}.{format}"


def refuse_unwritable(folder: Path, flag: str = "--out") -> None:
    """Raises `UsageError` where a folder, which need not exist, cannot be made or written to; `flag` names another."""
    there = folder
    while not os.path.lexists(there):
        there = there.parent
    if there.is_symlink() and not there.exists():
        raise UsageError(f"{there}: a link to {os.readlink(there)}, which is not there; give another place by {flag}")
    if not there.is_dir():
        raise UsageError(f"{there}: is a file, not a folder; give another place by {flag}")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{there}: may not be written to; give another place by {flag}")


def refuse_data(out: Path, data: str) -> None:
    """Raises `UsageError` where a folder is the data source's, or in it, so that samples would be read as data."""
    source = Path(data)
    if source.is_absolute() and source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise UsageError(
            f"--out {out}: lies in the data that the run was trained on, where samples would be read as data; choose "
            "another folder"
        )


def refuse_inputs(out: Path, places: Iterable[Path], overwrite: bool = False) -> None:
    """Raises `UsageError` where a folder is one that samples are made of, or in it: it would be read the next time; or,
    where files are replaced, that of a single file that goes in.
    """
    for place in places:
        if overwrite and place.is_file() and place.resolve().parent == out.resolve():
            raise UsageError(
                f"--out {out}: {place} goes in and lies there, and could be replaced by what is made; choose another "
                "folder"
            )
        if place.is_dir() and out.resolve().is_relative_to(place.resolve()):
            raise UsageError(
                f"--out {out}: lies in {place}, whose files go in, and what is made would go in the next time; choose "
                "another folder"
            )


def refuse_run(out: Path) -> None:
    """Raises `UsageError` where a folder is a run's, or in it, other than below the run's own samples and exports."""
    place = out.resolve()
    for folder in (place, *place.parents):
        if (folder / "run.toml").is_file() and (folder / ".lock").is_file():
            inside = place.relative_to(folder).parts
            if inside[:1] != ("export",) and not (inside[:1] == ("samples",) and len(inside) > 1):
                raise UsageError(
                    f"--out {out}: lies in the run {folder}, which keeps its own files there; choose another folder"
                )


def refuse_replacing(out: Path, names: Iterable[str]) -> None:
    """Raises `UsageError` where files of these names are in the folder already; it says how many."""
    there: dict[str, set[str]] = {}

    def taken(name: str) -> bool:
        folder, _, own = name.rpartition("/")
        if folder not in there:
            try:
                there[folder] = set(os.listdir(out / folder))
            except FileNotFoundError:
                there[folder] = set()
        return own in there[folder]

    found = list(filter(taken, names))
    if found:
        files = f"the file {found[0]}" if len(found) == 1 else f"{len(found):,} files, such as {found[0]},"
        raise UsageError(f"--out {out}: {files} would be replaced; choose another folder, or add --overwrite")


def _file_name(name: str) -> str:
    """The name of a class as a part of a file's name: no separators, blanks or marks, and not too long."""
    safe = "".join(c if c.isalnum() or c in "._-" else "-" for c in name)
    return safe[:40].strip(".-") or "class"
