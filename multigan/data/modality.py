"""What data are, told from their name and a header, before anything is read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from multigan.errors import DataError
from multigan.recipe import DataSource

__all__ = ["instead", "modality_of"]

# What `looks_like` says of files that are read, whatever is wrong with them.
_READ = {"images": ("an image",), "audio": ("a sound",)}
_CONTAINERS = ("a zip file", "a gzip file", "a NumPy array")
# How many names of a folder or zip file are looked at.
SEEN = 2_000
# Names of texts; a .gz alone may be anything.
TEXTS = (".txt", ".text", ".jsonl", ".ndjson", ".txt.gz", ".jsonl.gz", ".ndjson.gz")


def modality_of(spec: str, datasets: Mapping[str, DataSource]) -> str | None:
    """Returns "images", "points", "audio", ... where the data that `spec` names can only be that, else None.

    A registered data set says it itself; a .csv or .tsv holds points; a .npy or .npz holds points when its array is
    two-dimensional and of floats, and images when it has three or four dimensions; an .npz with `sounds`, `audio` or a
    `sample_rate` holds sounds, as a sound file does, and a folder or zip file with more sound files than images among
    the first names in it. A .txt, .text, .jsonl or .ndjson, gzipped or not, holds texts, as does a folder or zip file
    with more of them than other files among those.

    Args:
        spec: as for `open_source`; an array that is not there, or damaged, is None.
        datasets: the registered data sets by name.
    """
    if spec in datasets:
        return datasets[spec].modality
    suffix = os.path.splitext(spec)[1].lower()
    path = Path(os.path.expanduser(spec))
    if suffix in (".csv", ".tsv"):
        return None if path.is_dir() else "points"
    if spec and path.is_dir():
        return _of_names(_names_in(path))
    if suffix in (".npy", ".npz", ".zip") and not path.is_file():
        return None
    if suffix == ".zip":
        return _of_zip(path)
    if suffix not in (".npy", ".npz"):
        return _of_names([path.name])
    try:
        return _of_array(path, suffix)
    except (DataError, OSError):
        return None


def instead(spec: str, modality: str, datasets: Mapping[str, DataSource]) -> str:
    """Returns what a path that cannot be read as `modality` holds instead, as the end of a sentence; or nothing."""
    path = Path(spec).expanduser()
    if not spec or spec in datasets or not path.exists():
        return ""
    found, kind = modality_of(spec, datasets), "" if path.is_dir() else _kind_of(path)
    fits = kind.startswith(_READ.get(modality, ()) + _CONTAINERS)
    if kind and not fits and not kind.startswith(_READ.get(found, ())):
        return "" if modality == "text" else f"; it begins as {kind} does"  # texts say so themselves
    # A table may hold texts as well.
    if found in (None, modality) or (found, modality) == ("points", "text"):
        return ""
    what = {"audio": "sounds", "text": "texts"}.get(found, found)
    return f"; by its name or head it holds {what}, for which there are other recipes (multigan recipes)"


def _kind_of(path: Path) -> str:
    from multigan.data.archives import archive_kind
    from multigan.data.signatures import HEAD, looks_like

    if archive_kind(path):
        return ""  # its own error says so
    try:
        with open(path, "rb") as file:
            return looks_like(file.read(HEAD))
    except OSError:
        return ""


def _of_array(path: Path, suffix: str) -> str | None:
    from multigan.data.arrays import npy_header, npz_headers, samples_key
    from multigan.modalities.audio.reading.arrays import SURE_KEYS
    from multigan.modalities.images.reading.arrays import IMAGE_KEYS
    from multigan.modalities.points.reading.arrays import POINT_KEYS

    if suffix == ".npy":
        header = npy_header(path)
    else:
        headers = npz_headers(path)
        if any(key in headers for key in SURE_KEYS):
            return "audio"
        key = samples_key(headers, IMAGE_KEYS) or samples_key(headers, POINT_KEYS)
        if key is None:
            return None
        header = headers[key]
    if len(header.shape) == 2 and header.dtype.kind == "f":
        return "points"
    return "images" if len(header.shape) in (3, 4) else None


def _of_zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return _of_names(archive.namelist()[:SEEN])
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return None


def _of_names(names: Iterable[str]) -> str | None:
    from multigan.data.clutter import clutter_part
    from multigan.data.naming import normal
    from multigan.modalities.audio.reading.decode import SUFFIXES as SOUNDS
    from multigan.modalities.images.reading.decode import SUFFIXES as IMAGES

    names = [name.lower() for name in map(normal, names) if not (clutter_part(name) or name.endswith("/"))]
    if 2 * sum(name.endswith(TEXTS) for name in names) > len(names):
        return "text"
    suffixes = [os.path.splitext(name)[1] for name in names]
    sounds = sum(suffix in SOUNDS for suffix in suffixes)
    return "audio" if sounds > sum(suffix in IMAGES for suffix in suffixes) else None


def _names_in(root: Path) -> list[str]:
    """Returns the names of some files in a folder and below it, without looking into any of them."""
    from multigan.data.clutter import clutter_part

    names: list[str] = []
    for _, below, files in os.walk(root):
        below[:] = [name for name in below if not clutter_part(name)]
        names += files
        if len(names) >= SEEN:
            break
    return names[:SEEN]
