"""From a place to the list of its images, whatever they are stored in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from multigan.data import parquet, shards, stylegan
from multigan.data.annotations import described, given_files
from multigan.data.arrays import read_npy, read_npz
from multigan.data.collection import Collection
from multigan.data.folders import folder_collection, suffix_of
from multigan.data.parquet import parquet_collection
from multigan.data.places import find_place
from multigan.data.shards import shard_collection, shards_in
from multigan.data.signatures import HEAD
from multigan.data.tars import is_tar
from multigan.data.zips import member_content, zip_collection
from multigan.errors import DataError
from multigan.modalities.images.reading.arrays import IMAGE_KEYS, array_collection
from multigan.modalities.images.reading.decode import most_bytes, suffixes
from multigan.modalities.images.reading.foreign import advice, what_is
from multigan.modalities.images.reading.hubs import HUBS
from multigan.modalities.images.reading.idx import find_idx_images, labels_beside, read_idx
from multigan.modalities.images.reading.misnamed import refuse_image, refuse_misnamed, refuse_renamed_zip
from multigan.recipe import DataSource, load_object

__all__ = ["collect_images"]

# What a column of images is called in a Parquet file.
COLUMNS = ("image", "img", "picture", "jpg", "jpeg", "png", "webp")


def collect_images(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    *,
    beside: Iterable[Path] = (),
    loaded: Mapping[str, Any] | None = None,
) -> Collection:
    """Returns the images at a place, none of them decoded yet.

    Args:
        spec: a registered data set's name, a path, `hf:NAME` or `tfds:NAME`.
        options: of the data.
        datasets: the registered data sets by name.
        beside: files that may lie among the images and are read otherwise.
        loaded: what a registered data set gave, where it was asked already.

    Raises:
        DataError: nothing there, or nothing that holds images.
        UsageError: the data set holds something else, or a library is not installed.
    """
    hub, _, name = spec.partition(":")
    if hub in HUBS:
        return HUBS[hub](name)
    place = find_place(spec, "images", datasets)
    if isinstance(place, DataSource):
        given = load_object(place.load)() if loaded is None else loaded
        if not isinstance(given, Mapping):
            given = dict(zip(("image", "label", "classes"), given, strict=True))
        labels, classes, vectors = given.get("label"), given.get("classes", ()), given.get("condition")
        return array_collection(place.name, given["image"], labels, classes, vectors, options["levels"])
    try:
        if place.is_dir():
            images = find_idx_images(place)
            if images:
                return _idx(images, options["levels"])
            if (sharded := _sharded(place, options)) is not None:
                return sharded
            path, given = place / stylegan.NAME, given_files(options)
            most, others = most_bytes(options["max_pixels"]), (path, *given.values(), *beside)
            collection = folder_collection(place, suffixes(), "images", most, advice(), others, "an image")
            return described(collection, path.read_bytes() if path.is_file() else None, str(path), given)
        return _file(place, options)
    except PermissionError as error:
        raise DataError(f"{error.filename or place}: may not be read; give yourself the right to read it") from None


def _sharded(place: Path, options: Mapping[str, Any]) -> Collection | None:
    """The images of a folder that holds shards, and no images or folders; None for any other folder."""
    with os.scandir(place) as entries:
        if any(suffix_of(entry.name) in suffixes() or entry.is_dir() for entry in entries):
            return None
    most = most_bytes(options["max_pixels"])
    found, notes = shards_in(place, shards.SUFFIX)
    if any(is_tar(place / name) for name in found):
        collection = shard_collection(place, found, suffixes(), "images", most)
        return replace(collection, notes=(*collection.notes, *notes))
    found, notes = shards_in(place, parquet.SUFFIX)
    if found:
        collection = parquet_collection(place, found, COLUMNS, "images", most)
        return replace(collection, notes=(*collection.notes, *notes))
    return None


def _file(path: Path, options: Mapping[str, Any]) -> Collection:
    levels = options["levels"]
    with open(path, "rb") as file:
        start = file.read(HEAD)
    if not start:
        raise DataError(f"{path}: 0 bytes; get it anew")
    boxes = start[4:8] == b"ftyp"  # films, HEIC and AVIF begin with two zeros, too
    suffix = suffix_of(path.name)
    foreign = advice().get(suffix) or (what_is(start) if boxes else "")
    if suffix in suffixes():
        refuse_misnamed(path, start)
    if foreign or suffix in suffixes():
        told = f"{foreign}; " if foreign else ""
        raise DataError(f"{path}: {told}one image is no data set; give the folder that it lies in")
    if start.startswith(b"PK"):
        refuse_renamed_zip(path, suffix)
        if suffix == ".npz":
            arrays = read_npz(path, IMAGE_KEYS)
            return array_collection(
                str(path), arrays["samples"], arrays.get("labels"), (), arrays.get("conditions"), levels
            )
        most = most_bytes(options["max_pixels"])
        collection = zip_collection(path, suffixes(), "images", most, advice(), stylegan.NAME, "an image")
        content = member_content(path, stylegan.NAME)
        return described(collection, content, f"{path}: {stylegan.NAME}", given_files(options))
    if start.startswith(b"\x93NUMPY"):
        return array_collection(str(path), read_npy(path), levels=levels)
    if start.startswith((b"\x1f\x8b", b"\0\0")) and not boxes:
        return _idx(path, levels)
    refuse_image(path, start)
    raise DataError(
        f"{path}: not a kind of file that images are read from; give a folder, or a zip, .npz, .npy or IDX file"
    )


def _idx(path: Path, levels: str) -> Collection:
    labels = labels_beside(path)
    return array_collection(str(path), read_idx(path), None if labels is None else read_idx(labels), levels=levels)
